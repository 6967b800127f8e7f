"""The papers of a refund request, the account and the mandate of a third party."""

from dataclasses import replace

import pytest

from admissions.rules import refund_papers as rules
from admissions.rules.refund_papers import Account, Item, Mandate, MandateItem
from admissions.rules.refunds import Ground

pytestmark = pytest.mark.usefixtures("english")
COMMON = (Item.REQUEST, Item.BANK_STATEMENT)
ACCOUNT = Account("Father Example", "Example Bank", "DE89 3704 0044 0532 0130 00", "COBADEFF")
MANDATE = Mandate(
    verified=True,
    ticked=frozenset({"name", "address", "bank", "iban", "swift"}),
    holder="FATHER EXAMPLE",
    bank="Example Bank",
    number="DE89370400440532013000",
    swift="cobadeff",
)


def test_adm_174_adm_178_papers_of_each_ground() -> None:
    visa = rules.required_items(Ground.VISA, third_party=False, agreement_signed=True)
    force = rules.required_items(Ground.FORCE_MAJEURE, third_party=False, agreement_signed=True)
    assert visa == tuple(Item)[:5]
    assert force == (*COMMON, Item.EVENT_PROOF)
    assert set(rules.ITEMS) == set(Item)


def test_adm_181_another_persons_account_needs_its_mandate() -> None:
    needed = rules.required_items(Ground.VISA, third_party=True, agreement_signed=True)
    assert needed[-1] == Item.ACCOUNT_MANDATE


def test_adm_197_ex_78_a_missing_agreement_becomes_a_required_item() -> None:
    needed = rules.required_items(Ground.VISA, third_party=False, agreement_signed=False)
    assert needed[-1] == Item.REFUND_AGREEMENT
    answer = rules.check_items(needed, set(needed) - {Item.REFUND_AGREEMENT})
    assert "Annex 12" in str(answer.reason)
    assert rules.check_items(needed, set(needed))


@pytest.mark.parametrize(("signed", "dated"), [(False, True), (True, False), (False, False)])
def test_adm_174_signed_and_dated(signed: bool, dated: bool) -> None:
    assert not rules.check_request(signed=signed, dated=dated)
    assert rules.check_request(signed=True, dated=True)


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (ACCOUNT, ""),
        (replace(ACCOUNT, number="de89370400440532013000", swift="COBADEFFXXX"), ""),
        (replace(ACCOUNT, number="DE89 3704 0044 0532 0130 01"), "IBAN is not correct"),
        (replace(ACCOUNT, number="0123456789"), "IBAN is not correct"),
        (replace(ACCOUNT, number="0123456789", without_iban=True), ""),
        (replace(ACCOUNT, number=" ", without_iban=True), "number of the account"),
        (replace(ACCOUNT, swift="COBADEF"), "8 or 11"),
        (replace(ACCOUNT, swift="COBADEFFXX"), "8 or 11"),
        (replace(ACCOUNT, swift=""), "8 or 11"),
        (replace(ACCOUNT, holder=" "), "holder"),
        (replace(ACCOUNT, bank=""), "name of the bank"),
    ],
)
def test_adm_180_the_account(account: Account, words: str) -> None:
    answer = rules.check_account(account)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("holders", "third"),
    [
        (["Amina Example"], False),
        (["EXAMPLE AMINA"], False),
        (["Father Example", "Amina Example"], False),
        (["Father Example"], True),
        ([], True),
    ],
)
def test_adm_181_a_joint_account_is_no_third_partys(holders: list[str], third: bool) -> None:
    assert rules.is_third_party(holders, "Amina Example") is third


@pytest.mark.parametrize(
    ("mandate", "words"),
    [
        pytest.param(MANDATE, "", id="EX-56"),
        pytest.param(None, "another person", id="none"),
        pytest.param(replace(MANDATE, verified=False), "not verified", id="not verified"),
        pytest.param(
            replace(MANDATE, ticked=MANDATE.ticked - {"address"}), "does not state: address", id="address"
        ),
        pytest.param(replace(MANDATE, number="DE00"), "differ in: IBAN", id="another IBAN"),
        pytest.param(replace(MANDATE, holder="Uncle Example"), "differ in: full name", id="another holder"),
        pytest.param(replace(MANDATE, legal_person=True), "tax registration code, VAT", id="a company"),
        pytest.param(
            replace(MANDATE, legal_person=True, ticked=frozenset(MandateItem)), "", id="a company, complete"
        ),
    ],
)
def test_adm_181_adm_182_adm_183_the_mandate(mandate: Mandate | None, words: str) -> None:
    answer = rules.check_mandate(mandate, ACCOUNT)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


def test_adm_183_a_company_states_two_codes_more() -> None:
    natural, company = rules.mandate_items(legal_person=False), rules.mandate_items(legal_person=True)
    assert company == (*natural, MandateItem.TAX_CODE, MandateItem.VAT_CODE)
