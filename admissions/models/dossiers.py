"""The dossier: one application of one candidate to one programme in one campaign, with what is said in it."""

from typing import Any

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.campaigns import Campaign, ProgrammeOffer
from admissions.models.candidates import Candidate
from admissions.models.shared import APPENDED, who
from admissions.workflow.dossier import LIVE, DossierState

_STATES = sorted(DossierState.values)
_LIVE = sorted(state.value for state in LIVE)


class Channel(models.TextChoices):
    """How a dossier came in (ADM-032)."""

    ONLINE = "online", _("online")
    PAPER = "paper", _("on paper")


class DossierKind(models.TextChoices):
    """Why a dossier was opened."""

    NEW = "new", pgettext_lazy("dossier", "New")
    REAPPLICATION = "reapplication", pgettext_lazy("dossier", "Free re-application")
    DEFERRED = "deferred", pgettext_lazy("dossier", "Deferred entry, with priority")


@pghistory.track()
class Dossier(models.Model):
    """One application (§5.1).

    slot: its place among the live dossiers of the candidate, 1 to MAX_ACTIVE_DOSSIERS, so that two tabs never
    open two (ADM-034). predecessor: the rejected or deferred dossier it follows. fee_from: the dossier whose
    processing fee covers it (ADM-085); tuition_from: the one whose tuition is carried over (ADM-160).
    resumes_at: the state a refund request stopped (T30b, T30c). receipt: what was handed in, file by file.
    """

    candidate = models.ForeignKey(
        Candidate, models.PROTECT, related_name="dossiers", verbose_name=_("candidate")
    )
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="dossiers", verbose_name=_("campaign")
    )
    offer = models.ForeignKey(
        ProgrammeOffer, models.PROTECT, related_name="dossiers", verbose_name=_("programme")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.ONLINE)
    kind = models.CharField(_("kind"), max_length=14, choices=DossierKind, default=DossierKind.NEW)
    predecessor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="successors", verbose_name=_("follows")
    )
    fee_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    tuition_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(
        _("state"), max_length=20, choices=DossierState, default=DossierState.DRAFT, editable=False
    )
    state_at = models.DateTimeField(_("since"), editable=False)
    slot = models.PositiveSmallIntegerField(default=1, editable=False)
    resumes_at = models.CharField(max_length=20, blank=True, editable=False)
    number = models.CharField(_("registration number"), max_length=20, null=True, blank=True, unique=True)
    opened_at = models.DateTimeField(_("opened"))
    opened_by = who(_("opened by"), optional=False)
    received_at = models.DateTimeField(_("received on paper"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    by_proxy = models.BooleanField(_("filed by a proxy"), default=False)
    name_changed = models.BooleanField(_("a document shows another name"), default=False)
    duties_at = models.DateTimeField(_("duties acknowledged"), null=True, blank=True)
    receipt = models.JSONField(_("receipt"), default=dict, blank=True)
    officer = who(_("responsible officer"))
    visa_not_required = models.CharField(_("why no visa is required"), max_length=500, blank=True)
    visa_not_required_by = who()
    visa_not_required_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        constraints = [
            models.CheckConstraint(name="adm_dossier_state", condition=Q(state__in=_STATES)),
            models.CheckConstraint(name="adm_dossier_kind", condition=Q(kind__in=DossierKind.values)),
            models.UniqueConstraint(
                fields=["candidate", "campaign", "slot"],
                name="adm_dossier_one_live",
                condition=Q(state__in=_LIVE),
            ),
            models.CheckConstraint(
                name="adm_dossier_registered",
                condition=Q(state__in=["draft", "cancelled"], number__isnull=True, submitted_at__isnull=True)
                | Q(number__isnull=False, submitted_at__isnull=False, duties_at__isnull=False)
                & ~Q(state__in=["draft", "cancelled"]),
            ),
            models.CheckConstraint(
                name="adm_dossier_follows",
                condition=Q(kind="new", predecessor__isnull=True)
                | Q(kind__in=["reapplication", "deferred"], predecessor__isnull=False),
            ),
            models.CheckConstraint(
                name="adm_dossier_not_its_own",
                condition=(Q(predecessor__isnull=True) | ~Q(predecessor=F("pk")))
                & (Q(fee_from__isnull=True) | ~Q(fee_from=F("pk"))),
            ),
            models.CheckConstraint(
                name="adm_dossier_paper_received",
                condition=Q(channel="online", received_at__isnull=True)
                | Q(channel="paper", received_at__isnull=False),
            ),
            # T01: deferred entry is asked for on the platform only.
            models.CheckConstraint(
                name="adm_dossier_deferred_online", condition=~Q(kind="deferred") | Q(channel="online")
            ),
            models.CheckConstraint(
                name="adm_dossier_resumes",
                condition=Q(state="refund_requested") & ~Q(resumes_at="")
                | ~Q(state="refund_requested") & Q(resumes_at=""),
            ),
            models.CheckConstraint(
                name="adm_dossier_ended",
                condition=Q(state__in=_LIVE, ended_at__isnull=True)
                | ~Q(state__in=_LIVE) & Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="adm_dossier_no_visa_reason",
                condition=Q(
                    visa_not_required="",
                    visa_not_required_by__isnull=True,
                    visa_not_required_at__isnull=True,
                )
                | Q(visa_not_required_by__isnull=False, visa_not_required_at__isnull=False)
                & ~Q(visa_not_required=""),
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "state", "state_at"], name="adm_dossier_queue"),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class StudyLevel(models.TextChoices):
    """Which finished studies a record speaks of."""

    SECONDARY = "secondary", pgettext_lazy("finished studies", "secondary school")
    BACHELOR = "bachelor", pgettext_lazy("finished studies", "bachelor")


class StudyRecord(models.Model):
    """Finished studies as the candidate states them; the required documents follow from them (ADM-061)."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="studies")
    level = models.CharField(_("level"), max_length=10, choices=StudyLevel)
    title = models.CharField(_("title of the diploma"), max_length=200, blank=True)
    institution = models.CharField(_("institution"), max_length=200, blank=True)
    country = models.CharField(_("country that issued it"), max_length=2, blank=True)
    graduated_on = models.DateField(_("graduated on"), null=True, blank=True)
    month_only = models.BooleanField(_("only the month is known"), default=False)
    issued = models.BooleanField(_("the diploma was issued"), default=True)
    lists_results = models.BooleanField(_("the certificate lists the results"), default=False)
    equivalence_note = models.CharField(_("equivalence confirmed"), max_length=500, blank=True)

    class Meta:
        ordering = ["dossier", "level"]
        verbose_name = _("finished studies")
        verbose_name_plural = _("finished studies")
        constraints = [models.UniqueConstraint(fields=["dossier", "level"], name="adm_study_level")]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.country}"


class Condition(models.TextChoices):
    """The conditions of Art. 6 and 10 that DRI ticks (ADM-040, ADM-093)."""

    CITIZENSHIP = "citizenship", pgettext_lazy("condition", "Citizenship of a third country")
    PASSPORT = "passport", pgettext_lazy("condition", "Valid passport")
    DIPLOMA = "diploma", pgettext_lazy("condition", "Baccalaureate or equivalent")
    BACHELOR = "bachelor", pgettext_lazy("condition", "Bachelor degree or equivalent")


class EligibilityTick(models.Model):
    """A condition found to hold or not, with the evidence; the last word on each stands (ADM-093)."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="ticks")
    condition = models.CharField(_("condition"), max_length=12, choices=Condition)
    holds = models.BooleanField(_("holds"))
    evidence = models.CharField(_("evidence"), max_length=500)
    by = who(_("checked by"), optional=False)
    at = models.DateTimeField(_("checked"))

    class Meta:
        ordering = ["dossier", "condition"]
        verbose_name = _("checked condition")
        verbose_name_plural = _("checked conditions")
        constraints = [
            models.UniqueConstraint(fields=["dossier", "condition"], name="adm_tick_once"),
            models.CheckConstraint(name="adm_tick_evidence", condition=~Q(evidence="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_condition_display()}: {self.holds}"


class Override(models.Model):
    """A rule set aside by a person who may: what, who, when, why (ADM-242). Appended."""

    class What(models.TextChoices):
        CITIZENSHIP = "citizenship", pgettext_lazy("override", "Citizenship")
        DOCUMENT = "document", pgettext_lazy("override", "Document waived")
        LATE_TUITION = "late_tuition", pgettext_lazy("override", "Late tuition accepted")
        VISA_DUE = "visa_due", pgettext_lazy("override", "Visa term set by hand")
        START = "start", pgettext_lazy("override", "Start of a term corrected")
        REOPENED = "reopened", pgettext_lazy("override", "Rejection reopened")
        NO_VISA = "no_visa", pgettext_lazy("override", "No visa required")

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="overrides")
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, null=True, blank=True, related_name="overrides", verbose_name=_("dossier")
    )
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="+")
    what = models.CharField(_("what"), max_length=14, choices=What)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    by = who(_("decided by"), optional=False)
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        constraints = [models.CheckConstraint(name="adm_override_reason", condition=~Q(reason=""))]
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.dossier_id or ''}"


class TermKind(models.TextChoices):
    """The terms of the procedure."""

    TUITION = "tuition", pgettext_lazy("term", "Tuition")
    VISA = "visa", pgettext_lazy("term", "Visa application")
    REFUSAL_NOTICE = "refusal_notice", pgettext_lazy("term", "Notice of the refusal")
    REFUND_VISA = "refund_visa", pgettext_lazy("term", "Refund request after a visa refusal")
    REFUND_FORCE_MAJEURE = "refund_fm", pgettext_lazy("term", "Refund request after force majeure")
    COMPLETION = "completion", pgettext_lazy("term", "Completion of the refund request")


class Term(models.Model):
    """How a term was counted (ADM-006): start, parameter, raw date, cap, due date. Appended, the last holds.

    The running copy that reminds and that calendars read is a `kernel.Deadline` of the same kind.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="terms")
    kind = models.CharField(_("term"), max_length=16, choices=TermKind)
    start_on = models.DateField(_("counted from"))
    parameter = models.CharField(_("parameter"), max_length=40, blank=True)
    days = models.PositiveSmallIntegerField(_("days"), null=True)
    raw_on = models.DateField(_("before the cap"))
    cap_on = models.DateField(_("cap"), null=True)
    due_on = models.DateField(_("due"))
    reason = models.CharField(_("why it was counted anew"), max_length=500, blank=True)
    by = who(_("set by"))
    at = models.DateTimeField(_("set"))

    class Meta:
        ordering = ["dossier", "kind", "pk"]
        verbose_name = _("counted term")
        verbose_name_plural = _("counted terms")
        constraints = [
            models.CheckConstraint(
                name="adm_term_capped", condition=Q(cap_on__isnull=True) | Q(due_on__lte=F("cap_on"))
            ),
        ]
        indexes = [models.Index(fields=["dossier", "kind", "-id"], name="adm_term_last")]
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_on:%d.%m.%Y}"
