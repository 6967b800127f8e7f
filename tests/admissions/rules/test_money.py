"""The processing fee, the tuition and its term, the ministry's share."""

from datetime import date
from decimal import Decimal

import pytest

from admissions.rules import money as rules
from admissions.rules.money import FeeState, Transfer

pytestmark = pytest.mark.usefixtures("english")
D, FEE = date.fromisoformat, Decimal("100.00")


def sums(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("received", "state", "short"),
    [
        pytest.param(["100.00"], FeeState.CONFIRMED, "0.00", id="EX-47 confirmed"),
        pytest.param(["92.00"], FeeState.SHORT, "8.00", id="EX-47 short"),
        pytest.param(["60.00", "40.00"], FeeState.CONFIRMED, "0.00", id="EX-67"),
        pytest.param(["99.99"], FeeState.SHORT, "0.01", id="one cent short"),
        pytest.param(["100.01"], FeeState.CONFIRMED, "0.00", id="one cent above"),
        pytest.param([], FeeState.DECLARED, "100.00", id="nothing yet"),
    ],
)
def test_adm_082_adm_084_the_fee(received: list[str], state: FeeState, short: str) -> None:
    standing = rules.fee_standing("new", sums(*received), FEE)
    assert (standing.state, standing.short_by) == (state, Decimal(short))


@pytest.mark.parametrize("kind", ["reapplication", "deferred"])
def test_adm_085_waived(kind: str) -> None:
    assert rules.fee_standing(kind, [], FEE).state is FeeState.WAIVED
    assert rules.processing_fee(kind, FEE) == 0


def test_adm_080_the_same_for_every_new_dossier() -> None:
    assert rules.processing_fee("new", FEE) == FEE


def test_adm_081_adm_171_the_fee_is_never_returned() -> None:
    assert rules.returnable(sums("3000.00"), [FEE]) == Decimal("3000.00")
    assert rules.returnable([], [FEE]) == 0


def test_adm_086_a_text_for_the_transfer() -> None:
    assert rules.payment_text(2026, 123) == "UPT ADM 2026 000123"
    assert rules.payment_text(2026, 123) != rules.payment_text(2026, 124)


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        pytest.param("2026-07-10", "2026-08-09", id="EX-07 a Sunday, not moved"),
        pytest.param("2026-09-01", "2026-10-01", id="EX-08"),
        pytest.param("2026-12-01", "2026-12-31", id="31 December"),
        pytest.param("2028-01-30", "2028-02-29", id="29 February"),
        pytest.param("2026-10-10", "2026-11-09", id="over the change of the clock"),
    ],
)
def test_adm_126_tuition_term(sent: str, due: str) -> None:
    assert rules.tuition_term(D(sent)).due == D(due)
    assert rules.tuition_term(D(sent)).cap is None


