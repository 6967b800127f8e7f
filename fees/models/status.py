"""Decisions that change the financial status during a year, and whether they were carried out."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fees.models.tariff import MONEY, Currency
from fees.models.triggers import KEPT
from studentrecords.models import AcademicYear, Enrolment, Financing


class StatusDecision(models.Model):
    """A rector's decision on a place during the year: amount and term are its own (FEE-013).

    amount: the tuition owed for the year after it; 0 for a state-funded place. steps_until: the fifth working
    day after its communication.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="status_decisions", verbose_name=_("enrolment")
    )
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    financing = models.CharField(_("financing"), max_length=6, choices=Financing)
    decision = models.CharField(_("decision"), max_length=120, help_text=_("Number and date."))
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.RON)
    due_on = models.DateField(_("due"), null=True, blank=True)
    communicated_on = models.DateField(_("communicated"))
    steps_until = models.DateTimeField(_("to be carried out until"))
    registered_at = models.DateTimeField(_("registered"))
    carried_out_at = models.DateTimeField(_("carried out"), null=True, blank=True)
    carried_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        ordering = ["steps_until", "pk"]
        verbose_name = _("decision on a place")
        verbose_name_plural = _("decisions on places")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "decision"], name="status_decision_once"),
            models.CheckConstraint(
                name="status_amount_has_term",
                condition=Q(amount=0) | Q(amount__gt=0, due_on__isnull=False, financing=Financing.FEE),
            ),
            models.CheckConstraint(name="status_decision_named", condition=~Q(decision="")),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="status_decision_fixed",
                fields=[
                    "enrolment",
                    "year",
                    "financing",
                    "decision",
                    "amount",
                    "currency",
                    "due_on",
                    "communicated_on",
                    "steps_until",
                    "registered_at",
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.decision
