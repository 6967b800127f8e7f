"""After a refused visa: refund or deferred entry, written once; the deferral; the open case of the Board."""

from typing import Any

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.candidates import Candidate
from admissions.models.dossiers import Dossier
from admissions.models.shared import APPENDED, who
from admissions.workflow.smaller import DeferralState


class Choice(models.TextChoices):
    """The two ways that exclude each other (ADM-155)."""

    REFUND = "refund", pgettext_lazy("choice", "Refund of the tuition")
    DEFERRED = "deferred", pgettext_lazy("choice", "Deferred entry")


class RefusalChoice(models.Model):
    """The choice of a dossier, written once (ADM-155, ADM-156)."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="choice")
    choice = models.CharField(_("choice"), max_length=10, choices=Choice)
    warned_at = models.DateTimeField(_("warning confirmed"))
    chosen_by = who(_("chosen by"), optional=False)
    chosen_at = models.DateTimeField(_("chosen"))

    class Meta:
        ordering = ["-chosen_at"]
        verbose_name = _("choice after the refusal")
        verbose_name_plural = _("choices after the refusal")
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.choice}"


@pghistory.track()
class Deferral(models.Model):
    """The right to enter a year later without paying again (ADM-157 to ADM-163).

    number: which one of the candidate's life it is, 1 to DEFERRALS_PER_CANDIDATE, so that two clicks never
    make two. other_programme: DRI allowed a programme other than the first (ADM-159).
    """

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="deferrals")
    number = models.PositiveSmallIntegerField(default=1)
    source = models.OneToOneField(Dossier, models.PROTECT, related_name="deferral")
    target_start_year = models.PositiveSmallIntegerField(_("deferred to"))
    state = models.CharField(
        _("state"), max_length=8, choices=DeferralState, default=DeferralState.ACTIVE, editable=False
    )
    created_at = models.DateTimeField(_("chosen"))
    target = models.OneToOneField(
        Dossier, models.PROTECT, null=True, blank=True, related_name="from_deferral"
    )
    other_programme_reason = models.CharField(
        _("why another programme was allowed"), max_length=500, blank=True
    )
    other_programme_by = who(_("allowed by"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    lapsed_at = models.DateTimeField(_("lapsed"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("deferred entry")
        verbose_name_plural = _("deferred entries")
        constraints = [
            models.UniqueConstraint(fields=["candidate", "number"], name="adm_deferral_once"),
            models.CheckConstraint(
                name="adm_deferral_state",
                condition=Q(state="active", used_at__isnull=True, lapsed_at__isnull=True)
                | Q(state="used", used_at__isnull=False, target__isnull=False, lapsed_at__isnull=True)
                | Q(state="lapsed", lapsed_at__isnull=False, used_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} → {self.target_start_year}"


class OpenCase(models.Model):
    """Carried-over tuition of a deferred dossier that ended without a place (ADM-165): the Board decides."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="open_case")
    opened_at = models.DateTimeField(_("opened"))
    decision = models.CharField(_("number of the decision"), max_length=60, blank=True)
    decided_on = models.DateField(_("date of the decision"), null=True, blank=True)
    words = models.TextField(_("what was decided"), blank=True)
    recorded_by = who(_("recorded by"))

    class Meta:
        ordering = ["-opened_at"]
        verbose_name = _("open case of a deferred entry")
        verbose_name_plural = _("open cases of deferred entries")
        constraints = [
            models.CheckConstraint(
                name="adm_open_case_decided",
                condition=Q(decided_on__isnull=True, decision="", recorded_by__isnull=True)
                | Q(decided_on__isnull=False, recorded_by__isnull=False) & ~Q(decision="") & ~Q(words=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id}"
