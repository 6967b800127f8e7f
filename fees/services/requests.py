"""Fees of extension, repetition, re-registration, transfer, resumption; and what follows when unpaid."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import Charge, PresentationCredit, Price
from fees.parameters import CREDIT_DIVISOR, EXTENSION_PAY, RECONTRACT_TERM, REPETITION_PAY, RESUMPTION_FREE
from fees.queries import calendar, ledger, prices, requests
from fees.queries.requests import FEE, disciplines_of
from fees.refusal import demand, refuse
from fees.rules import returning as rules
from fees.rules import terms
from fees.rules.returning import Due, Outstanding, Taken
from fees.services import charges
from fees.services.accounts import lock_account, trace
from fees.services.announcing import tell_lapsed
from fees.services.charges import NewCharge
from fees.signals import request_lapsed, request_void
from fees.workflow import CHARGE_MOVES, ChargeState
from studentrecords.models import AcademicYear, Discipline, Enrolment, Financing
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, dates, jobs
from upt_portal.kernel.calendar import end_of_day, first_working_days
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Job
from upt_portal.kernel.money import format_money
from upt_portal.kernel.params import Scope

LAPSED, VOID = "fees.request_lapsed", "fees.request_void"
EXTENSION, REPETITION, REENROLMENT = "EXTENSION", "REPETITION", "REENROLMENT"

#: Kind of fee: what it is called, its rule and its article.
_WORDS = {
    EXTENSION: ("Taxă de prelungire", "Extension fee", "FEE-050", "art. 49 (2)"),
    REPETITION: ("Taxă de repetare", "Repetition fee", "FEE-052", "art. 50 (5)"),
    REENROLMENT: ("Taxă de reînmatriculare", "Re-enrolment fee", "FEE-054", "art. 57 (1)"),
}
_ARTICLES = {
    "FEE-051": "art. 49 (4)",
    "FEE-053": "art. 50 (5)",
    "FEE-054": "art. 57 (5)",
    "FEE-058": "art. 44 (1) b",
    "FEE-059": "art. 53",
}
_NAMES = {
    "RECONTRACT": ("Recontractare", "Re-contract"),
    "REEXAM": ("Reexaminare", "Re-examination"),
    "NEW_DISCIPLINE": ("Disciplină nouă", "New discipline"),
    "DIFFERENCES": ("Diferență", "Difference"),
}

audit.register_act(
    "fees.request_opened", _("The disciplines opened for payment: the fee before them is paid")
)
audit.register_act("fees.request_lapsed", _("The request lapsed: its fee was not paid in its term"))


@dataclass(frozen=True)
class Row:
    """A discipline of a request. decided: the amount a decision gives it; None leaves it to the formula."""

    discipline: Discipline
    taken: Taken
    decided: Decimal | None = None

    @property
    def outstanding(self) -> Outstanding:
        return Outstanding(str(self.discipline.pk), self.taken, self.discipline.credits, self.decided)


# ---- the fee of the request --------------------------------------------------------------------------------


@transaction.atomic
def charge_fee(
    reference: str,
    enrolment_id: int,
    code: str,
    year: AcademicYear,
    *,
    notified_at: datetime,
    actor: User | None,
    at: datetime,
    expelled_in_year: int = 0,
) -> Charge:
    """Charge the fee of an extension, a repetition or a re-enrolment (FEE-050, FEE-052, FEE-054, FEE-056).

    reference: the request's own, a new one at each renewal. notified_at: when the notice was sent, which
    starts the term. expelled_in_year: year of study of the expulsion, for a re-enrolment.
    Raises MissingPrice, or Refused for a return that must be on a fee-paying place.
    """
    account = lock_account(enrolment_id)
    if code == REENROLMENT:
        paying = account.financing == Financing.FEE
        demand(rules.may_return(expelled_in_year=expelled_in_year, fee_paying=paying))
    price = prices.price_for(code, account, year, on=local_day(at))
    ro, en, rule, article = _WORDS[code]
    due_at, notice_ro, notice_en = _fee_term(code, year, notified_at)
    line = NewCharge(
        key=FEE,
        code=code,
        amount=price.amount,
        currency=price.currency,
        description_ro=f"{ro} {year}",
        description_en=f"{en} {year}",
        working_ro=notice_ro,
        working_en=notice_en,
        rule=rule,
        article=article,
        price=price.pk,
    )
    (made,) = charges.post_charges(reference, account, [line], due_at, actor=actor, at=at, year=year)
    return made


def _fee_term(code: str, year: AcademicYear, notified_at: datetime) -> tuple[datetime, str, str]:
    """The last moment of a request's fee, and the moment it is counted from, in both languages."""
    day = local_day(notified_at)
    ro = f"înștiințare {dates.moment(notified_at, 'ro')}"
    en = f"notice of {dates.moment(notified_at, 'en')}"
    if code == EXTENSION:
        return terms.extension_due_at(notified_at, EXTENSION_PAY.on(day)), ro, en
    if code == REPETITION:
        closed = calendar.closed_days(day)
        return terms.repetition_due_at(notified_at, closed, REPETITION_PAY.on(day)), ro, en
    return _first_days(year, notified_at), "", ""


