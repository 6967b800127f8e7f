"""What money goes back, and how much: examples of the catalogue (§7.6) and of the articles."""

from decimal import Decimal

import pytest

from fees.rules import refunds as rules

pytestmark = pytest.mark.usefixtures("english")


@pytest.mark.parametrize(
    ("tuition", "commissions", "share", "taken", "net", "short"),
    [
        ("3000.00", ["15.00"], "150.00", "15.00", "2835.00", False),
        ("2430.00", ["12.40"], "121.50", "12.40", "2296.10", False),
        ("2430.00", ["10.00", "2.40"], "121.50", "12.40", "2296.10", False),
        ("2430.00", [], "121.50", "0.00", "2308.50", False),
        ("1980.10", [], "99.01", "0.00", "1881.09", False),  # 99.005, half up
        ("10.00", ["20.00"], "0.50", "20.00", "0.00", True),  # below zero -> 0.00 and a flag (ADM-191)
        ("10.00", ["9.50"], "0.50", "9.50", "0.00", False),
    ],
)
def test_FEE_092_tuition_less_bank_and_ministry(
    tuition: str, commissions: list[str], share: str, taken: str, net: str, short: bool
) -> None:
    worked = rules.admission_refund(
        Decimal(tuition), [Decimal(one) for one in commissions], share_percent=Decimal(5)
    )
    assert worked == rules.NetRefund(
        Decimal(tuition), Decimal(share), Decimal(taken), Decimal(net), short=short
    )


@pytest.mark.parametrize(("tuition", "commission"), [("-1.00", "0.00"), ("10.00", "-0.01")])
def test_ADM_193_sums_are_not_negative(tuition: str, commission: str) -> None:
    with pytest.raises(ValueError, match="not negative"):
        rules.admission_refund(Decimal(tuition), [Decimal(commission)], share_percent=Decimal(5))


@pytest.mark.parametrize("code", ["RECONTRACT", "NEW_DISCIPLINE", "REEXAM"])
@pytest.mark.parametrize("refundable", [False, True])
def test_FEE_037_FEE_070_repeated_activities_are_never_given_back(code: str, refundable: bool) -> None:
    answer = rules.may_be_returned(code, refundable=refundable)
    assert not answer
    assert "even if the exam was not sat" in str(answer.reason)
    assert getattr(answer.article, "place", "") == "art. 27 (7)"
    assert not rules.may_be_returned(code, refundable=refundable, by_admission=True)


def test_FEE_071_tuition_paid_before_a_transfer_is_not_given_back() -> None:
    answer = rules.may_be_returned("TUITION", refundable=True)
    assert not answer
    assert "transfer" in str(answer.reason)
    assert getattr(answer.article, "place", "") == "art. 42 (9)"


@pytest.mark.parametrize(
    ("code", "refundable", "by_admission", "yes"),
    [
        ("PROCESSING", True, False, False),
        ("PROCESSING", True, True, False),
        ("TUITION", False, True, True),
        ("TUITION", False, False, False),
        ("OTHER", False, False, False),
        ("OTHER", True, False, True),
        ("OTHER", True, True, False),
    ],
)
def test_FEE_091_only_the_admission_procedure_gives_tuition_back(
    code: str, refundable: bool, by_admission: bool, yes: bool
) -> None:
    assert bool(rules.may_be_returned(code, refundable=refundable, by_admission=by_admission)) is yes


@pytest.mark.parametrize(
    ("seen", "there", "words"),
    [
        ("65.00", "65.00", ""),
        ("65.00", "64.99", "has changed"),
        ("0.00", "65.00", "has changed"),
        ("65.00", "0.00", "already on its way"),
    ],
)
def test_FEE_005_the_sum_the_reader_saw(seen: str, there: str, words: str) -> None:
    answer = rules.may_ask_back(seen=Decimal(seen), there=Decimal(there))
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("amount", "two"), [("999.99", False), ("1000.00", True), ("1000.01", True), ("0.01", False)]
)
def test_B13_two_people_from_the_limit_on(amount: str, two: bool) -> None:
    assert rules.second_person_needed(Decimal(amount), Decimal("1000.00")) is two


@pytest.mark.parametrize(
    ("number", "swift", "words"),
    [
        ("RO49 AAAA 1B31 0075 9384 0000", "", ""),
        ("ro49aaaa1b31007593840000", "", ""),
        ("RO49 AAAA 1B31 0075 9384 0001", "", "not correct"),
        ("RO49 AAAA 1B31 0075 9384", "", "not correct"),
        ("", "", "Enter the IBAN"),
        ("DE89 3704 0044 0532 0130 00", "", "outside Romania"),
        ("DE89 3704 0044 0532 0130 00", "COBADEFF", ""),
        ("DE89 3704 0044 0532 0130 00", "COBADEFFXXX", ""),
        ("DE89 3704 0044 0532 0130 00", "COBADEF", "8 or 11"),
        ("1234567890", "", "not correct"),
    ],
)
def test_ADM_180_the_account(number: str, swift: str, words: str) -> None:
    answer = rules.account_may_be_used(number, swift)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


def test_an_account_is_shown_masked() -> None:
    assert rules.masked_iban(rules.tidy_iban("RO49 aaaa 1b31 0075 9384 0000")) == "RO49 •••• 0000"
    assert rules.masked_iban("") == ""
