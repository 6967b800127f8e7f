"""Tables of the person's rules: §7 of the catalogue, then the nasty boundaries."""

from datetime import date, datetime

import pytest

from studentrecords.rules import cards, communication, personal
from studentrecords.rules.personal import Moment, PersonalField, Times
from upt_portal.kernel.calendar import add_working_days
from upt_portal.kernel.dates import ROMANIA

LABOUR = frozenset({date(2025, 5, 1)})
NOON = datetime(2026, 11, 20, 12, tzinfo=ROMANIA)


def test_REC_001_five_working_days_after_a_thursday_with_a_holiday():
    assert add_working_days(date(2025, 4, 24), 5, LABOUR) == date(2025, 5, 2)


def test_REC_002_a_term_runs_from_the_moment_its_rule_names():
    times = Times(submitted=NOON, registered=None, sent=None)
    assert personal.term_begins(times, Moment.SUBMITTED) == NOON
    assert personal.term_begins(times, Moment.REGISTERED) is None
    assert personal.term_begins(times, Moment.SENT) is None
    with pytest.raises(ValueError, match="zone"):
        personal.term_begins(Times(sent=datetime(2026, 11, 20)), Moment.SENT)


@pytest.mark.parametrize(
    ("registered", "closed", "days", "due"),
    [
        (datetime(2026, 11, 20, 23, 59, 59, tzinfo=ROMANIA), (), 1, date(2026, 11, 23)),
        (datetime(2026, 11, 21, 0, 0, tzinfo=ROMANIA), (), 1, date(2026, 11, 23)),  # a Saturday
        (
            datetime(2026, 11, 27, 9, tzinfo=ROMANIA),
            (date(2026, 11, 30), date(2026, 12, 1)),
            1,
            date(2026, 12, 2),
        ),
        (datetime(2026, 10, 24, 22, tzinfo=ROMANIA), (), 1, date(2026, 10, 26)),  # the clock goes back
    ],
)
def test_REC_003_REC_043_an_application_is_answered_in_the_office_s_working_days(
    registered, closed, days, due
):
    assert personal.answer_due(Times(registered, registered), closed, days=days) == due


def test_REC_043_no_term_of_an_answer_runs_before_the_registration():
    with pytest.raises(ValueError, match="registration"):
        personal.answer_due(Times(NOON), ())


@pytest.mark.parametrize(
    ("reported", "late"),
    [
        (date(2025, 4, 24), False),
        (date(2025, 5, 2), False),
        (date(2025, 5, 3), True),
        (date(2025, 5, 5), True),
    ],
)
def test_REC_040_a_change_of_24_april_is_reported_by_2_may(reported, late):
    assert personal.report_until(date(2025, 4, 24), LABOUR) == date(2025, 5, 2)
    assert personal.is_late(date(2025, 4, 24), reported, LABOUR) is late


def test_REC_040_a_change_is_not_reported_before_it_happens():
    with pytest.raises(ValueError, match="after"):
        personal.is_late(date(2025, 4, 25), date(2025, 4, 24), LABOUR)


@pytest.mark.parametrize("field", list(PersonalField))
def test_REC_032_only_a_contact_that_changed_counts_at_once(field):
    assert personal.applies_at_once(field, changed=True) is (field in personal.CONTACT)
    assert personal.applies_at_once(field, changed=False) is False


@pytest.mark.parametrize(
    ("old", "new", "reason", "proven", "accepted"),
    [
        ("A", "B", "buletin", True, True),
        ("A", "A", "buletin", True, False),
        ("A", "B", " ", True, False),
        ("A", "B", "buletin", False, False),
        ("", "B", "buletin", True, True),
    ],
)
def test_REC_041_a_correction_has_a_reason_and_a_proof(old, new, reason, proven, accepted):
    assert bool(personal.check_correction(old, new, reason, proven=proven)) is accepted


