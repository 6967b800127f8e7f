"""Charges: set, opened for payment, closed meanwhile, moved, cancelled, reissued."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import Allocation, CardPaymentLine, Charge, FeeType
from fees.queries import ledger
from fees.services.accounts import lock_account, record
from fees.services.announcing import tell_released
from fees.workflow import CHARGE_MOVES, PAYABLE, ChargeState
from studentrecords.models import AcademicYear, Enrolment
from studentrecords.queries.core import academic_year_of
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, jobs
from upt_portal.kernel.clock import local_day

CLOSE_PAGE = "fees.close_page"

audit.register_act("fees.post", _("The sums to pay were set"))
audit.register_act("fees.release", _("The sums were opened for payment"))
audit.register_act("fees.hide", _("The unpaid sums were closed for payment meanwhile"))
audit.register_act("fees.extend", _("The due date was moved"))
audit.register_act("fees.cancel", _("Unpaid sums were cancelled"))
audit.register_act("fees.withdraw", _("The sums were withdrawn; money paid on them stays unallocated"))
audit.register_act("fees.reissue", _("The sums were compared with the new annex"))


class ChargesDiffer(Exception):
    """A case posted again with another sum under the same key; `reissue` compares and replaces."""


@dataclass(frozen=True)
class NewCharge:
    """One line to charge.

    key: names the line inside its case, the same whenever the case is posted again. code: kind of fee.
    amount: two decimals, already rounded by its rule. price: key of the price row it was computed from.
    due_at: its own due date, where it differs from the case's (an instalment).
    """

    key: str
    code: str
    amount: Decimal
    description_ro: str
    description_en: str
    currency: str = "RON"
    working_ro: str = ""
    working_en: str = ""
    rule: str = ""
    article: str = ""
    price: int | None = None
    due_at: datetime | None = None


@transaction.atomic
def post_charges(
    reference: str,
    enrolment: Enrolment,
    lines: Iterable[NewCharge],
    due_at: datetime,
    *,
    actor: User | None,
    at: datetime,
    year: AcademicYear | None = None,
    released: bool = True,
) -> list[Charge]:
    """Charge the lines of a case to an account; what already stands is left as it is (CON-081, FEE-032).

    due_at: last moment in time, aware. year: the academic year charged, by default that of `at`.
    released: open for payment at once; otherwise hidden until `release`.
    Raises ChargesDiffer when a line stands with another sum.
    """
    lock_account(enrolment.pk)
    lines = list(lines)
    standing = {charge.line_key: charge for charge in ledger.lines_of(reference)}
    _refuse_other_sums(reference, lines, standing)
    fresh = [line for line in lines if line.key not in standing]
    made = _create(reference, enrolment, fresh, due_at, at=at, year=year, released=released)
    if made:
        record(enrolment.pk, "fees.post", actor=actor, at=at, data=_data(reference, made))
        tell_released(reference, at=at)
    return list(ledger.lines_of(reference))


def _refuse_other_sums(reference: str, lines: list[NewCharge], standing: dict[str, Charge]) -> None:
    for line in lines:
        there = standing.get(line.key)
        if there is not None and (there.amount, there.currency) != (line.amount, line.currency):
            raise ChargesDiffer(f"{reference} {line.key}: {there.amount} stands, {line.amount} was posted")


def _create(
    reference: str,
    enrolment: Enrolment,
    lines: Sequence[NewCharge],
    due_at: datetime,
    *,
    at: datetime,
    year: AcademicYear | None,
    released: bool,
) -> list[Charge]:
    types = {kind.code: kind for kind in FeeType.objects.filter(code__in={line.code for line in lines})}
    charged_year = year or academic_year_of(local_day(at))
    if charged_year is None:
        raise LookupError(f"no academic year holds {at}")
    CHARGE_MOVES.check("post", "")
    return Charge.objects.bulk_create(
        Charge(
            enrolment=enrolment,
            fee_type=types[line.code],
            year=charged_year,
            price_id=line.price,
            reference=reference,
            line_key=line.key,
            description_ro=line.description_ro,
            description_en=line.description_en or line.description_ro,
            working_ro=line.working_ro,
            working_en=line.working_en,
            rule=line.rule,
            article=line.article,
            amount=line.amount,
            currency=line.currency,
            posted_at=at,
            due_at=line.due_at or due_at,
            released_at=at if released else None,
        )
        for line in lines
    )


@transaction.atomic
def release(reference: str, due_at: datetime, *, actor: User | None, at: datetime) -> list[Charge]:
    """Open the hidden charges of a case for payment; none is then due before `due_at` (CON-082, FEE-060)."""
    charges = _locked(reference, {ChargeState.CONFIGURED})
    for charge in charges:
        CHARGE_MOVES.check("release", charge.state)
        charge.released_at, charge.due_at, charge.overdue_at = at, max(charge.due_at, due_at), None
    _keep(charges, ["released_at", "due_at", "overdue_at"], "fees.release", actor=actor, at=at)
    tell_released(reference, at=at)
    return charges


@transaction.atomic
def hide(reference: str, *, actor: User | None, at: datetime, reason: str = "") -> list[Charge]:
    """Close the unpaid charges of a case for payment meanwhile; payments made stand (CON-082)."""
    charges = _locked(reference, PAYABLE)
    for charge in charges:
        CHARGE_MOVES.check("hide", charge.state)
        charge.released_at, charge.overdue_at = None, None
    _keep(charges, ["released_at", "overdue_at"], "fees.hide", actor=actor, at=at, reason=reason)
    close_pages(charges, at)
    return charges


@transaction.atomic
def extend(reference: str, due_at: datetime, *, reason: str, actor: User, at: datetime) -> list[Charge]:
    """Move the due date of the unpaid charges of a case to a later moment, with a written reason (T9).

    Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("an extension needs a written reason")
    charges = [charge for charge in _locked(reference, PAYABLE) if charge.due_at < due_at]
    for charge in charges:
        back = ChargeState.PARTLY_PAID if charge.allocated else ChargeState.DUE
        CHARGE_MOVES.check("extend", charge.state, back=back)
        charge.due_at, charge.overdue_at = due_at, None
    _keep(charges, ["due_at", "overdue_at"], "fees.extend", actor=actor, at=at, reason=reason)
    return charges


