"""Windows of the calendar: which one decides, when it closes, how it is changed."""

from datetime import date, datetime, time

import pytest

from admissions.rules import windows as rules
from admissions.rules.windows import Offer, Window, WindowKind
from upt_portal.kernel.dates import ROMANIA

pytestmark = pytest.mark.usefixtures("english")
D = date.fromisoformat
APPLICATION, DEFERRED = WindowKind.APPLICATION, WindowKind.DEFERRED_APPLICATION

COMPUTERS, MANAGEMENT = Offer("licenta", "computers"), Offer("master", "management")
GENERAL = Window(APPLICATION, D("2026-03-01"), D("2026-07-31"))
OF_PROGRAMME = Window(APPLICATION, D("2026-03-01"), D("2026-06-15"), programme="computers")
OF_CYCLE = Window(APPLICATION, D("2026-04-01"), D("2026-08-31"), cycle="licenta")


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROMANIA, fold=fold)


@pytest.mark.parametrize(
    ("windows", "offer", "moment", "allowed"),
    [
        pytest.param([GENERAL], COMPUTERS, "2026-07-31T23:59", True, id="EX-05 last minute"),
        pytest.param([GENERAL], COMPUTERS, "2026-08-01T00:00", False, id="EX-05 midnight"),
        pytest.param([GENERAL], COMPUTERS, "2026-03-01T00:00", True, id="first moment"),
        pytest.param([GENERAL], COMPUTERS, "2026-02-28T23:59:59", False, id="before the first moment"),
        pytest.param(
            [GENERAL, OF_PROGRAMME], COMPUTERS, "2026-06-20T10:00", False, id="EX-06 that programme"
        ),
        pytest.param([GENERAL, OF_PROGRAMME], MANAGEMENT, "2026-06-20T10:00", True, id="EX-06 others"),
        pytest.param(
            [GENERAL, OF_CYCLE], COMPUTERS, "2026-08-15T10:00", True, id="cycle over general, later"
        ),
        pytest.param(
            [GENERAL, OF_CYCLE], COMPUTERS, "2026-03-15T10:00", False, id="cycle over general, earlier"
        ),
        pytest.param([GENERAL, OF_CYCLE], MANAGEMENT, "2026-08-15T10:00", False, id="the other cycle"),
        pytest.param(
            [OF_CYCLE, OF_PROGRAMME], COMPUTERS, "2026-08-15T10:00", False, id="programme over cycle"
        ),
        pytest.param([], COMPUTERS, "2026-06-01T10:00", False, id="no window"),
    ],
)
def test_adm_011_precedence_and_edges(
    windows: list[Window], offer: Offer, moment: str, allowed: bool
) -> None:
    assert bool(rules.may_apply(windows, offer, at(moment))) is allowed


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        pytest.param("2026-08-31T15:59:59", True, id="EX-77 accepted"),
        pytest.param("2026-08-31T16:00:00", False, id="EX-77 refused"),
        pytest.param("2026-08-30T20:00:00", True, id="the hour counts on the last day only"),
    ],
)
def test_adm_011_closing_time(moment: str, allowed: bool) -> None:
    window = Window(APPLICATION, D("2026-03-01"), D("2026-08-31"), closing_time=time(16))
    answer = rules.may_apply([window], COMPUTERS, at(moment))
    assert bool(answer) is allowed
    if not allowed:
        assert "Monday 31 August 2026, 16:00 (Romanian time)" in str(answer.reason)


def test_adm_011_the_words_of_a_refusal() -> None:
    early = rules.may_apply([GENERAL], COMPUTERS, at("2026-02-01T10:00"))
    late = rules.may_apply([GENERAL], COMPUTERS, at("2026-08-01T00:00"))
    assert str(early.reason) == "Applications for this programme open on 1 March 2026."
    assert "closed on Friday 31 July 2026, 23:59 (Romanian time)" in str(late.reason)
    assert str(late.cure)


def test_adm_011_two_sessions_of_one_level() -> None:
    second = Window(APPLICATION, D("2026-09-01"), D("2026-09-15"))
    assert not rules.may_apply([second, GENERAL], COMPUTERS, at("2026-08-15T10:00"))
    assert "1 September" in str(rules.may_apply([second, GENERAL], COMPUTERS, at("2026-08-15T10:00")).reason)
    assert rules.may_apply([second, GENERAL], COMPUTERS, at("2026-09-15T23:59:59"))


@pytest.mark.parametrize(
    ("windows", "moment", "allowed"),
    [
        ([GENERAL], "2026-07-31T10:00", True),
        ([GENERAL, Window(DEFERRED, D("2026-02-01"), D("2026-02-28"))], "2026-07-31T10:00", False),
        ([GENERAL, Window(DEFERRED, D("2026-02-01"), D("2026-02-28"))], "2026-02-28T23:59", True),
        (
            [GENERAL, Window(DEFERRED, D("2026-02-01"), D("2026-02-28"), cycle="master")],
            "2026-07-31T10:00",
            True,
        ),
    ],
)
def test_adm_011_deferred_dossiers_have_a_window_of_their_own(
    windows: list[Window], moment: str, allowed: bool
) -> None:
    assert bool(rules.may_apply(windows, COMPUTERS, at(moment), deferred=True)) is allowed


