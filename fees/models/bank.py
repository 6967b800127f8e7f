"""Money that comes through the bank: our accounts, references to write on a transfer, statements, entries."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fees.models.ledger import Charge, Payment
from fees.models.tariff import MONEY, Currency
from fees.models.triggers import (
    APPEND_ONLY,
    BOOKED_BY_BOOKINGS,
    BOOKING_COUNTS,
    KEPT,
    REVERSAL_COUNTS,
    month_is_open,
)
from fees.rules.refunds import masked_iban
from fees.workflow import EntryState
from studentrecords.models import Enrolment


class BankAccount(models.Model):
    """An account of the university into which students pay; one of each currency is in use."""

    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    iban = models.CharField("IBAN", max_length=34, unique=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    bank = models.CharField(_("bank"), max_length=120)
    beneficiary = models.CharField(_("beneficiary"), max_length=140)
    active = models.BooleanField(
        _("in use"), default=True, help_text=_("Students are told the account in use of their currency.")
    )

    class Meta:
        ordering = ["-currency", "pk"]
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["currency"], name="bank_account_one_in_use", condition=Q(active=True)
            ),
            models.CheckConstraint(name="bank_account_currency", condition=Q(currency__in=Currency.values)),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(name="bank_account_fixed", fields=["currency", "iban"]),
        ]

    def __str__(self) -> str:
        return f"{self.iban} {self.currency}"


class TransferReference(models.Model):
    """What a student writes on a transfer so that the money finds the chosen lines (ISO 11649).

    number: counts the references of the account. choice: names the set of lines, so that the same lines
    always have the same reference.
    """

    enrolment = models.ForeignKey(
        Enrolment, models.PROTECT, related_name="transfer_references", verbose_name=_("enrolment")
    )
    number = models.PositiveIntegerField(_("number"))
    code = models.CharField(_("reference"), max_length=25, unique=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    choice = models.CharField(max_length=64)
    charges = models.ManyToManyField(
        Charge, through="TransferLine", related_name="transfer_references", verbose_name=_("lines")
    )
    made_at = models.DateTimeField(_("given"))

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("transfer reference")
        verbose_name_plural = _("transfer references")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "number"], name="transfer_number_once"),
            models.UniqueConstraint(fields=["enrolment", "choice"], name="transfer_choice_once"),
            models.CheckConstraint(name="transfer_code_is_rf", condition=Q(code__startswith="RF")),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return self.code


class TransferLine(models.Model):
    """One line that a transfer reference pays, in the order of its place."""

    reference = models.ForeignKey(TransferReference, models.PROTECT, related_name="lines")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["reference", "charge"], name="transfer_line_once"),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.reference_id}: {self.charge_id}"


class StatementFile(models.Model):
    """A statement file as it was given to the portal; nothing is booked before it is confirmed."""

    name = models.CharField(_("name"), max_length=200)
    digest = models.CharField("SHA-256", max_length=64)
    format = models.CharField(_("format"), max_length=40)
    size = models.PositiveIntegerField(_("size"))
    entries = models.PositiveIntegerField(_("entries"))
    file = models.FileField(upload_to="statements/%Y/%m", max_length=200)
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    finished_at = models.DateTimeField(_("booked"), null=True, blank=True)
    discarded_at = models.DateTimeField(_("given up"), null=True, blank=True)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], name="statement_file_once", condition=Q(discarded_at__isnull=True)
            ),
            models.CheckConstraint(
                name="statement_confirmed_whole",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True, finished_at__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, discarded_at__isnull=True),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.ReadOnly(
                name="statement_fixed",
                fields=["name", "digest", "format", "size", "entries", "file", "uploaded_at", "uploaded_by"],
            ),
        ]

    def __str__(self) -> str:
        return self.name


ENTRY_STATE = Case(
    When(kind="debit", then=Value(EntryState.OUTGOING.value)),
    When(returned_at__isnull=False, then=Value(EntryState.RETURNED.value)),
    When(closed_at__isnull=False, closing="return", then=Value(EntryState.TO_RETURN.value)),
    When(closed_at__isnull=False, then=Value(EntryState.CLOSED.value)),
    When(booked__gte=F("amount"), then=Value(EntryState.BOOKED.value)),
    default=Value(EntryState.WAITING.value),
)


class BankEntry(models.Model):
    """One movement on an account as the bank told it; a batch gives one for each of its details.

    What the bank said is never changed. `booked` is the part that became payments of students, kept by the
    database; what is left waits, visibly, until somebody gives it a student, sends it back or closes it.
    """

    class Kind(models.TextChoices):
        CREDIT = "credit", _("money received")
        DEBIT = "debit", _("money paid out")
        TAKEN_BACK = "taken_back", _("a transfer that the bank took back")
        CAME_BACK = "came_back", _("our own transfer that came back")

    class Closing(models.TextChoices):
        RETURN = "return", _("To be sent back to the payer")
        OTHER = "other", _("Not money of a student")
        UNDONE = "undone", _("Taken back by the bank")

    class Why(models.TextChoices):
        NOBODY = "nobody", _("No reference, and the payer is not known")
        PAYER_SUM = "payer_sum", _("No reference; the payer is known, the sum fits no line")
        MISTYPED = "mistyped", _("The reference was copied wrongly")
        UNKNOWN = "unknown", _("The reference is not one of ours")
        SEVERAL = "several", _("It names references of several students")
        CURRENCY = "currency", _("It came in another currency than the lines or the account")
        BATCH = "batch", _("A batch whose parts do not add up to it")
        TAKEN_BACK = "taken_back", _("The bank took back a transfer that is booked")
        TAKEN_UNKNOWN = "taken_unknown", _("The bank took back a transfer that is not found")
        CAME_BACK = "came_back", _("A transfer of ours came back")

    account = models.ForeignKey(
        BankAccount, models.PROTECT, related_name="entries", verbose_name=_("account")
    )
    statement = models.ForeignKey(
        StatementFile, models.PROTECT, related_name="lines", verbose_name=_("statement")
    )
    key = models.CharField(max_length=120)
    line = models.PositiveIntegerField(_("line of the file"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3)
    booked_on = models.DateField(_("booked by the bank"))
    value_on = models.DateField(_("value date"))
    payer_name = models.CharField(_("payer"), max_length=200, blank=True)
    payer_iban = models.CharField(_("payer's IBAN"), max_length=34, blank=True)
    message = models.CharField(_("message"), max_length=600, blank=True)
    bank_reference = models.CharField(_("bank's reference"), max_length=80, blank=True)
    end_to_end = models.CharField(_("payer's reference"), max_length=80, blank=True)
    takes_back = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("takes back")
    )
    why = models.CharField(_("why it waits"), max_length=20, choices=Why, blank=True)
    read_at = models.DateTimeField(_("read"))
    booked = models.DecimalField(_("booked"), **MONEY, default=Decimal(0), editable=False)
    closing = models.CharField(_("closed as"), max_length=8, choices=Closing, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    closed_note = models.CharField(_("why closed"), max_length=300, blank=True)
    returned_at = models.DateTimeField(_("sent back"), null=True, blank=True)
    returned_reference = models.CharField(_("reference of the return"), max_length=80, blank=True)
    state = models.GeneratedField(
        expression=ENTRY_STATE,
        output_field=models.CharField(_("state"), max_length=9, choices=EntryState),
        db_persist=True,
    )

    class Meta:
        ordering = ["booked_on", "pk"]
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="bank_entry_once"),
            models.CheckConstraint(name="bank_entry_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="bank_entry_not_overbooked",
                condition=Q(booked=0) | Q(kind="credit", booked__gt=0, booked__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="bank_entry_closed_whole",
                condition=Q(closed_at__isnull=True, closing="", closed_note="")
                | Q(closed_at__isnull=False) & ~Q(closing="") & ~Q(closed_note=""),
            ),
            models.CheckConstraint(
                name="bank_entry_closed_by_somebody",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_by__isnull=False)
                | Q(closing="undone"),
            ),
            models.CheckConstraint(
                name="bank_entry_returned_whole",
                condition=Q(returned_at__isnull=True, returned_reference="")
                | Q(returned_at__isnull=False, closing="return") & ~Q(returned_reference=""),
            ),
        ]
        indexes = [
            models.Index(fields=["booked_on"], name="bank_entry_waits", condition=Q(state="waiting")),
            models.Index(fields=["payer_iban"], name="bank_entry_payer", condition=~Q(payer_iban="")),
            models.Index(
                fields=["bank_reference"], name="bank_entry_reference", condition=~Q(bank_reference="")
            ),
            models.Index(fields=["end_to_end"], name="bank_entry_end_to_end", condition=~Q(end_to_end="")),
        ]
        triggers = [
            KEPT,
            BOOKED_BY_BOOKINGS,
            pgtrigger.ReadOnly(
                name="bank_entry_fixed",
                fields=[
                    "account",
                    "statement",
                    "key",
                    "line",
                    "kind",
                    "amount",
                    "currency",
                    "booked_on",
                    "value_on",
                    "payer_name",
                    "payer_iban",
                    "message",
                    "bank_reference",
                    "end_to_end",
                    "takes_back",
                    "why",
                    "read_at",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on:%d.%m.%Y} {self.amount} {self.currency}"

    @property
    def state_words(self) -> str:
        """The state for the reader; a computed column has no words of its own."""
        return str(EntryState(self.state).label)

    @property
    def payer_iban_masked(self) -> str:
        """The payer's account as lists show it."""
        return masked_iban(self.payer_iban) if self.payer_iban else ""

    @property
    def left(self) -> Decimal:
        """The part that is nobody's yet."""
        return self.amount - self.booked


