"""The embassy certificate, the visa term and its recalculation, the notice of refusal."""

from datetime import date

import pytest

from admissions.rules import visa as rules
from admissions.rules.dates import restarted, year_terms
from admissions.rules.states import PAID_AND_LIVE, State
from admissions.rules.visa import Closure, Communication

pytestmark = pytest.mark.usefixtures("english")
D = date.fromisoformat
CAP = year_terms(2026).visa_cap


@pytest.mark.parametrize(
    ("sent", "raw", "due"),
    [
        pytest.param("2026-07-10", "2026-09-08", "2026-09-08", id="EX-13"),
        pytest.param("2026-09-01", "2026-10-31", "2026-10-31", id="EX-14"),
        pytest.param("2026-11-01", "2026-12-31", "2026-12-31", id="EX-15 exactly the cap"),
        pytest.param("2026-12-01", "2027-01-30", "2026-12-31", id="EX-16"),
        pytest.param("2026-11-02", "2027-01-01", "2026-12-31", id="one day beyond the cap"),
        pytest.param("2026-12-31", "2027-03-01", "2026-12-31", id="31 December"),
        pytest.param("2027-01-01", "2027-03-02", "2026-12-31", id="past before it begins"),
    ],
)
def test_adm_139_visa_term(sent: str, raw: str, due: str) -> None:
    term = rules.visa_term(D(sent), cap=CAP)
    assert (term.raw, term.due) == (D(raw), D(due))


def test_adm_139_adm_134_ex_76_a_reused_letter_in_the_next_campaign() -> None:
    assert rules.visa_term(D("2027-06-01"), cap=year_terms(2027).visa_cap).due == D("2027-07-31")


@pytest.mark.parametrize(
    ("sent", "closures", "due"),
    [
        pytest.param("2026-07-10", [("2026-08-01", "2026-08-15")], "2026-09-23", id="EX-17"),
        pytest.param("2026-07-10", [("2026-09-01", "2026-09-30")], "2026-10-08", id="EX-18"),
        pytest.param("2026-07-10", [], "2026-09-08", id="none"),
        pytest.param(
            "2026-07-10",
            [("2026-08-01", "2026-08-10"), ("2026-08-05", "2026-08-15")],
            "2026-09-23",
            id="overlap",
        ),
        pytest.param("2026-07-10", [("2026-09-09", "2026-09-30")], "2026-09-08", id="after the last day"),
        pytest.param("2026-07-10", [("2026-09-08", "2026-09-08")], "2026-09-09", id="on the last day"),
        pytest.param("2026-07-10", [("2026-07-01", "2026-07-10")], "2026-09-08", id="until the first day"),
        pytest.param("2026-07-10", [("2026-07-01", "2026-07-11")], "2026-09-09", id="one day of it counts"),
        pytest.param("2026-10-20", [("2026-11-01", "2026-11-30")], "2026-12-31", id="capped"),
        pytest.param("2026-07-10", [("2026-07-11", "2030-12-31")], "2026-12-31", id="closed for years"),
        pytest.param(
            "2026-10-01", [("2026-10-25", "2026-10-25")], "2026-12-01", id="the day the clock changes"
        ),
    ],
)
def test_adm_143_adm_144_recomputed(sent: str, closures: list[tuple[str, str]], due: str) -> None:
    term = rules.visa_term(D(sent), cap=CAP)
    again = rules.recomputed_term(term, [Closure(D(first), D(last)) for first, last in closures])
    assert again.due == D(due)
    assert (again.start, again.days, again.cap) == (term.start, term.days, term.cap)
    assert again.due >= term.due


@pytest.mark.parametrize(
    ("received", "policy", "late", "decided"),
    [
        pytest.param("2026-09-08", "DECIDE", False, True, id="EX-19 in time"),
        pytest.param("2026-09-09", "DECIDE", True, True, id="EX-19 late, still decided"),
        pytest.param("2026-09-09", "REFUSE", True, False, id="EX-19 refused"),
        pytest.param("2026-09-08", "REFUSE", False, True, id="in time with REFUSE"),
    ],
)
def test_adm_142_notice_of_impossibility(received: str, policy: str, late: bool, decided: bool) -> None:
    standing = rules.impossibility_notice(D(received), D("2026-09-08"), policy)
    assert (standing.late, bool(standing.answer)) == (late, decided)