def _first_days(year: AcademicYear, at: datetime) -> datetime:
    """The end of the first working days of the year; of those that follow a decision that came later (T9)."""
    today = local_day(at)
    days = RECONTRACT_TERM.on(max(today, year.starts_on))
    due_at = terms.first_days_due_at(year.starts_on, calendar.closed_days(year.starts_on), days)
    if at <= due_at:
        return due_at
    return end_of_day(first_working_days(today + timedelta(days=1), days, calendar.closed_days(today)))


# ---- the disciplines of the request ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Figures:
    """What the sums are computed from. exam: price of a presentation, where one is asked for."""

    tuition: prices.TuitionPrice
    exam: Price | None
    divisor: int

    @property
    def re_exam(self) -> Decimal | None:
        return self.exam.amount if self.exam else None


@dataclass(frozen=True)
class Case:
    """Whose disciplines are charged, for which request and year. reference: the request's own."""

    reference: str
    enrolment_id: int
    year: AcademicYear
    actor: User | None
    at: datetime


def charge_extension(case: Case, rows: Sequence[Row]) -> list[Charge]:
    """The disciplines of an approved extension, each by its route (FEE-051). Raises MissingPrice."""

    def due(given: list[Outstanding], by: _Figures) -> list[Due]:
        return rules.extension_lines(given, annual=by.tuition.amount, re_exam=by.re_exam, divisor=by.divisor)

    return _charge(case, rows, due)


def charge_repetition(case: Case, rows: Sequence[Row]) -> list[Charge]:
    """The disciplines of a repetition: outstanding ones by their route, new ones by credits (FEE-053)."""

    def due(given: list[Outstanding], by: _Figures) -> list[Due]:
        return rules.repetition_lines(given, annual=by.tuition.amount, re_exam=by.re_exam, divisor=by.divisor)

    return _charge(case, rows, due)


def charge_reregistration(case: Case, rows: Sequence[Row]) -> list[Charge]:
    """The disciplines that remain after a re-registration; closed until their first fee is paid (FEE-054).

    Raises MissingPrice, or Refused when that fee was not charged.
    """
    if not ledger.lines_of(case.reference).exists():
        raise refuse(_("The re-enrolment fee is set first."), "FEE-054")

    def due(given: list[Outstanding], by: _Figures) -> list[Due]:
        return rules.reregistration_lines(given, annual=by.tuition.amount, divisor=by.divisor)

    return _charge(case, rows, due, released=ledger.is_settled(case.reference))


def charge_differences(case: Case, rows: Sequence[Row]) -> list[Charge]:
    """The differences after a transfer or an admission by equivalence, as the dean decided (FEE-058)."""

    def due(given: list[Outstanding], by: _Figures) -> list[Due]:
        return rules.difference_lines(given, annual=by.tuition.amount, divisor=by.divisor)

    return _charge(case, rows, due)


def charge_resumption(case: Case, rows: Sequence[Row]) -> list[Charge]:
    """The disciplines added on resumption; none is charged while they are free by decision (FEE-059)."""
    free = RESUMPTION_FREE.on(local_day(case.at))

    def due(given: list[Outstanding], by: _Figures) -> list[Due]:
        return rules.resumption_lines(given, annual=by.tuition.amount, free=free, divisor=by.divisor)

    return _charge(case, rows, due)


@transaction.atomic
def _charge(
    case: Case,
    rows: Sequence[Row],
    due: Callable[[list[Outstanding], _Figures], list[Due]],
    *,
    released: bool = True,
) -> list[Charge]:
    """Post what the rule gives for the rows, under the case beside the request's own.

    A re-examination is one presentation in any session of the year (F-A21).
    """
    account = lock_account(case.enrolment_id)
    figures = _figures(account, case, rows)
    lines = [
        _line(one, row, figures)
        for one, row in zip(due([row.outstanding for row in rows], figures), rows, strict=True)
        if one.amount
    ]
    made = charges.post_charges(
        disciplines_of(case.reference),
        account,
        lines,
        _first_days(case.year, case.at),
        actor=case.actor,
        at=case.at,
        year=case.year,
        released=released,
    )
    _keep_presentations(account, rows, made, case.year)
    return made


def _figures(account: Enrolment, case: Case, rows: Sequence[Row]) -> _Figures:
    day = local_day(case.at)
    tuition = prices.tuition_tariff(case.year, [account], on=day).get(account.pk)
    if tuition is None:
        raise prices.MissingPrice(prices.missing_tuition(account, case.year))
    exams = any(row.taken is Taken.RE_EXAM for row in rows)
    exam = prices.price_for("REEXAM", account, case.year, on=day) if exams else None
    return _Figures(tuition, exam, CREDIT_DIVISOR.on(day, Scope(programme=account.programme.code)))


