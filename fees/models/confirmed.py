"""Fees confirmed before there is an enrolment: the candidate's processing fee and first tuition."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fees.models.ledger import Charge, Payment
from fees.models.tariff import FeeType
from fees.models.triggers import KEPT


class ConfirmedFee(models.Model):
    """Money that a candidate paid, confirmed in admissions (FEE-090): its payment is in the ledger at once.

    `case` is the dossier it counts for now ("admissions.dossier:17"); deferred entry moves it to the next one
    (FEE-094). At enrolment it becomes a paid `charge`. `kept_…`: own revenue after missed terms (FEE-095).
    """

    case = models.CharField(_("case"), max_length=80)
    first_case = models.CharField(_("confirmed for"), max_length=80)
    fee_type = models.ForeignKey(FeeType, models.PROTECT, related_name="+", verbose_name=_("kind of fee"))
    payment = models.OneToOneField(
        Payment, models.PROTECT, related_name="confirmed_fee", verbose_name=_("payment")
    )
    charge = models.OneToOneField(
        Charge, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("paid line")
    )
    confirmed_at = models.DateTimeField(_("confirmed"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    kept_at = models.DateTimeField(_("own revenue since"), null=True, blank=True)
    kept_reason = models.CharField(_("why it is own revenue"), max_length=300, blank=True)

    class Meta:
        ordering = ["confirmed_at", "pk"]
        verbose_name = _("fee confirmed in admissions")
        verbose_name_plural = _("fees confirmed in admissions")
        constraints = [
            models.UniqueConstraint(fields=["case", "fee_type"], name="confirmed_fee_once"),
            models.CheckConstraint(
                name="confirmed_fee_kept_whole",
                condition=Q(kept_at__isnull=True, kept_reason="")
                | Q(kept_at__isnull=False, charge__isnull=True) & ~Q(kept_reason=""),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="confirmed_fee_fixed",
                fields=["first_case", "fee_type", "payment", "confirmed_at", "confirmed_by"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.fee_type_id}"
