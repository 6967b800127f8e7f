"""Disputes: a cardholder's bank takes a payment back until the matter is closed."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fees.models.ledger import Payment
from fees.models.refunds import Refund
from fees.models.tariff import MONEY, Currency
from fees.models.triggers import KEPT

DISPUTE_STATE = Case(
    When(won=True, then=Value("won")),
    When(won=False, then=Value("lost")),
    default=Value("open"),
)


class Dispute(models.Model):
    """What the provider says about one dispute, and what staff did about it.

    The money is away from the day it opens; the paid lines stay paid until it is lost, and `refund` is then
    the booked loss. `handled_…`: staff wrote down what was done.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("dispute", "Open")
        WON = "won", pgettext_lazy("dispute", "Won")
        LOST = "lost", pgettext_lazy("dispute", "Lost")

    dispute_id = models.CharField(_("number at the provider"), max_length=120, unique=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes", verbose_name=_("payment"))
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    cause = models.CharField(_("cause given by the bank"), max_length=60, blank=True)
    status = models.CharField(_("status at the provider"), max_length=40)
    opened_at = models.DateTimeField(_("opened"))
    answer_until = models.DateTimeField(_("to be answered until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    won = models.BooleanField(_("won"), null=True, blank=True)
    refund = models.OneToOneField(
        Refund, models.PROTECT, null=True, blank=True, related_name="dispute", verbose_name=_("booked loss")
    )
    handled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    handled_note = models.CharField(_("what was done"), max_length=300, blank=True)
    state = models.GeneratedField(
        expression=DISPUTE_STATE,
        output_field=models.CharField(_("state"), max_length=4, choices=State),
        db_persist=True,
    )

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.CheckConstraint(name="dispute_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="dispute_closed_has_end",
                condition=Q(closed_at__isnull=True, won__isnull=True)
                | Q(closed_at__isnull=False, won__isnull=False),
            ),
            models.CheckConstraint(
                name="dispute_lost_is_booked",
                condition=Q(won=False, refund__isnull=False)
                | Q(won=True, refund__isnull=True)
                | Q(won__isnull=True, refund__isnull=True),
            ),
            models.CheckConstraint(
                name="dispute_handled_whole",
                condition=Q(handled_at__isnull=True, handled_by__isnull=True, handled_note="")
                | Q(handled_at__isnull=False, handled_by__isnull=False) & ~Q(handled_note=""),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="dispute_fixed", fields=["dispute_id", "payment", "amount", "currency", "opened_at"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.amount} {self.currency}"

    def get_state_display(self) -> str:
        """The state in the reader's language."""
        return str(self.State(self.state).label)
