"""Charges of a case: set, opened, closed meanwhile, moved, cancelled, reissued."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from fees import tasks
from fees.models import Charge, Payment
from fees.queries import accounts, ledger
from fees.services import charges
from fees.services.accounts import account_reference
from fees.services.charges import ChargesDiffer, NewCharge
from fees.workflow import ChargeState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import DUE, allocate, charge, fee_type, payment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import end_of_day

pytestmark = pytest.mark.django_db
CASE, NEXT = "contracting.annex:17", "contracting.annex:18"
NOW = factories.NOW
LATER = DUE + timedelta(days=5)


@pytest.fixture
def account() -> Enrolment:
    factories.academic_year()
    return factories.enrolment()


@pytest.fixture
def office(db: None) -> User:
    return factories.secretary("AC")


def line(key: str, amount: str = "335.00", **fields: object) -> NewCharge:
    fee_type("RECONTRACT")
    return NewCharge(
        key=key, code="RECONTRACT", amount=Decimal(amount), description_ro=f"Recontractare {key}",
        description_en=f"Re-contract {key}", **fields,
    )  # fmt: skip


def post(account: Enrolment, *lines: NewCharge, reference: str = CASE, **fields: object) -> list[Charge]:
    return charges.post_charges(reference, account, lines, DUE, actor=None, at=NOW, **fields)


def states(reference: str = CASE) -> dict[str, str]:
    return dict(Charge.objects.filter(reference=reference).values_list("line_key", "state"))


def acts(account: Enrolment) -> list[str]:
    return [entry.act for entry in audit.trail(account_reference(account.pk))]


def test_lines_are_posted_once(account: Enrolment) -> None:
    lines = [line("12"), line("tuition", "4020.00")]
    first, second = post(account, *lines), post(account, *lines)
    assert [charge.pk for charge in first] == [charge.pk for charge in second]
    assert {charge.line_key: charge.amount for charge in first} == {
        "12": Decimal("335.00"),
        "tuition": Decimal("4020.00"),
    }
    assert acts(account) == ["fees.post"]


def test_another_sum_under_the_same_key_is_refused_and_changes_nothing(account: Enrolment) -> None:
    post(account, line("12"))
    with pytest.raises(ChargesDiffer):
        post(account, line("12", "336.00"), line("13"))
    assert states() == {"12": ChargeState.DUE}


def test_a_line_may_have_its_own_due_date(account: Enrolment) -> None:
    own = end_of_day(NOW.date())
    made = post(account, line("rata-1", due_at=own), line("rata-2"))
    assert {charge.line_key: charge.due_at for charge in made} == {"rata-1": own, "rata-2": DUE}


def test_the_academic_year_is_that_of_the_day(account: Enrolment) -> None:
    assert post(account, line("12"))[0].year.name == "2026-2027"
    other = factories.academic_year("2027-2028")
    assert post(account, line("1"), reference="x:1", year=other)[0].year == other


def test_hidden_until_released(account: Enrolment) -> None:
    post(account, line("12"), released=False)
    assert states() == {"12": ChargeState.CONFIGURED}
    assert list(accounts.charges_of(account)) == []
    assert not ledger.is_settled(CASE)
    charges.release(CASE, DUE, actor=None, at=NOW)
    assert states() == {"12": ChargeState.DUE}
    assert [charge.line_key for charge in accounts.charges_of(account)] == ["12"]


def test_CON_082_a_rejection_hides_what_is_unpaid_and_never_makes_it_late(account: Enrolment) -> None:
    paid, unpaid = post(account, line("12"), line("13"))
    allocate(payment(account), paid, "335.00")
    charges.mark_overdue(unpaid.pk, at=DUE + timedelta(days=1))
    assert states() == {"12": ChargeState.PAID, "13": ChargeState.OVERDUE}

    charges.hide(CASE, actor=None, at=NOW, reason="pagina 2 lipsește")
    assert states() == {"12": ChargeState.PAID, "13": ChargeState.CONFIGURED}
    assert [charge.line_key for charge in accounts.charges_of(account)] == ["12"]

    charges.release(CASE, LATER, actor=None, at=NOW)
    unpaid.refresh_from_db()
    assert (unpaid.state, unpaid.due_at) == (ChargeState.DUE, LATER)
    assert acts(account) == ["fees.post", "fees.hide", "fees.release"]


def test_releasing_never_brings_the_due_date_nearer(account: Enrolment) -> None:
    post(account, line("12"), released=False)
    assert charges.release(CASE, NOW, actor=None, at=NOW)[0].due_at == DUE


def test_acts_on_nothing_leave_no_trace(account: Enrolment) -> None:
    post(account, line("12"))
    assert charges.release(CASE, DUE, actor=None, at=NOW) == []
    assert charges.hide("contracting.annex:99", actor=None, at=NOW) == []
    assert acts(account) == ["fees.post"]


def test_an_extension_needs_a_reason_and_clears_the_mark(account: Enrolment, office: User) -> None:
    late, part = post(account, line("12"), line("13"))
    allocate(payment(account, "100.00"), part, "100.00")
    for one in (late, part):
        charges.mark_overdue(one.pk, at=DUE + timedelta(days=1))
    with pytest.raises(ValueError, match="reason"):
        charges.extend(CASE, LATER, reason=" ", actor=office, at=NOW)
    charges.extend(CASE, LATER, reason="spitalizare", actor=office, at=NOW)
    assert states() == {"12": ChargeState.DUE, "13": ChargeState.PARTLY_PAID}
    assert charges.extend(CASE, DUE, reason="mai devreme", actor=office, at=NOW) == []


def test_only_unpaid_lines_are_cancelled(account: Enrolment) -> None:
    paid, part, _unpaid = post(account, line("1"), line("2"), line("3"))
    allocate(payment(account), paid, "335.00")
    allocate(payment(account), part, "10.00")
    gone = charges.cancel_unpaid(CASE, reason="studentul s-a retras", actor=None, at=NOW)
    assert [charge.line_key for charge in gone] == ["3"]
    assert states() == {"1": "paid", "2": "partly_paid", "3": "cancelled"}
    assert not ledger.is_settled(CASE)


@pytest.mark.parametrize("amounts", [[], ["0.00"], ["0.00", "0.00"]])
def test_nothing_to_pay_is_settled_at_once(account: Enrolment, amounts: list[str]) -> None:
    post(account, *[line(str(n), amount) for n, amount in enumerate(amounts)])
    assert ledger.is_settled(CASE)
    assert not ledger.is_open(CASE)


def test_settled_when_the_last_line_is_paid(account: Enrolment) -> None:
    made = post(account, line("1"), line("2"), line("3", "0.00"))
    for one in made[:2]:
        assert not ledger.is_settled(CASE)
        allocate(payment(account), one, "335.00")
    assert ledger.is_settled(CASE)


# --- FEE-065 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", [CASE, NEXT])
def test_FEE_065_a_reissued_annex_keeps_the_money_of_unchanged_lines(account: Enrolment, new: str) -> None:
    kept, dropped, unpaid, changed = post(account, line("1"), line("2"), line("3"), line("4"))
    for one in (kept, dropped, changed):
        allocate(payment(account), one, "335.00")

    made = charges.reissue(
        CASE, new, account, [line("1"), line("4", "400.00"), line("5")], LATER,
        reason="anexa versiunea 2", actor=None, at=NOW,
    )  # fmt: skip

    assert {one.line_key: (one.state, one.left) for one in made} == {
        "1": ("paid", Decimal(0)),
        "4": ("due", Decimal(400)),
        "5": ("due", Decimal(335)),
    }
    dropped.refresh_from_db()
    unpaid.refresh_from_db()
    assert (dropped.state, dropped.allocated, unpaid.state) == ("cancelled", Decimal(0), "cancelled")
    assert accounts.account_of(account, NOW).unallocated == {"RON": Decimal(670)}
    assert sum(one.amount for one in Payment.objects.all()) == Decimal(3 * 335)


def test_FEE_065_lines_with_part_of_their_money_or_late_ones_move_too(account: Enrolment) -> None:
    part, late = post(account, line("1"), line("2"))
    allocate(payment(account), part, "100.00")
    charges.mark_overdue(part.pk, at=DUE + timedelta(days=1))
    charges.mark_overdue(late.pk, at=DUE + timedelta(days=1))
    made = charges.reissue(
        CASE, NEXT, account, [line("1"), line("2")], LATER, reason="versiunea 2", actor=None, at=NOW
    )
    assert {one.line_key: (one.state, one.allocated) for one in made} == {
        "1": ("partly_paid", Decimal(100)),
        "2": ("due", Decimal(0)),
    }


# --- FEE-063: the mark --------------------------------------------------------------------------------------


def test_FEE_063_the_mark_comes_after_the_last_moment_and_once(account: Enrolment, clock) -> None:
    made = post(account, line("1"), line("2"), line("3"))
    allocate(payment(account), made[0], "335.00")
    allocate(payment(account), made[1], "35.00")
    clock.stand_at(DUE)
    assert tasks.mark_overdue() == 0
    clock.stand_at(DUE + timedelta(microseconds=1))
    assert tasks.mark_overdue() == 2
    assert tasks.mark_overdue() == 0
    assert states() == {"1": "paid", "2": "overdue", "3": "overdue"}


def test_FEE_063_a_line_paid_meanwhile_is_left_alone(account: Enrolment) -> None:
    one = charge(account)
    allocate(payment(account), one, "335.00")
    assert not charges.mark_overdue(one.pk, at=LATER)


# --- §7.5 on rows -------------------------------------------------------------------------------------------


def test_FEE_005_totals_of_a_case(account: Enrolment) -> None:
    plan = [(2024, 10, 31), (2024, 12, 15), (2025, 2, 15), (2025, 4, 15)]
    rows = [charge(account, "1000.00", due_at=end_of_day(factories.date(*day))) for day in plan]
    money = payment(account, "1500.00")
    allocate(money, rows[0], "1000.00")
    allocate(money, rows[1], "500.00")
    charge(account, "99.00", released_at=None)
    charge(account, "50.00", currency="EUR")
    view = end_of_day(factories.date(2025, 2, 20))
    ron, eur = ledger.totals_of(CASE, view)
    assert (ron.amount, ron.balance.paid, ron.left, ron.balance.overdue) == (4000, 1500, 2500, 1500)
    assert (ron.due_at, eur.currency, eur.left) == (rows[1].due_at, "EUR", 50)


def test_pages_of_an_account_ask_a_constant_number_of_questions(
    account: Enrolment, django_assert_num_queries: Callable[..., object]
) -> None:
    for count in (1, 4):
        for _row in range(count):
            allocate(payment(account), charge(account), "335.00")
        with django_assert_num_queries(4):
            view = accounts.account_of(account, NOW)
            assert [p.standing[0].charge.description for p in view.payments]
            assert [c.fee_type.name for c in view.charges]