@pytest.mark.parametrize(
    ("own", "noted", "whole"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_REC_024_a_whole_number_stands_on_the_own_page_or_is_noted(own, noted, whole):
    assert personal.shows_whole_cnp(own_page=own, noted=noted) is whole


@pytest.mark.parametrize(
    ("field", "typed", "stored", "accepted"),
    [
        (PersonalField.LAST_NAME, "  Văleanu   Ionescu ", "Văleanu Ionescu", True),
        (PersonalField.LAST_NAME, "Ţânţaru", "Țânțaru", True),
        (PersonalField.LAST_NAME, "", "", False),
        (PersonalField.LAST_NAME, "Ion 2", "Ion 2", False),
        (PersonalField.CNP, "181-0103 345216", "1810103345216", True),
        (PersonalField.CNP, "1810103345213", "1810103345213", False),
        (PersonalField.BIRTH_DATE, "14.6.2005", "2005-06-14", True),
        (PersonalField.BIRTH_DATE, "31.02.2005", "2005-02-31", False),
        (PersonalField.BIRTH_DATE, "14.06.2035", "2035-06-14", False),
        (PersonalField.PASSPORT, "ab 123-456", "AB123456", True),
        (PersonalField.CITIZENSHIP, "ro", "RO", True),
        (PersonalField.CITIZENSHIP, "România", "ROMÂNIA", False),
        (PersonalField.PHONE, "+40 721 000 123", "+40 721 000 123", True),
        (PersonalField.PHONE, "acasă", "acasă", False),
        (PersonalField.PHONE, "", "", True),
        (PersonalField.HOME_ADDRESS, "x" * 251, "x" * 251, False),
    ],
)
def test_REC_032_REC_041_a_value_that_cannot_be_true_is_not_recorded(field, typed, stored, accepted):
    assert personal.normal(field, typed) == stored
    assert bool(personal.check_value(field, stored, today=date(2026, 11, 20))) is accepted


def test_REC_041_a_birth_date_fits_the_cnp_on_record():
    answer = personal.check_value(
        PersonalField.BIRTH_DATE, "1999-01-01", today=date(2026, 11, 20), cnp="5050614352661"
    )
    assert not answer
    assert answer.cure


# ---- cards -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enrolled", "back", "today", "until", "valid"),
    [
        (True, False, date(2027, 9, 27), date(2027, 9, 27), True),
        (True, False, date(2027, 9, 28), date(2027, 9, 27), False),
        (False, False, date(2026, 11, 20), date(2027, 9, 27), False),
        (True, True, date(2026, 11, 20), date(2027, 9, 27), False),
        (True, False, date(2026, 11, 20), None, False),
    ],
)
def test_REC_044_a_card_is_valid_while_enrolled_in_the_year_that_runs(enrolled, back, today, until, valid):
    assert cards.card_is_valid(enrolled=enrolled, taken_back=back, today=today, until=until) is valid


@pytest.mark.parametrize(
    ("born", "on", "full_time", "given"),
    [
        (date(1999, 10, 1), date(2025, 9, 30), True, True),
        (date(1999, 10, 1), date(2025, 10, 1), True, False),
        (date(1999, 10, 1), date(2025, 9, 30), False, False),
        (date(2000, 2, 29), date(2026, 2, 28), True, True),
        (date(2000, 2, 29), date(2026, 3, 1), True, False),
        (None, date(2025, 9, 30), True, False),
    ],
)
def test_REC_045_a_railcard_is_for_full_time_students_under_26(born, on, full_time, given):
    answer = cards.may_issue_railcard(full_time=full_time, enrolled=True, born=born, issued_on=on)
    assert bool(answer) is given


def test_REC_045_one_visa_in_an_academic_year():
    assert cards.may_visa("2026-2027", ["2025-2026"], out=True)
    assert not cards.may_visa("2026-2027", ["2026-2027"], out=True)
    assert not cards.may_visa("2026-2027", [], out=False)


def test_REC_046_a_duplicate_waits_for_the_published_notice():
    assert cards.may_issue_duplicate(lost=True, notice="Monitorul 12/2026")
    assert not cards.may_issue_duplicate(lost=True, notice="  ")
    assert not cards.may_issue_duplicate(lost=False, notice="Monitorul 12/2026")


def test_REC_047_a_file_is_closed_once_the_railcard_is_back():
    assert cards.may_close_file(railcards_out=0)
    assert cards.may_close_file(railcards_out=1).cure


# ---- communication -----------------------------------------------------------------------------------------


def test_REC_023_decisions_go_to_the_institutional_address():
    assert communication.address_of_decisions("a@student.upt.ro", "a@exemplu.ro") == "a@student.upt.ro"
    assert communication.address_of_decisions("", "a@exemplu.ro") == "a@exemplu.ro"


@pytest.mark.parametrize(
    ("infocenter", "general", "decision", "sends"),
    [(True, False, False, True), (False, True, False, True), (True, False, True, False),
     (False, True, True, True), (False, False, False, False)],
)  # fmt: skip
def test_REC_049_REC_050_who_sends_what(infocenter, general, decision, sends):
    answer = communication.may_send(infocenter=infocenter, secretary_general=general, decision=decision)
    assert bool(answer) is sends


def test_REC_050_a_decision_is_communicated_when_it_leaves():
    assert communication.communicated_at(NOON) == NOON
    assert communication.communicated_at(None) is None


@pytest.mark.parametrize(
    ("closes", "rule", "saved"),
    [
        (date(2025, 3, 10), "", True),
        (date(2025, 3, 7), "", False),
        (date(2025, 3, 9), "", False),
        (date(2025, 3, 7), "OMEN 3/2025, art. 4", True),
        (date(2025, 3, 2), "OMEN 3/2025, art. 4", False),
    ],
)
def test_REC_052_a_call_posted_on_3_march_closes_on_10_march_or_later(closes, rule, saved):
    assert communication.first_closing_day(date(2025, 3, 3), ()) == date(2025, 3, 10)
    assert bool(communication.may_close_on(date(2025, 3, 3), closes, (), other_rule=rule)) is saved
