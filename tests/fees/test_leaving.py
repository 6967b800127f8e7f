"""What is owed before filing, and what becomes of later lines (FEE-055, FEE-073, FEE-074, §7.5)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fees.models import Charge, Payment
from fees.queries import ledger
from fees.queries.debts import debts_at
from fees.refusal import Refused
from fees.rules import leaving as rules
from fees.rules import refunds
from fees.rules.leaving import Act, Fate
from fees.services import exemptions, leaving
from fees.services.accounts import account_reference
from fees.workflow import ChargeState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.debts_kit import at, clerk
from tests.fees.exemption_kit import paper
from tests.fees.ledger_kit import allocate, charge, fee_type, payment
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import end_of_day

D = Decimal
FILED = date(2025, 2, 20)
DAYS = (date(2024, 10, 31), date(2024, 12, 15), date(2025, 2, 15), date(2025, 4, 15))
pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def instalments(account: Enrolment) -> list[Charge]:
    """§7.5: tuition of 4,000 in four instalments of 1,000."""
    factories.academic_year("2024-2025")
    tuition = fee_type("TUITION")
    return [charge(account, "1000.00", fee_type=tuition, due_at=end_of_day(day)) for day in DAYS]


def pay(lines: list[Charge], *sums: str) -> Payment:
    money = payment(lines[0].enrolment, str(sum(map(D, sums))))
    for line, amount in zip(lines, sums, strict=False):
        allocate(money, line, amount)
    return money


def states(account: Enrolment) -> list[str]:
    return list(
        Charge.objects.filter(enrolment=account).order_by("due_at", "pk").values_list("state", flat=True)
    )


def withdrawn(account: Enrolment) -> list[Charge]:
    return leaving.close_for_withdrawal(
        account.pk, FILED, reason="Cerere de retragere 5/20.02.2025", actor=clerk(), at=at(FILED)
    )


def interrupted(account: Enrolment) -> list[Charge]:
    return leaving.close_for_interruption(
        account.pk, FILED, reason="Cerere de întrerupere 6/20.02.2025", actor=clerk(), at=at(FILED)
    )


# --- §7.5 ---------------------------------------------------------------------------------------------------


def test_FEE_005_the_balance_of_the_example(instalments: list[Charge]) -> None:
    pay(instalments, "1000.00", "500.00")
    (total,) = ledger.totals(Charge.objects.all(), at(FILED))
    balance = total.balance
    assert (balance.paid, balance.outstanding, balance.overdue) == (D("1500.00"), D("2500.00"), D("1500.00"))


def test_FEE_074_withdrawal_waits_until_what_is_due_is_paid(
    account: Enrolment, instalments: list[Charge]
) -> None:
    pay(instalments, "1000.00", "500.00")
    assert debts_at(account, FILED).owed == {"RON": D("1500.00")}
    with pytest.raises(Refused, match=r"RON.1,500\.00 must be paid before"):
        withdrawn(account)
    assert states(account) == ["paid", "partly_paid", "due", "due"]
    pay(instalments[1:], "500.00", "1000.00")
    assert [line.pk for line in withdrawn(account)] == [instalments[3].pk]
    assert states(account) == ["paid", "paid", "paid", "cancelled"]


def test_FEE_074_what_was_paid_ahead_is_not_returned(account: Enrolment, instalments: list[Charge]) -> None:
    money = pay(instalments, "1000.00", "1000.00", "1000.00", "1000.00")
    assert debts_at(account, FILED).owed == {}
    assert withdrawn(account) == []
    money.refresh_from_db()
    assert (states(account), money.unallocated) == (["paid"] * 4, 0)


def test_FEE_074_a_later_line_partly_paid_is_closed_at_what_was_paid(
    account: Enrolment, instalments: list[Charge]
) -> None:
    money = pay(instalments, "1000.00", "1000.00", "1000.00", "300.00")
    withdrawn(account)
    last = Charge.objects.get(pk=instalments[3].pk)
    assert (last.state, last.amount, last.owed, last.left) == ("paid", D("1000.00"), D("300.00"), 0)
    money.refresh_from_db()
    assert money.unallocated == 0
    (total,) = ledger.totals(Charge.objects.all(), at(FILED))
    assert (total.balance.paid, total.left) == (D("3300.00"), 0)


def test_FEE_073_interruption_keeps_what_is_due_and_cancels_later_instalments(
    account: Enrolment, instalments: list[Charge]
) -> None:
    other = charge(account, due_at=end_of_day(DAYS[3]))  # follows its own case
    pay(instalments, "1000.00", "500.00")
    assert [line.pk for line in interrupted(account)] == [instalments[3].pk]
    assert states(account) == ["paid", "partly_paid", "due", "cancelled", "due"]
    other.refresh_from_db()
    assert other.state == ChargeState.DUE


def test_FEE_073_a_line_due_on_the_day_of_filing_stays_due(account: Enrolment) -> None:
    today = charge(account, "100.00", fee_type=fee_type("TUITION"), due_at=end_of_day(FILED))
    assert interrupted(account) == []
    assert debts_at(account, FILED).lines == [today]


def test_FEE_073_twice_changes_nothing_and_the_trace_says_why(
    account: Enrolment, instalments: list[Charge]
) -> None:
    interrupted(account)
    interrupted(account)
    first, second = audit.trail(account_reference(account.pk))
    assert (first.data["lines"], second.data["lines"]) == ([instalments[3].pk], [])
    assert first.reason == "Cerere de întrerupere 6/20.02.2025"
    cancelled = Charge.objects.get(pk=instalments[3].pk)
    assert cancelled.cancelled_reason == "Cerere de întrerupere 6/20.02.2025"


@pytest.mark.parametrize(
    ("due", "paid", "left", "fate"),
    [
        (DAYS[2], "0", "1000", Fate.STAYS),
        (FILED, "0", "1000", Fate.STAYS),
        (date(2025, 2, 21), "0", "1000", Fate.CANCELLED),
        (DAYS[3], "0.01", "999.99", Fate.CLOSED),
        (DAYS[3], "1000", "0", Fate.STAYS),
    ],
)
def test_FEE_073_FEE_074_the_fate_of_a_line(due: date, paid: str, left: str, fate: Fate) -> None:
    assert rules.fate_of(end_of_day(due), FILED, paid=D(paid), left=D(left)) == fate


# --- FEE-055 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "article"),
    [(Act.EXTENSION, "art. 49 (1)"), (Act.REPETITION, "art. 50 (1)"), (Act.WITHDRAWAL, "art. 55 (2)")],
)
def test_FEE_055_no_due_money_at_filing(account: Enrolment, act: Act, article: str) -> None:
    charge(account, "150.00", due_at=end_of_day(FILED))
    charge(account, "80.00", due_at=end_of_day(FILED), currency="EUR")
    charge(account, "99.00", due_at=end_of_day(date(2025, 2, 21)))
    charge(account, "99.00", due_at=end_of_day(FILED), released_at=None)
    found = debts_at(account, FILED, act)
    assert found.owed == {"RON": D("150.00"), "EUR": D("80.00")}
    assert not found.answer
    assert "RON\u00a0150.00 + EUR\u00a080.00 must be paid before" in str(found.answer.reason)
    assert found.answer.article.place == article  # type: ignore[union-attr]
    assert debts_at(account, date(2025, 2, 19), act).answer


def test_FEE_055_an_exemption_asked_in_time_does_not_stand_in_the_way_of_an_extension(
    account: Enrolment,
) -> None:
    line = charge(account, due_at=end_of_day(FILED))
    user: Any = account.person.user
    ground = exemptions.Ground.HOSPITAL
    exemptions.ask(account.pk, ground, [line.pk], papers=[paper()], actor=user, at=at(date(2025, 2, 10)))
    assert debts_at(account, FILED, Act.EXTENSION).answer
    assert not debts_at(account, FILED, Act.WITHDRAWAL).answer


# --- never refunded -----------------------------------------------------------------------------------------


def test_FEE_070_recontracting_and_reexamination_are_never_refunded() -> None:
    for code in ("RECONTRACT", "REEXAM"):
        assert not refunds.may_be_returned(code, refundable=True)


def test_FEE_071_tuition_paid_before_a_transfer_is_not_refunded() -> None:
    assert not refunds.may_be_returned("TUITION", refundable=False)


def test_FEE_004_a_line_is_owed_in_its_amount_until_it_is_paid_exempted_or_cancelled(
    account: Enrolment,
) -> None:
    line = charge(account, "335.00")
    pay([line], "334.99")
    line.refresh_from_db()
    assert (line.state, line.left) == (ChargeState.PARTLY_PAID, D("0.01"))
    assert not ledger.is_settled(line.reference)
    assert debts_at(account, line.due_at.date()).owed == {"RON": D("0.01")}
