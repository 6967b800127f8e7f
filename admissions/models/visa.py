"""The way to the visa: missions, certificates, closed missions, application, answer."""

from typing import Any

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.dossiers import Dossier
from admissions.models.shared import KEPT, stored, who
from admissions.workflow.smaller import CertificateState, ImpossibilityState


class Mission(models.Model):
    """A Romanian embassy or consulate (missions.csv)."""

    class Kind(models.TextChoices):
        EMBASSY = "embassy", pgettext_lazy("mission", "embassy")
        CONSULATE = "consulate", pgettext_lazy("mission", "consulate")

    country = models.CharField(_("country"), max_length=2)
    city = models.CharField(_("city"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("telephone"), max_length=120, blank=True)
    website = models.URLField(_("website"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["country", "kind", "city"]
        verbose_name = _("mission")
        verbose_name_plural = _("missions")
        constraints = [models.UniqueConstraint(fields=["country", "city", "kind"], name="adm_mission_once")]

    def __str__(self) -> str:
        return f"{self.city} ({self.country})"


class MissionCoverage(models.Model):
    """Which mission serves a country that has none (mission_coverage.csv, ADM-136)."""

    country = models.CharField(_("country"), max_length=2, unique=True)
    mission = models.ForeignKey(Mission, models.CASCADE, related_name="covers", verbose_name=_("mission"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["country"]
        verbose_name = _("country served by a mission elsewhere")
        verbose_name_plural = _("countries served by a mission elsewhere")

    def __str__(self) -> str:
        return f"{self.country}: {self.mission}"


class EmbassyCertificate(models.Model):
    """A certificate addressed to one mission (ADM-135 to ADM-138); earlier ones stay listed."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="certificates")
    mission = models.ForeignKey(
        Mission, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("mission")
    )
    mission_named = models.CharField(_("mission named by the candidate"), max_length=200, blank=True)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=CertificateState,
        default=CertificateState.REQUESTED,
        editable=False,
    )
    number = models.CharField(_("number"), max_length=20, null=True, blank=True, unique=True)
    requested_by = who(_("asked by"))
    requested_at = models.DateTimeField(_("asked"))
    paper = models.OneToOneField(
        "kernel.IssuedPaper", models.PROTECT, null=True, blank=True, related_name="embassy_certificate"
    )
    issued_by = who(_("issued by"))
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    refused_by = who(_("refused by"))
    refused_at = models.DateTimeField(_("refused"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        ordering = ["dossier", "-requested_at", "-pk"]
        verbose_name = _("embassy certificate")
        verbose_name_plural = _("embassy certificates")
        constraints = [
            models.CheckConstraint(
                name="adm_certificate_addressed", condition=Q(mission__isnull=False) | ~Q(mission_named="")
            ),
            models.CheckConstraint(
                name="adm_certificate_state",
                condition=Q(state="requested", number__isnull=True, issued_at__isnull=True)
                & Q(refused_at__isnull=True)
                | Q(state="issued", number__isnull=False, issued_at__isnull=False, paper__isnull=False)
                | Q(state="refused", number__isnull=True, refused_at__isnull=False) & ~Q(reason=""),
            ),
            # The same mission is not asked twice while the first request waits (double click).
            models.UniqueConstraint(
                fields=["dossier", "mission"],
                name="adm_certificate_asked_once",
                condition=Q(state="requested", mission__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class ImpossibilityRequest(models.Model):
    """A notice that a mission takes no appointments (ADM-142, ADM-143). late: after the term in force."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="impossibilities")
    mission = models.CharField(_("mission"), max_length=200)
    evidence = stored(label=_("proof of impossibility"))
    words = models.TextField(_("what happened"), blank=True)
    received_at = models.DateTimeField(_("received"))
    recorded_by = who(_("recorded by"), optional=False)
    recorded_at = models.DateTimeField(_("recorded"))
    late = models.BooleanField(_("late"), default=False)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=ImpossibilityState,
        default=ImpossibilityState.RECEIVED,
        editable=False,
    )
    decided_by = who(_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    new_due_on = models.DateField(_("new term"), null=True, blank=True)
    by_hand = models.BooleanField(_("term set by hand"), default=False)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        ordering = ["dossier", "-received_at"]
        verbose_name = _("proof of impossibility")
        verbose_name_plural = _("proofs of impossibility")
        constraints = [
            models.CheckConstraint(
                name="adm_impossibility_decided",
                condition=Q(state="received", decided_at__isnull=True, new_due_on__isnull=True)
                | Q(state="accepted", decided_at__isnull=False, new_due_on__isnull=False)
                | Q(state="refused", decided_at__isnull=False, new_due_on__isnull=True) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="adm_impossibility_by_hand", condition=Q(by_hand=False) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.mission}"


class ClosedInterval(models.Model):
    """Days on which a mission took no appointments, both ends included."""

    request = models.ForeignKey(ImpossibilityRequest, models.CASCADE, related_name="intervals")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))

    class Meta:
        ordering = ["request", "first_day"]
        verbose_name = _("closed interval")
        verbose_name_plural = _("closed intervals")
        constraints = [
            models.CheckConstraint(name="adm_interval_in_order", condition=Q(first_day__lte=F("last_day")))
        ]

    def __str__(self) -> str:
        return f"{self.first_day:%d.%m.%Y}–{self.last_day:%d.%m.%Y}"


@pghistory.track()
class VisaApplication(models.Model):
    """The application for the visa and the mission's answer (ADM-140, ADM-145, ADM-150 to ADM-153).

    applied_on, communicated_on: days printed on documents. notified_at: the upload of the refusal.
    verified_…: DRI compared the date with the document. final_…: the answer to an appeal.
    """

    class Result(models.TextChoices):
        GRANTED = "granted", pgettext_lazy("visa", "Granted")
        REFUSED = "refused", pgettext_lazy("visa", "Refused")

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="visa")
    mission = models.ForeignKey(
        Mission, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("mission")
    )
    mission_named = models.CharField(_("mission named by the candidate"), max_length=200, blank=True)
    applied_on = models.DateField(_("applied on"))
    proof = stored(label=_("proof of the application"))
    recorded_at = models.DateTimeField(_("recorded"))
    on_time = models.BooleanField(_("in time"))
    result = models.CharField(_("answer"), max_length=8, choices=Result, blank=True)
    communicated_on = models.DateField(_("refusal communicated on"), null=True, blank=True)
    refusal = stored(optional=True, label=_("proof of the refusal"))
    message = stored(optional=True, label=_("message of the mission"))
    notified_at = models.DateTimeField(_("refusal notified"), null=True, blank=True)
    notice_on_time = models.BooleanField(_("notified in time"), null=True, blank=True)
    verified_by = who(_("verified by"))
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    appealed = models.BooleanField(_("appealed"), default=False)
    final_on = models.DateField(_("final answer on"), null=True, blank=True)
    final_answer = models.CharField(_("final answer"), max_length=8, choices=Result, blank=True)
    final_file = stored(optional=True, label=_("final answer"))
    visa_copy = stored(optional=True, label=_("copy of the visa"))
    visa_from = models.DateField(_("visa valid from"), null=True, blank=True)
    visa_until = models.DateField(_("visa valid until"), null=True, blank=True)
    granted_at = models.DateTimeField(_("visa recorded"), null=True, blank=True)

    class Meta:
        ordering = ["-recorded_at"]
        verbose_name = _("visa application")
        verbose_name_plural = _("visa applications")
        constraints = [
            models.CheckConstraint(
                name="adm_visa_addressed", condition=Q(mission__isnull=False) | ~Q(mission_named="")
            ),
            models.CheckConstraint(
                name="adm_visa_refused",
                condition=~Q(result="refused")
                | Q(communicated_on__isnull=False, refusal__isnull=False, notified_at__isnull=False)
                & Q(notice_on_time__isnull=False),
            ),
            models.CheckConstraint(
                name="adm_visa_granted",
                condition=~Q(result="granted") & ~Q(final_answer="granted")
                | Q(visa_copy__isnull=False, granted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="adm_visa_final",
                condition=Q(final_answer="", final_on__isnull=True)
                | Q(appealed=True, final_on__isnull=False) & ~Q(final_answer=""),
            ),
        ]
        triggers: list[Any] = [KEPT]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.applied_on:%d.%m.%Y}"
