"""Exemptions (FEE-080 to FEE-083, §7.6): asked in time, decided by the dean, never on what is paid."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from fees import tasks
from fees.models import Charge, Exemption, ExemptionLine, Reduction
from fees.queries import exemptions as queries
from fees.queries import ledger
from fees.refusal import Refused
from fees.rules import exemptions as rules
from fees.rules.exemptions import Ground, Share
from fees.services import exemptions as services
from fees.services.accounts import account_reference
from fees.signals import reference_settled
from fees.workflow import EXEMPTION_MOVES, ChargeState, ExemptionState
from studentrecords.models import Enrolment
from tests import factories
from tests.fees.debts_kit import at, clerk, daily_policy, dec, penalties_of
from tests.fees.exemption_kit import NOW, WHOLE, D, asked, decided, state_of
from tests.fees.ledger_kit import DUE, allocate, charge, fee_type, payment
from tests.races import Gate, at_once
from upt_portal.kernel import audit
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.models import Mail
from upt_portal.kernel.moves import NEW, MoveRefused

# --- the rules ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ground", "code", "covered"),
    [
        (Ground.PREGNANCY, "TUITION", True), (Ground.PREGNANCY, "RECONTRACT", True),
        (Ground.PREGNANCY, "REEXAM", True), (Ground.PREGNANCY, "EXTENSION", False),
        (Ground.HOSPITAL, "RECONTRACT", True), (Ground.SPORT, "REEXAM", True),
        (Ground.PARTICIPATION, "DAMAGES", False), (Ground.PARTICIPATION, "PENALTY", False),
        (Ground.RESUMPTION, "TUITION", True), (Ground.RESUMPTION, "RECONTRACT", False),
    ],
)  # fmt: skip
def test_FEE_080_FEE_081_which_lines_a_ground_reaches(ground: Ground, code: str, covered: bool) -> None:
    assert rules.covers(ground, code) is covered


@pytest.mark.parametrize(
    ("asked_at", "late_reason", "ok"),
    [
        (at(date(2024, 10, 3)), "", True),  # the example: Thursday, due Friday
        (end_of_day(date(2024, 10, 4)), "", True),  # the last moment
        (at(date(2024, 10, 5), 0), "", False),
        (at(date(2024, 10, 5), 0), "registratura a fost închisă", True),
        (at(date(2024, 10, 5), 0), "  ", False),
    ],
)
def test_FEE_082_asked_before_the_line_is_due(asked_at: datetime, late_reason: str, ok: bool) -> None:
    answer = rules.may_ask(
        Ground.HOSPITAL, "RECONTRACT", due_at=end_of_day(date(2024, 10, 4)), asked_at=asked_at, left=D(10),
        late_reason=late_reason,
    )  # fmt: skip
    assert bool(answer) is ok


@pytest.mark.parametrize(
    ("share", "amount", "left", "expected"),
    [
        (Share(percent=D(50)), "335.00", "335.00", "167.50"),
        (Share(percent=D(100)), "335.00", "235.00", "235.00"),
        (Share(percent=D("33.33")), "100.05", "100.05", "33.35"),  # 33.346665
        (Share(sum=D("150.00")), "335.00", "150.00", "150.00"),
        (Share(sum=D("150.01")), "335.00", "150.00", None),
        (Share(percent=D(0)), "335.00", "335.00", None),
        (Share(percent=D("100.01")), "335.00", "335.00", None),
        (Share(), "335.00", "335.00", None),
        (Share(percent=D(5), sum=D(5)), "335.00", "335.00", None),
    ],
)
def test_FEE_082_a_share_never_exceeds_what_is_left(
    share: Share, amount: str, left: str, expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="no share"):
            rules.exempted(share, D(amount), D(left))
    else:
        assert rules.exempted(share, D(amount), D(left)) == D(expected)


@pytest.mark.parametrize(
    ("granted", "paid", "before", "ok"),
    [
        ("1500", "2000", "0", True),
        ("2000", "2000", "0", True),
        ("2500", "2000", "0", False),
        ("600", "2000", "1500", False),
        ("1", "0", "0", False),
    ],
)
def test_FEE_083_the_top_is_the_tuition_paid_for_the_interrupted_year(
    granted: str, paid: str, before: str, ok: bool, english: None
) -> None:
    answer = rules.within_top(D(granted), D(paid), D(before))
    assert bool(answer) is ok
    if granted == "2500":
        assert "RON\u00a02,000.00" in str(answer.reason)


@pytest.mark.parametrize(
    ("due", "decided_on", "expected"),
    [
        (date(2024, 10, 4), date(2024, 10, 10), date(2024, 10, 17)),
        (date(2024, 10, 4), date(2024, 10, 1), date(2024, 10, 8)),
        (date(2026, 12, 13), date(2026, 11, 25), date(2026, 12, 13)),
        (date(2026, 11, 20), date(2026, 11, 27), date(2026, 12, 8)),  # 30 November and 1 December are closed
    ],
)
def test_FEE_082_what_is_left_after_a_late_decision(due: date, decided_on: date, expected: date) -> None:
    closed = {date(2026, 11, 30), date(2026, 12, 1)}
    assert rules.rest_due_at(end_of_day(due), decided_on, closed) == end_of_day(expected)


def test_every_cell_of_the_exemptions_table() -> None:
    found = {
        (state, move.name): EXEMPTION_MOVES.check(move.name, state).target
        for state in [NEW, *ExemptionState.values]
        for move in EXEMPTION_MOVES.open_from(state)
    }
    assert found == {
        (NEW, "ask"): "asked",
        ("asked", "grant"): "granted",
        ("asked", "refuse"): "refused",
        ("asked", "withdraw"): "withdrawn",
    }


# --- asking -------------------------------------------------------------------------------------------------


def test_FEE_081_a_request_names_its_lines_and_keeps_its_papers_and_words(account: Enrolment) -> None:
    line = charge(account)
    made = asked(account, line)
    assert (made.state, made.lines.get().charge_id, made.papers.count()) == (ExemptionState.ASKED, line.pk, 1)
    made.refresh_from_db()
    assert made.words == "Am fost internată."
    (sealed,) = Exemption.objects.values_list("words", flat=True)
    assert "internată" not in str(getattr(sealed, "text", sealed))
    (entry,) = audit.trail(account_reference(account.pk))
    assert entry.data == {"exemption": made.pk, "lines": [line.pk]}  # neither ground nor words


@pytest.mark.parametrize(
    ("ground", "fields", "words"),
    [
        (Ground.HOSPITAL, {"papers": []}, "Add the papers"),
        (Ground.HOSPITAL, {"at": DUE + timedelta(seconds=1)}, "the term was"),
        (Ground.RESUMPTION, {}, "cannot be exempted on this ground"),
    ],
)
def test_FEE_081_FEE_082_what_is_refused_when_asking(
    account: Enrolment, english: None, ground: Ground, fields: dict[str, Any], words: str
) -> None:
    line = charge(account)
    with pytest.raises(Refused, match=words):
        asked(account, line, ground=ground, **fields)
    assert not Exemption.objects.exists()


def test_FEE_082_no_paid_hidden_foreign_or_twice_named_line(account: Enrolment, english: None) -> None:
    paid, hidden, foreign = charge(account), charge(account, released_at=None), charge(factories.enrolment())
    allocate(payment(account), paid, "335.00")
    for wrong in (paid, hidden, foreign):
        with pytest.raises(Refused):
            asked(account, wrong)
    line = charge(account)
    asked(account, line)
    with pytest.raises(Refused, match="already asked"):
        asked(account, line)
    assert Exemption.objects.count() == 1


def test_a_withdrawn_request_leaves_its_line_free(account: Enrolment) -> None:
    line = charge(account)
    made = asked(account, line)
    services.withdraw(made.pk, actor=account.person.user, at=NOW)
    with pytest.raises(MoveRefused):
        services.withdraw(made.pk, actor=account.person.user, at=NOW)
    with pytest.raises(MoveRefused):
        decided(made, WHOLE)
    assert asked(account, line).state == ExemptionState.ASKED


def test_FEE_082_while_it_waits_the_line_bears_no_penalty(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    made = asked(account, line)
    tasks.post_penalties(dec(20).isoformat())
    assert penalties_of(account) == []
    services.withdraw(made.pk, actor=account.person.user, at=dec(20))
    assert penalties_of(account) == ["7.00"]


# --- deciding -----------------------------------------------------------------------------------------------


def test_FEE_082_asked_in_time_decided_later_exempted_and_the_mark_cleared(account: Enrolment) -> None:
    """§7.6: asked Thursday 3 October 2024, due Friday 4 October, decided on the 10th."""
    due, day = end_of_day(date(2024, 10, 4)), date(2024, 10, 10)
    factories.academic_year("2024-2025")
    line = charge(account, due_at=due)
    made = asked(account, line, at=at(date(2024, 10, 3)))
    Charge.objects.filter(pk=line.pk).update(overdue_at=at(date(2024, 10, 5)))
    assert state_of(line) == ChargeState.OVERDUE
    decided(made, WHOLE, at=at(day), decision_on=day)
    assert state_of(line) == ChargeState.EXEMPTED
    reduction = Reduction.objects.get()
    assert (reduction.amount, reduction.reason) == (D("335.00"), "Decizia decanului 123/10.10.2024")


def test_FEE_082_a_partial_exemption_after_the_term_gives_time_for_the_rest(account: Enrolment) -> None:
    daily_policy()
    line = charge(account, "1000.00")
    made = asked(account, line)
    Charge.objects.filter(pk=line.pk).update(overdue_at=dec(14))
    decided(made, Share(percent=D(40)), at=dec(16), decision_on=date(2026, 12, 15))
    line.refresh_from_db()
    assert (line.state, line.left, line.overdue_at) == (ChargeState.DUE, D("600.00"), None)
    assert line.due_at == end_of_day(date(2026, 12, 23))
    tasks.post_penalties(dec(24).isoformat())
    assert penalties_of(account) == ["0.60"]


def test_FEE_082_a_refusal_after_the_term_gives_time_too(account: Enrolment) -> None:
    line = charge(account)
    made = asked(account, line)
    decided(made, None, answer="Actele nu privesc perioada cursurilor.", at=dec(16))
    line.refresh_from_db()
    assert (line.state, line.due_at) == (ChargeState.DUE, end_of_day(date(2026, 12, 23)))
    made.refresh_from_db()
    assert made.state == ExemptionState.REFUSED


def test_a_late_request_received_for_a_reason_does_not_move_the_term(account: Enrolment) -> None:
    line = charge(account)
    made = asked(account, line, at=dec(15), late_reason="registratura a fost închisă")
    decided(made, Share(percent=D(50)), at=dec(16))
    line.refresh_from_db()
    assert (line.left, line.due_at) == (D("167.50"), DUE)


def test_FEE_082_of_a_partly_paid_line_only_the_rest_is_exempted(account: Enrolment) -> None:
    line = charge(account)
    made = asked(account, line)
    money = payment(account, "100.00")
    allocate(money, line, "100.00")
    decided(made, WHOLE)
    line.refresh_from_db()
    money.refresh_from_db()
    assert (line.state, line.reduced, line.allocated) == (ChargeState.EXEMPTED, D("235.00"), D("100.00"))
    assert money.unallocated == 0  # no money back


def test_FEE_082_a_line_paid_meanwhile_is_not_touched(account: Enrolment, english: None) -> None:
    first, second = charge(account), charge(account)
    made = asked(account, first, second)
    allocate(payment(account), first, "335.00")
    with pytest.raises(Refused, match="was paid or cancelled meanwhile"):
        decided(made, WHOLE, WHOLE)
    assert not Reduction.objects.exists()
    decided(made, None, WHOLE)
    assert (state_of(first), state_of(second)) == (ChargeState.PAID, ChargeState.EXEMPTED)


@pytest.mark.parametrize(
    ("shares", "fields", "words"),
    [
        ([WHOLE], {"decision_number": " "}, "number of the dean's decision"),
        ([WHOLE], {"decision_on": NOW.date() + timedelta(days=1)}, "day to come"),
        ([None], {}, "Write why nothing is exempted"),
        ([Share(sum=D("335.01"))], {}, "not within what is left"),
    ],
)
def test_what_a_decision_must_say(
    account: Enrolment, english: None, shares: list[Any], fields: dict[str, Any], words: str
) -> None:
    made = asked(account, charge(account))
    with pytest.raises(Refused, match=words):
        decided(made, *shares, **fields)
    made.refresh_from_db()
    assert made.state == ExemptionState.ASKED


def test_a_decision_names_only_lines_that_were_asked_for(account: Enrolment, english: None) -> None:
    made, other = asked(account, charge(account)), asked(account, charge(account))
    with pytest.raises(Refused, match="not asked for"):
        services.decide(
            made.pk, {other.lines.get().pk: WHOLE}, decision_number="1", decision_on=NOW.date(),
            actor=clerk(), at=NOW,
        )  # fmt: skip


def test_FEE_080_the_papers_show_the_fifth_month(account: Enrolment, english: None) -> None:
    made = asked(account, charge(account), ground=Ground.PREGNANCY)
    with pytest.raises(Refused, match="fifth month"):
        decided(made, WHOLE)
    assert decided(made, WHOLE, fifth_month_shown=True).granted is True


def test_FEE_083_on_resumption_up_to_the_tuition_paid(account: Enrolment, english: None) -> None:
    """§7.6: tuition of the interrupted year paid 2,000; 1,500 off; 2,500 refused with the top."""
    before = factories.academic_year(factories.LAST_YEAR)
    old = charge(account, "2000.00", fee_type=fee_type("TUITION"), year=before)
    allocate(payment(account, "2000.00"), old, "2000.00")
    tuition = charge(account, "4200.00", fee_type=fee_type("TUITION"))
    assert queries.interrupted_years(account) == [before]
    made = asked(account, tuition, ground=Ground.RESUMPTION, interrupted_year=before)
    with pytest.raises(Refused, match=r"At most RON.2,000\.00"):
        decided(made, Share(sum=D("2500.00")))
    decided(made, Share(sum=D("1500.00")))
    tuition.refresh_from_db()
    assert (tuition.left, tuition.state) == (D("2700.00"), ChargeState.DUE)
    again = asked(account, tuition, ground=Ground.RESUMPTION, interrupted_year=before)
    with pytest.raises(Refused, match=r"At most RON.500\.00"):
        decided(again, Share(sum=D("500.01")))


def test_a_decision_is_recorded_once(account: Enrolment) -> None:
    made = asked(account, charge(account))
    decided(made, WHOLE)
    with pytest.raises(MoveRefused):
        decided(made, WHOLE)
    assert Reduction.objects.count() == 1


def test_a_case_whose_last_line_is_exempted_is_announced(
    account: Enrolment, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[str] = []

    def listen(sender: object, reference: str, **_more: object) -> None:
        heard.append(reference)

    reference_settled.connect(listen)
    line = charge(account, reference="contracting.other:5")
    made = asked(account, line)
    with django_capture_on_commit_callbacks(execute=True):
        decided(made, WHOLE)
    reference_settled.disconnect(listen)
    assert heard == ["contracting.other:5"]
    assert ledger.is_settled(line.reference)


def test_the_student_is_told_without_the_ground(account: Enrolment) -> None:
    line = charge(account, description_ro="Recontractare: Fizică")
    made = asked(account, line)
    decided(made, Share(percent=D(50)), answer="Pentru lunile din acte.")
    mail = Mail.objects.get(template="fees/mail/exemption_decided")
    assert "– Recontractare: Fizică: 167,50\u00a0lei scutiți, 167,50\u00a0lei de plată" in mail.text
    assert "decizia 123 din 20.11.2026" in mail.text
    assert "Pentru lunile din acte." in mail.text
    assert "spitaliz" not in mail.text + mail.subject
    assert mail.link == f"/student/{account.pk}/exemptions/{made.pk}/"


# --- taking back --------------------------------------------------------------------------------------------


def test_a_mistaken_exemption_is_taken_back_by_a_row_of_its_own(account: Enrolment, english: None) -> None:
    line = charge(account)
    made = asked(account, line)
    decided(made, WHOLE)
    row = made.lines.get()
    services.take_back(row.pk, reason="alt student", actor=clerk(), at=NOW)
    assert state_of(line) == ChargeState.DUE
    assert [str(one.amount) for one in Reduction.objects.all()] == ["335.00", "-335.00"]
    with pytest.raises(Refused, match="already taken back"):
        services.take_back(row.pk, reason="încă o dată", actor=clerk(), at=NOW)
    with pytest.raises(Refused, match="Write why"):
        services.take_back(row.pk, reason=" ", actor=clerk(), at=NOW)


# --- what the database holds --------------------------------------------------------------------------------


def test_a_line_stands_in_one_open_request_only(account: Enrolment) -> None:
    line = charge(account)
    asked(account, line)
    second = asked(account, charge(account))
    with pytest.raises(IntegrityError), transaction.atomic():
        ExemptionLine.objects.create(exemption=second, charge=line)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_decisions_at_once_exempt_once(monkeypatch: pytest.MonkeyPatch, locked: bool) -> None:
    """The control takes the locks away: both pass the check, and the constraint of sums stops the second."""
    factories.academic_year()
    account = factories.enrolment()
    line = charge(account)
    made = asked(account, line)
    row, actor, gate = made.lines.get(), clerk(), Gate()
    monkeypatch.setattr(services, "_apply", gate.before(services._apply))
    if not locked:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self.all())

    def decision() -> Exemption:
        return services.decide(
            made.pk, {row.pk: WHOLE}, decision_number="1", decision_on=NOW.date(), actor=actor, at=NOW
        )

    got = at_once(decision, decision)
    assert Reduction.objects.count() == 1
    if locked:
        assert sum(isinstance(one, MoveRefused) for one in got) == 1
        assert gate.passed == 1
    else:
        assert gate.passed == 2
        assert sum(isinstance(one, Exception) for one in got) == 1