class EntryBooking(models.Model):
    """A payment that was made out of a bank entry; several students may share one transfer."""

    entry = models.ForeignKey(
        BankEntry, models.PROTECT, related_name="bookings", verbose_name=_("bank entry")
    )
    payment = models.OneToOneField(
        Payment, models.PROTECT, related_name="entry_booking", verbose_name=_("payment")
    )
    how = models.CharField(
        _("found by"),
        max_length=9,
        choices=[
            ("reference", pgettext_lazy("found by", "reference")),
            ("payer", pgettext_lazy("found by", "payer and amount")),
            ("clerk", pgettext_lazy("found by", "the finance office")),
        ],
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("payment from a bank entry")
        verbose_name_plural = _("payments from bank entries")
        triggers = [APPEND_ONLY, BOOKING_COUNTS]

    def __str__(self) -> str:
        return f"{self.entry_id} → {self.payment_id}"


class PaymentReversal(models.Model):
    """A payment taken back whole, with its reason (§4.3): a row of its own, never an edit of the payment.

    bank_entry: the movement by which the bank took the money back; without one, the money of a transfer is
    again a bank entry that waits for its student.
    """

    payment = models.OneToOneField(
        Payment, models.PROTECT, related_name="reversal", verbose_name=_("payment")
    )
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("why"), max_length=300)
    bank_entry = models.OneToOneField(
        BankEntry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversal",
        verbose_name=_("taken back by the bank"),
    )

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("reversed payment")
        verbose_name_plural = _("reversed payments")
        constraints = [
            models.CheckConstraint(name="reversal_has_reason", condition=~Q(reason="")),
        ]
        triggers = [APPEND_ONLY, month_is_open("at"), REVERSAL_COUNTS]

    def __str__(self) -> str:
        return f"{self.payment_id}: {self.reason}"
