"""The end of a dossier: withdrawal and hand-back, enrolment with its checklist, changed status later."""

from typing import Any

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.models.dossiers import Dossier
from admissions.models.shared import APPENDED, stored, who
from admissions.workflow.smaller import ReturnState
from studentrecords.models import Enrolment as StudentEnrolment


class WithdrawalRequest(models.Model):
    """The express written giving-up of the place (ADM-220 to ADM-222)."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="withdrawal")
    file = stored(label=_("written request"))
    filed_at = models.DateTimeField(_("filed"))
    filed_by = who(_("filed by"), optional=False)
    warned_at = models.DateTimeField(_("warning confirmed"))

    class Meta:
        ordering = ["-filed_at"]
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.filed_at:%Y-%m-%d}"


class ReturnTask(models.Model):
    """The paper dossier to be handed back, free of charge (ADM-220, ADM-221, ADM-223).

    due_at: the filing plus WITHDRAWAL_RETURN_HOURS elapsed hours; empty before admission.
    """

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="return_task")
    opened_at = models.DateTimeField(_("opened"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=ReturnState, default=ReturnState.OPEN, editable=False
    )
    returned_at = models.DateTimeField(_("handed back"), null=True, blank=True)
    recipient = models.CharField(_("received by"), max_length=200, blank=True)
    done_by = who(_("recorded by"))
    done_at = models.DateTimeField(_("recorded"), null=True, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = _("hand-back of a paper dossier")
        verbose_name_plural = _("hand-backs of paper dossiers")
        constraints = [
            models.CheckConstraint(
                name="adm_return_done",
                condition=Q(state="open", returned_at__isnull=True, done_at__isnull=True)
                | Q(state="returned", returned_at__isnull=False, done_at__isnull=False) & ~Q(recipient="")
                | Q(state="nothing_held", returned_at__isnull=True, done_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.state}"


@pghistory.track()
class Enrolment(models.Model):
    """The enrolment of a candidate (ADM-200 to ADM-210), from the first tick to the rector's decision.

    originals_pending: enrolled on authenticated electronic copies, the originals still awaited (ADM-204).
    student: the enrolment that studentrecords keeps, once made.
    """

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="enrolment")
    letter_seen = models.BooleanField(_("letter of acceptance seen"), default=False)
    photos = models.PositiveSmallIntegerField(_("photographs received"), default=0)
    passport_seen = models.BooleanField(_("passport with study visa seen"), default=False)
    visa_until = models.DateField(_("visa valid until"), null=True, blank=True)
    exceptional_basis = models.CharField(_("basis of the exception"), max_length=300, blank=True)
    originals_pending = models.BooleanField(_("originals awaited"), default=False)
    originals_in_at = models.DateTimeField(_("originals received"), null=True, blank=True)
    decision = models.CharField(_("rector's decision"), max_length=60, blank=True)
    decided_on = models.DateField(_("date of the decision"), null=True, blank=True)
    enrolled_on = models.DateField(_("enrolled on"), null=True, blank=True)
    enrolled_by = who(_("enrolled by"))
    matriculation_number = models.CharField(
        _("matriculation number"), max_length=20, null=True, blank=True, unique=True
    )
    student = models.OneToOneField(
        StudentEnrolment, models.PROTECT, null=True, blank=True, related_name="admission"
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("enrolment of a candidate")
        verbose_name_plural = _("enrolments of candidates")
        constraints = [
            models.CheckConstraint(
                name="adm_enrolment_decided",
                condition=Q(enrolled_on__isnull=True, student__isnull=True)
                | Q(enrolled_on__isnull=False, enrolled_by__isnull=False, decided_on__isnull=False)
                & ~Q(decision=""),
            ),
            models.CheckConstraint(
                name="adm_enrolment_pending_basis",
                condition=Q(originals_pending=False) | ~Q(exceptional_basis=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.matriculation_number or ''}"


class OriginalCheck(models.Model):
    """An original seen at enrolment, with how the issuing state made it usable (ADM-203, 205, 206)."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="originals")
    document_kind = models.CharField(_("document"), max_length=20)
    country = models.CharField(_("country that issued it"), max_length=2, blank=True)
    apostille = models.BooleanField(_("apostille"), default=False)
    foreign_ministry = models.BooleanField(_("legalised by the foreign ministry"), default=False)
    romanian_mission = models.BooleanField(_("legalised by the Romanian mission"), default=False)
    seen_by = who(_("seen by"), optional=False)
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        ordering = ["enrolment", "document_kind"]
        verbose_name = _("original seen")
        verbose_name_plural = _("originals seen")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "document_kind"], name="adm_original_once")
        ]

    def __str__(self) -> str:
        return self.document_kind


class StatusChangeNotice(models.Model):
    """A student tells that he is no longer a third-country citizen (ADM-230); no sanction follows."""

    class Status(models.TextChoices):
        SUBSIDIARY = "subsidiary", pgettext_lazy("status", "Subsidiary protection")
        REFUGEE = "refugee", pgettext_lazy("status", "Refugee")
        EUROPEAN = "european", pgettext_lazy("status", "Citizen of the EU, EEA or Switzerland")
        ROMANIAN = "romanian", pgettext_lazy("status", "Citizen of Romania")
        OTHER = "other", pgettext_lazy("status", "Another status")

    student = models.ForeignKey(
        StudentEnrolment, models.PROTECT, related_name="status_changes", verbose_name=_("student")
    )
    status = models.CharField(_("new status"), max_length=12, choices=Status)
    words = models.TextField(_("explanation"), blank=True)
    obtained_on = models.DateField(_("obtained on"))
    due_on = models.DateField(_("notice due"))
    file = stored(optional=True, label=_("proof"))
    notified_at = models.DateTimeField(_("notified"))
    notified_by = who(_("notified by"), optional=False)
    late_days = models.PositiveSmallIntegerField(_("days late"), default=0)

    class Meta:
        ordering = ["-notified_at"]
        verbose_name = _("notice of a changed status")
        verbose_name_plural = _("notices of changed status")
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.student_id} {self.status}"