@transaction.atomic
def extend_line(charge_id: int, due_at: datetime, *, reason: str, actor: User, at: datetime) -> Charge:
    """Move the due date of one unpaid charge to a later moment, with a written reason (T9).

    Raises MoveRefused for a closed charge, ValueError without a reason or when the moment is not later.
    """
    lock_account(Charge.objects.values_list("enrolment_id", flat=True).get(pk=charge_id))
    charge = Charge.objects.select_for_update().get(pk=charge_id)
    back = ChargeState.PARTLY_PAID if charge.allocated else ChargeState.DUE
    CHARGE_MOVES.check("extend", charge.state, back=back)
    if not reason.strip() or due_at <= charge.due_at:
        raise ValueError("an extension is later and has a written reason")
    charge.due_at, charge.overdue_at = due_at, None
    _keep([charge], ["due_at", "overdue_at"], "fees.extend", actor=actor, at=at, reason=reason)
    return charge


@transaction.atomic
def cancel_unpaid(reference: str, *, reason: str, actor: User | None, at: datetime) -> list[Charge]:
    """Cancel the charges of a case on which nothing was paid; those with money on them stand.

    Returns the cancelled ones. reason: shown on the charge, not empty.
    """
    unpaid = {ChargeState.CONFIGURED, ChargeState.DUE, ChargeState.OVERDUE}
    charges = [charge for charge in _locked(reference, unpaid) if not charge.allocated]
    for charge in charges:
        CHARGE_MOVES.check("cancel", charge.state)
        charge.cancelled_at, charge.cancelled_reason = at, reason[:300]
    _keep(charges, ["cancelled_at", "cancelled_reason"], "fees.cancel", actor=actor, at=at, reason=reason)
    close_pages(charges, at)
    return charges


@transaction.atomic
def withdraw(
    reference: str, *, reason: str, actor: User | None, at: datetime, keys: Collection[str] = ()
) -> list[Charge]:
    """Cancel every charge of a case, its cause being gone; money paid on it becomes unallocated (FEE-012).

    Returns the cancelled ones. reason: shown on the charge, not empty. keys: of the lines, all without any.
    """
    standing = _locked(reference, set(ChargeState) - {ChargeState.CANCELLED, ChargeState.EXEMPTED})
    charges = [charge for charge in standing if not keys or charge.line_key in keys]
    for charge in charges:
        take_back(charge, reason, at)
    if charges:
        data = _data(reference, charges)
        record(charges[0].enrolment_id, "fees.withdraw", actor=actor, at=at, reason=reason, data=data)
    return charges


