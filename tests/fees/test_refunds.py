"""Refunds from the request to the end: moves, people, sums, the card, and what the database refuses."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from fees.models import Charge, Payment, Refund, RefundAttempt
from fees.queries import refunds as queries
from fees.refusal import Refused
from fees.services import refund_sending, refunds
from fees.services.accounts import account_reference
from fees.services.provider import Unreachable
from fees.services.refunds import Account
from fees.workflow import REFUND_LIVE, REFUND_MOVES, ChargeState, RefundState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.cards_kit import Cardholder
from tests.fees.ledger_kit import allocate, charge, fee_type, payment
from tests.fees.refund_kit import (
    ACCOUNT,
    IBAN,
    NOW,
    Office,
    asked,
    finance,
    money_of,
    paid_by_card,
    spare,
    state_of,
    wish,
)
from upt_portal.kernel import audit
from upt_portal.kernel.models import IssuedPaper, Job, Mail
from upt_portal.kernel.moves import NEW, MoveRefused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ZERO = Decimal(0)
ALL = Decimal("335.00")


@pytest.fixture
def office(db: None) -> Office:
    return Office()


# --- the table of moves -------------------------------------------------------------------------------------

TABLE = {
    (NEW, "request"): "requested",
    (NEW, "arrive"): "sent",
    ("requested", "check"): "checked",
    ("requested", "refuse"): "refused",
    ("requested", "withdraw"): "withdrawn",
    ("checked", "approve"): "approved",
    ("checked", "refuse"): "refused",
    ("checked", "withdraw"): "withdrawn",
    ("approved", "refuse"): "refused",
    ("approved", "send"): "sent",
    ("approved", "fail"): "failed",
    ("sent", "settle"): "paid",
    ("sent", "fail"): "failed",
    ("paid", "fail"): "failed",
    ("failed", "retry"): "checked",
    ("failed", "close"): "closed",
}


def test_every_cell_of_the_refunds_table() -> None:
    found = {
        (state, move.name): REFUND_MOVES.check(move.name, state).target
        for state in [NEW, *RefundState.values]
        for move in REFUND_MOVES.open_from(state)
    }
    assert found == TABLE
    ended = {RefundState.PAID, RefundState.REFUSED, RefundState.WITHDRAWN, RefundState.CLOSED}
    assert set(RefundState) == REFUND_LIVE | ended


# --- from the request to the card ---------------------------------------------------------------------------


def test_FEE_093_a_refund_goes_back_to_the_card_as_a_reversing_paper(
    cardholder: Cardholder, office: Office
) -> None:
    money = spare(cardholder)
    receipt = money.receipt
    refund = asked(money)
    assert (refund.state, refund.amount, money_of(money)) == ("requested", ALL, (ZERO, ALL, ZERO))
    assert refund.working_en == "RON\xa0335.00 paid − RON\xa00.00 used = RON\xa0335.00"

    attempt = office.sends(refund)

    refund.refresh_from_db()
    assert (refund.state, refund.checked_by, refund.approved_by) == ("paid", office.first, office.second)
    assert (attempt.state, attempt.note, bool(attempt.provider_id)) == ("settled", "R-2026-000001", True)
    (made,) = cardholder.sandbox.server.store.all("refund")
    assert (made["amount"], made["metadata"]) == (33500, {"refund": attempt.key})
    money.refresh_from_db()
    assert (money.amount, money.receipt) == (ALL, receipt)  # the payment and its receipt are not touched
    paper = IssuedPaper.objects.get(kind=queries.NOTE)
    assert (paper.number, paper.title, paper.filename) == (
        "R-2026-000001",
        "Notă de rambursare",
        "nota-rambursare-R-2026-000001.pdf",
    )
    assert (paper.context["receipt"], paper.context["amount"]) == (receipt, "335,00\xa0lei")
    mail = Mail.objects.get(template="fees/mail/refund_paid")
    assert (mail.recipient, mail.subject) == (money.payer, "S-a făcut o rambursare")
    assert [one.act for one in audit.trail(refund)] == [
        "fees.refund_request",
        "fees.refund_check",
        "fees.refund_approve",
        "fees.refund_send",
        "fees.refund_pay",
    ]
    assert "fees.refund_pay" in [one.act for one in audit.trail(account_reference(cardholder.account.pk))]


def test_the_note_is_english_for_who_reads_english(cardholder: Cardholder, office: Office) -> None:
    office.sends(asked(spare(cardholder), language="en"))
    paper = IssuedPaper.objects.get(kind=queries.NOTE)
    assert (paper.title, paper.filename) == ("Refund note", "refund-note-R-2026-000001.pdf")


def test_a_part_may_go_back_and_later_the_rest(cardholder: Cardholder, office: Office) -> None:
    money = spare(cardholder)
    office.sends(asked(money, amount=Decimal("100.00")))
    assert money_of(money) == (ZERO, Decimal("100.00"), Decimal("235.00"))
    rest = asked(money)
    assert rest.working_ro == (
        "335,00\xa0lei plătiți − 0,00\xa0lei folosiți − 100,00\xa0lei rambursați sau în curs = 235,00\xa0lei"
    )
    office.sends(rest)
    assert money_of(money) == (ZERO, ALL, ZERO)
    assert [one.note for one in RefundAttempt.objects.order_by("pk")] == ["R-2026-000001", "R-2026-000002"]


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "335.01"])
def test_no_part_beyond_what_is_there(cardholder: Cardholder, amount: str) -> None:
    money = spare(cardholder)
    with pytest.raises(Refused, match="not within"):
        asked(money, amount=Decimal(amount))
    assert money_of(money) == (ZERO, ZERO, ALL)


# --- what is refused, in words ------------------------------------------------------------------------------


def test_B10_a_stale_sum_does_nothing_and_says_so(cardholder: Cardholder) -> None:
    money = spare(cardholder)
    with pytest.raises(Refused, match="has changed"):
        asked(money, seen=Decimal("334.00"))
    assert (Refund.objects.count(), money_of(money)) == (0, (ZERO, ZERO, ALL))


@pytest.mark.parametrize("code", ["RECONTRACT", "REEXAM"])
def test_FEE_037_FEE_070_a_paid_recontracting_or_reexamination_fee_stays(
    account: Enrolment, code: str
) -> None:
    money, line = payment(account), charge(account, fee_type=fee_type(code))
    allocate(money, line, "335.00")
    with pytest.raises(Refused, match="not given back, even if the exam was not sat") as refused:
        asked(money, account.person.user, seen=ALL, charge=line.pk, account=ACCOUNT)
    assert str(refused.value.answer.article).endswith("art. 27 (7)")
    assert not Refund.objects.exists()
    (one,) = queries.returnables(account)
    assert (bool(one.answer), one.amount) == (False, ALL)


def test_FEE_071_tuition_paid_before_a_transfer_stays(account: Enrolment) -> None:
    money, line = payment(account), charge(account, fee_type=fee_type("TUITION"))
    allocate(money, line, "335.00")
    with pytest.raises(Refused, match="not after a transfer was asked for") as refused:
        asked(money, account.person.user, seen=ALL, charge=line.pk, account=ACCOUNT)
    assert str(refused.value.answer.article).endswith("art. 42 (9)")


def test_FEE_091_a_kind_of_fee_marked_refundable_goes_back_and_its_line_is_cancelled(
    account: Enrolment, office: Office
) -> None:
    kind = fee_type("LANGUAGE_CERT")
    kind.refundable = True
    kind.save()
    money, line = payment(account, "100.00"), charge(account, "80.00", fee_type=kind)
    allocate(money, line, "80.00")
    refund = asked(money, account.person.user, seen=Decimal("80.00"), charge=line.pk, account=ACCOUNT)
    assert (refund.held_at, money_of(money)) == (None, (Decimal("80.00"), ZERO, Decimal("20.00")))
    office.approves(refund)
    line.refresh_from_db()
    assert (line.state, money_of(money)) == (
        ChargeState.CANCELLED,
        (ZERO, Decimal("80.00"), Decimal("20.00")),
    )


def test_a_second_request_of_the_same_money_is_refused_in_words(cardholder: Cardholder) -> None:
    money = spare(cardholder)
    asked(money, amount=Decimal("100.00"))
    with pytest.raises(Refused, match="already under way"):
        asked(money, amount=Decimal("100.00"))
    assert money_of(money) == (ZERO, Decimal("100.00"), Decimal("235.00"))


@pytest.mark.parametrize(
    ("account_given", "words"),
    [
        (Account(iban="RO49 AAAA 1B31 0075 9384 0001", holder="Andra"), "IBAN is not correct"),
        (Account(iban=IBAN, holder=" "), "holder"),
        (Account(iban="DE89 3704 0044 0532 0130 00", holder="Andra"), "SWIFT"),
    ],
)
def test_ADM_180_an_account_that_cannot_be_right_is_refused(
    cardholder: Cardholder, account_given: Account, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        asked(spare(cardholder), account=account_given)
    assert not Refund.objects.exists()


def test_money_that_did_not_come_by_card_needs_an_account(account: Enrolment) -> None:
    money = payment(account, method=Payment.Method.CASH)
    with pytest.raises(Refused, match="not made by card"):
        asked(money, account.person.user)
    refund = asked(money, account.person.user, account=ACCOUNT)
    assert (refund.iban, refund.iban_masked, refund.holder) == (
        "RO49AAAA1B31007593840000",
        "RO49 •••• 0000",
        "Andra Văleanu",
    )


def test_a_refused_or_withdrawn_request_frees_the_money(cardholder: Cardholder, office: Office) -> None:
    money = spare(cardholder)
    refund = asked(money)
    with pytest.raises(ValueError, match="reason"):
        refunds.refuse_refund(refund.pk, reason=" ", actor=office.first, at=NOW)
    refunds.refuse_refund(refund.pk, reason="Suma achită anul viitor", actor=office.first, at=NOW)
    assert (state_of(refund), money_of(money)) == ("refused", (ZERO, ZERO, ALL))
    assert Mail.objects.filter(template="fees/mail/refund_refused").count() == 1
    again = asked(money)
    refunds.withdraw(again.pk, actor=cardholder.user, at=NOW)
    assert (state_of(again), money_of(money)) == ("withdrawn", (ZERO, ZERO, ALL))
    with pytest.raises(MoveRefused):
        refunds.check(again.pk, actor=office.first, at=NOW)


# --- B13: two people ----------------------------------------------------------------------------------------


def test_B13_from_the_limit_on_the_checker_does_not_approve(cardholder: Cardholder, office: Office) -> None:
    refund = asked(spare(cardholder, "1000.00"))
    refunds.check(refund.pk, actor=office.first, at=NOW)
    with pytest.raises(Refused, match="another person"):
        refunds.approve(refund.pk, seen=refund.amount, actor=office.first, at=NOW)
    assert state_of(refund) == "checked"
    assert refunds.approve(refund.pk, seen=refund.amount, actor=office.second, at=NOW).state == "approved"


def test_B13_below_the_limit_one_person_is_enough(cardholder: Cardholder, office: Office) -> None:
    refund = asked(spare(cardholder, "999.99"))
    refunds.check(refund.pk, actor=office.first, at=NOW)
    assert refunds.approve(refund.pk, seen=refund.amount, actor=office.first, at=NOW).state == "approved"


@pytest.mark.parametrize("who", ["checked_by", "requested_by"])
def test_B13_the_database_itself_wants_two_people(cardholder: Cardholder, office: Office, who: str) -> None:
    refund = asked(spare(cardholder, "1000.00"))
    refunds.check(refund.pk, actor=office.first, at=NOW)
    refund.refresh_from_db()
    same = getattr(refund, who)
    refused(
        lambda: Refund.objects.filter(pk=refund.pk).update(approved_by=same, approved_at=NOW),
        "refund_two_people",
    )
    Refund.objects.filter(pk=refund.pk).update(approved_by=office.second, approved_at=NOW)  # the control
    refused(
        lambda: Refund.objects.filter(pk=refund.pk).update(two_people_from=5000), "refund_fixed|Cannot update"
    )


def test_nobody_decides_about_own_money(cardholder: Cardholder) -> None:
    refund = asked(spare(cardholder))
    with pytest.raises(Refused, match="own money"):
        refunds.check(refund.pk, actor=cardholder.user, at=NOW)


def test_an_approver_who_saw_another_sum_approves_nothing(cardholder: Cardholder, office: Office) -> None:
    refund = asked(spare(cardholder))
    refunds.check(refund.pk, actor=office.first, at=NOW)
    with pytest.raises(Refused, match="has changed"):
        refunds.approve(refund.pk, seen=Decimal("1.00"), actor=office.second, at=NOW)
    assert not RefundAttempt.objects.exists()


# --- what the database refuses ------------------------------------------------------------------------------


def refused(act: Callable[[], object], words: str = "violates|pgtrigger: Cannot|differ in currency") -> None:
    with pytest.raises((IntegrityError, ProgrammingError), match=words), transaction.atomic():
        act()


def row(money: Payment, amount: str = "335.00", **fields: object) -> Refund:
    values: dict[str, object] = {
        "payment": money,
        "origin": "office",
        "ground": "twice",
        "amount": Decimal(amount),
        "currency": "RON",
        "two_people_from": Decimal("1000.00"),
        "way": "card",
        "requested_at": NOW,
        "held_at": NOW,
    }
    return Refund.objects.create(**(values | fields))  # type: ignore[arg-type]


def test_B10_the_database_keeps_the_sum_of_refunds_within_the_payment(account: Enrolment) -> None:
    money = payment(account)
    row(money, "300.00", origin="provider")
    refused(lambda: row(money, "35.01", origin="provider"), "payment_not_overspent")
    row(money, "35.00", origin="provider")
    assert money_of(money) == (ZERO, ALL, ZERO)


def test_B10_used_money_cannot_go_back_and_money_on_its_way_cannot_be_used(account: Enrolment) -> None:
    money, line = payment(account), charge(account)
    allocate(money, line, "300.00")
    refused(lambda: row(money, "35.01"), "payment_not_overspent")
    row(money, "35.00")
    refused(lambda: allocate(money, charge(account), "0.01"), "payment_not_overspent")


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": Decimal("0.00")},
        {"currency": "EUR"},
        {"sent_at": NOW},
        {"paid_at": NOW},
        {"approved_at": NOW},
        {"checked_at": NOW},
        {"failed_at": NOW},
        {"refused_at": NOW},
        {"way": "bank"},
    ],
)
def test_a_row_that_tells_half_a_story_is_refused(account: Enrolment, fields: dict[str, object]) -> None:
    refused(lambda: row(payment(account), **fields))  # type: ignore[arg-type]


def test_refunded_sums_and_refunds_are_not_edited(account: Enrolment) -> None:
    money = payment(account)
    refund = row(money)
    refused(lambda: Payment.objects.filter(pk=money.pk).update(refunded=0), "by refunds only")
    refused(lambda: Refund.objects.filter(pk=refund.pk).update(amount=Decimal("1.00")))
    refused(refund.delete)


def test_the_account_of_a_payment_is_set_once(account: Enrolment) -> None:
    money = payment(None)
    money.enrolment = account
    money.save(update_fields=["enrolment"])
    refused(lambda: Payment.objects.filter(pk=money.pk).update(enrolment=factories.enrolment()), "set once")


# --- to the card: silence, refusal, lost answers ------------------------------------------------------------


def test_a_silent_provider_leaves_the_refund_where_it_is(
    cardholder: Cardholder, office: Office, settings: object
) -> None:
    refund = office.approves(asked(spare(cardholder)))
    attempt = refund.attempts.get()
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    with pytest.raises(Unreachable):
        refund_sending.send_attempt(attempt.pk, at=NOW)
    attempt.refresh_from_db()
    assert (state_of(refund), attempt.state, attempt.asked_at) == ("approved", "prepared", NOW)
    assert Job.objects.get(kind=refund_sending.SEND).payload == {"attempt": attempt.pk}


def test_a_lost_answer_is_found_by_our_key(cardholder: Cardholder, office: Office) -> None:
    refund = office.approves(asked(spare(cardholder)))
    cardholder.sandbox.control("answers", answers=2)  # made, but nobody hears of it, twice
    attempt = refund.attempts.get()
    with pytest.raises(Unreachable):
        refund_sending.send_attempt(attempt.pk, at=NOW)
    assert len(cardholder.sandbox.server.store.all("refund")) == 1
    refund_sending.send_attempt(attempt.pk, at=NOW)
    assert len(cardholder.sandbox.server.store.all("refund")) == 1
    assert state_of(refund) == "paid"


def test_B11_at_25_hours_the_forgotten_key_makes_no_second_refund(
    cardholder: Cardholder, office: Office
) -> None:
    """A part goes back; the provider would take the same again under a key it has forgotten."""
    money = spare(cardholder)
    refund = office.approves(asked(money, amount=Decimal("100.00")))
    attempt = refund.attempts.get()
    cardholder.sandbox.control("answers", answers=2)
    with pytest.raises(Unreachable):
        refund_sending.send_attempt(attempt.pk, at=NOW)
    cardholder.sandbox.control("forget")
    for hours in (25, 26, 50):
        refund_sending.send_attempt(attempt.pk, at=NOW + timedelta(hours=hours))
    assert len(cardholder.sandbox.server.store.all("refund")) == 1
    assert (state_of(refund), money_of(money)) == ("paid", (ZERO, Decimal("100.00"), Decimal("235.00")))


def test_control_without_our_own_ledger_the_forgotten_key_refunds_twice(
    cardholder: Cardholder, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = office.approves(asked(spare(cardholder), amount=Decimal("100.00")))
    attempt = refund.attempts.get()
    cardholder.sandbox.control("answers", answers=2)
    with pytest.raises(Unreachable):
        refund_sending.send_attempt(attempt.pk, at=NOW)
    cardholder.sandbox.control("forget")
    monkeypatch.setattr(refund_sending.provider_money, "refunds_of", lambda intent: [])
    refund_sending.send_attempt(attempt.pk, at=NOW + timedelta(hours=25))
    assert len(cardholder.sandbox.server.store.all("refund")) == 2


def test_what_the_provider_refuses_waits_for_staff(cardholder: Cardholder, office: Office) -> None:
    money = spare(cardholder)
    charge_id = cardholder.sandbox.server.store.all("charge")[-1]["id"]
    cardholder.sandbox.control(f"refund/{charge_id}")  # all of it went back in the provider's pages
    refund = office.approves(asked(money))
    attempt = refund.attempts.get()
    refund_sending.send_attempt(attempt.pk, at=NOW)
    refund.refresh_from_db()
    assert (refund.state, "already been refunded" in refund.reason) == ("failed", True)


def test_B9_a_fault_after_the_money_left_is_repaired(
    cardholder: Cardholder, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last write fails once, after the provider has refunded: nothing half done, then it is booked."""
    refund = office.approves(asked(spare(cardholder)))
    attempt = refund.attempts.get()

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(refund_sending.papers, "issue", fail)
        with pytest.raises(OSError, match="disk full"):
            refund_sending.send_attempt(attempt.pk, at=NOW)
    attempt.refresh_from_db()
    assert (state_of(refund), attempt.state, attempt.note) == ("approved", "prepared", "")
    refund_sending.send_attempt(attempt.pk, at=NOW)
    attempt.refresh_from_db()
    assert (state_of(refund), attempt.note) == ("paid", "R-2026-000001")
    assert len(cardholder.sandbox.server.store.all("refund")) == 1


def test_a_request_of_a_wish_leaves_no_trace_when_it_fails(cardholder: Cardholder) -> None:
    money = paid_by_card(cardholder)
    with pytest.raises(Refused, match="Nothing of this payment"):
        refunds.request(wish(money, seen=ALL), origin="student", actor=cardholder.user, at=NOW)
    assert not Refund.objects.exists()
    assert Charge.objects.get().state == ChargeState.PAID
    assert finance() is not None
