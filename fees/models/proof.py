"""The daily proof: what the ledger says beside what the provider and the bank say, kept for each day."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fees.models.tariff import MONEY, Currency
from fees.models.triggers import APPEND_ONLY


class DailyProof(models.Model):
    """One day, one currency, one side. A day that is proved again gets a new row; the latest holds.

    `items`: every unmatched item, with its number, sum and where it is missing.
    """

    class Side(models.TextChoices):
        CARD = "card", pgettext_lazy("proof", "Card provider")
        BANK = "bank", pgettext_lazy("proof", "Bank statement")

    day = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    side = models.CharField(_("beside"), max_length=4, choices=Side)
    ledger = models.DecimalField(_("in the ledger"), **MONEY)
    outside = models.DecimalField(_("outside"), **MONEY)
    difference = models.DecimalField(_("difference"), **MONEY)
    count = models.PositiveIntegerField(_("matched items"))
    items = models.JSONField(_("unmatched items"), default=list)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        ordering = ["-day", "side", "currency", "-made_at"]
        verbose_name = _("daily proof")
        verbose_name_plural = _("daily proofs")
        constraints = [
            models.UniqueConstraint(fields=["day", "currency", "side", "made_at"], name="proof_once"),
            models.CheckConstraint(
                name="proof_difference", condition=Q(difference=F("ledger") - F("outside"))
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.day} {self.side} {self.currency}: {self.difference}"

    @property
    def holds(self) -> bool:
        """Nothing differs and nothing is unmatched."""
        return self.difference == 0 and not self.items
