"""Reads of the fees room: prices, what a case owes, what an account holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from fees import rules
from fees.models import Allocation, CardPayment, CardPaymentLine, Charge, Payment, Price, ProviderEvent
from fees.parameters import TUITION_IN_REPEATED_YEAR
from fees.rules import Balance, Line
from fees.workflow import PAYABLE, CardState, ChargeState
from studentrecords.models import AcademicYear, Enrolment, EnrolmentStatus, Financing, Programme
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel import clock
from upt_portal.kernel.models import IssuedPaper
from upt_portal.kernel.page import NavEntry, NavGroup
from upt_portal.kernel.params import Scope
from upt_portal.kernel.references import reference
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

TUITION = "TUITION"
RECEIPT = "fees.receipt"  # kind of the issued paper, and name of its series of numbers


# --- Prices -------------------------------------------------------------------------------------------------


class MissingPrice(LookupError):
    """No price is set, so the line cannot be made (FEE-001); `str()` says which, for the reader."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True)
class TuitionPrice:
    """The annual tuition of a programme. price: key of the row it comes from, kept on the charges."""

    amount: Decimal
    currency: str
    price: int


@dataclass(frozen=True)
class _Payer:
    """What decides which price applies."""

    programme: int
    faculty: int | None
    cycle: str
    form: str
    category: str


def price_for(code: str, enrolment: Enrolment, year: AcademicYear, *, on: date) -> Price:
    """The price of a kind of fee for an enrolment in a year, as in force on a day.

    The nearest scope wins (programme, faculty, form, cycle, citizenship), then the latest first day.
    Raises MissingPrice, in words, when none is set.
    """
    found = _nearest(_prices([code], year, on), _payers([enrolment.pk])[enrolment.pk])
    if found is None:
        raise MissingPrice(_missing(code, enrolment.programme, year))
    return found


def tuition_tariff(
    year: AcademicYear, enrolments: Iterable[Enrolment], *, on: date
) -> dict[int, TuitionPrice]:
    """The annual tuition for each enrolment, by its key, in two queries; those without a price are left out.

    It is the fee-paying amount, also for state-funded students: re-contracting is computed from it (FEE-030).
    """
    prices = _prices([TUITION], year, on)
    found = {pk: _nearest(prices, payer) for pk, payer in _payers([one.pk for one in enrolments]).items()}
    return {pk: TuitionPrice(price.amount, price.currency, price.pk) for pk, price in found.items() if price}


def missing_tuition(enrolment: Enrolment, year: AcademicYear) -> Sentence:
    """The sentence for staff when `tuition_tariff` holds nothing for an enrolment."""
    return _missing(TUITION, enrolment.programme, year)


def _missing(code: str, programme: Programme, year: AcademicYear) -> Sentence:
    words = _("The price list has no %(fee)s for %(programme)s in %(year)s. The amount must be set first.")
    return words % {"fee": code, "programme": programme.code, "year": str(year)}


def _prices(codes: list[str], year: AcademicYear, on: date) -> list[Price]:
    return list(Price.objects.filter(fee_type__code__in=codes, year=year, first_day__lte=on))


def _payers(ids: list[int]) -> dict[int, _Payer]:
    rows = Enrolment.objects.filter(pk__in=ids).values_list(
        "pk", "programme_id", "programme__faculty_id", "programme__cycle", "programme__form",
        "person__citizenship",
    )  # fmt: skip
    return {
        pk: _Payer(programme, faculty, cycle, form, _category(citizenship))
        for pk, programme, faculty, cycle, form, citizenship in rows
    }


def _category(citizenship: str) -> str:
    return "third" if rules.pays_as_third_country(citizenship) else "eu"


def _nearest(prices: list[Price], payer: _Payer) -> Price | None:
    fitting = [
        price
        for price in prices
        if price.programme_id in (None, payer.programme)
        and price.faculty_id in (None, payer.faculty)
        and price.cycle in ("", payer.cycle)
        and price.form in ("", payer.form)
        and price.citizenship in ("", payer.category)
    ]
    return max(fitting, key=_nearness, default=None)


def _nearness(price: Price) -> tuple[bool, bool, bool, bool, bool, date]:
    return (
        price.programme_id is not None,
        price.faculty_id is not None,
        bool(price.form),
        bool(price.cycle),
        bool(price.citizenship),
        price.first_day,
    )


