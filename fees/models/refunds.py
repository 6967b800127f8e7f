"""Money on its way back: the refund, each attempt to send it, and the files that go to the bank."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from fees.models.ledger import Charge, Payment
from fees.models.tariff import MONEY, Currency
from fees.models.triggers import APPEND_ONLY, KEPT, REFUND_COUNTS, month_is_open
from fees.rules.refunds import masked_iban
from fees.workflow import REFUND_LIVE, RefundState
from upt_portal.kernel.crypto import EncryptedText
from upt_portal.kernel.models import StoredFile

REFUND_STATE = Case(
    When(withdrawn_at__isnull=False, then=Value(RefundState.WITHDRAWN.value)),
    When(refused_at__isnull=False, then=Value(RefundState.REFUSED.value)),
    When(closed_at__isnull=False, then=Value(RefundState.CLOSED.value)),
    When(failed_at__isnull=False, then=Value(RefundState.FAILED.value)),
    When(paid_at__isnull=False, then=Value(RefundState.PAID.value)),
    When(sent_at__isnull=False, then=Value(RefundState.SENT.value)),
    When(approved_at__isnull=False, then=Value(RefundState.APPROVED.value)),
    When(checked_at__isnull=False, then=Value(RefundState.CHECKED.value)),
    default=Value(RefundState.REQUESTED.value),
)


class Way(models.TextChoices):
    """How money goes back."""

    CARD = "card", _("back to the card")
    BANK = "bank", _("to a bank account")


class Refund(models.Model):
    """A sum of one payment on its way back (FEE-093): a reversing line, never an edit of the payment.

    `charge`: the paid line whose money is given back; empty for money that pays nothing. `held_at`: since
    when the sum is set aside, so that nobody can spend it meanwhile; the database counts it on the payment.
    `two_people_from`: the limit of the day of the request; from it on the database wants a second person.
    `working_…`: how the sum was found. `state` follows from the facts.
    """

    class Origin(models.TextChoices):
        STUDENT = "student", _("asked for by the student")
        OFFICE = "office", _("begun by the finance office")
        ADMISSION = "admission", _("approved by the Board under the admission procedure")
        PROVIDER = "provider", _("made in the card provider's pages")
        DISPUTE = "dispute", _("taken back by the cardholder's bank")

    class Ground(models.TextChoices):
        TWICE = "twice", _("The same sum was paid twice")
        TOO_MUCH = "too_much", _("More was paid than was owed")
        CAUSE_GONE = "cause_gone", _("What was paid for is no longer owed")
        OTHER = "other", _("Another reason")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    charge = models.ForeignKey(
        Charge, models.PROTECT, null=True, blank=True, related_name="refunds", verbose_name=_("paid line")
    )
    origin = models.CharField(_("from"), max_length=10, choices=Origin)
    ground = models.CharField(_("ground"), max_length=10, choices=Ground)
    explanation = models.CharField(_("explanation"), max_length=1000, blank=True)
    case = models.CharField(_("case"), max_length=80, blank=True)
    proof = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proof")
    )
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    working_ro = models.CharField(_("how the sum was found, in Romanian"), max_length=300, blank=True)
    working_en = models.CharField(_("how the sum was found, in English"), max_length=300, blank=True)
    two_people_from = models.DecimalField(_("two people from"), **MONEY)
    way = models.CharField(_("way"), max_length=4, choices=Way)
    holder = models.CharField(_("holder of the account"), max_length=70, blank=True)
    iban = EncryptedText(_("IBAN"), blank=True, default="")
    iban_masked = models.CharField(_("account"), max_length=16, blank=True, editable=False)
    swift = models.CharField(_("SWIFT code"), max_length=11, blank=True)
    language = models.CharField(max_length=2, default="ro")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    requested_at = models.DateTimeField(_("asked"))
    held_at = models.DateTimeField(_("set aside since"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checked by"),
    )
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    paid_at = models.DateTimeField(_("given back"), null=True, blank=True)
    failed_at = models.DateTimeField(_("did not arrive"), null=True, blank=True)
    refused_at = models.DateTimeField(_("refused"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    closed_at = models.DateTimeField(_("given up"), null=True, blank=True)
    reason = models.CharField(_("why it was refused or did not arrive"), max_length=300, blank=True)
    state = models.GeneratedField(
        expression=REFUND_STATE,
        output_field=models.CharField(_("state"), max_length=10, choices=RefundState),
        db_persist=True,
    )

    class Meta:
        ordering = ["-requested_at", "-pk"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(name="refund_positive", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["payment"],
                name="refund_of_spare_money_once",
                condition=Q(charge__isnull=True, origin__in=["student", "office"])
                & Q(state__in=["requested", "checked", "approved", "sent", "failed"]),
            ),
            models.UniqueConstraint(
                fields=["payment", "charge"],
                name="refund_of_line_once",
                condition=Q(charge__isnull=False)
                & Q(state__in=["requested", "checked", "approved", "sent", "failed"]),
            ),
            # B13: whoever asked for or checked it does not approve it, from the limit on.
            models.CheckConstraint(
                name="refund_two_people",
                condition=Q(approved_at__isnull=True)
                | Q(origin__in=["provider", "dispute"])
                | Q(amount__lt=F("two_people_from"))
                | ~Q(approved_by=F("checked_by"))
                & (Q(requested_by__isnull=True) | ~Q(approved_by=F("requested_by"))),
            ),
            models.CheckConstraint(
                name="refund_acts_have_people",
                condition=(
                    Q(checked_at__isnull=True, checked_by__isnull=True)
                    | Q(checked_at__isnull=False, checked_by__isnull=False)
                )
                & (
                    Q(approved_at__isnull=True, approved_by__isnull=True)
                    | Q(approved_at__isnull=False, approved_by__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="refund_steps_in_order",
                condition=(Q(approved_at__isnull=True) | Q(checked_at__isnull=False, held_at__isnull=False))
                & (
                    Q(sent_at__isnull=True)
                    | Q(approved_at__isnull=False)
                    | Q(origin__in=["provider", "dispute"])
                )
                & (Q(paid_at__isnull=True) | Q(sent_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="refund_no_has_reason",
                condition=Q(refused_at__isnull=True, failed_at__isnull=True) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="refund_way_whole", condition=Q(way="card") | ~Q(iban="") & ~Q(holder="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"], name="refund_live", condition=Q(state__in=sorted(REFUND_LIVE))
            )
        ]
        triggers = [
            KEPT,
            REFUND_COUNTS,
            pgtrigger.ReadOnly(
                name="refund_fixed",
                fields=[
                    "payment",
                    "charge",
                    "origin",
                    "ground",
                    "explanation",
                    "case",
                    "proof",
                    "amount",
                    "currency",
                    "working_ro",
                    "working_en",
                    "two_people_from",
                    "requested_by",
                    "requested_at",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}: −{self.amount} {self.currency}"

    def get_state_display(self) -> str:
        """The state in the reader's language; Django makes none for a generated column."""
        return str(RefundState(self.state).label)

    def set_account(self, *, iban: str = "", holder: str = "", swift: str = "") -> None:
        """Where the money goes; without arguments nowhere, as for a card."""
        self.iban, self.holder, self.swift = iban, holder[:70], swift
        self.iban_masked = masked_iban(iban)

    @property
    def working(self) -> str:
        """How the sum was found, in the reader's language."""
        return self.working_en if (get_language() or "ro").startswith("en") else self.working_ro

    @property
    def needs_two(self) -> bool:
        """Whether a second person approves it."""
        return self.amount >= self.two_people_from


