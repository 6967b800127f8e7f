"""Tables every room uses: closed days, parameters, deadlines, trace, mail, jobs, papers, files."""

import secrets
import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

APPEND_ONLY = [
    pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
]


class ClosedDay(models.Model):
    """A weekday that is not working (T1): a legal holiday or a free day of UPT."""

    class Kind(models.TextChoices):
        LEGAL = "legal", _("Legal holiday")
        UNIVERSITY = "university", _("University free day")

    day = models.DateField(_("day"), unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.UNIVERSITY)
    name_ro = models.CharField(_("name in Romanian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)

    class Meta:
        ordering = ["day"]
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")

    def __str__(self) -> str:
        return f"{self.day:%d.%m.%Y} {self.name_ro}"


class ParameterOverride(models.Model):
    """A value that a decision puts in place of a parameter's default, from a first day, for a scope."""

    class ScopeKind(models.TextChoices):
        UNIVERSITY = "university", _("University")
        FACULTY = "faculty", _("Faculty")
        PROGRAMME = "programme", _("Programme")
        CAMPAIGN = "campaign", _("Campaign")

    name = models.CharField(_("parameter"), max_length=60)
    scope_kind = models.CharField(_("scope"), max_length=12, choices=ScopeKind, default=ScopeKind.UNIVERSITY)
    scope_ref = models.CharField(_("which one"), max_length=60, blank=True)
    first_day = models.DateField(_("in force from"))
    value = models.JSONField(_("value"))
    decision = models.CharField(_("decision"), max_length=200, help_text=_("Number, date and who decided."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "scope_kind", "scope_ref", "first_day"]
        verbose_name = _("parameter value")
        verbose_name_plural = _("parameter values")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "scope_kind", "scope_ref", "first_day"], name="parameter_one_value_a_day"
            ),
            models.CheckConstraint(
                name="parameter_scope_named",
                condition=Q(scope_kind="university", scope_ref="")
                | (~Q(scope_kind="university") & ~Q(scope_ref="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


class Deadline(models.Model):
    """A term that runs for somebody, with the rule that gave it; reminders, queues and calendars read it."""

    subject = models.CharField(_("case"), max_length=80)
    kind = models.CharField(_("kind"), max_length=60)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="deadlines",
        db_index=False,
    )
    start_at = models.DateTimeField(_("runs from"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    rule = models.CharField(_("rule"), max_length=40, blank=True)
    parameter = models.CharField(_("parameter used"), max_length=120, blank=True)
    link = models.CharField(max_length=300, blank=True)
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("dropped"), null=True, blank=True)
    passed_at = models.DateTimeField(_("found passed"), null=True, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [models.UniqueConstraint(fields=["subject", "kind"], name="deadline_one_of_a_kind")]
        indexes = [
            models.Index(
                fields=["kind", "due_at"],
                name="deadline_open",
                condition=Q(met_at__isnull=True, dropped_at__isnull=True),
            ),
            models.Index(fields=["person", "due_at"], name="deadline_person"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.kind} {self.due_at:%Y-%m-%d %H:%M}"


class DeadlineExtension(models.Model):
    """An individual extension (T9): who moved a term, from when to when, and why."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="extensions")
    previous_due_at = models.DateTimeField(_("was due"))
    due_at = models.DateTimeField(_("now due"))
    reason = models.TextField(_("reason"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-at"]
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        triggers = APPEND_ONLY
        constraints = [models.CheckConstraint(name="extension_has_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.deadline_id}: {self.due_at:%Y-%m-%d %H:%M}"


class Reminder(models.Model):
    """One reminder sent for a deadline so many days before: it is sent once, whatever runs twice."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="reminders")
    due_at = models.DateTimeField()
    days_before = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deadline", "due_at", "days_before"], name="reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id} -{self.days_before}"


class TraceEntry(models.Model):
    """One act in the life of a case: who, when, from, to, why. Appended, never changed (CON-151)."""

    subject = models.CharField(_("case"), max_length=80)
    number = models.PositiveIntegerField(_("entry"))
    act = models.CharField(_("act"), max_length=80)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
        db_index=False,
    )
    at = models.DateTimeField(_("when"))
    before = models.CharField(_("from"), max_length=40, blank=True)
    after = models.CharField(_("to"), max_length=40, blank=True)
    reason = models.TextField(_("why"), blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["subject", "number"]
        verbose_name = _("trace entry")
        verbose_name_plural = _("trace")
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="trace_chain")]
        indexes = [models.Index(fields=["at"], name="trace_at")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.subject} #{self.number} {self.act}"


class TraceSeal(models.Model):
    """A periodic seal over all trace entries since the previous seal."""

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(unique=True)
    entries = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["last_id"]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.first_id}–{self.last_id}"


class RecordRead(models.Model):
    """Somebody of the staff opened a person's file; shown to that person."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="record_reads")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    what = models.CharField(max_length=80)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "reader", "what", "day"], name="record_read_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} → {self.person_id} {self.what}"


class Mail(models.Model):
    """An e-mail as sent, with its twin in the portal: a row first, sending comes later."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        IN_FLIGHT = "in_flight", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed, will be tried again")
        PARKED = "parked", _("Parked")

    key = models.CharField(max_length=200)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="mails", db_index=False
    )
    address = models.EmailField(_("address"))
    language = models.CharField(max_length=2)
    template = models.CharField(max_length=120)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    office = models.CharField(_("office"), max_length=200, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("written"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["next_try_at"], name="mail_due", condition=Q(state__in=["queued", "failed"])
            ),
            models.Index(fields=["recipient", "-created_at"], name="mail_recipient"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="mail_once"),
            models.CheckConstraint(
                name="mail_sent_has_time",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class Job(models.Model):
    """Work that outlives a request: the row is the task, the broker only rings the bell."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed, will be tried again")
        PARKED = "parked", _("Parked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(max_length=200, unique=True)
    queue = models.CharField(max_length=12, default="default")
    # Made for many at once: somebody who waits for one paper does not wait behind a faculty's batch.
    patient = models.BooleanField(default=False)
    payload = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField(_("total"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("asked"))
    next_try_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(
                fields=["next_try_at"], name="job_due", condition=Q(state__in=["queued", "failed", "running"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="job_done_within_total", condition=Q(total=0) | Q(done__lte=F("total"))
            ),
            models.CheckConstraint(
                name="job_done_has_time",
                condition=~Q(state="done") | Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.done}/{self.total}"


CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: people read the code aloud


def verification_code() -> str:
    """Twelve letters and digits in three groups (60 bits), e.g. "7K4M-9QXD-2FHT"."""
    letters = [secrets.choice(CODE_ALPHABET) for _n in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


class IssuedPaper(models.Model):
    """A paper the university issued: rendered once, hashed, sealed, never made again."""

    class State(models.TextChoices):
        PENDING = "pending", _("Being prepared")
        VALID = "valid", _("Valid")
        REPLACED = "replaced", _("Replaced")
        REVOKED = "revoked", _("Cancelled")

    code = models.CharField(
        _("check code"), max_length=16, unique=True, default=verification_code, editable=False
    )
    kind = models.CharField(_("kind"), max_length=40)
    about = models.CharField(_("case"), max_length=80)
    number = models.CharField(_("number"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(max_length=2, default="ro")
    template = models.CharField(max_length=120)
    context = models.JSONField()
    filename = models.CharField(max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    issued_at = models.DateTimeField(_("issued"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    file = models.FileField(upload_to="papers/%Y/%m", max_length=200, blank=True)
    size = models.PositiveIntegerField(_("size"), null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField(_("pages"), null=True, blank=True)
    sealed = models.BooleanField(_("sealed"), default=False)
    rendered_at = models.DateTimeField(_("rendered"), null=True, blank=True)
    revoked_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-issued_at"]
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        indexes = [models.Index(fields=["about"], name="paper_about")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "about", "version"], name="paper_one_version"),
            models.CheckConstraint(
                name="paper_valid_has_bytes",
                condition=Q(rendered_at__isnull=True, sha256="", file="")
                | Q(rendered_at__isnull=False) & ~Q(sha256="") & ~Q(file=""),
            ),
            models.CheckConstraint(
                name="paper_pending_is_unrendered",
                condition=~Q(state__in=["valid"]) | Q(rendered_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="issued_bytes_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__rendered_at__isnull=False)
                & (
                    pgtrigger.Q(old__sha256__df=pgtrigger.F("new__sha256"))
                    | pgtrigger.Q(old__file__df=pgtrigger.F("new__file"))
                    | pgtrigger.Q(old__context__df=pgtrigger.F("new__context"))
                    | pgtrigger.Q(old__code__df=pgtrigger.F("new__code"))
                ),
            ),
            pgtrigger.Protect(name="paper_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number} v{self.version}"


class StoredFile(models.Model):
    """An uploaded file: the original kept sealed with its hash, a cleaned copy served."""

    class Verdict(models.TextChoices):
        CLEAN = "clean", _("Clean")
        NOT_SCANNED = "not_scanned", _("Not scanned")
        HELD = "held", _("Held until scanned")
        INFECTED = "infected", _("Infected, not kept")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="stored_files")
    purpose = models.CharField(max_length=60)
    original_name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField(_("pages"), default=1)
    has_colour = models.BooleanField(_("in colour"), null=True)
    file = models.FileField(upload_to="originals/%Y/%m", max_length=200)
    served = models.FileField(upload_to="served/%Y/%m", max_length=200, blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict, default=Verdict.NOT_SCANNED)
    uploaded_at = models.DateTimeField(_("uploaded"))

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        triggers = [pgtrigger.Protect(name="file_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.original_name


class NumberSeries(models.Model):
    """A register that gives numbers without gaps: one row, locked while a number is given."""

    name = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "year"], name="series_a_year")]

    def __str__(self) -> str:
        return f"{self.name}/{self.year}: {self.last}"


class FeedToken(models.Model):
    """The private, revocable address of a person's calendar feed; only its hash is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feed_token")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"feed of {self.user_id}"
