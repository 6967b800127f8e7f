"""Money of a candidate: the processing fee with what was credited, the first tuition with its transfers."""

from typing import Any

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from admissions.models.dossiers import Dossier
from admissions.models.shared import APPENDED, EUR, KEPT, stored, who
from admissions.workflow.smaller import FeeState


@pghistory.track()
class ProcessingFee(models.Model):
    """The fee of a dossier (ADM-080 to ADM-085): never returned, waived when another dossier paid."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="processing_fee")
    due = models.DecimalField(_("owed (EUR)"), **EUR)
    received = models.DecimalField(_("received (EUR)"), **EUR, default=0)
    state = models.CharField(
        _("state"), max_length=10, choices=FeeState, default=FeeState.DUE, editable=False
    )
    declared_at = models.DateTimeField(_("declared"), null=True, blank=True)
    confirmed_by = who(_("confirmed by"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("processing fee")
        verbose_name_plural = _("processing fees")
        constraints = [
            models.CheckConstraint(name="adm_fee_state", condition=Q(state__in=FeeState.values)),
            models.CheckConstraint(
                name="adm_fee_confirmed",
                condition=Q(state="confirmed", confirmed_at__isnull=False, confirmed_by__isnull=False)
                & Q(received__gte=F("due"))
                | ~Q(state="confirmed") & Q(confirmed_at__isnull=True, confirmed_by__isnull=True),
            ),
            models.CheckConstraint(
                name="adm_fee_short", condition=~Q(state="short") | Q(received__lt=F("due"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due} EUR {self.get_state_display()}"


class FeeReceipt(models.Model):
    """A sum credited for the processing fee, as DRI read it on the statement (ADM-082, ADM-084)."""

    fee = models.ForeignKey(ProcessingFee, models.PROTECT, related_name="receipts")
    amount = models.DecimalField(_("amount (EUR)"), **EUR)
    credited_on = models.DateField(_("credited on"))
    reference = models.CharField(_("reference of the bank"), max_length=80)
    by = who(_("recorded by"), optional=False)
    at = models.DateTimeField(_("recorded"))

    class Meta:
        ordering = ["fee", "credited_on", "pk"]
        verbose_name = _("receipt of the processing fee")
        verbose_name_plural = _("receipts of the processing fee")
        constraints = [
            models.CheckConstraint(name="adm_fee_receipt_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(fields=["fee", "reference"], name="adm_fee_receipt_once"),
        ]
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.amount} EUR"


@pghistory.track()
class TuitionPayment(models.Model):
    """First-year tuition of a dossier (ADM-126 to ADM-131).

    completed_on: the date of the transfer that completed the sum, by which lateness is judged (ADM-128).
    late_…: DRI head accepted a late payment (ADM-130). carried_from: the payment of the deferred dossier.
    """

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="tuition")
    due = models.DecimalField(_("owed (EUR)"), **EUR)
    declared_at = models.DateTimeField(_("declared"), null=True, blank=True)
    confirmed = models.DecimalField(_("received (EUR)"), **EUR, null=True, blank=True)
    completed_on = models.DateField(_("completed on"), null=True, blank=True)
    confirmed_by = who(_("confirmed by"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    late_reason = models.CharField(_("why the late payment was accepted"), max_length=500, blank=True)
    late_by = who(_("accepted by"))
    late_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    carried_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("first tuition")
        verbose_name_plural = _("first tuitions")
        constraints = [
            models.CheckConstraint(
                name="adm_tuition_confirmed",
                condition=Q(confirmed_at__isnull=True, confirmed__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed__isnull=False, confirmed_by__isnull=False)
                & (Q(confirmed__gte=F("due")) | Q(carried_from__isnull=False)),
            ),
            models.CheckConstraint(
                name="adm_tuition_late",
                condition=Q(late_reason="", late_by__isnull=True, late_at__isnull=True)
                | Q(late_by__isnull=False, late_at__isnull=False) & ~Q(late_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.due} EUR"


class TuitionTransfer(models.Model):
    """A transfer the candidate declared, with its proof; `credited` is what DRI saw arrive."""

    tuition = models.ForeignKey(TuitionPayment, models.PROTECT, related_name="transfers")
    paid_on = models.DateField(_("paid on"))
    amount = models.DecimalField(_("amount (EUR)"), **EUR)
    proof = stored(label=_("proof of payment"))
    declared_at = models.DateTimeField(_("declared"))
    credited = models.DecimalField(_("credited (EUR)"), **EUR, null=True, blank=True)
    credited_on = models.DateField(_("credited on"), null=True, blank=True)
    reference = models.CharField(_("reference of the bank"), max_length=80, blank=True)
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True)
    returned_reason = models.CharField(_("why it was returned"), max_length=500, blank=True)

    class Meta:
        ordering = ["tuition", "paid_on", "pk"]
        verbose_name = _("transfer of tuition")
        verbose_name_plural = _("transfers of tuition")
        constraints = [
            models.CheckConstraint(name="adm_transfer_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="adm_transfer_credited",
                condition=Q(credited__isnull=True, credited_on__isnull=True, reference="")
                | Q(credited__isnull=False, credited_on__isnull=False) & ~Q(reference=""),
            ),
            models.CheckConstraint(
                name="adm_transfer_returned",
                condition=Q(returned_at__isnull=True, returned_reason="")
                | Q(returned_at__isnull=False) & ~Q(returned_reason=""),
            ),
        ]
        triggers: list[Any] = [KEPT]

    def __str__(self) -> str:
        return f"{self.amount} EUR {self.paid_on:%d.%m.%Y}"


class TuitionKept(models.Model):
    """Tuition that became own revenue because the terms were missed (ADM-184)."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="tuition_kept")
    amount = models.DecimalField(_("amount (EUR)"), **EUR)
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("recorded"))

    class Meta:
        ordering = ["-at"]
        verbose_name = _("tuition kept")
        verbose_name_plural = _("tuition kept")
        constraints = [models.CheckConstraint(name="adm_kept_reason", condition=~Q(reason=""))]
        triggers: list[Any] = [APPENDED]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.amount} EUR"