@pytest.mark.parametrize(
    ("closures", "proof", "words"),
    [
        ([("2026-08-01", "2026-08-01")], True, ""),
        ([("2026-08-02", "2026-08-01")], True, "ends before it begins"),
        ([], True, "takes no applications"),
        ([("2026-08-01", "2026-08-15")], False, "proof is missing"),
    ],
)
def test_adm_142_what_a_notice_holds(closures: list[tuple[str, str]], proof: bool, words: str) -> None:
    answer = rules.check_closures([Closure(D(a), D(b)) for a, b in closures], has_proof=proof)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("day", "reason", "allowed"),
    [("2026-12-31", "strike", True), ("2027-01-01", "strike", False), ("2026-12-01", " ", False)],
)
def test_adm_143_by_hand_never_beyond_the_cap(day: str, reason: str, allowed: bool) -> None:
    assert bool(rules.may_set_visa_day(D(day), CAP, reason)) is allowed


def test_adm_141_a_letter_after_the_cap_warns() -> None:
    assert not rules.transmission_warning(D("2026-12-31"), CAP)
    assert "31 December 2026" in str(rules.transmission_warning(D("2027-01-01"), CAP))


@pytest.mark.parametrize("state", list(State))
def test_adm_135_certificate_after_the_tuition(state: State) -> None:
    assert bool(rules.may_issue_certificate(state)) is (state in PAID_AND_LIVE)


def test_adm_136_addressee() -> None:
    several = rules.addressee([("Dubai", False), ("Abu Dhabi", True)])
    assert (several.proposed, several.choices) == ("Abu Dhabi", ("Abu Dhabi", "Dubai"))
    assert rules.addressee([], "Tunis").proposed == "Tunis"
    assert rules.addressee([]).choices == ()


@pytest.mark.parametrize(
    ("applied", "proof", "allowed", "late", "flag"),
    [
        ("2026-08-30", True, True, 0, ""),
        ("2026-09-08", True, True, 0, ""),
        ("2026-09-09", True, True, 1, "1 day after"),
        ("2026-09-11", True, False, 0, ""),  # tomorrow
        ("2026-08-30", False, False, 0, ""),
        ("2026-07-09", True, True, 0, "before the acceptance letter"),
    ],
)
def test_adm_140_adm_145_date_of_application(
    applied: str, proof: bool, allowed: bool, late: int, flag: str
) -> None:
    found = rules.check_visa_application(
        D(applied), D("2026-09-10"), transmitted_on=D("2026-07-10"), due_on=D("2026-09-08"), has_proof=proof
    )
    assert (bool(found.answer), found.late, bool(found.flag)) == (allowed, late, bool(flag))
    assert flag in str(found.flag)


@pytest.mark.parametrize(
    ("communicated", "uploaded", "due", "late"),
    [
        pytest.param("2026-10-20", "2026-11-04", "2026-11-04", 0, id="EX-20 on time"),
        pytest.param("2026-10-20", "2026-11-05", "2026-11-04", 1, id="EX-20 late"),
        pytest.param("2027-01-12", "2027-01-27", "2027-01-27", 0, id="EX-21"),
        pytest.param("2028-02-14", "2028-02-29", "2028-02-29", 0, id="29 February"),
        pytest.param("2026-12-16", "2027-01-01", "2026-12-31", 1, id="31 December"),
    ],
)
def test_adm_150_adm_152_notice_of_refusal(communicated: str, uploaded: str, due: str, late: int) -> None:
    term = rules.notice_term(D(communicated))
    assert term.due == D(due)
    found = rules.check_refusal_notice(D(communicated), D(uploaded), term.due, has_proof=True)
    assert (bool(found.answer), found.late) == (True, late)
    assert bool(found.flag) is bool(late)


def test_adm_150_no_future_and_no_notice_without_proof() -> None:
    due = D("2026-11-04")
    assert not rules.check_refusal_notice(D("2026-10-21"), D("2026-10-20"), due, has_proof=True).answer
    assert not rules.check_refusal_notice(D("2026-10-20"), D("2026-10-20"), due, has_proof=False).answer


def test_adm_151_adm_198_an_appeal_does_not_move_the_terms() -> None:
    answered = Communication(D("2026-10-20"), final=D("2026-12-01"))
    assert rules.counted_from(answered) == D("2026-10-20")
    assert rules.counted_from(answered, "final") == D("2026-12-01")
    assert rules.counted_from(Communication(D("2026-10-20")), "final") == D("2026-10-20")


def test_adm_153_ex_60_a_corrected_communication() -> None:
    assert restarted(rules.notice_term(D("2026-10-20")), D("2026-10-18")).due == D("2026-11-02")
