"""What is no longer asked for on a charge: exempted by decision, or closed at what was paid."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fees.models.ledger import Charge
from fees.models.tariff import MONEY
from fees.models.triggers import APPEND_ONLY, REDUCTION_COUNTS, month_is_open


class Reduction(models.Model):
    """So much of a charge is not asked for any more; taken back by a row of its own with the opposite sum.

    `reason` names what it rests on: the dean's decision, the student's leaving. Never a reason of health.
    """

    class Kind(models.TextChoices):
        EXEMPTION = "exemption", _("exemption")
        CLOSING = "closing", _("closed at what was paid")

    charge = models.ForeignKey(Charge, models.PROTECT, related_name="reductions", verbose_name=_("charge"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("amount"), **MONEY)
    at = models.DateTimeField(_("when"))
    reason = models.CharField(_("why"), max_length=300)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("takes back"),
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("reduction")
        verbose_name_plural = _("reductions")
        constraints = [
            models.CheckConstraint(
                name="reduction_sign",
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
            ),
            models.CheckConstraint(name="reduction_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="reduction_kind", condition=Q(kind__in=["exemption", "closing"])),
        ]
        triggers = [APPEND_ONLY, month_is_open("at"), REDUCTION_COUNTS]

    def __str__(self) -> str:
        return f"{self.charge_id}: -{self.amount}"