@transaction.atomic
def reissue(
    old: str,
    new: str,
    enrolment: Enrolment,
    lines: Iterable[NewCharge],
    due_at: datetime,
    *,
    reason: str,
    actor: User | None,
    at: datetime,
    year: AcademicYear | None = None,
    released: bool = True,
) -> list[Charge]:
    """Charge a reissued case in place of the old one (FEE-065); `old` and `new` may be the same reference.

    A line with the same key, sum and currency keeps the money already on it; an unpaid line that is dropped
    is cancelled; a paid line that is dropped is cancelled too and its money stays unallocated, for staff.
    """
    lock_account(enrolment.pk)
    lines = list(lines)
    wanted = {line.key: line for line in lines}
    money: dict[str, list[Allocation]] = {}
    for charge in _locked(old, set(ChargeState) - {ChargeState.CANCELLED}):
        same = wanted.get(charge.line_key)
        if same and old == new and (same.amount, same.currency) == (charge.amount, charge.currency):
            continue
        taken = take_back(charge, reason, at)
        if same and (same.amount, same.currency) == (charge.amount, charge.currency):
            money[charge.line_key] = taken
    made = post_charges(new, enrolment, lines, due_at, actor=actor, at=at, year=year, released=released)
    for charge in made:
        for allocation in money.get(charge.line_key, []):
            Allocation.objects.create(
                payment=allocation.payment, charge=charge, amount=allocation.amount, at=at
            )
    record(enrolment.pk, "fees.reissue", actor=actor, at=at, reason=reason, data={"old": old, "new": new})
    return list(ledger.lines_of(new))


def take_back(charge: Charge, reason: str, at: datetime) -> list[Allocation]:
    """Cancel a charge; the money on it becomes unallocated. Returns the allocations taken back."""
    standing = list(charge.allocations.filter(reverses__isnull=True, reversed_by__isnull=True))
    CHARGE_MOVES.check(
        "cancel" if CHARGE_MOVES.is_open("cancel", charge.state) else "cancel_paid", charge.state
    )
    for allocation in standing:
        Allocation.objects.create(
            payment=allocation.payment,
            charge=charge,
            amount=-allocation.amount,
            at=at,
            reverses=allocation,
            reason=reason[:300],
        )
    Charge.objects.filter(pk=charge.pk).update(cancelled_at=at, cancelled_reason=reason[:300])
    close_pages([charge], at)
    return standing


def close_pages(charges: Iterable[Charge], at: datetime) -> None:
    """Have a card page that is open for these charges closed, so that nobody pays what is no longer asked.

    The provider is spoken to by a job, after the commit; money that comes first is booked all the same.
    """
    ids = [charge.pk for charge in charges]
    open_attempts = CardPaymentLine.objects.filter(charge__in=ids, is_open=True)
    for card_id in sorted(set(open_attempts.values_list("card_payment_id", flat=True))):
        jobs.enqueue(CLOSE_PAGE, f"{CLOSE_PAGE}:{card_id}", {"card_payment": card_id}, at=at)


def _locked(reference: str, states: Iterable[str]) -> list[Charge]:
    """The charges of a case in these states, their account locked first."""
    account = ledger.lines_of(reference).values_list("enrolment_id", flat=True).first()
    if account is None:
        return []
    lock_account(account)
    rows = Charge.objects.select_for_update().filter(reference=reference, cancelled_at__isnull=True)
    return [charge for charge in rows.order_by("pk") if charge.state in set(states)]


def _keep(
    charges: list[Charge],
    fields: list[str],
    act: str,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Write the changed facts and trace the act, unless nothing changed."""
    if not charges:
        return
    for charge in charges:
        charge.save(update_fields=fields)
        charge.refresh_from_db(fields=["state"])
    data = _data(charges[0].reference, charges)
    record(charges[0].enrolment_id, act, actor=actor, at=at, reason=reason, data=data)


def _data(reference: str, charges: Iterable[Charge]) -> dict[str, object]:
    return {
        "reference": reference,
        "lines": {charge.line_key: f"{charge.amount} {charge.currency}" for charge in charges},
    }


@transaction.atomic
def mark_overdue(charge_id: int, *, at: datetime) -> bool:
    """Mark a charge whose due date is over (FEE-063); False when it was paid, moved or marked meanwhile.

    Money is not asked for here: the default policy is a mark without a penalty.
    """
    charge = Charge.objects.select_for_update().get(pk=charge_id)
    if not CHARGE_MOVES.is_open("mark_overdue", charge.state) or charge.due_at >= at:
        return False
    charge.overdue_at = at
    charge.save(update_fields=["overdue_at"])
    return True
