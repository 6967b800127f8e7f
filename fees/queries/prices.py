"""Which price applies to whom, and whether tuition is owed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fees.models import Price
from fees.parameters import CREDIT_DIVISOR, TUITION_IN_REPEATED_YEAR
from fees.rules import tuition as rules
from studentrecords.models import AcademicYear, Enrolment, EnrolmentStatus, Financing, Programme
from upt_portal.kernel import clock
from upt_portal.kernel.params import Scope
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

TUITION = "TUITION"


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
class Payer:
    """What decides which price applies."""

    programme: int
    code: str
    faculty: int | None
    cycle: str
    form: str
    category: str
    promotion: str


def price_for(code: str, enrolment: Enrolment, year: AcademicYear, *, on: date) -> Price:
    """The price of a kind of fee for an enrolment in a year, as in force on a day.

    The nearest scope wins (programme, promotion, faculty, form, cycle, citizenship), then the latest first
    day.
    Raises MissingPrice, in words, when none is set.
    """
    found = holding(_prices([code], year, on), _payers([enrolment.pk])[enrolment.pk])
    if not rules.may_be_charged(priced=found is not None) or found is None:
        raise MissingPrice(_missing(code, enrolment.programme, year))
    return found


def tuition_tariff(
    year: AcademicYear, enrolments: Iterable[Enrolment], *, on: date
) -> dict[int, TuitionPrice]:
    """The annual tuition for each enrolment, by its key, in two queries; those without a price are left out.

    It is the fee-paying amount, also for state-funded students: re-contracting is computed from it (FEE-030).
    A price for one credit stands for a year of credits.
    """
    batch = list(enrolments)
    prices, payers = _prices([TUITION], year, on), _payers([one.pk for one in batch])
    tariff = {}
    for one in batch:
        if price := holding(prices, payers[one.pk]):
            tariff[one.pk] = TuitionPrice(
                annual_amount(price, payers[one.pk].code, on), price.currency, price.pk
            )
    return tariff


def annual_amount(price: Price, programme: str, on: date) -> Decimal:
    """What a price of tuition comes to in a year. programme: its code, for the credits of its year."""
    if price.unit != Price.Unit.CREDIT:
        return price.amount
    credits = CREDIT_DIVISOR.on(on, Scope(programme=programme))
    return rules.annual_of(price.amount, per_credit=True, year_credits=credits)


def missing_tuition(enrolment: Enrolment, year: AcademicYear) -> Sentence:
    """The sentence for staff when `tuition_tariff` holds nothing for an enrolment."""
    return _missing(TUITION, enrolment.programme, year)


def _missing(code: str, programme: Programme, year: AcademicYear) -> Sentence:
    words = _("The price list has no %(fee)s for %(programme)s in %(year)s. The amount must be set first.")
    return words % {"fee": code, "programme": programme.code, "year": str(year)}


def _prices(codes: list[str], year: AcademicYear, on: date) -> list[Price]:
    return list(Price.objects.filter(fee_type__code__in=codes, year=year, first_day__lte=on))


#: What of an enrolment decides its price, in the order of `payer`.
PAYER_FIELDS = (
    "programme_id",
    "programme__code",
    "programme__faculty_id",
    "programme__cycle",
    "programme__form",
    "person__citizenship",
    "promotion",
)


def payer(
    programme: int, code: str, faculty: int | None, cycle: str, form: str, citizenship: str, promotion: str
) -> Payer:
    """A payer from the fields of PAYER_FIELDS. citizenship: two letters."""
    return Payer(programme, code, faculty, cycle, form, _category(citizenship), promotion)


def listed(codes: Iterable[str], year: AcademicYear, on: date) -> dict[str, list[Price]]:
    """The prices of a year that hold on a day or held before it, by kind of fee; one query."""
    found: dict[str, list[Price]] = {}
    rows = Price.objects.filter(fee_type__code__in=list(codes), year=year, first_day__lte=on)
    for price in rows.select_related("fee_type"):
        found.setdefault(price.fee_type.code, []).append(price)
    return found


def _payers(ids: list[int]) -> dict[int, Payer]:
    rows = Enrolment.objects.filter(pk__in=ids).values_list("pk", *PAYER_FIELDS)
    return {pk: payer(*fields) for pk, *fields in rows}


def _category(citizenship: str) -> str:
    return "third" if rules.pays_as_third_country(citizenship) else "eu"


def holding(prices: Iterable[Price], payer: Payer) -> Price | None:
    """The price that applies to a payer: the nearest scope, then the latest first day; None without any."""
    fitting = [
        price
        for price in prices
        if price.programme_id in (None, payer.programme)
        and price.faculty_id in (None, payer.faculty)
        and price.cycle in ("", payer.cycle)
        and price.form in ("", payer.form)
        and price.citizenship in ("", payer.category)
        and price.promotion in ("", payer.promotion)
    ]
    return max(fitting, key=_nearness, default=None)


def _nearness(price: Price) -> tuple[bool, bool, bool, bool, bool, bool, date]:
    return (
        price.programme_id is not None,
        bool(price.promotion),
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