class RefundBatch(models.Model):
    """One file for the bank (pain.001) with its bytes: made once, downloaded as often as needed."""

    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    message_id = models.CharField(_("message"), max_length=35, unique=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    execute_on = models.DateField(_("to be executed on"))
    total = models.DecimalField(_("total"), **MONEY)
    count = models.PositiveIntegerField(_("transfers"))
    xml = EncryptedText(_("content"))
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("bank file of refunds")
        verbose_name_plural = _("bank files of refunds")
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="refund_batch_once"),
            models.CheckConstraint(name="refund_batch_filled", condition=Q(count__gt=0, total__gt=0)),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.year}-{self.number:04d}"

    @property
    def filename(self) -> str:
        """What the bank's upload page is given."""
        return f"rambursari-{self.year}-{self.number:04d}-{self.currency.lower()}.xml"


ATTEMPT_STATE = Case(
    When(failed_at__isnull=False, then=Value("failed")),
    When(settled_at__isnull=False, then=Value("settled")),
    When(sent_at__isnull=False, then=Value("sent")),
    default=Value("prepared"),
)


class RefundAttempt(models.Model):
    """One attempt to send a refund. `key` is ours and unique, whatever the provider has forgotten (B11).

    `provider_id`: the provider's number of the refund or dispute. `asked_at`: when it was first asked for at
    the provider, before any answer. `note_…`: number of the reversing paper, given when the money is back.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", _("Prepared")
        SENT = "sent", pgettext_lazy("refund", "Sent")
        SETTLED = "settled", pgettext_lazy("refund", "Arrived")
        FAILED = "failed", pgettext_lazy("refund", "Did not arrive")

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="attempts", verbose_name=_("refund"))
    number = models.PositiveSmallIntegerField(_("attempt"))
    way = models.CharField(_("way"), max_length=4, choices=Way)
    key = models.CharField(_("our key"), max_length=35, unique=True)
    provider_id = models.CharField(_("number at the provider"), max_length=120, blank=True)
    batch = models.ForeignKey(
        RefundBatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attempts",
        verbose_name=_("bank file"),
    )
    account = models.CharField(_("account"), max_length=16, blank=True)
    prepared_at = models.DateTimeField(_("prepared"))
    asked_at = models.DateTimeField(_("asked for at the provider"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    settled_at = models.DateTimeField(_("arrived"), null=True, blank=True)
    settled_by = models.CharField(_("known from"), max_length=120, blank=True)
    failed_at = models.DateTimeField(_("did not arrive"), null=True, blank=True)
    failed_reason = models.CharField(_("why"), max_length=300, blank=True)
    note_year = models.PositiveSmallIntegerField(_("year of the note"), null=True, blank=True)
    note_number = models.PositiveIntegerField(_("number of the note"), null=True, blank=True)
    state = models.GeneratedField(
        expression=ATTEMPT_STATE,
        output_field=models.CharField(_("state"), max_length=8, choices=State),
        db_persist=True,
    )

    class Meta:
        ordering = ["refund", "number"]
        verbose_name = _("attempt to send a refund")
        verbose_name_plural = _("attempts to send refunds")
        constraints = [
            models.UniqueConstraint(fields=["refund", "number"], name="refund_attempt_once"),
            models.UniqueConstraint(
                fields=["refund"], name="refund_one_open_attempt", condition=Q(failed_at__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["provider_id"], name="refund_provider_once", condition=~Q(provider_id="")
            ),
            models.UniqueConstraint(fields=["note_year", "note_number"], name="refund_note_once"),
            models.CheckConstraint(
                name="refund_note_when_settled",
                condition=Q(settled_at__isnull=True, note_year__isnull=True, note_number__isnull=True)
                | Q(settled_at__isnull=False, note_year__isnull=False, note_number__isnull=False),
            ),
            models.CheckConstraint(
                name="refund_attempt_failed_has_reason",
                condition=Q(failed_at__isnull=True) | ~Q(failed_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["prepared_at"],
                name="refund_attempt_open",
                condition=Q(state__in=["prepared", "sent"]),
            )
        ]
        triggers = [
            KEPT,
            month_is_open("settled_at", changes=True),
            month_is_open("failed_at", changes=True),
            pgtrigger.ReadOnly(
                name="refund_attempt_fixed", fields=["refund", "number", "way", "key", "prepared_at"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"

    def get_state_display(self) -> str:
        """The state in the reader's language."""
        return str(self.State(self.state).label)

    @property
    def note(self) -> str:
        """The number of the reversing paper: "R-2026-000003"; empty before the money is back."""
        return f"R-{self.note_year}-{self.note_number:06d}" if self.note_number else ""