def owes_tuition(enrolment: Enrolment, on: date | None = None) -> bool:
    """Whether the annual tuition is owed at all (FEE-010). on: local day, today by default."""
    scope = Scope(programme=enrolment.programme.code)
    own_fees = enrolment.status in (EnrolmentStatus.REPEATING, EnrolmentStatus.EXTENSION)
    owed = rules.tuition_owed(
        Decimal(1),
        fee_paying=enrolment.financing == Financing.FEE,
        year_has_own_fees=own_fees,
        charged_beside=TUITION_IN_REPEATED_YEAR.on(on or clock.today(), scope),
    )
    return owed > 0


# --- What a case owes ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Totals:
    """Sums of a case or an account in one currency. due_at: the nearest due date of what is left."""

    currency: str
    amount: Decimal
    balance: Balance
    due_at: datetime | None = None

    @property
    def left(self) -> Decimal:
        """What is still to pay."""
        return self.balance.outstanding


def lines_of(case: str) -> QuerySet[Charge]:
    """The charges of a case that stand: released or not, cancelled ones left out; soonest due first."""
    return Charge.objects.filter(reference=case, cancelled_at__isnull=True).select_related("fee_type")


def is_settled(case: str) -> bool:
    """Whether nothing is left to pay on a case; a case without charges is settled."""
    return not lines_of(case).exclude(state=ChargeState.PAID).exists()


def is_open(case: str) -> bool:
    """Whether a case has a charge that can be paid now."""
    return lines_of(case).filter(state__in=PAYABLE).exists()


def totals_of(case: str, at: datetime) -> list[Totals]:
    """The sums of a case, one entry for each currency; usually one, none without charges."""
    return totals(lines_of(case), at)


def totals(charges: Iterable[Charge], at: datetime) -> list[Totals]:
    """The sums of some charges by currency, as rule FEE-005 counts them; hidden ones do not count."""
    counted = [charge for charge in charges if charge.cancelled_at is None and charge.released_at is not None]
    sums = rules.balances([_line(charge) for charge in counted], at)
    return [
        Totals(
            currency=currency,
            amount=balance.paid + balance.outstanding,
            balance=balance,
            due_at=min(
                (one.due_at for one in counted if one.currency == currency and one.left > 0), default=None
            ),
        )
        for currency, balance in sorted(sums.items(), key=lambda item: item[0] != "RON")
    ]


def _line(charge: Charge) -> Line:
    return Line(charge.amount, charge.allocated, charge.due_at, charge.currency)


# --- What an account holds ----------------------------------------------------------------------------------


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
    return own.select_related("enrolment__programme", "enrolment__person").first()


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


# --- For tasks and staff ------------------------------------------------------------------------------------


def attempts_to_check(before: datetime) -> list[int]:
    """Card payments begun before a moment that are still open and wait for nobody; oldest first."""
    rows = CardPayment.objects.filter(state=CardState.INITIATED, parked_reason="", started_at__lt=before)
    return list(rows.order_by("started_at").values_list("pk", flat=True))


def past_due(at: datetime) -> list[int]:
    """Charges whose due date is over and that are not marked yet."""
    late = Charge.objects.filter(state__in=[ChargeState.DUE, ChargeState.PARTLY_PAID], due_at__lt=at)
    return list(late.order_by("due_at").values_list("pk", flat=True))


def parked_events() -> QuerySet[ProviderEvent]:
    """Events of the provider that wait for staff, oldest first."""
    waiting = ProviderEvent.objects.filter(outcome=ProviderEvent.Outcome.PARKED, handled_at__isnull=True)
    return waiting.order_by("received_at", "pk")


def staff_queues(user: User) -> list[NavGroup]:
    """The queues of the finance office for the side menu of the administration; one query."""
    if not has_role(user, roles.FINANCE, roles.ADMINISTRATOR):
        return []
    page = reverse("admin:fees_providerevent_changelist")
    entry = NavEntry(
        label=gettext("Card events that wait"),
        url=f"{page}?outcome__exact=parked&handled_at__isnull=True",
        count=parked_events().count(),
    )
    return [NavGroup(gettext("Finance"), [entry])]
