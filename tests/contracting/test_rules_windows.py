"""What may be done when: §7.3 with the dates of the guide, at the last moment and at the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from contracting.rules import windows
from contracting.rules.campaign import Situation, StageWindows, sample_windows
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.calendar import romanian_holidays
from upt_portal.kernel.dates import ROMANIA


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Reasons are read in English here; their translations have a test of their own."""
    with translation.override("en"):
        yield


SAMPLE = sample_windows()
CLOSED = frozenset(romanian_holidays(2020))
S1, S2A, S2B = Situation.S1, Situation.S2A, Situation.S2B
MOMENT = timedelta(microseconds=1)


def at(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2020, month, day, hour, minute, second, tzinfo=ROMANIA)


# --- Validation (§7.3, CON-043, CON-046) -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        (at(10, 22, 23, 59), False),
        (at(10, 22, 23, 59, 59), False),
        (at(10, 23), True),
        (at(11, 1, 23, 59, 59), True),
        (at(11, 2) - MOMENT, True),
        (at(11, 2), False),
        (datetime(2020, 10, 22, 20, 59, 59, tzinfo=UTC), False),
        (datetime(2020, 10, 22, 21, 0, 0, tzinfo=UTC), True),
        (datetime(2020, 11, 1, 21, 59, 59, tzinfo=UTC), True),  # still summer time would end an hour earlier
        (datetime(2020, 11, 1, 22, 0, 0, tzinfo=UTC), False),
    ],
)
def test_validation_in_stage_1(moment: datetime, accepted: bool) -> None:
    assert bool(windows.may_validate(SAMPLE, moment)) is accepted


def test_too_early_names_the_opening_day() -> None:
    answer = windows.may_validate(SAMPLE, at(10, 22, 23, 59))
    assert str(answer.reason) == "Stage 1 opens on 23 October 2020."


def test_too_late_names_the_missed_deadline_and_the_way_out() -> None:
    answer = windows.may_validate(SAMPLE, at(11, 2))
    assert str(answer.reason) == (
        "The term of stage 1 ended on Sunday 1 November 2020, 23:59 (Romanian time)."
    )
    assert "extend the term" in str(answer.cure)


@pytest.mark.parametrize(
    ("moment", "extended_until", "lapsed"),
    [
        (at(11, 1, 23, 59, 59), None, False),
        (at(11, 2) - MOMENT, None, False),
        (at(11, 2), None, True),
        (at(11, 2), date(2020, 11, 3), False),
        (at(11, 3, 23, 59, 59), date(2020, 11, 3), False),
        (at(11, 4), date(2020, 11, 3), True),
        (at(11, 2), date(2020, 10, 30), True),
    ],
)
def test_an_offer_lapses_exactly_when_it_cannot_be_validated_any_more(
    moment: datetime, extended_until: date | None, lapsed: bool
) -> None:
    assert windows.has_lapsed(SAMPLE, moment, extended_until=extended_until) is lapsed
    assert bool(windows.may_validate(SAMPLE, moment, extended_until=extended_until)) is not lapsed


def test_an_extension_does_not_open_stage_1_earlier() -> None:
    assert not windows.may_validate(SAMPLE, at(10, 22), extended_until=date(2020, 11, 20))
    assert not windows.has_lapsed(SAMPLE, at(10, 22))


# --- Staff stages (CON-005, CON-050, CON-052, CON-053) -----------------------------------------------------


@pytest.mark.parametrize(
    ("question", "moment", "accepted"),
    [
        (windows.may_process, at(10, 24) - MOMENT, False),
        (windows.may_process, at(10, 24), True),  # stage 1 is still open for the others
        (windows.may_process, at(12, 24), True),  # late, yet never refused
        (windows.may_apply_change, at(11, 5) - MOMENT, False),
        (windows.may_apply_change, at(11, 5), True),
        (windows.may_apply_change, at(11, 20), True),
        (windows.may_request_change, at(10, 24) - MOMENT, False),
        (windows.may_request_change, at(10, 24), True),
        (windows.may_request_change, at(11, 4, 23, 59, 59), True),
        (windows.may_request_change, at(11, 5), False),
    ],
)
def test_stages_2_and_3(
    question: Callable[[StageWindows, datetime], Answer], moment: datetime, accepted: bool
) -> None:
    answer = question(SAMPLE, moment)
    assert bool(answer) is accepted
    assert bool(str(answer.reason)) is not accepted


def test_a_change_requested_later_with_an_extension() -> None:
    until = date(2020, 11, 9)
    assert windows.may_request_change(SAMPLE, at(11, 9, 23, 59, 59), extended_until=until)
    assert not windows.may_request_change(SAMPLE, at(11, 10), extended_until=until)


@pytest.mark.parametrize(
    ("moment", "late"), [(at(11, 4, 23, 59, 59), False), (at(11, 5) - MOMENT, False), (at(11, 5), True)]
)
def test_a_staff_step_after_its_stage_is_late(moment: datetime, late: bool) -> None:
    assert windows.is_late(SAMPLE.stage_2, moment) is late


# --- Documents (CON-060) -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("situation", "processed", "moment", "visible"),
    [
        (S2B, False, at(10, 26, 9), True),
        (S1, False, at(10, 26, 9), False),
        (S2B, False, at(10, 26) - MOMENT, False),
        (S2B, False, at(10, 26), True),
        (S2B, True, at(10, 25), False),
        (S1, True, at(10, 24, 9), True),
        (S2A, True, at(10, 24, 9), True),
        (S2A, False, at(11, 20), False),
    ],
)
def test_when_documents_appear(
    situation: Situation, processed: bool, moment: datetime, visible: bool
) -> None:
    answer = windows.documents_visible(situation, SAMPLE, moment, processed=processed)
    assert bool(answer) is visible
    assert bool(str(answer.reason)) is not visible


