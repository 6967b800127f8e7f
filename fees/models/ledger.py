"""The ledger: charges, payments, and which money pays which charge. Lines are appended, never edited."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fees.models.tariff import MONEY, Currency, FeeType, Price
from fees.models.triggers import (
    ACCOUNT_SET_ONCE,
    ALLOCATED_BY_ALLOCATIONS,
    ALLOCATION_COUNTS,
    APPEND_ONLY,
    KEPT,
    REDUCED_BY_REDUCTIONS,
    REFUNDED_BY_REFUNDS,
    REVERSED_BY_REVERSALS,
    month_is_open,
)
from fees.workflow import ChargeState
from studentrecords.models import AcademicYear, Enrolment

CHARGE_STATE = Case(
    When(cancelled_at__isnull=False, then=Value(ChargeState.CANCELLED.value)),
    When(
        exempted_at__isnull=False,
        allocated__gte=F("amount") - F("reduced"),
        then=Value(ChargeState.EXEMPTED.value),
    ),
    When(allocated__gte=F("amount") - F("reduced"), then=Value(ChargeState.PAID.value)),
    When(released_at__isnull=True, then=Value(ChargeState.CONFIGURED.value)),
    When(overdue_at__isnull=False, then=Value(ChargeState.OVERDUE.value)),
    When(allocated__gt=0, then=Value(ChargeState.PARTLY_PAID.value)),
    default=Value(ChargeState.DUE.value),
)


class Charge(models.Model):
    """A sum that an enrolment owes, with what it is for and when it is due (FeeLine, §4.2).

    `reference` names the case it comes from ("contracting.annex:17"), `line_key` the line of that case.
    The amount is that of its creation, whatever becomes of the price (FEE-001). `state` follows from the
    facts; `allocated` and `reduced` are kept by the database, from the allocations and from the reductions
    (exemptions, lines closed at what was paid). `exempted_at`: an exemption closed what was left.
    `penalty_of`: the late line that this one is the penalty of.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="charges", verbose_name=_("enrolment")
    )
    fee_type = models.ForeignKey(FeeType, models.PROTECT, related_name="+", verbose_name=_("kind of fee"))
    year = models.ForeignKey(AcademicYear, models.PROTECT, related_name="+", verbose_name=_("academic year"))
    price = models.ForeignKey(
        Price, models.PROTECT, null=True, blank=True, related_name="charges", verbose_name=_("price")
    )
    reference = models.CharField(_("case"), max_length=80)
    line_key = models.CharField(_("line"), max_length=80)
    description_ro = models.CharField(_("what for, in Romanian"), max_length=250)
    description_en = models.CharField(_("what for, in English"), max_length=250)
    working_ro = models.CharField(_("how it was computed, in Romanian"), max_length=200, blank=True)
    working_en = models.CharField(_("how it was computed, in English"), max_length=200, blank=True)
    rule = models.CharField(_("rule"), max_length=40, blank=True)
    article = models.CharField(_("article"), max_length=80, blank=True)
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.RON)
    allocated = models.DecimalField(_("paid"), **MONEY, default=Decimal(0), editable=False)
    reduced = models.DecimalField(_("no longer asked for"), **MONEY, default=Decimal(0), editable=False)
    penalty_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="penalties",
        verbose_name=_("penalty of"),
    )
    posted_at = models.DateTimeField(_("set"))
    due_at = models.DateTimeField(_("due"))
    released_at = models.DateTimeField(_("open for payment since"), null=True, blank=True)
    overdue_at = models.DateTimeField(_("found overdue"), null=True, blank=True)
    exempted_at = models.DateTimeField(_("exempted"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancelled_reason = models.CharField(_("why cancelled"), max_length=300, blank=True)
    state = models.GeneratedField(
        expression=CHARGE_STATE,
        output_field=models.CharField(_("state"), max_length=12, choices=ChargeState),
        db_persist=True,
    )

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "line_key"],
                name="charge_once",
                condition=Q(cancelled_at__isnull=True),
            ),
            models.CheckConstraint(name="charge_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="charge_currency", condition=Q(currency__in=Currency.values)),
            models.CheckConstraint(
                name="charge_not_overpaid",
                condition=Q(allocated__gte=0, reduced__gte=0, allocated__lte=F("amount") - F("reduced")),
            ),
            models.CheckConstraint(
                name="charge_exempted_is_reduced",
                condition=Q(exempted_at__isnull=True) | Q(reduced__gt=0),
            ),
            models.CheckConstraint(
                name="charge_cancelled_whole",
                condition=Q(cancelled_at__isnull=True, cancelled_reason="")
                | Q(cancelled_at__isnull=False, allocated=0) & ~Q(cancelled_reason=""),
            ),
            models.CheckConstraint(
                name="charge_overdue_after_due",
                condition=Q(overdue_at__isnull=True) | Q(overdue_at__gt=F("due_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["enrolment", "due_at"], name="charge_account"),
            models.Index(
                fields=["due_at"], name="charge_open", condition=Q(state__in=["due", "partly_paid"])
            ),
        ]
        triggers = [
            KEPT,
            month_is_open("posted_at"),
            month_is_open("cancelled_at", changes=True),
            ALLOCATED_BY_ALLOCATIONS,
            REDUCED_BY_REDUCTIONS,
            pgtrigger.ReadOnly(
                name="charge_fixed",
                fields=[
                    "enrolment",
                    "fee_type",
                    "year",
                    "price",
                    "reference",
                    "line_key",
                    "description_ro",
                    "description_en",
                    "working_ro",
                    "working_en",
                    "rule",
                    "article",
                    "amount",
                    "currency",
                    "penalty_of",
                    "posted_at",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.description}: {self.amount} {self.currency}"

    @property
    def description(self) -> str:
        """What the sum is for, in the reader's language."""
        return self.description_in(get_language() or "ro")

    def description_in(self, language: str) -> str:
        return self.description_en if language.startswith("en") else self.description_ro

    @property
    def working(self) -> str:
        """How the sum was computed, in the reader's language; may be empty."""
        return self.working_en if (get_language() or "ro").startswith("en") else self.working_ro

    @property
    def owed(self) -> Decimal:
        """What is asked for after the reductions, paid or not."""
        return self.amount - self.reduced

    @property
    def left(self) -> Decimal:
        """What is left to pay."""
        return self.owed - self.allocated


class Payment(models.Model):
    """Money received, with its receipt number (PaymentDocument); what is not allocated stays visible."""

    class Method(models.TextChoices):
        CARD = "card", _("card")
        BANK = "bank", _("bank transfer")
        CASH = "cash", _("cash desk")

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, null=True, blank=True, related_name="payments", verbose_name=_("enrolment")
    )
    method = models.CharField(_("method"), max_length=4, choices=Method)
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    allocated = models.DecimalField(_("allocated"), **MONEY, default=Decimal(0), editable=False)
    refunded = models.DecimalField(
        _("given back or on its way back"), **MONEY, default=Decimal(0), editable=False
    )
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("payer"),
    )
    payer_name = models.CharField(_("name of the payer"), max_length=200)
    reference = models.CharField(
        _("reference"), max_length=80, unique=True, help_text=_("The provider's or the bank's own number.")
    )
    card_brand = models.CharField(_("card"), max_length=20, blank=True)
    card_last4 = models.CharField(_("last four digits"), max_length=4, blank=True)
    paid_at = models.DateTimeField(_("paid"))
    booked_at = models.DateTimeField(_("registered"))
    reversed_at = models.DateTimeField(_("reversed"), null=True, blank=True, editable=False)
    receipt_year = models.PositiveSmallIntegerField(_("year of the receipt"))
    receipt_number = models.PositiveIntegerField(_("number of the receipt"))

    class Meta:
        ordering = ["-booked_at", "-pk"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["receipt_year", "receipt_number"], name="receipt_once"),
            models.CheckConstraint(name="payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="payment_currency", condition=Q(currency__in=Currency.values)),
            models.CheckConstraint(name="payment_method", condition=Q(method__in=["card", "bank", "cash"])),
            models.CheckConstraint(
                name="payment_not_overspent",
                condition=Q(allocated__gte=0, refunded__gte=0, amount__gte=F("allocated") + F("refunded")),
            ),
            models.CheckConstraint(
                name="payment_reversed_pays_nothing",
                condition=Q(reversed_at__isnull=True) | Q(allocated=0, refunded=0),
            ),
        ]
        triggers = [
            KEPT,
            month_is_open("booked_at"),
            ALLOCATED_BY_ALLOCATIONS,
            REVERSED_BY_REVERSALS,
            REFUNDED_BY_REFUNDS,
            ACCOUNT_SET_ONCE,
            pgtrigger.ReadOnly(
                name="payment_fixed",
                fields=[
                    "method",
                    "amount",
                    "currency",
                    "payer",
                    "payer_name",
                    "reference",
                    "card_brand",
                    "card_last4",
                    "paid_at",
                    "booked_at",
                    "receipt_year",
                    "receipt_number",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} {self.amount} {self.currency}"

    @property
    def receipt(self) -> str:
        """The receipt's number: "2026-000017"."""
        return f"{self.receipt_year}-{self.receipt_number:06d}"

    @property
    def unallocated(self) -> Decimal:
        """Money that pays no charge and is not on its way back; it waits for staff.

        Nothing is left of a reversed payment.
        """
        return Decimal(0) if self.reversed_at else self.amount - self.allocated - self.refunded


class Allocation(models.Model):
    """So much of a payment pays a charge; taken back by a row of its own with the opposite sum."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="allocations")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="allocations")
    amount = models.DecimalField(_("amount"), **MONEY)
    at = models.DateTimeField(_("when"))
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("takes back"),
    )
    reason = models.CharField(_("why"), max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.CheckConstraint(
                name="allocation_sign",
                condition=Q(reverses__isnull=True, amount__gt=0)
                | Q(reverses__isnull=False, amount__lt=0) & ~Q(reason=""),
            ),
        ]
        triggers = [APPEND_ONLY, ALLOCATION_COUNTS]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.charge_id}: {self.amount}"