@pytest.mark.parametrize(
    ("today", "grace_days", "allowed"),
    [
        pytest.param("2026-08-04T23:59:59", 10, True, id="EX-62 accepted"),
        pytest.param("2026-08-05T00:00:00", 10, False, id="EX-62 refused"),
        pytest.param("2026-08-04T12:00:00", 0, False, id="EX-62 without grace"),
        pytest.param("2026-08-05T00:00:00", 0, False, id="EX-62 without grace, a day later"),
        pytest.param("2026-07-31T12:00:00", 0, True, id="without grace in the window"),
    ],
)
def test_adm_108_grace_after_the_window(today: str, grace_days: int, allowed: bool) -> None:
    until = rules.grace_until(D("2026-07-25"), grace_days)
    assert bool(rules.may_apply([GENERAL], COMPUTERS, at(today), grace_until=until)) is allowed


def test_adm_013_a_draft_ends_with_its_window() -> None:
    during = at("2026-07-20T10:00")
    assert rules.draft_ends_at([GENERAL], COMPUTERS, during) == at("2026-08-01T00:00")
    assert rules.draft_ends_at([GENERAL], COMPUTERS, at("2026-08-01T00:00")) is None
    grace = rules.grace_until(D("2026-07-25"), 10)
    assert rules.draft_ends_at([GENERAL], COMPUTERS, at("2026-08-02T09:00"), grace_until=grace) == at(
        "2026-08-05T00:00"
    )
    assert rules.draft_ends_at([GENERAL], COMPUTERS, at("2026-08-05T00:00"), grace_until=grace) is None
    # a grace that ends before the window does not shorten it
    early = rules.grace_until(D("2026-07-01"), 10)
    assert rules.draft_ends_at([GENERAL], COMPUTERS, during, grace_until=early) == at("2026-08-01T00:00")


def test_adm_011_the_last_moment_is_inside() -> None:
    assert rules.is_open(GENERAL, rules.last_moment(GENERAL))
    assert not rules.is_open(GENERAL, rules.closing_moment(GENERAL))


@pytest.mark.parametrize(
    ("closes", "reason", "words"),
    [
        ("2026-06-20", "places are taken", ""),
        ("2026-09-30", "places are left", ""),
        ("2026-06-19", "places are taken", "before today"),
        ("2026-09-30", "  ", "needs a reason"),
    ],
)
def test_adm_012_the_university_moves_the_close(closes: str, reason: str, words: str) -> None:
    answer = rules.may_move_close(GENERAL, D(closes), D("2026-06-20"), reason)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


def test_adm_012_before_it_opens_it_cannot_end_before_it_begins() -> None:
    answer = rules.may_move_close(GENERAL, D("2026-02-20"), D("2026-02-01"), "moved")
    assert "ends before it begins" in str(answer.reason)


@pytest.mark.parametrize(
    ("closes", "clock", "words"),
    [
        ("2026-03-29", time(3, 30), "skips"),
        ("2026-10-25", time(3, 30), "twice"),
        ("2026-10-25", time(4), ""),
    ],
)
def test_adm_011_a_closing_time_exists_once(closes: str, clock: time, words: str) -> None:
    answer = rules.check_window(Window(APPLICATION, D("2026-03-01"), D(closes), closing_time=clock))
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("year", "approval", "on", "windows", "words"),
    [
        (2026, "HS 12", D("2026-01-20"), [GENERAL], ""),
        (2025, "HS 12", D("2025-01-20"), [GENERAL], "2026-2027"),
        (2026, " ", D("2026-01-20"), [GENERAL], "no approval"),
        (2026, "HS 12", None, [GENERAL], "no approval"),
        (2026, "HS 12", D("2026-01-20"), [], "no application window"),
    ],
)
def test_adm_010_a_campaign_opens_with_an_approved_calendar(
    year: int, approval: str, on: date | None, windows: list[Window], words: str
) -> None:
    answer = rules.may_open_campaign(year, approval, on, windows)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


ENROLMENT = Window(WindowKind.ENROLMENT, D("2026-09-21"), D("2026-10-30"))


@pytest.mark.parametrize(
    ("decision", "last", "words"),
    [
        ("HS 40", D("2026-10-30"), ""),
        ("HS 40", None, ""),
        ("HS 40", D("2026-10-29"), "29 October 2026"),
        ("", D("2026-11-30"), "decision of the Senate"),
    ],
)
def test_adm_014_an_enrolment_window_is_checked_when_saved(
    decision: str, last: date | None, words: str
) -> None:
    answer = rules.check_enrolment_window(ENROLMENT, decision, last)
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


@pytest.mark.parametrize(
    ("windows", "moment", "words"),
    [
        ([ENROLMENT], "2026-09-20T23:59:59", "opens on 21 September"),
        ([ENROLMENT], "2026-09-21T00:00", ""),
        ([ENROLMENT], "2026-10-30T23:59:59", ""),
        ([ENROLMENT], "2026-10-31T00:00", "ended on 30 October"),
        ([GENERAL], "2026-06-01T10:00", "no period of enrolment"),
    ],
)
def test_adm_014_adm_202_enrolment_inside_its_window(windows: list[Window], moment: str, words: str) -> None:
    answer = rules.may_enrol_now(windows, COMPUTERS, at(moment))
    assert (bool(answer), words in str(answer.reason)) == (not words, True)


def test_adm_159_adm_161_a_deferral_ends_with_the_target_window() -> None:
    own = Window(DEFERRED, D("2026-02-01"), D("2026-02-28"))
    assert rules.deferral_ends_at([GENERAL, own], COMPUTERS) == at("2026-03-01T00:00")
    assert rules.deferral_ends_at([GENERAL], COMPUTERS) == at("2026-08-01T00:00")
    assert rules.deferral_ends_at([], COMPUTERS) is None