def test_the_empty_state_says_from_when() -> None:
    answer = windows.documents_visible(S2B, SAMPLE, at(10, 23), processed=True)
    assert str(answer.reason) == "The documents appear here from 26 October 2020."


# --- Upload (§7.3, CON-061, CON-066, CON-067) --------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        (at(11, 6) - MOMENT, False),
        (at(11, 6), True),
        (at(11, 10, 12), True),
        (at(11, 10, 23, 59, 59), True),
        (at(11, 11), False),
    ],
)
def test_upload_in_stage_4(moment: datetime, accepted: bool) -> None:
    assert bool(windows.may_upload(SAMPLE, moment)) is accepted


@pytest.mark.parametrize(
    ("papers_on", "grace", "last"),
    [
        (None, 3, date(2020, 11, 10)),
        (date(2020, 11, 6), 3, date(2020, 11, 11)),  # Friday: Monday, Tuesday, Wednesday
        (date(2020, 11, 5), 3, date(2020, 11, 10)),
        (date(2020, 11, 10), 3, date(2020, 11, 13)),
        (date(2020, 11, 14), 3, date(2020, 11, 18)),  # a Saturday
        (date(2020, 11, 26), 3, date(2020, 12, 3)),  # 30 November and 1 December are holidays
        (date(2020, 11, 10), 0, date(2020, 11, 10)),
        (date(2020, 11, 10), 5, date(2020, 11, 17)),
    ],
)
def test_a_returned_file_opens_its_upload_again(papers_on: date | None, grace: int, last: date) -> None:
    given = {"papers_on": papers_on, "closed": CLOSED, "grace": grace}
    assert windows.upload_until(SAMPLE, **given) == last
    evening = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=ROMANIA)
    assert windows.may_upload(SAMPLE, evening, **given)
    refused = windows.may_upload(SAMPLE, evening + timedelta(seconds=1), **given)
    assert not refused
    assert f"ended on {last:%A} {last.day}" in str(refused.reason)


def test_the_latest_of_stage_extension_and_grace_counts() -> None:
    returned = date(2020, 11, 10)
    for extension, last in [
        (date(2020, 11, 12), date(2020, 11, 13)),
        (date(2020, 11, 20), date(2020, 11, 20)),
    ]:
        until = windows.upload_until(SAMPLE, extended_until=extension, papers_on=returned, closed=CLOSED)
        assert until == last


@pytest.mark.parametrize(
    ("moment", "overdue"), [(at(11, 10, 23, 59, 59), False), (at(11, 11) - MOMENT, False), (at(11, 11), True)]
)
def test_missing_documents_are_overdue_after_the_term(moment: datetime, overdue: bool) -> None:
    until = windows.upload_until(SAMPLE)
    assert windows.upload_overdue(moment, until) is overdue


# --- Payment (CON-080, CON-082, FEE-061) -------------------------------------------------------------------


def test_payments_appear_with_the_upload_and_go_with_a_return() -> None:
    assert windows.payments_visible(True)
    answer = windows.payments_visible(False)
    assert not answer
    assert str(answer.reason) == "Payments appear here after you upload the signed documents."


@pytest.mark.parametrize(
    ("appeared_on", "due"),
    [
        (None, date(2020, 12, 13)),
        (date(2020, 11, 10), date(2020, 12, 13)),
        (date(2020, 12, 8), date(2020, 12, 13)),
        (date(2020, 12, 9), date(2020, 12, 14)),  # Wednesday: Thursday, Friday, Monday
        (date(2020, 12, 11), date(2020, 12, 16)),
        (date(2020, 12, 13), date(2020, 12, 16)),
        (date(2020, 12, 23), date(2020, 12, 29)),  # Christmas on Friday; 24, 28 and 29 December are working
    ],
)
def test_payment_is_due_at_the_end_of_the_campaign_or_three_working_days_after_a_return(
    appeared_on: date | None, due: date
) -> None:
    assert windows.payment_due(SAMPLE, appeared_on=appeared_on, closed=CLOSED) == due


def test_the_sunday_of_the_sample_year_is_not_moved() -> None:
    assert windows.payment_due(SAMPLE, closed=CLOSED).weekday() == 6


# --- All refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        windows.may_validate(SAMPLE, at(10, 1)),
        windows.may_validate(SAMPLE, at(12, 1)),
        windows.may_process(SAMPLE, at(10, 1)),
        windows.may_request_change(SAMPLE, at(12, 1)),
        windows.may_apply_change(SAMPLE, at(10, 1)),
        windows.may_upload(SAMPLE, at(10, 1)),
        windows.may_upload(SAMPLE, at(12, 1)),
        windows.documents_visible(S1, SAMPLE, at(10, 30), processed=False),
        windows.documents_visible(S2B, SAMPLE, at(10, 1), processed=False),
        windows.payments_visible(False),
    ],
)
def test_a_no_comes_with_reason_article_and_cure(answer: Answer) -> None:
    assert not answer
    assert all(str(part).strip() for part in (answer.reason, answer.article, answer.cure))


@pytest.mark.parametrize("question", [windows.may_validate, windows.may_upload, windows.may_process])
def test_a_moment_without_zone_is_a_mistake_of_the_caller(question) -> None:
    with pytest.raises(TypeError):
        question(SAMPLE, datetime(2020, 10, 25))
