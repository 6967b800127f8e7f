"""Fees confirmed in admissions, as admissions will call for them (FEE-090 to FEE-095)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from fees.models import Charge, ConfirmedFee, Payment, Refund
from fees.queries import accounts
from fees.queries import confirmed as queries
from fees.refusal import Refused
from fees.services import confirmed, refunds
from fees.services.confirmed import Received
from fees.workflow import PAYABLE, ChargeState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.ledger_kit import fee_type
from tests.fees.refund_kit import ACCOUNT, NOW, Office, money_of, state_of
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.models import IssuedPaper

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
CASE = "admissions.dossier:17"


@pytest.fixture
def officer(db: None) -> User:
    fee_type("PROCESSING")
    fee_type("TUITION")
    return factories.user(roles.DRI_OFFICER)


def received(code: str = "TUITION", amount: str = "3000.00", **fields: object) -> Received:
    values: dict[str, object] = {
        "case": CASE,
        "code": code,
        "payer": None,
        "payer_name": "Amina Diallo",
        "amount": Decimal(amount),
        "currency": "EUR",
        "reference": f"bank-{code}",
        "paid_at": NOW - timedelta(days=3),
        "language": "en",
    }
    return Received(**(values | fields))  # type: ignore[arg-type]


def confirm(officer: User, **fields: object) -> ConfirmedFee:
    return confirmed.confirm(received(**fields), actor=officer, at=NOW)  # type: ignore[arg-type]


def test_FEE_090_the_receipt_is_issued_at_the_moment_of_confirmation(officer: User) -> None:
    fee = confirm(officer, code="PROCESSING", amount="100.00")
    assert (fee.payment.receipt, fee.payment.enrolment, fee.payment.unallocated) == (
        "2026-000001",
        None,
        Decimal("100.00"),
    )
    paper = IssuedPaper.objects.get(kind=accounts.RECEIPT)
    assert (paper.number, paper.language, paper.context["amount"]) == ("2026-000001", "en", "EUR\xa0100.00")
    assert confirm(officer, code="PROCESSING", amount="100.00") == fee
    with pytest.raises(Refused, match="Another sum"):
        confirm(officer, code="PROCESSING", amount="101.00")
    assert Payment.objects.count() == 1


def test_FEE_090_at_enrolment_they_stand_as_paid_lines_not_payable_again(
    officer: User, account: Enrolment
) -> None:
    confirm(officer, code="PROCESSING", amount="100.00")
    confirm(officer)
    year = factories.academic_year()
    made = confirmed.show_as_paid(CASE, account, year, actor=officer, at=NOW)
    assert [(one.fee_type.code, one.amount, one.state) for one in made] == [
        ("PROCESSING", Decimal("100.00"), ChargeState.PAID),
        ("TUITION", Decimal("3000.00"), ChargeState.PAID),
    ]
    assert confirmed.show_as_paid(CASE, account, year, actor=officer, at=NOW) == []
    assert not accounts.charges_of(account).filter(state__in=PAYABLE).exists()
    assert accounts.account_of(account, NOW).unallocated == {}
    assert {one.receipt for one in accounts.payments_of(account)} == {"2026-000001", "2026-000002"}


def test_FEE_095_what_was_credited_above_the_tuition_stays_unallocated(
    officer: User, account: Enrolment
) -> None:
    fee = confirm(officer)
    confirmed.show_as_paid(
        CASE, account, factories.academic_year(), actor=officer, at=NOW, tuition_due=Decimal("2430.00")
    )
    assert Charge.objects.get().amount == Decimal("2430.00")
    assert money_of(fee.payment) == (Decimal("2430.00"), Decimal(0), Decimal("570.00"))


def test_FEE_094_deferred_entry_carries_the_fees_and_none_is_owed_again(
    officer: User, account: Enrolment
) -> None:
    confirm(officer, code="PROCESSING", amount="100.00")
    confirm(officer)
    confirmed.carry_over(CASE, "admissions.dossier:18", actor=officer, at=NOW)
    assert not queries.fees_of(CASE).exists()
    assert {one.first_case for one in queries.fees_of("admissions.dossier:18")} == {CASE}
    confirmed.show_as_paid("admissions.dossier:18", account, factories.academic_year(), actor=officer, at=NOW)
    assert Payment.objects.count() == 2
    other = confirm(officer, reference="bank-other")
    with pytest.raises(Refused, match="already has"):
        confirmed.carry_over(other.case, "admissions.dossier:18", actor=officer, at=NOW)


def test_FEE_095_tuition_kept_after_missed_terms_is_marked_and_the_receipt_is_not_touched(
    officer: User,
) -> None:
    fee = confirm(officer)
    before = (fee.payment.amount, fee.payment.receipt)
    kept = confirmed.keep_as_revenue(CASE, reason="termenul din 30 aprilie a trecut", actor=officer, at=NOW)
    assert (kept.kept_at, kept.kept_reason) == (NOW, "termenul din 30 aprilie a trecut")
    fee.payment.refresh_from_db()
    assert (fee.payment.amount, fee.payment.receipt) == before
    with pytest.raises(Refused, match="own revenue"):
        give_back(officer)


def give_back(officer: User, seen: str = "2835.00", commissions: tuple[str, ...] = ("15.00",)) -> Refund:
    return confirmed.give_back(
        CASE,
        "admissions.refund:3",
        ACCOUNT,
        [Decimal(one) for one in commissions],
        seen=Decimal(seen),
        decision="HCA 12/20.11.2026",
        actor=officer,
        at=NOW,
        language="en",
    )


def test_FEE_092_FEE_093_an_approved_refund_is_the_net_sum_and_a_reversing_payment(officer: User) -> None:
    fee = confirm(officer)
    refund = give_back(officer)
    assert (refund.amount, refund.origin, refund.case, refund.explanation) == (
        Decimal("2835.00"),
        "admission",
        "admissions.refund:3",
        "HCA 12/20.11.2026",
    )
    assert refund.working_ro == "3.000,00\xa0EUR − 15,00\xa0EUR − 150,00\xa0EUR = 2.835,00\xa0EUR"
    assert refund.needs_two
    office = Office()
    office.approves(refund)
    assert state_of(refund) == "approved"
    assert money_of(fee.payment) == (Decimal(0), Decimal("2835.00"), Decimal("165.00"))
    assert list(queries.refunds_for("admissions.refund:3")) == [refund]
    with pytest.raises(Refused, match="under way"):
        confirmed.keep_as_revenue(CASE, reason="x", actor=officer, at=NOW)


def test_FEE_092_a_stale_net_sum_does_nothing(officer: User) -> None:
    confirm(officer)
    with pytest.raises(Refused, match="has changed"):
        give_back(officer, seen="2850.00")
    assert not Refund.objects.exists()


def test_FEE_091_the_processing_fee_never_goes_back(officer: User) -> None:
    fee = confirm(officer, code="PROCESSING", amount="100.00")
    with pytest.raises(Refused, match="no confirmed tuition"):
        give_back(officer)
    assert money_of(fee.payment)[2] == Decimal("100.00")


def test_a_student_who_enrolled_does_not_get_the_tuition_back_by_this_way(
    officer: User, account: Enrolment
) -> None:
    confirm(officer)
    confirmed.show_as_paid(CASE, account, factories.academic_year(), actor=officer, at=NOW)
    with pytest.raises(Refused, match="enrolled"):
        give_back(officer)


def test_ADM_199_tuition_received_in_a_period_by_currency(officer: User) -> None:
    confirm(officer, code="PROCESSING", amount="100.00")
    confirm(officer)
    day = (NOW - timedelta(days=3)).date()
    assert queries.tuition_received(day, day) == {"EUR": Decimal("3000.00")}
    assert queries.tuition_received(day + timedelta(days=1), day + timedelta(days=1)) == {}
    assert refunds.two_people_from("EUR", NOW) == Decimal("200.00")
