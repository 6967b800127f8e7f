"""Unpaid after the term (FEE-075, FEE-077): reminders, the list for the rector, the desk's page."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from fees import parameters as figures
from fees import tasks
from fees.models import Charge, NonPaymentProposal, PaymentReminder
from fees.queries import overdue as queries
from fees.queries.overdue import Filter
from fees.refusal import Refused
from fees.rules import nonpayment as rules
from fees.services import accounts as account_services
from fees.services import charges, nonpayment
from fees.workflow import PROPOSAL_MOVES, ProposalState
from studentrecords.models import Enrolment, EnrolmentStatus
from tests import factories
from tests.fees.debts_kit import DUE_ON, at, clerk, daily_policy, dec, decide
from tests.fees.ledger_kit import DUE, allocate, charge, fee_type, payment
from tests.races import Gate, at_once
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.models import Mail
from upt_portal.kernel.moves import NEW, MoveRefused

READY = dec(28)
D = Decimal
DECISION = {"decision_number": "7", "decision_on": "2026-12-28", "expelled": "yes"}


def settle(line: Charge, amount: str = "335.00", when: Any = READY) -> None:
    allocate(payment(line.enrolment, amount, paid_at=when), line, amount)
    account_services.record(line.enrolment_id, "fees.pay", actor=None, at=when)


def reminded(account: Enrolment, *days: int) -> None:
    for day in days:
        assert nonpayment.remind(account.pk, actor=None, at=dec(day))


def proposed(account: Enrolment) -> NonPaymentProposal:
    reminded(account, 20, 27)
    return nonpayment.propose(account.pk, actor=clerk(), at=READY)


# --- the rules ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grace", "reminders", "days"),
    [(14, 2, [20, 27]), (14, 1, [27]), (14, 0, []), (10, 3, [16, 19, 23]), (0, 2, [14, 14])],
)
def test_FEE_075_reminders_are_spread_over_the_grace(grace: int, reminders: int, days: list[int]) -> None:
    found = rules.reminder_days(DUE_ON, grace, reminders)
    assert [day.day for day in found] == days


@pytest.mark.parametrize(
    ("day", "sent", "ok", "words"),
    [
        (28, 2, True, ""),
        (27, 2, False, "27 December 2026"),
        (28, 1, False, "1 of 2 reminders"),
        (31, 3, True, ""),
    ],
)
def test_FEE_075_after_grace_and_reminders(day: int, sent: int, ok: bool, words: str, english: None) -> None:
    answer = rules.may_propose(DUE_ON, date(2026, 12, day), sent=sent, grace=14, reminders=2)
    assert bool(answer) is ok
    assert words in str(answer.reason)


def test_FEE_075_nothing_overdue_is_no_ground() -> None:
    assert not rules.may_propose(None, date(2026, 12, 28), sent=9, grace=0, reminders=0)


def test_every_cell_of_the_proposals_table() -> None:
    found = {
        (state, move.name): PROPOSAL_MOVES.check(move.name, state).target
        for state in [NEW, *ProposalState.values]
        for move in PROPOSAL_MOVES.open_from(state)
    }
    assert found == {
        (NEW, "propose"): "proposed",
        ("proposed", "remove"): "removed",
        ("proposed", "withdraw"): "withdrawn",
        ("proposed", "expel"): "expelled",
        ("proposed", "keep"): "kept",
        ("removed", "review"): "reviewed",
    }


# --- reminders ----------------------------------------------------------------------------------------------


def test_FEE_075_one_reminder_a_day_whoever_sends_it(account: Enrolment) -> None:
    charge(account)
    assert nonpayment.remind(account.pk, actor=None, at=dec(20)) is True
    assert nonpayment.remind(account.pk, actor=clerk(), at=dec(20, 15)) is False
    assert nonpayment.remind(account.pk, actor=clerk(), at=dec(21)) is True
    mails = Mail.objects.filter(template="fees/mail/overdue_reminder")
    assert mails.count() == 2
    assert "335,00\u00a0lei" in mails[0].text


def test_FEE_075_nobody_is_reminded_of_what_is_not_overdue(account: Enrolment) -> None:
    line = charge(account)
    assert nonpayment.remind(account.pk, actor=None, at=DUE) is False
    settle(line)
    assert nonpayment.remind(account.pk, actor=None, at=READY) is False
    assert not PaymentReminder.objects.exists()


def test_FEE_075_the_clock_reminds_twice_then_lists_and_never_more(account: Enrolment) -> None:
    charge(account)
    seen = []
    for day in range(14, 32):
        for hour in (9, 10):  # each run twice
            tasks.follow_debts(dec(day, hour).isoformat())
        seen.append((day, PaymentReminder.objects.count(), NonPaymentProposal.objects.count()))
    changes = [now for before, now in zip([(0, 0, 0), *seen], seen, strict=False) if before[1:] != now[1:]]
    assert changes == [(20, 1, 0), (27, 2, 0), (28, 2, 1)]
    made = NonPaymentProposal.objects.get()
    assert (made.made_by, made.oldest_due_on, made.state) == (None, DUE_ON, ProposalState.PROPOSED)
    account.refresh_from_db()
    assert account.status == EnrolmentStatus.ENROLLED  # nothing automatic
    assert Mail.objects.filter(template="fees/mail/expulsion_proposed").count() == 1


def test_FEE_075_a_week_without_the_clock_is_caught_up_one_reminder_a_day(account: Enrolment) -> None:
    charge(account)
    for day in (28, 29, 30):
        tasks.follow_debts(dec(day).isoformat())
    assert PaymentReminder.objects.count() == 2
    assert NonPaymentProposal.objects.get().made_at == dec(29)


def test_FEE_075_the_figures_are_the_universitys_to_set(account: Enrolment) -> None:
    decide(figures.NONPAYMENT_GRACE, 3)
    decide(figures.REMINDERS, 1)
    charge(account)
    for day in (16, 17):
        tasks.follow_debts(dec(day).isoformat())
    assert NonPaymentProposal.objects.get().made_at == dec(17)


# --- proposals ----------------------------------------------------------------------------------------------


def test_FEE_075_a_proposal_is_made_once_and_only_when_it_may(account: Enrolment, english: None) -> None:
    charge(account)
    with pytest.raises(Refused, match="days of grace"):
        nonpayment.propose(account.pk, actor=clerk(), at=dec(20))
    proposed(account)
    with pytest.raises(Refused, match="listed already"):
        nonpayment.propose(account.pk, actor=clerk(), at=READY)
    assert NonPaymentProposal.objects.count() == 1


def test_FEE_077_a_payment_before_the_decision_removes_it_for_review(
    account: Enrolment, english: None
) -> None:
    line = charge(account)
    made = proposed(account)
    settle(line, "300.00", READY + timedelta(hours=1))
    made.refresh_from_db()
    assert made.state == ProposalState.PROPOSED  # a part is not everything
    settle(line, "35.00", READY + timedelta(hours=2))
    made.refresh_from_db()
    assert (made.state, made.removed_at) == (ProposalState.REMOVED, READY + timedelta(hours=2))
    assert list(queries.to_review(factories.user(roles.FINANCE))) == [made]
    with pytest.raises(MoveRefused):
        decided(made, expelled=True)
    with pytest.raises(Refused, match="Write the reason"):
        nonpayment.review(made.pk, note=" ", actor=clerk(), at=READY)
    nonpayment.review(made.pk, note="plătit la timp după propunere", actor=clerk(), at=READY)
    made.refresh_from_db()
    assert made.state == ProposalState.REVIEWED


def decided(made: NonPaymentProposal, *, expelled: bool, **fields: Any) -> NonPaymentProposal:
    values: dict[str, Any] = {"decision_number": "77", "decision_on": date(2026, 12, 29), "at": dec(30)}
    if "actor" not in fields:
        values["actor"] = clerk()
    return nonpayment.record_decision(made.pk, expelled=expelled, **(values | fields))


@pytest.mark.parametrize("gone", ["cancelled", "extended"])
def test_FEE_077_a_cause_that_goes_removes_it_too(account: Enrolment, gone: str) -> None:
    line = charge(account)
    made = proposed(account)
    if gone == "cancelled":
        charges.cancel_unpaid(line.reference, reason="anexă anulată", actor=None, at=READY)
    else:
        charges.extend_line(line.pk, at(date(2027, 1, 31)), reason="spitalizare", actor=clerk(), at=READY)
    made.refresh_from_db()
    assert made.state == ProposalState.REMOVED


def test_FEE_077_an_unpaid_penalty_keeps_the_account_on_the_list(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(27).isoformat())
    made = proposed(account)
    settle(line, "1000.00", dec(28))
    made.refresh_from_db()
    assert made.state == ProposalState.REMOVED  # the penalty of that day is due until its evening
    tasks.post_penalties(dec(29).isoformat())
    assert queries.oldest_overdue(dec(29)) == {account.pk: date(2026, 12, 28)}


def test_FEE_075_only_the_rectors_decision_acts_and_is_recorded_once(
    account: Enrolment, english: None
) -> None:
    charge(account)
    made = proposed(account)
    with pytest.raises(Refused, match="number and the date"):
        decided(made, expelled=True, decision_number=" ")
    with pytest.raises(Refused, match="number and the date"):
        decided(made, expelled=True, decision_on=date(2027, 1, 1))
    assert decided(made, expelled=True).state == ProposalState.EXPELLED
    with pytest.raises(MoveRefused):
        decided(made, expelled=False)


@pytest.mark.parametrize("end", ["withdrawn", "kept"])
def test_FEE_075_who_was_let_off_is_not_listed_again_for_the_same_debt(account: Enrolment, end: str) -> None:
    charge(account)
    made = proposed(account)
    if end == "withdrawn":
        nonpayment.withdraw(made.pk, reason="plan de plată", actor=clerk(), at=READY)
    else:
        decided(made, expelled=False)
    tasks.follow_debts(at(date(2027, 1, 20)).isoformat())
    assert NonPaymentProposal.objects.count() == 1
    assert nonpayment.propose(account.pk, actor=clerk(), at=at(date(2027, 1, 20))).state == "proposed"


def test_FEE_075_who_left_already_is_not_listed(account: Enrolment) -> None:
    charge(account)
    reminded(account, 20, 27)
    Enrolment.objects.filter(pk=account.pk).update(status=EnrolmentStatus.EXPELLED)
    tasks.follow_debts(READY.isoformat())
    assert not NonPaymentProposal.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_clerks_at_once_list_an_account_once(monkeypatch: pytest.MonkeyPatch, locked: bool) -> None:
    """The control takes the lock away: both pass the check, and the constraint stops the second."""
    factories.academic_year()
    account = factories.enrolment()
    charge(account)
    reminded(account, 20, 27)
    gate, actor = Gate(), clerk()
    monkeypatch.setattr(PROPOSAL_MOVES, "check", gate.before(PROPOSAL_MOVES.check))
    if not locked:
        monkeypatch.setattr(nonpayment, "lock_account", lambda pk: nullcontext())
    act = lambda: nonpayment.propose(account.pk, actor=actor, at=READY)  # noqa: E731
    got = at_once(act, act)
    assert NonPaymentProposal.objects.count() == 1
    kind = Refused if locked else IntegrityError
    assert sum(isinstance(one, kind) for one in got) == 1


# --- the desk -----------------------------------------------------------------------------------------------


@pytest.fixture
def finance(db: None, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(factories.user(roles.FINANCE))


def listed(user: User, **wanted: Any) -> list[int]:
    return [one.pk for one in queries.debtors(user, Filter(**wanted), READY)]


def test_FEE_007_the_list_by_kind_faculty_age_and_whose_it_is(account: Enrolment) -> None:
    other = factories.enrolment(
        programme=factories.programme(faculty=factories.faculty("CT"), code="CT-1"),
        curriculum=factories.curriculum(filled=False),
    )
    charge(account)
    charge(account, due_at=at(date(2026, 12, 26)), fee_type=fee_type("TUITION"))
    charge(other, due_at=at(date(2026, 12, 26)), fee_type=fee_type("TUITION"))
    charge(factories.enrolment())  # paid below
    settle(Charge.objects.latest("pk"))
    finance = factories.user(roles.FINANCE)
    assert listed(finance) == [account.pk, other.pk]
    assert listed(finance, kind="RECONTRACT") == [account.pk]
    assert listed(finance, faculty="CT") == [other.pk]
    assert listed(finance, age=15) == [account.pk]
    assert listed(finance, age=31) == []
    assert listed(factories.secretary("AC")) == [account.pk]
    assert listed(factories.secretary("CT")) == [other.pk]
    assert listed(factories.user(roles.TEACHER)) == []


def test_FEE_017_sums_of_two_currencies_stand_apart(account: Enrolment) -> None:
    charge(account)
    charge(account, "80.00", currency="EUR")
    (row,) = queries.with_sums([account], READY)
    assert row.sums == {"RON": D("335.00"), "EUR": D("80.00")}


def test_the_desk_reminds_and_proposes(account: Enrolment, finance: Client, clock: Any) -> None:
    charge(account)
    ticked = {"account": [account.pk]}
    clock.stand_at(dec(20))
    first = finance.post("/finance/overdue/remind/?kind=RECONTRACT", ticked, follow=True)
    assert first.redirect_chain == [("/finance/overdue/?kind=RECONTRACT", 302)]
    assert "A fost trimis 1 memento." in first.content.decode()
    again = finance.post("/finance/overdue/remind/", ticked, follow=True).content.decode()
    assert "1 cont a primit deja mementoul de azi" in again
    early = finance.post("/finance/overdue/propose/", ticked, follow=True).content.decode()
    assert "Zilele de grație țin până la 27 decembrie 2026." in early
    clock.stand_at(dec(27))
    finance.post("/finance/overdue/remind/", ticked)
    clock.stand_at(READY)
    done = finance.post("/finance/overdue/propose/", ticked, follow=True).content.decode()
    assert "1 cont a fost trecut pe listă." in done
    empty = finance.post("/finance/overdue/remind/", {}, follow=True).content.decode()
    assert "Bifați cel puțin un cont." in empty


def test_the_page_of_one_account_and_its_acts(account: Enrolment, finance: Client, clock: Any) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    tasks.post_penalties(dec(28, 1).isoformat())
    made = proposed(account)
    clock.stand_at(READY)
    page = f"/finance/overdue/{account.pk}/"
    text = finance.get(page).content.decode()
    assert "Din 14.12.2026 se adaugă o penalizare de 0,1 % pe zi" in text
    assert "Așteaptă hotărârea rectorului" in text
    faulty = finance.post(f"{page}extend/", {"line": line.pk, "until": "2026-12-01", "reason": "boală"})
    assert (faulty.status_code, "trebuie să fie după cea de acum" in faulty.content.decode()) == (422, True)
    delay = {"line": line.pk, "first": "2026-12-14", "last": "2026-12-20", "reason": "scanare întârziată"}
    finance.post(f"{page}delay/", delay)
    assert [one.amount for one in line.penalties.filter(cancelled_at=None)] == [D("8.00")]
    assert (
        finance.post(f"{page}proposal/", {"act": "withdraw", "proposal": made.pk, "note": ""}).status_code
        == 422
    )
    finance.post(f"{page}proposal/", {"act": "withdraw", "proposal": made.pk, "note": "plan de plată"})
    made.refresh_from_db()
    assert made.state == ProposalState.WITHDRAWN
    late = finance.post(
        f"{page}proposal/",
        {
            "act": "decide",
            "proposal": made.pk,
            "decision_number": "7",
            "decision_on": "2026-12-28",
            "expelled": "yes",
        },
        follow=True,
    )
    assert "nu este posibilă" in late.content.decode() or "nu se poate" in late.content.decode()
    finance.post(f"{page}extend/", {"line": line.pk, "until": "2027-01-15", "reason": "spitalizare"})
    line.refresh_from_db()
    assert line.due_at.date() == date(2027, 1, 15)
    assert finance.post(f"{page}proposal/", {"act": "other", "proposal": made.pk}).status_code == 404


def test_a_stale_page_does_not_decide_what_was_paid_meanwhile(
    account: Enrolment, finance: Client, clock: Any
) -> None:
    line = charge(account)
    made = proposed(account)
    settle(line)
    clock.stand_at(READY)
    page = finance.post(
        f"/finance/overdue/{account.pk}/proposal/",
        {
            "act": "decide",
            "proposal": made.pk,
            "decision_number": "7",
            "decision_on": "2026-12-28",
            "expelled": "yes",
        },
        follow=True,
    )
    made.refresh_from_db()
    assert made.state == ProposalState.REMOVED
    assert "Plătită între timp, de revăzut" in page.content.decode()


def test_FEE_007_a_secretary_reads_the_own_faculty_and_acts_on_nothing(
    account: Enrolment, browser_of: Callable[[User], Client], clock: Any
) -> None:
    charge(account)
    clock.stand_at(READY)
    factories.faculty("CT")
    own, other = browser_of(factories.secretary("AC")), browser_of(factories.secretary("CT"))
    assert account.person.list_name in own.get("/finance/overdue/").content.decode()
    assert account.person.list_name not in other.get("/finance/overdue/").content.decode()
    assert other.get(f"/finance/overdue/{account.pk}/").status_code == 404
    assert own.post("/finance/overdue/remind/", {"account": [account.pk]}).status_code == 403


def test_the_export_is_the_list(account: Enrolment, finance: Client, clock: Any) -> None:
    charge(account)
    charge(account, "80.00", currency="EUR")
    clock.stand_at(READY)
    table = finance.get("/finance/overdue/export/?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(table) == 3
    assert ";13.12.2026;15;" in table[1]
    assert table[1].split(";")[7:9] == ["RON", "335,00"]
    assert finance.get("/finance/overdue/export/")["Content-Type"].startswith("application/vnd.openxml")


def test_the_list_asks_as_much_for_five_as_for_two(
    account: Enrolment, finance: Client, clock: Any, django_assert_max_num_queries: Any
) -> None:
    clock.stand_at(READY)
    counts = []
    for wanted in (1, 2, 5):
        while Enrolment.objects.filter(charges__isnull=False).distinct().count() < wanted:
            charge(factories.enrolment())
        with django_assert_max_num_queries(40) as seen:
            assert finance.get("/finance/overdue/").status_code == 200
        counts.append(len(seen))
    assert counts[1] == counts[2]
