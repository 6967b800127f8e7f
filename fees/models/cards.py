"""Card payments from the click to the provider's answer, and every event the provider sent."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fees.models.ledger import Charge, Payment
from fees.models.tariff import MONEY, Currency
from fees.models.triggers import KEPT
from fees.workflow import CardState
from studentrecords.models import Enrolment

CARD_STATE = Case(
    When(reversed_at__isnull=False, then=Value(CardState.REVERSED.value)),
    When(confirmed_at__isnull=False, then=Value(CardState.CONFIRMED.value)),
    When(ended_at__isnull=False, declined_at__isnull=False, then=Value(CardState.FAILED.value)),
    When(ended_at__isnull=False, then=Value(CardState.EXPIRED.value)),
    default=Value(CardState.INITIATED.value),
)


class CardPayment(models.Model):
    """One attempt to pay some charges by card; only the provider's verified answer confirms it (§4.3).

    `key` is our idempotency key: charge, attempt and a random part. `opens_until` is by the provider's
    clock, which no demonstration shifts. `parked_reason`: the provider's facts do not fit, staff decide.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="card_payments", verbose_name=_("enrolment")
    )
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("payer")
    )
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    language = models.CharField(max_length=2)
    key = models.CharField(max_length=80, unique=True)
    started_at = models.DateTimeField(_("begun"))
    opens_until = models.DateTimeField(_("card page open until"))
    session_id = models.CharField(max_length=120, blank=True)
    url = models.TextField(blank=True)
    returned_at = models.DateTimeField(_("payer back from the card page"), null=True, blank=True)
    declined_at = models.DateTimeField(_("card refused"), null=True, blank=True)
    decline_code = models.CharField(_("provider's reason"), max_length=60, blank=True)
    ended_at = models.DateTimeField(_("ended without payment"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    reversed_at = models.DateTimeField(_("reversed"), null=True, blank=True)
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="card_payment", verbose_name=_("payment")
    )
    parked_reason = models.CharField(_("why it waits for staff"), max_length=300, blank=True)
    state = models.GeneratedField(
        expression=CARD_STATE,
        output_field=models.CharField(_("state"), max_length=10, choices=CardState),
        db_persist=True,
    )

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("card payment")
        verbose_name_plural = _("card payments")
        constraints = [
            models.UniqueConstraint(
                fields=["session_id"], name="card_session_once", condition=~Q(session_id="")
            ),
            models.CheckConstraint(name="card_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="card_confirmed_has_money",
                condition=Q(confirmed_at__isnull=True, payment__isnull=True)
                | Q(confirmed_at__isnull=False, payment__isnull=False),
            ),
            models.CheckConstraint(
                name="card_reversed_was_confirmed",
                condition=Q(reversed_at__isnull=True) | Q(confirmed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["started_at"], name="card_open", condition=Q(state="initiated")),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="card_fixed",
                fields=["enrolment", "payer", "amount", "currency", "key", "started_at", "opens_until"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.amount} {self.currency}"


class CardPaymentLine(models.Model):
    """One charge of a card payment with the sum fixed at its start; a charge is in one open attempt only."""

    card_payment = models.ForeignKey(CardPayment, models.PROTECT, related_name="lines")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="card_lines")
    amount = models.DecimalField(_("amount"), **MONEY)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("line of a card payment")
        verbose_name_plural = _("lines of card payments")
        constraints = [
            models.UniqueConstraint(
                fields=["charge"], name="charge_in_one_open_checkout", condition=Q(is_open=True)
            ),
            models.UniqueConstraint(fields=["card_payment", "charge"], name="card_line_once"),
            models.CheckConstraint(name="card_line_positive", condition=Q(amount__gt=0)),
        ]
        triggers = [pgtrigger.ReadOnly(name="card_line_fixed", fields=["card_payment", "charge", "amount"])]

    def __str__(self) -> str:
        return f"{self.card_payment_id}: {self.charge_id}"


class ProviderEvent(models.Model):
    """An event as the provider sent it, its signature verified, and what became of it."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", pgettext_lazy("event", "Applied")
        IGNORED = "ignored", _("Nothing to do")
        PARKED = "parked", _("Waits for staff")

    event_id = models.CharField(_("event"), max_length=120, unique=True)
    type = models.CharField(_("type"), max_length=80)
    created_at = models.DateTimeField(_("created by the provider"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"))
    raw = models.JSONField(_("content"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    card_payment = models.ForeignKey(
        CardPayment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("card payment"),
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

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("event of the card provider")
        verbose_name_plural = _("events of the card provider")
        constraints = [
            models.CheckConstraint(
                name="event_parked_has_reason", condition=~Q(outcome="parked") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="event_handled_whole",
                condition=Q(handled_at__isnull=True, handled_by__isnull=True, handled_note="")
                | Q(handled_at__isnull=False, handled_by__isnull=False) & ~Q(handled_note=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="event_waiting",
                condition=Q(outcome="parked", handled_at__isnull=True),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="event_fixed", fields=["event_id", "type", "created_at", "received_at", "raw"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