def _line(due: Due, row: Row, by: _Figures) -> NewCharge:
    ro, en = _NAMES[due.code]
    exam = by.exam if due.code == "REEXAM" else None
    by_formula = exam is None and row.decided is None
    annual, credits = by.tuition.amount, row.discipline.credits
    work = {
        language: f"{format_money(annual, by.tuition.currency, language)} ÷ {by.divisor} × {credits}"
        for language in ("ro", "en")
    }
    return NewCharge(
        key=due.key,
        code=due.code,
        amount=due.amount,
        currency=exam.currency if exam else by.tuition.currency,
        description_ro=f"{ro}: {row.discipline.name_in('ro')}"[:250],
        description_en=f"{en}: {row.discipline.name_in('en')}"[:250],
        working_ro=work["ro"] if by_formula else "",
        working_en=work["en"] if by_formula else "",
        rule=due.rule,
        article=_ARTICLES[due.rule],
        price=exam.pk if exam else by.tuition.price,
    )


def _keep_presentations(
    account: Enrolment, rows: Sequence[Row], made: Sequence[Charge], year: AcademicYear
) -> None:
    """One presentation in any session for each re-examination fee so paid."""
    disciplines = {str(row.discipline.pk): row.discipline for row in rows}
    known = set(
        PresentationCredit.objects.filter(charge__in=[one.pk for one in made]).values_list(
            "charge_id", flat=True
        )
    )
    PresentationCredit.objects.bulk_create(
        PresentationCredit(
            enrolment=account,
            discipline=disciplines[one.line_key],
            year=year,
            charge=one,
            pay_until=one.due_at,
        )
        for one in made
        if one.fee_type.code == "REEXAM" and one.pk not in known
    )


def open_after_fee(accounts: Collection[int], *, at: datetime) -> None:
    """Open the disciplines of a re-registration once its fee is paid: follows every act on the accounts."""
    for enrolment_id, case in requests.waiting_for_fee(accounts):
        if not ledger.is_settled(case.removesuffix(requests.DISCIPLINES)):
            continue
        rows = Charge.objects.select_for_update().filter(reference=case, state=ChargeState.CONFIGURED)
        for charge in rows:
            CHARGE_MOVES.check("release", charge.state)
            charge.released_at, charge.due_at = at, max(charge.due_at, _first_days(charge.year, at))
            charge.save(update_fields=["released_at", "due_at"])
        trace(enrolment_id, "fees.request_opened", actor=None, at=at, data={"reference": case})


# ---- unpaid ------------------------------------------------------------------------------------------------


@transaction.atomic
def lapse(reference: str, *, at: datetime) -> bool:
    """Let a request lapse whose fee was not paid in its term; False when it was paid meanwhile.

    Its sums are cancelled, a part payment becomes unallocated, the student is told, and the room of the
    request hears of it (FEE-050, FEE-052).
    """
    first = ledger.lines_of(reference).filter(line_key=FEE).first()
    if first is None:
        return False
    account = lock_account(first.enrolment_id)
    if reference not in requests.unpaid_requests(at):
        return False
    tell_lapsed(account.pk, reference, [first], at=at)
    for case in (disciplines_of(reference), reference):
        charges.withdraw(case, reason="taxa neplătită la termen: cererea a devenit caducă", actor=None, at=at)
    trace(account.pk, "fees.request_lapsed", actor=None, at=at, data={"reference": reference})
    payload = {"reference": reference, "code": first.fee_type.code, "enrolment": account.pk}
    jobs.enqueue(LAPSED, f"{LAPSED}:{reference}:{first.pk}", payload, at=at)
    return True


@transaction.atomic
def make_void(reference: str, *, at: datetime) -> None:
    """Tell the room of a request, once, that its disciplines were not paid in their term (FEE-051, FEE-053).

    The lines stay overdue: the expulsion is a proposal, and people decide.
    """
    late = ledger.lines_of(disciplines_of(reference)).first()
    if late is not None:
        payload = {"reference": reference, "enrolment": late.enrolment_id}
        jobs.enqueue(VOID, f"{VOID}:{reference}:{late.due_at:%Y-%m-%d}", payload, at=at)


@jobs.handler(LAPSED)
def send_lapsed(job: Job) -> Mapping[str, Any]:
    """Tell every listener; a second time changes nothing for them."""
    request_lapsed.send(
        sender=None,
        reference=job.payload["reference"],
        code=job.payload["code"],
        enrolment_id=job.payload["enrolment"],
        at=clock.now(),
    )
    return {}


@jobs.handler(VOID)
def send_void(job: Job) -> Mapping[str, Any]:
    """Tell every listener; a second time changes nothing for them."""
    request_void.send(
        sender=None, reference=job.payload["reference"], enrolment_id=job.payload["enrolment"], at=clock.now()
    )
    return {}
