"""The yearly admission exercise: campaign, calendar with its changes, offers, lists of the annexes."""

from typing import Any

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from admissions.models.shared import APPENDED, EUR, who
from admissions.workflow.smaller import CampaignState
from studentrecords.models import AcademicYear, Bilingual, Cycle, Programme

FIRST_CAMPAIGN = 2026


@pghistory.track()
class Campaign(models.Model):
    """The admission of one academic year (ADM-010). start_year: the campaign year, 2026 for 2026-2027."""

    year = models.OneToOneField(
        AcademicYear,
        models.PROTECT,
        related_name="admission_campaign",
        verbose_name=_("academic year"),
    )
    start_year = models.PositiveSmallIntegerField(_("campaign year"), unique=True)
    state = models.CharField(
        _("state"), max_length=8, choices=CampaignState, default=CampaignState.DRAFT, editable=False
    )
    approval = models.CharField(
        _("approval of the calendar"),
        max_length=200,
        blank=True,
        help_text=_("Number and issuer of the decision."),
    )
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-start_year"]
        verbose_name = _("admission campaign")
        verbose_name_plural = _("admission campaigns")
        constraints = [
            models.CheckConstraint(name="adm_campaign_first", condition=Q(start_year__gte=FIRST_CAMPAIGN)),
            models.CheckConstraint(name="adm_campaign_state", condition=Q(state__in=CampaignState.values)),
            models.CheckConstraint(
                name="adm_campaign_open_approved",
                condition=Q(state="draft")
                | Q(approved_on__isnull=False, opened_at__isnull=False) & ~Q(approval=""),
            ),
            models.CheckConstraint(
                name="adm_campaign_closed_at",
                condition=Q(state="closed", closed_at__isnull=False)
                | ~Q(state="closed") & Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start_year}–{self.start_year + 1}"

    @property
    def scope_ref(self) -> str:
        """How a parameter's decision names this campaign."""
        return f"admissions:{self.start_year}"


class WindowKind(models.TextChoices):
    """What a window of the calendar opens."""

    APPLICATION = "application", _("Application")
    DEFERRED_APPLICATION = "deferred_application", _("Application after deferred entry")
    ENROLMENT = "enrolment", _("Enrolment")


@pghistory.track()
class CalendarWindow(models.Model):
    """A period of the calendar, both days included (ADM-011, ADM-014). The narrower one prevails."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="windows", verbose_name=_("campaign"))
    kind = models.CharField(_("kind"), max_length=20, choices=WindowKind)
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle, blank=True)
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    opens = models.DateField(_("first day"))
    closes = models.DateField(_("last day"))
    closing_time = models.TimeField(
        _("until"), null=True, blank=True, help_text=_("On the last day; empty for midnight.")
    )
    decision = models.CharField(_("Senate decision"), max_length=200, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["campaign", "kind", "opens", "pk"]
        verbose_name = _("window of the calendar")
        verbose_name_plural = _("windows of the calendar")
        constraints = [
            models.CheckConstraint(name="adm_window_in_order", condition=Q(opens__lte=F("closes"))),
            models.CheckConstraint(name="adm_window_kind", condition=Q(kind__in=WindowKind.values)),
            models.CheckConstraint(
                name="adm_window_one_scope", condition=Q(cycle="") | Q(programme__isnull=True)
            ),
            models.CheckConstraint(
                name="adm_window_enrolment_decided", condition=~Q(kind="enrolment") | ~Q(decision="")
            ),
            models.UniqueConstraint(
                fields=["campaign", "kind", "cycle", "programme", "opens"],
                name="adm_window_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.opens:%d.%m.%Y}–{self.closes:%d.%m.%Y}"


class WindowChange(models.Model):
    """A window shortened or extended by the university alone: old, new, why, who (ADM-012)."""

    window = models.ForeignKey(
        CalendarWindow, models.PROTECT, related_name="changes", verbose_name=_("window of the calendar")
    )
    old_closes = models.DateField(_("closed on"))
    old_time = models.TimeField(_("until"), null=True, blank=True)
    new_closes = models.DateField(_("closes on"))
    new_time = models.TimeField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    author = who(_("changed by"), optional=False)
    at = models.DateTimeField(_("changed"))

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("change of the calendar")
        verbose_name_plural = _("changes of the calendar")
        constraints = [models.CheckConstraint(name="adm_window_change_reason", condition=~Q(reason=""))]
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.old_closes:%d.%m.%Y} → {self.new_closes:%d.%m.%Y}"


@pghistory.track()
class ProgrammeOffer(models.Model):
    """A programme of a campaign with its tuition in euro and its criteria (Annexes 1, 2, 8, 10).

    Faculty, cycle, field and language are the programme's (ADM-023). There are no budget places (ADM-021).
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="offers", verbose_name=_("campaign"))
    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="admission_offers", verbose_name=_("programme")
    )
    tuition_eur = models.DecimalField(_("tuition a year (EUR)"), **EUR, null=True, blank=True)
    minimum_eur = models.DecimalField(_("legal minimum (EUR)"), **EUR, null=True, blank=True)
    decision = models.CharField(_("Senate decision"), max_length=200, blank=True)
    criteria_ro = models.TextField(_("admission criteria in Romanian"), blank=True)
    criteria_en = models.TextField(_("admission criteria in English"), blank=True)
    seats = models.PositiveSmallIntegerField(_("places"), null=True, blank=True)
    active = models.BooleanField(_("open for applications"), default=True)

    class Meta:
        ordering = ["campaign", "programme__code"]
        verbose_name = _("offered programme")
        verbose_name_plural = _("offered programmes")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "programme"], name="adm_offer_once"),
            models.CheckConstraint(
                name="adm_offer_amount_decided",
                condition=Q(tuition_eur__isnull=True)
                | Q(tuition_eur__gt=0, minimum_eur__isnull=False, tuition_eur__gte=F("minimum_eur"))
                & ~Q(decision=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.campaign}"


class RecognisedDiploma(models.Model):
    """A diploma recognised as equivalent to the Romanian baccalaureate (Annex 5, ADM-043)."""

    country = models.CharField(_("country"), max_length=2)
    title = models.CharField(_("title of the diploma"), max_length=200)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["country", "title"]
        verbose_name = _("recognised diploma")
        verbose_name_plural = _("recognised diplomas")
        constraints = [models.UniqueConstraint(fields=["country", "title"], name="adm_diploma_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.title}"


class PreparatoryField(Bilingual):
    """A field of the preparatory year of Romanian (Annex 4, ADM-074)."""

    class Meta:
        ordering = ["name_ro"]
        verbose_name = _("field of the preparatory year")
        verbose_name_plural = _("fields of the preparatory year")
        constraints = [models.UniqueConstraint(fields=["name_ro"], name="adm_preparatory_once")]
