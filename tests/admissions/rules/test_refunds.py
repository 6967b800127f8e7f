"""Refund of the tuition: grounds, terms, who may ask, the check sheet, what becomes of the dossier."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from admissions.rules import check_sheet, money
from admissions.rules import refunds as rules
from admissions.rules.check_sheet import ForceMajeureFacts, Recommendation, VisaFacts
from admissions.rules.dates import Term, restarted, year_terms
from admissions.rules.refunds import Asking, Ground, Kept, RefundState, Request
from admissions.rules.states import State
from admissions.rules.visa import notice_term, visa_term

pytestmark = pytest.mark.usefixtures("english")
D = date.fromisoformat
YEAR = year_terms(2026)
CAP = YEAR.refund_cap
VISA, FM = Ground.VISA, Ground.FORCE_MAJEURE


@pytest.mark.parametrize(
    ("communicated", "due"),
    [
        pytest.param("2026-10-20", "2026-11-19", id="EX-22"),
        pytest.param("2027-04-10", "2027-04-30", id="EX-23"),
        pytest.param("2027-03-31", "2027-04-30", id="exactly 30 April"),
        pytest.param("2027-04-01", "2027-04-30", id="one day beyond"),
        pytest.param("2026-12-01", "2026-12-31", id="31 December"),
    ],
)
def test_adm_173_visa_request(communicated: str, due: str) -> None:
    assert rules.visa_request_term(D(communicated), cap=CAP).due == D(due)


def test_adm_173_the_window_never_opens_after_the_cap() -> None:
    late = rules.visa_request_term(D("2027-05-01"), cap=CAP)
    assert "none can be asked for" in str(rules.within_term(late, D("2027-05-01")).reason)
    last = rules.visa_request_term(CAP, cap=CAP)
    assert rules.within_term(last, CAP)
    assert not rules.within_term(last, D("2027-05-01"))


@pytest.mark.parametrize(
    ("event", "cap", "due"),
    [
        pytest.param("2027-01-31", CAP, "2027-04-01", id="EX-24"),
        pytest.param("2027-03-20", CAP, "2027-04-30", id="EX-25"),
        pytest.param("2027-12-31", year_terms(2027).refund_cap, "2028-02-29", id="29 February"),
        pytest.param("2027-03-01", CAP, "2027-04-30", id="exactly the cap"),
    ],
)
def test_adm_177_force_majeure_request(event: str, cap: date, due: str) -> None:
    assert rules.force_majeure_term(D(event), cap=cap).due == D(due)


@pytest.mark.parametrize(
    ("filed", "allowed"), [("2027-04-30", True), ("2027-05-01", False), ("2027-04-01", True)]
)
def test_adm_179_nothing_after_30_april(filed: str, allowed: bool) -> None:
    for term in (
        rules.visa_request_term(D("2027-04-10"), cap=CAP),
        rules.force_majeure_term(D("2027-03-20"), cap=CAP),
    ):
        assert bool(rules.within_term(term, D(filed))) is allowed


@pytest.mark.parametrize(
    ("ground", "notified", "written", "filed", "due"),
    [
        pytest.param(VISA, "2027-01-20", None, "2027-02-05", "2027-02-19", id="EX-26"),
        pytest.param(FM, None, None, "2027-03-01", "2027-03-31", id="EX-27"),
        pytest.param(FM, None, "2027-02-20", "2027-03-01", "2027-03-22", id="earlier written notice"),
        pytest.param(FM, None, None, "2027-04-20", "2027-05-20", id="not cut by 30 April"),
    ],
)
def test_adm_185_additions(
    ground: str, notified: str | None, written: str | None, filed: str, due: str
) -> None:
    start = rules.notice_date(
        ground,
        filed_on=D(filed),
        notified_on=D(notified) if notified else None,
        written_on=D(written) if written else None,
    )
    assert rules.completion_term(start).due == D(due)


def test_adm_185_the_visa_ground_has_a_notice() -> None:
    with pytest.raises(ValueError, match="follows the notice"):
        rules.notice_date(VISA, filed_on=D("2027-02-05"))


@pytest.mark.parametrize(
    ("today", "state"),
    [
        pytest.param("2027-02-19", RefundState.INCOMPLETE, id="EX-26 last day"),
        pytest.param("2027-02-20", RefundState.INELIGIBLE, id="EX-26 ineligible"),
        pytest.param("2027-02-05", RefundState.INCOMPLETE, id="at filing"),
    ],
)
def test_adm_186_still_incomplete(today: str, state: RefundState) -> None:
    assert rules.incomplete_state(D(today), D("2027-02-19")) is state


# ---- who may ask -------------------------------------------------------------------------------------------

REFUSED = Asking(State.VISA_REFUSED, has_tuition=True)
OPEN = rules.visa_request_term(D("2026-10-20"), cap=CAP)


@pytest.mark.parametrize(
    ("asking", "ground", "today", "earlier", "words"),
    [
        pytest.param(REFUSED, VISA, "2026-11-19", [], "", id="EX-22 last day"),
        pytest.param(REFUSED, VISA, "2026-11-20", [], "own revenue", id="EX-75 term missed"),
        pytest.param(
            replace(REFUSED, has_tuition=False), VISA, "2026-11-01", [], "No tuition", id="no tuition"
        ),
        pytest.param(
            replace(REFUSED, choice="deferred"), FM, "2026-11-01", [], "moved your place", id="deferred"
        ),
        pytest.param(
            Asking(State.DEFERRED, has_tuition=True),
            VISA,
            "2026-11-01",
            [],
            "moved your place",
            id="ended deferred",
        ),
        pytest.param(
            Asking(State.ENROLLED, has_tuition=True), FM, "2026-11-01", [], "After enrolment", id="enrolled"
        ),
        pytest.param(
            Asking(State.VISA_APPLIED, has_tuition=True),
            VISA,
            "2026-11-01",
            [],
            "refused visa",
            id="not refused",
        ),
        pytest.param(Asking(State.VISA_GRANTED, has_tuition=True), FM, "2026-11-01", [], "", id="granted"),
        pytest.param(
            Asking(State.LETTER_SENT, has_tuition=True),
            FM,
            "2026-11-01",
            [],
            "cannot be claimed",
            id="too early",
        ),
        pytest.param(
            Asking(State.AT_FACULTY, has_tuition=True, carried_over=True),
            FM,
            "2026-11-01",
            [],
            "",
            id="carried",
        ),
        pytest.param(
            Asking(State.LAPSED, has_tuition=True), FM, "2026-11-01", [], "cannot be claimed", id="lapsed"
        ),
        pytest.param(
            Asking(State.WITHDRAWN, has_tuition=True),
            FM,
            "2026-11-01",
            [],
            "cannot be claimed",
            id="withdrawn",
        ),
        pytest.param(
            Asking(State.WITHDRAWN, has_tuition=True, choice="refund"),
            FM,
            "2026-11-01",
            [Request(VISA, RefundState.REJECTED)],
            "",
            id="second ground after a refused one",
        ),
        pytest.param(REFUSED, "regret", "2026-11-01", [], "only when", id="another ground"),
        pytest.param(
            replace(REFUSED, choice="refund"),
            VISA,
            "2026-11-01",
            [Request(VISA, RefundState.WITHDRAWN)],
            "",
            id="withdrawn and filed again",
        ),
        pytest.param(
            REFUSED,
            VISA,
            "2026-11-01",
            [Request(FM, RefundState.AT_BOARD)],
            "already open",
            id="one at a time",
        ),
        pytest.param(
            REFUSED,
            VISA,
            "2026-11-01",
            [Request(VISA, RefundState.INELIGIBLE)],
            "already decided",
            id="closed",
        ),
        pytest.param(
            REFUSED, FM, "2026-11-01", [Request(VISA, RefundState.PAID)], "already returned", id="paid"
        ),
    ],
)
def test_adm_170_adm_176_adm_196_who_may_ask(
    asking: Asking, ground: str, today: str, earlier: list[Request], words: str
) -> None:
    answer = rules.may_ask(asking, ground, OPEN, D(today), earlier)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize("state", list(State))
def test_adm_176_states_of_force_majeure(state: State) -> None:
    plain = rules.may_ask(Asking(state, has_tuition=True), FM, OPEN, D("2026-11-01"))
    carried = rules.may_ask(Asking(state, has_tuition=True, carried_over=True), FM, OPEN, D("2026-11-01"))
    assert bool(plain) is (state in rules.FORCE_MAJEURE_STATES)
    assert bool(carried) is (state in rules.FORCE_MAJEURE_STATES | rules.FORCE_MAJEURE_IF_CARRIED)


def test_adm_175_what_is_acknowledged() -> None:
    assert rules.acknowledgements(VISA) == ("deferral_lost", "studies_given_up")
    assert rules.acknowledgements(FM) == ("deferral_lost", "ends_when_paid")
    assert set(rules.ACKNOWLEDGEMENTS) == {*rules.acknowledgements(VISA), *rules.acknowledgements(FM)}


@pytest.mark.parametrize(
    ("ground", "outcome", "strict", "after"),
    [
        pytest.param(FM, RefundState.REJECTED, False, State.VISA_GRANTED, id="EX-74"),
        pytest.param(FM, RefundState.REJECTED, True, State.WITHDRAWN, id="EX-74 strict"),
        pytest.param(FM, RefundState.INELIGIBLE, False, State.VISA_GRANTED, id="force majeure ineligible"),
        pytest.param(FM, RefundState.PAID, False, State.WITHDRAWN, id="force majeure paid"),
        pytest.param(VISA, RefundState.REJECTED, False, State.WITHDRAWN, id="visa rejected"),
        pytest.param(VISA, RefundState.INELIGIBLE, False, State.WITHDRAWN, id="visa ineligible"),
        pytest.param(VISA, RefundState.PAID, False, State.WITHDRAWN, id="visa paid"),
        pytest.param(VISA, RefundState.WITHDRAWN, False, State.VISA_GRANTED, id="withdrawn: as before"),
        pytest.param(VISA, RefundState.VOID, False, State.VISA_GRANTED, id="appeal won"),
    ],
)
def test_adm_175_the_dossier_afterwards(ground: str, outcome: str, strict: bool, after: str) -> None:
    assert rules.dossier_after(ground, outcome, State.VISA_GRANTED, force_majeure_ends=strict) == after


def test_adm_175_only_settled_requests_move_the_dossier() -> None:
    with pytest.raises(ValueError, match="not settled"):
        rules.dossier_after(VISA, RefundState.AT_BOARD, State.VISA_REFUSED)


@pytest.mark.parametrize(
    ("kept", "today", "own"),
    [
        pytest.param(Kept(False, False, (D("2026-11-19"),), True), "2026-11-20", False, id="EX-75"),
        pytest.param(Kept(False, False, (D("2026-11-19"), CAP), False), "2027-04-30", False, id="30 April"),
        pytest.param(Kept(False, False, (D("2026-11-19"), CAP), False), "2027-05-01", True, id="1 May"),
        pytest.param(Kept(False, True, (CAP,), False), "2027-05-01", False, id="a refund is open"),
        pytest.param(Kept(True, False, (CAP,), False), "2027-05-01", False, id="enrolled"),
    ],
)
def test_adm_184_own_revenue(kept: Kept, today: str, own: bool) -> None:
    assert rules.is_own_revenue(kept, D(today)) is own


# ---- the check sheet ---------------------------------------------------------------------------------------

FACTS = VisaFacts(
    visa_term=visa_term(D("2026-07-10"), cap=YEAR.visa_cap),
    applied_on=D("2026-08-30"),
    notice_term=notice_term(D("2026-10-20")),
    notified_on=D("2026-10-25"),
    request_term=rules.visa_request_term(D("2026-10-20"), cap=CAP),
    filed_on=D("2026-11-10"),
    independent=True,
    complete=True,
)


def failed(facts: VisaFacts) -> str:
    return "".join(row.letter for row in check_sheet.visa_conditions(facts) if not row.passed)


@pytest.mark.parametrize(
    ("facts", "letters"),
    [
        pytest.param(FACTS, "", id="EX-28"),
        pytest.param(replace(FACTS, applied_on=D("2026-09-09")), "a", id="EX-29"),
        pytest.param(replace(FACTS, applied_on=D("2026-09-08")), "", id="applied on the last day"),
        pytest.param(replace(FACTS, applied_on=D("2027-01-01")), "ab", id="after 31 December"),
        pytest.param(replace(FACTS, applied_on=None), "ab", id="never applied"),
        pytest.param(replace(FACTS, notified_on=D("2026-11-05")), "c", id="notified late"),
        pytest.param(replace(FACTS, notified_on=D("2026-11-04")), "", id="notified on the last day"),
        pytest.param(replace(FACTS, filed_on=D("2026-11-20")), "d", id="asked late"),
        pytest.param(replace(FACTS, independent=False), "e", id="the university's fault"),
        pytest.param(replace(FACTS, independent=None), "e", id="not judged"),
        pytest.param(replace(FACTS, complete=False), "f", id="incomplete"),
        pytest.param(
            replace(
                FACTS,
                request_term=rules.visa_request_term(D("2027-05-02"), cap=CAP),
                filed_on=D("2027-04-30"),
            ),
            "d",
            id="communicated after the cap",
        ),
    ],
)
def test_adm_172_adm_188_visa_conditions(facts: VisaFacts, letters: str) -> None:
    rows = check_sheet.visa_conditions(facts)
    assert failed(facts) == letters
    assert [row.letter for row in rows] == list("abcdef")
    expected = Recommendation.REJECT if letters else Recommendation.APPROVE
    assert check_sheet.recommendation(rows) is expected


def test_adm_188_ex_29_a_failed_time_condition_goes_to_the_board_with_its_due_date() -> None:
    rows = check_sheet.visa_conditions(replace(FACTS, applied_on=D("2026-09-09")))
    assert (rows[0].found, rows[0].due, rows[0].passed) == (D("2026-09-09"), D("2026-09-08"), False)
    assert check_sheet.may_send_to_board(rows, complete=True, tuition_confirmed=True)


@pytest.mark.parametrize(
    ("complete", "confirmed", "independent", "words"),
    [
        (True, True, True, ""),
        (False, True, True, "not complete"),
        (True, False, True, "tuition is not confirmed"),
        (True, True, None, "not judged"),
    ],
)
def test_adm_188_what_goes_to_the_board(
    complete: bool, confirmed: bool, independent: bool | None, words: str
) -> None:
    rows = check_sheet.visa_conditions(replace(FACTS, independent=independent))
    answer = check_sheet.may_send_to_board(rows, complete=complete, tuition_confirmed=confirmed)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


def test_adm_188_the_sheet_carries_the_amount() -> None:
    net = money.net_refund(Decimal("2430.00"), [Decimal("25.00")], Decimal(5))
    sheet = check_sheet.make_sheet(VISA, check_sheet.visa_conditions(FACTS), ["request"], net)
    assert sheet.amount.net == Decimal("2283.50")
    assert sheet.recommendation is Recommendation.APPROVE


FM_FACTS = ForceMajeureFacts(
    D("2027-01-31"),
    rules.force_majeure_term(D("2027-01-31"), cap=CAP),
    D("2027-04-01"),
    proven=True,
    prevents=True,
    state_before=State.VISA_GRANTED,
    complete=True,
)


@pytest.mark.parametrize(
    ("facts", "letters"),
    [
        (FM_FACTS, ""),
        (replace(FM_FACTS, filed_on=D("2027-04-02")), "a"),
        (replace(FM_FACTS, proven=False), "b"),
        (replace(FM_FACTS, prevents=None), "c"),
        (replace(FM_FACTS, state_before=State.ENROLLED), "d"),
        (replace(FM_FACTS, complete=False), "e"),
    ],
)
def test_adm_176_adm_188_force_majeure_conditions(facts: ForceMajeureFacts, letters: str) -> None:
    rows = check_sheet.force_majeure_conditions(facts)
    assert "".join(row.letter for row in rows if not row.passed) == letters


def test_adm_144_the_recomputed_visa_term_is_the_one_tested() -> None:
    longer: Term = replace(FACTS.visa_term, due=D("2026-09-23"))
    assert failed(replace(FACTS, visa_term=longer, applied_on=D("2026-09-09"))) == ""


def test_adm_153_ex_60_a_corrected_communication_moves_the_request() -> None:
    assert restarted(FACTS.request_term, D("2026-10-18")).due == D("2026-11-17")


# ---- the Board and the payment -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "on", "approved", "reason", "allowed"),
    [
        ("HCA 12", "2027-02-01", True, "", True),
        ("HCA 12", "2027-02-01", False, "late", True),
        ("HCA 12", "2027-02-01", False, " ", False),
        (" ", "2027-02-01", True, "", False),
        ("HCA 12", None, True, "", False),
        ("HCA 12", "2027-02-03", True, "", False),
    ],
)
def test_adm_189_the_boards_decision(
    number: str, on: str | None, approved: bool, reason: str, allowed: bool
) -> None:
    day = None if on is None else D(on)
    answer = rules.check_board_decision(number, day, D("2027-02-02"), approved=approved, reason=reason)
    assert bool(answer) is allowed


def test_adm_190_paid_after_it_was_communicated() -> None:
    from upt_portal.kernel.answers import NO, YES

    assert rules.may_pay(RefundState.APPROVED, communicated=True, account=YES)
    assert not rules.may_pay(RefundState.APPROVED, communicated=False, account=YES)
    assert not rules.may_pay(RefundState.AT_BOARD, communicated=True, account=YES)
    assert not rules.may_pay(RefundState.APPROVED, communicated=True, account=NO("bad account"))


def test_adm_194_days_since_the_approval() -> None:
    assert rules.days_since_approval(D("2028-02-28"), D("2028-03-01")) == 2
    assert rules.days_since_approval(D("2027-02-28"), D("2027-02-28")) == 0
