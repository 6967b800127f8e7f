"""Exam sessions and timetables, the catalogue of each exam, its rows, and the results students were told."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from studentrecords.models.core import AcademicYear, Discipline, Enrolment, ExamResult, Faculty
from studentrecords.rules import grading, sessions
from studentrecords.workflow.catalogues import CatalogueState
from upt_portal.kernel.words import Sentence

SessionCode = ExamResult.Session

#: A row once written stays as it is.
APPENDED = pgtrigger.Protect(name="appended", operation=pgtrigger.Update | pgtrigger.Delete)


class ExamSession(models.Model):
    """A dated session of an academic year (REC-110). results_from: first day on which results are seen.

    Empty `results_from` is no embargo: a result is seen when its catalogue is published (REC-038).
    """

    year = models.ForeignKey(
        AcademicYear, models.PROTECT, related_name="sessions", verbose_name=_("academic year")
    )
    code = models.CharField(_("session"), max_length=4, choices=SessionCode)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    results_from = models.DateField(
        _("results seen from"),
        null=True,
        blank=True,
        help_text=_("Only where results are held back until the session is over; empty otherwise."),
    )

    class Meta:
        ordering = ["starts_on", "pk"]
        verbose_name = _("exam session")
        verbose_name_plural = _("exam sessions")
        constraints = [
            models.UniqueConstraint(fields=["year", "code"], name="exam_session_once"),
            models.CheckConstraint(name="exam_session_in_order", condition=Q(starts_on__lte=F("ends_on"))),
            models.CheckConstraint(
                name="exam_session_embargo",
                condition=Q(results_from__isnull=True) | Q(results_from__gt=F("ends_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.year}"


class ExamTimetable(models.Model):
    """When a faculty sent and posted the timetable of a session (REC-115, REC-116)."""

    session = models.ForeignKey(
        ExamSession, models.CASCADE, related_name="timetables", verbose_name=_("session")
    )
    faculty = models.ForeignKey(Faculty, models.PROTECT, related_name="+", verbose_name=_("faculty"))
    sent_on = models.DateField(_("sent to the School Management Center"), null=True, blank=True)
    posted_on = models.DateField(_("posted"), null=True, blank=True)
    late_reason = models.CharField(_("why it is posted late"), max_length=400, blank=True)

    class Meta:
        ordering = ["session", "faculty__code"]
        verbose_name = _("exam timetable")
        verbose_name_plural = _("exam timetables")
        constraints = [models.UniqueConstraint(fields=["session", "faculty"], name="exam_timetable_once")]

    def __str__(self) -> str:
        return f"{self.faculty.code} {self.session}"


class SessionBan(models.Model):
    """A sanction that bans a student from the free sessions for a time (REC-121)."""

    enrolment = models.ForeignKey(
        Enrolment, models.CASCADE, related_name="session_bans", verbose_name=_("enrolment")
    )
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    decision = models.CharField(_("decision"), max_length=120)

    class Meta:
        ordering = ["-first_day", "pk"]
        verbose_name = _("ban from sessions")
        verbose_name_plural = _("bans from sessions")
        constraints = [
            models.CheckConstraint(name="session_ban_in_order", condition=Q(first_day__lte=F("last_day")))
        ]

    def __str__(self) -> str:
        return self.decision


class Scale(models.TextChoices):
    GRADE = "grade", _("grades from 1 to 10")
    PASS = "pass", _("admitted or rejected")


class Result(models.TextChoices):
    """What a row can hold; the numbers are grades."""

    ONE = "1", "1"
    TWO = "2", "2"
    THREE = "3", "3"
    FOUR = "4", "4"
    FIVE = "5", "5"
    SIX = "6", "6"
    SEVEN = "7", "7"
    EIGHT = "8", "8"
    NINE = "9", "9"
    TEN = "10", "10"
    ADMITTED = grading.ADMITTED, pgettext_lazy("exam result", "admitted")
    REJECTED = grading.REJECTED, pgettext_lazy("exam result", "rejected")
    ABSENT = grading.ABSENT, pgettext_lazy("exam result", "absent")
    NOT_ADMITTED = grading.NOT_ADMITTED, pgettext_lazy("exam result", "not admitted")


class AttemptKind(models.TextChoices):
    """The kinds of attempt of the grade history."""

    NORMAL = sessions.Kind.NORMAL, pgettext_lazy("attempt", "normal")
    RESIT = sessions.Kind.RESIT, pgettext_lazy("attempt", "resit")
    RE_EXAMINATION = sessions.Kind.RE_EXAMINATION, pgettext_lazy("attempt", "re-examination")
    CREDIT = sessions.Kind.CREDIT, pgettext_lazy("attempt", "credit")
    DIFFERENCES = sessions.Kind.DIFFERENCES, pgettext_lazy("attempt", "differences")
    INCREASE = sessions.Kind.INCREASE, pgettext_lazy("attempt", "grade increase")


class Catalogue(models.Model):
    """One exam of a discipline in a session, and the official list of its results (§4.4).

    groups: names with commas between them; empty for every student of the discipline. asked: the approved
    request of an open session (REC-098), whose student alone sits; empty in A, B and C. enter_until,
    sign_until: last moments of the terms of REC-130 and REC-134. posted_at: since when students see the
    results; later than published_at where the session holds them back. version: grows with every change.
    """

    discipline = models.ForeignKey(
        Discipline, models.PROTECT, related_name="catalogues", verbose_name=_("discipline")
    )
    session = models.ForeignKey(
        ExamSession, models.PROTECT, related_name="catalogues", verbose_name=_("session")
    )
    asked = models.ForeignKey(
        "studentrecords.ExamRequest",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="exams",
        verbose_name=_("request for an open session"),
    )
    groups = models.CharField(
        _("groups"), max_length=200, blank=True, help_text=_("With commas between them; empty for all.")
    )
    held_on = models.DateField(_("day of the exam"))
    starts_at = models.TimeField(_("hour"), null=True, blank=True)
    room = models.CharField(_("room"), max_length=60, blank=True)
    oral = models.BooleanField(_("oral exam"), default=False)
    scale = models.CharField(_("results"), max_length=6, choices=Scale, default=Scale.GRADE)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="catalogues_held", verbose_name=_("teacher")
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="catalogues_seconded",
        verbose_name=_("second teacher"),
    )
    enter_until = models.DateTimeField(_("results entered until"), editable=False)
    sign_until = models.DateTimeField(_("signed until"), editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=CatalogueState, default=CatalogueState.PLANNED, editable=False
    )
    state_at = models.DateTimeField(_("since"), editable=False)
    filled_at = models.DateTimeField(_("complete since"), null=True, editable=False)
    holder_signed_at = models.DateTimeField(_("signed by the teacher"), null=True, editable=False)
    second_signed_at = models.DateTimeField(_("signed by the second teacher"), null=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    posted_at = models.DateTimeField(_("seen by students since"), null=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["held_on", "discipline__name_ro", "pk"]
        verbose_name = _("catalogue")
        verbose_name_plural = _("catalogues")
        constraints = [
            models.UniqueConstraint(
                fields=["discipline", "session", "groups"],
                name="catalogue_once_a_session",
                condition=Q(asked__isnull=True),
            ),
            models.UniqueConstraint(fields=["discipline", "asked"], name="catalogue_once_a_request"),
            models.CheckConstraint(name="catalogue_state", condition=Q(state__in=CatalogueState.values)),
            models.CheckConstraint(name="catalogue_two_teachers", condition=~Q(holder=F("second"))),
            models.CheckConstraint(
                name="catalogue_signed_by_both",
                condition=~Q(state__in=[CatalogueState.SIGNED, CatalogueState.PUBLISHED])
                | Q(holder_signed_at__isnull=False, second_signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="catalogue_published_once_signed",
                condition=~Q(state=CatalogueState.PUBLISHED) | Q(published_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "enter_until"], name="catalogue_terms")]

    def __str__(self) -> str:
        groups = f", {self.groups}" if self.groups else ""
        return f"{self.discipline.name}{groups}, {self.session.code}"

    @property
    def scale_words(self) -> Sentence:
        """The scale of the exam, for students (REC-152)."""
        return grading.scale_words(self.scale)

    @property
    def group_names(self) -> list[str]:
        """The groups of the exam; empty for all."""
        return [name.strip() for name in self.groups.split(",") if name.strip()]

    @property
    def signed_by(self) -> frozenset[int]:
        """Keys of the teachers who have signed."""
        signed = ((self.holder_id, self.holder_signed_at), (self.second_id, self.second_signed_at))
        return frozenset(pk for pk, at in signed if at)


class CatalogueRow(models.Model):
    """One listed student. result: what the teacher wrote, seen by teachers and secretariat only.

    reason: why the student is in the list, where it is not by the curriculum. card_shown, identity_shown:
    the ticks of REC-048; None while nobody has written them.
    """

    catalogue = models.ForeignKey(Catalogue, models.CASCADE, related_name="rows")
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="catalogue_rows", verbose_name=_("student")
    )
    kind = models.CharField(_("kind of attempt"), max_length=14, choices=AttemptKind)
    paid = models.BooleanField(_("paid"), default=False)
    fixed = models.BooleanField(
        _("not admitted from the start"), default=False, help_text=_("The minimum standards are not met.")
    )
    reason = models.CharField(_("listed because"), max_length=200, blank=True)
    result = models.CharField(_("result"), max_length=12, choices=Result, blank=True)
    card_shown = models.BooleanField(_("student card shown"), null=True, blank=True)
    identity_shown = models.BooleanField(_("identity document shown"), null=True, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    entered_at = models.DateTimeField(_("entered"), null=True, blank=True)

    class Meta:
        ordering = ["enrolment__person__sort", "enrolment__matriculation_number"]
        verbose_name = _("row of a catalogue")
        verbose_name_plural = _("rows of a catalogue")
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "enrolment"], name="catalogue_row_once"),
            models.CheckConstraint(
                name="catalogue_row_result", condition=Q(result="") | Q(result__in=Result.values)
            ),
        ]

    def __str__(self) -> str:
        return str(self.enrolment)


class ResultEntry(models.Model):
    """A result written or changed: former value, author, time, reason (REC-136). Never changed itself."""

    row = models.ForeignKey(CatalogueRow, models.PROTECT, related_name="entries")
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("entry of a result")
        verbose_name_plural = _("entries of results")
        triggers = [APPENDED]

    def __str__(self) -> str:
        return f"{self.before or '–'} → {self.after or '–'}"


class Correction(models.Model):
    """A locked catalogue opened again for named students, with the dean's written approval (REC-132)."""

    catalogue = models.ForeignKey(Catalogue, models.PROTECT, related_name="corrections")
    rows = models.ManyToManyField(CatalogueRow, related_name="corrections", verbose_name=_("students"))
    justification = models.TextField(_("the teacher's request"))
    approval = models.CharField(_("number of the dean's approval"), max_length=60)
    approved_on = models.DateField(_("approved on"))
    appeal = models.CharField(_("appeal"), max_length=60, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    until = models.DateTimeField(_("until"))
    back_to = models.CharField(max_length=10, choices=CatalogueState)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        constraints = [
            models.UniqueConstraint(
                fields=["catalogue"], name="correction_one_open", condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="correction_back_to",
                condition=Q(back_to__in=[CatalogueState.PUBLISHED, CatalogueState.LOCKED]),
            ),
        ]

    def __str__(self) -> str:
        return self.approval


class ExamAttempt(models.Model):
    """A result as the student was told it, appended; a correction is a new one that replaces the old.

    posted_at: the moment from which it is seen; the appeal term runs from it (REC-038).
    """

    row = models.ForeignKey(CatalogueRow, models.PROTECT, related_name="attempts")
    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="attempts", verbose_name=_("enrolment")
    )
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+", verbose_name=_("discipline"))
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    session = models.CharField(_("session"), max_length=4, choices=SessionCode)
    kind = models.CharField(_("kind of attempt"), max_length=14, choices=AttemptKind)
    paid = models.BooleanField(_("paid"), default=False)
    held_on = models.DateField(_("day of the exam"))
    result = models.CharField(_("result"), max_length=12, choices=Result)
    posted_at = models.DateTimeField(_("posted"))
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    correction = models.ForeignKey(
        Correction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attempts",
        verbose_name=_("correction"),
    )
    commission = models.BooleanField(_("decided by a commission"), default=False)
    reason = models.CharField(_("reason"), max_length=400, blank=True)

    class Meta:
        ordering = ["posted_at", "pk"]
        verbose_name = _("posted result")
        verbose_name_plural = _("posted results")
        constraints = [
            models.CheckConstraint(name="attempt_result", condition=Q(result__in=Result.values)),
            models.UniqueConstraint(
                fields=["row"], name="attempt_first_once", condition=Q(replaces__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["enrolment", "year"], name="attempt_of_student")]
        triggers = [APPENDED]

    def __str__(self) -> str:
        return f"{self.discipline} {self.get_result_display()}"


class FraudReport(models.Model):
    """A fraud at an evaluation, as the teacher wrote it down; it opens a disciplinary case (REC-156)."""

    row = models.ForeignKey(CatalogueRow, models.PROTECT, related_name="frauds", verbose_name=_("student"))
    facts = models.TextField(_("what happened"))
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(_("reported"))

    class Meta:
        ordering = ["-reported_at"]
        verbose_name = _("report of a fraud")
        verbose_name_plural = _("reports of frauds")
        constraints = [models.UniqueConstraint(fields=["row"], name="fraud_once_a_row")]
        triggers = [APPENDED]

    def __str__(self) -> str:
        return str(self.row)
