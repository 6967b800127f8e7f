"""What an account holds: charges, payments, receipts, card attempts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet

from fees.models import AccountPaper, Allocation, CardPayment, CardPaymentLine, Charge, Payment
from fees.queries.ledger import Totals, totals
from fees.workflow import PAYABLE
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel.models import IssuedPaper
from upt_portal.kernel.references import reference

# Kinds of issued papers, and names of their series of numbers.
RECEIPT, STATEMENT, CERTIFICATE = "fees.receipt", "fees.statement", "fees.certificate"


#: Open attempts whose payer came back from the card page, or which staff must look at: not to be paid again.
CONFIRMING = CardPaymentLine.objects.filter(is_open=True).exclude(
    card_payment__returned_at__isnull=True, card_payment__parked_reason=""
)


def charges_of(enrolment: Enrolment) -> QuerySet[Charge]:
    """The charges a student sees: those released, and those already paid; soonest due first.

    `open_attempts` of each holds the card payment that is being confirmed, if any.
    """
    seen = Q(released_at__isnull=False) | Q(allocated__gt=0)
    return (
        Charge.objects.filter(seen, enrolment=enrolment, cancelled_at__isnull=True)
        .select_related("fee_type", "year")
        .prefetch_related(Prefetch("card_lines", CONFIRMING, to_attr="open_attempts"))
    )


def replaced(enrolment: Enrolment, ids: Iterable[int]) -> bool:
    """Whether one of these charges is the enrolment's own and was cancelled meanwhile, as penalties are."""
    return Charge.objects.filter(pk__in=list(ids), enrolment=enrolment, cancelled_at__isnull=False).exists()


def every_charge_of(enrolment: Enrolment) -> QuerySet[Charge]:
    """The charges as staff see them: also those not open for payment yet and those cancelled."""
    return (
        Charge.objects.filter(enrolment=enrolment)
        .select_related("fee_type", "year")
        .prefetch_related(Prefetch("card_lines", CONFIRMING, to_attr="open_attempts"))
    )


def is_confirming(charge: Charge) -> bool:
    """Whether a card payment of this charge, as `charges_of` gives it, waits for its confirmation."""
    return bool(getattr(charge, "open_attempts", ()))


def payable_of(enrolment: Enrolment) -> QuerySet[Charge]:
    """The charges that can be paid now, overdue ones first."""
    return charges_of(enrolment).filter(state__in=PAYABLE)


def payments_of(enrolment: Enrolment) -> QuerySet[Payment]:
    """The payments of an account, newest first, with the charges each one pays."""
    standing = Allocation.objects.filter(reverses__isnull=True, reversed_by__isnull=True)
    return Payment.objects.filter(enrolment=enrolment).prefetch_related(
        Prefetch("allocations", standing.select_related("charge"), to_attr="standing")
    )


@dataclass(frozen=True)
class Account:
    """The financial page of one enrolment."""

    charges: list[Charge]
    payments: list[Payment]
    totals: list[Totals]
    unallocated: dict[str, Decimal] = field(default_factory=dict)


def account_of(enrolment: Enrolment, at: datetime) -> Account:
    """Everything on an account: charges, payments, sums by currency and unallocated money (FEE-005)."""
    charges, payments = list(charges_of(enrolment)), list(payments_of(enrolment))
    spare: dict[str, Decimal] = {}
    for payment in payments:
        if payment.unallocated:
            spare[payment.currency] = spare.get(payment.currency, Decimal(0)) + payment.unallocated
    return Account(charges, payments, totals(charges, at), spare)


def payment_seen_by(user: User, payment_id: int, enrolment_id: int) -> Payment | None:
    """A payment of the user's own enrolment, for its receipt; None for anybody else's."""
    own = Payment.objects.filter(pk=payment_id, enrolment_id=enrolment_id, enrolment__person__user=user)
    return own.select_related("enrolment__programme", "enrolment__person", "reversal").first()


def allocations_of(payment: Payment) -> QuerySet[Allocation]:
    """What a payment paid, taken-back allocations left out."""
    return payment.allocations.filter(reverses__isnull=True, reversed_by__isnull=True).select_related(
        "charge__fee_type", "charge__year"
    )


def receipt_paper_of(payment: Payment) -> IssuedPaper | None:
    """The receipt as an issued paper; its file is there once a worker has made it."""
    return IssuedPaper.objects.filter(about=reference(payment), kind=RECEIPT).first()


def session_seen_by(user: User, session_id: str, enrolment_id: int) -> CardPayment | None:
    """The user's own card payment with this session of the provider; None for anybody else's."""
    own = CardPayment.objects.filter(
        session_id=session_id, enrolment_id=enrolment_id, enrolment__person__user=user
    )
    return own.exclude(session_id="").select_related("payment", "enrolment").first()


def last_attempt(charges: Iterable[Charge]) -> CardPayment | None:
    """The latest card payment that any of these charges was part of."""
    ids = [charge.pk for charge in charges]
    return CardPayment.objects.filter(lines__charge__in=ids).order_by("-started_at", "-pk").first()


def papers_of(enrolment: Enrolment) -> QuerySet[IssuedPaper]:
    """The statements and certificates issued about an account, newest first."""
    about = [f"{AccountPaper._meta.label_lower}:{pk}" for pk in _asked(enrolment)]
    return IssuedPaper.objects.filter(about__in=about).order_by("-issued_at", "-pk")


def _asked(enrolment: Enrolment) -> QuerySet[AccountPaper, int]:
    return AccountPaper.objects.filter(enrolment=enrolment).values_list("pk", flat=True)
