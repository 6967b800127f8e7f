"""Penalties as lines of their own: posted by the night and with every act, never edited (FEE-063)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import Allocation, CardPaymentLine, Charge, FeeType, OfficeDelay
from fees.queries import penalties as queries
from fees.queries.penalties import Late
from fees.refusal import refuse
from fees.rules.penalties import PENALTY, DailyPenalty
from fees.services.accounts import lock_account, record, trace
from fees.services.charges import take_back
from fees.workflow import CHARGE_MOVES
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, dates
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day

ZERO = Decimal("0.00")

audit.register_act("fees.penalty", _("The penalty for a late payment was recomputed"))
audit.register_act("fees.office_delay", _("A delay of the office was recorded: its days bear no penalty"))
audit.register_act("fees.office_delay_back", _("The record of a delay of the office was taken back"))


@transaction.atomic
def post_penalties(enrolment_id: int, *, at: datetime) -> int:
    """Bring the penalties of an account up to the day of `at`; how many changed. Twice changes nothing."""
    lock_account(enrolment_id)
    return keep_penalties([enrolment_id], at=at)


def keep_penalties(accounts: Collection[int], *, at: datetime) -> int:
    """The same for a caller who holds the accounts' locks; follows every act on them.

    A penalty that grew or shrank is replaced: the unpaid line is cancelled, one with the other sum stands in
    its place. Money on a line that shrinks goes to the new one, what is left over stays unallocated (F-A17).
    A line on a card page that is open now is left for later.
    """
    return sum(_keep(account, at) for account in queries.accounts_with_late_lines(accounts, at))


def _keep(enrolment_id: int, at: datetime) -> int:
    charges = list(queries.with_penalties(enrolment_id, at))
    account = Enrolment.objects.select_related("programme__faculty").get(pk=enrolment_id)
    standing = queries.standing(charge.pk for charge in charges)
    busy = _on_card_pages(line.pk for lines in standing.values() for line in lines)
    changed, on = 0, local_day(at)
    for late in queries.late_lines(account, charges):
        lines = standing.get(late.charge.pk, [])
        wanted = late.by(on)
        if wanted == sum((line.amount for line in lines), ZERO) or busy & {line.pk for line in lines}:
            continue
        _replace(late, lines, wanted, on=on, at=at)
        changed += 1
    return changed


def _on_card_pages(lines: Iterable[int]) -> set[int]:
    rows = CardPaymentLine.objects.filter(charge__in=list(lines), is_open=True)
    return set(rows.values_list("charge_id", flat=True))


def _replace(late: Late, lines: Sequence[Charge], wanted: Decimal, *, on: date, at: datetime) -> None:
    """Closed lines stand as far as they are still asked for; the others give way to one new line."""
    kept, money = ZERO, []
    for line in lines:
        if not line.left and kept + line.amount <= wanted:
            kept += line.amount
        else:
            money += take_back(line, _replaced(on), at)
    new = _post(late, wanted - kept, on=on, at=at) if wanted > kept else None
    if new is not None:
        _put_on(new, money, at)
    trace(
        late.charge.enrolment_id,
        "fees.penalty",
        actor=None,
        at=at,
        data={
            "charge": late.charge.pk,
            "was": str(sum((line.amount for line in lines), ZERO)),
            "is": f"{wanted} {late.charge.currency}",
        },
    )


def _replaced(on: date) -> str:
    return f"penalizare recalculată la {on:%d.%m.%Y}"


def _post(late: Late, amount: Decimal, *, on: date, at: datetime) -> Charge:
    base = late.charge
    CHARGE_MOVES.check("post", "")
    number = Charge.objects.filter(penalty_of=base).count() + 1
    return Charge.objects.create(
        enrolment_id=base.enrolment_id,
        fee_type=FeeType.objects.get(code=PENALTY),
        year=base.year,
        reference=f"fees.penalty:{base.pk}",
        line_key=f"{on}:{number}",
        penalty_of=base,
        description_ro=f"Penalizare: {base.description_ro}"[:250],
        description_en=f"Penalty: {base.description_en}"[:250],
        working_ro=_working(late, on, "ro"),
        working_en=_working(late, on, "en"),
        rule="FEE-063",
        article="FEE-063",
        amount=amount,
        currency=base.currency,
        posted_at=at,
        due_at=end_of_day(on),
        released_at=at,
    )


def _working(late: Late, on: date, language: str) -> str:
    """How the sum came about, in a few words."""
    until, romanian = dates.day(on, language), language == "ro"
    if isinstance(late.policy, DailyPenalty):
        rate = f"{late.policy.rate.normalize():f}"
        if romanian:
            return f"{rate.replace('.', ',')} % pe zi din suma neplătită, până la {until}"
        return f"{rate} % a day of the unpaid sum, until {until}"
    return "o singură dată, pentru întârziere" if romanian else "once, for the delay"


def _put_on(line: Charge, money: Sequence[Allocation], at: datetime) -> None:
    """The money of the lines that gave way, as far as the new line takes it."""
    left = line.amount
    for allocation in money:
        part = min(left, allocation.amount)
        if part > 0:
            Allocation.objects.create(payment=allocation.payment, charge=line, amount=part, at=at)
            left -= part


@transaction.atomic
def record_office_delay(
    charge_id: int, first: date, last: date, *, reason: str, actor: User, at: datetime
) -> OfficeDelay:
    """These days of delay were the office's: they bear no penalty, and what was posted is recomputed.

    Raises ValueError without a reason, or for days out of order.
    """
    if not reason.strip() or first > last:
        raise ValueError("a delay of the office needs a reason and days in order")
    account = lock_account(Charge.objects.values_list("enrolment_id", flat=True).get(pk=charge_id))
    delay = OfficeDelay.objects.create(
        charge_id=charge_id, first_day=first, last_day=last, reason=reason, at=at, recorded_by=actor
    )
    data = {"charge": charge_id, "first": str(first), "last": str(last)}
    record(account.pk, "fees.office_delay", actor=actor, at=at, reason=reason, data=data)
    return delay


@transaction.atomic
def take_back_office_delay(delay_id: int, *, reason: str, actor: User, at: datetime) -> OfficeDelay:
    """Take back a delay recorded by mistake; penalties are recomputed.

    Raises ValueError without a reason, Refused when it was taken back before.
    """
    if not reason.strip():
        raise ValueError("taking back needs a reason")
    delay = OfficeDelay.objects.select_related("charge").get(pk=delay_id)
    account = lock_account(delay.charge.enrolment_id)
    if not queries.standing_delays([delay.charge_id]).filter(pk=delay_id).exists():
        raise refuse(_("This delay was already taken back."))
    back = OfficeDelay.objects.create(
        charge=delay.charge,
        first_day=delay.first_day,
        last_day=delay.last_day,
        reason=reason,
        at=at,
        recorded_by=actor,
        takes_back=delay,
    )
    data = {"charge": delay.charge_id, "first": str(delay.first_day), "last": str(delay.last_day)}
    record(account.pk, "fees.office_delay_back", actor=actor, at=at, reason=reason, data=data)
    return back