@pytest.mark.parametrize(
    ("transfers", "expected"),
    [
        pytest.param([("2026-08-07", "2430.00")], "2026-08-07", id="one transfer"),
        pytest.param(
            [("2026-08-11", "430.00"), ("2026-08-07", "2000.00")], "2026-08-11", id="the completing one"
        ),
        pytest.param(
            [("2026-08-07", "2430.00"), ("2026-08-20", "50.00")], "2026-08-07", id="more money later"
        ),
        pytest.param([("2026-08-07", "2429.99")], None, id="one cent short"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_adm_127_adm_128_several_transfers(transfers: list[tuple[str, str]], expected: str | None) -> None:
    made = [Transfer(D(day), Decimal(amount)) for day, amount in transfers]
    assert rules.completed_on(made, Decimal("2430.00")) == (None if expected is None else D(expected))


@pytest.mark.parametrize(
    ("paid", "accepted", "words"),
    [
        pytest.param("2026-08-07", "", "", id="EX-09 payment date counts, not the upload"),
        pytest.param("2026-08-09", "", "", id="last day"),
        pytest.param("2026-08-10", "", "late by 1 day.", id="EX-10"),
        pytest.param("2026-08-10", "flood at the bank", "", id="EX-10 accepted by the head"),
        pytest.param("2026-08-10", "  ", "late by 1 day.", id="no reason"),
        pytest.param("2026-08-12", "", "late by 3 days.", id="three days"),
        pytest.param(None, "", "do not reach", id="proof incomplete"),
    ],
)
def test_adm_128_adm_130_late_payment(paid: str | None, accepted: str, words: str) -> None:
    answer = rules.may_confirm_tuition(
        sums("2430.00"),
        Decimal("2430.00"),
        paid_on=None if paid is None else D(paid),
        due_on=D("2026-08-09"),
        accepted_late=accepted,
    )
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("received", "missing", "above"),
    [
        pytest.param(["2430.00"], "0", "0", id="EX-11"),
        pytest.param(["2415.00"], "15.00", "0", id="EX-12"),
        pytest.param(["2000.00", "500.00"], "0", "70.00", id="above the amount"),
        pytest.param([], "2430.00", "0", id="nothing"),
    ],
)
def test_adm_129_what_was_received(received: list[str], missing: str, above: str) -> None:
    due = Decimal("2430.00")
    found = rules.tuition_received(sums(*received), due)
    assert (found.missing, found.above) == (Decimal(missing), Decimal(above))
    assert found.tuition + found.above == sum(sums(*received))
    answer = rules.may_confirm_tuition(sums(*received), due, paid_on=D("2026-08-07"), due_on=D("2026-08-09"))
    assert bool(answer) is (not found.missing)
    if found.missing:
        assert f"{found.missing:,.2f}" in str(answer.reason)


def test_adm_160_ex_35_nothing_to_pay_when_deferred() -> None:
    assert rules.tuition_to_pay(Decimal("2700.00"), Decimal("2430.00")) == 0
    assert rules.tuition_to_pay(Decimal("2700.00")) == Decimal("2700.00")


@pytest.mark.parametrize(
    ("amount", "decision", "words"),
    [
        ("2430.00", "HS 5", ""),
        ("2429.99", "HS 5", "below the legal minimum"),
        ("2430.00", "", "decision of the Senate"),
        (None, "HS 5", "no tuition yet"),
    ],
)
def test_adm_022_amount_of_an_offer(amount: str | None, decision: str, words: str) -> None:
    known = None if amount is None else Decimal(amount)
    answer = rules.check_tuition_amount(known, Decimal("2430.00"), decision)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("tuition", "commissions", "share", "net", "short"),
    [
        pytest.param("2430.00", ["25.00"], "121.50", "2283.50", False, id="EX-30"),
        pytest.param("2250.00", ["15.00", "12.50"], "112.50", "2110.00", False, id="EX-31"),
        pytest.param("3000.00", [], "150.00", "2850.00", False, id="EX-32"),
        pytest.param("1980.10", [], "99.01", "1881.09", False, id="half a cent up"),
        pytest.param("10.00", ["20.00"], "0.50", "0.00", True, id="below zero"),
    ],
)
def test_adm_191_adm_192_adm_193_net(
    tuition: str, commissions: list[str], share: str, net: str, short: bool
) -> None:
    worked = rules.net_refund(Decimal(tuition), sums(*commissions), Decimal(5))
    assert (worked.ministry_share, worked.net, worked.short) == (Decimal(share), Decimal(net), short)


def test_adm_193_no_negative_commission() -> None:
    with pytest.raises(ValueError, match="not negative"):
        rules.net_refund(Decimal("10.00"), sums("-0.01"), Decimal(5))


@pytest.mark.parametrize(
    ("receipts", "refunds", "total", "share"),
    [
        pytest.param(["2430.00", "2250.00"], [], "4680.00", "234.00", id="EX-55"),
        pytest.param(
            ["2250.00", "3000.00"], ["2110.00"], "5250.00", "262.50", id="EX-64 refunds not deducted"
        ),
        pytest.param(["0.10", "0.10", "0.10"], [], "0.30", "0.02", id="rounded once, on the total"),
        pytest.param([], [], "0", "0.00", id="nothing received"),
    ],
)
def test_adm_199_the_report(receipts: list[str], refunds: list[str], total: str, share: str) -> None:
    report = rules.ministry_report(sums(*receipts), sums(*refunds), Decimal(5))
    assert (report.total, report.share) == (Decimal(total), Decimal(share))
    assert report.refunds == sum(sums(*refunds))
