"""Discipline sheets: their term, versions with dates, votes for a late change, who reads and publishes."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models.query import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from studentrecords.models import Discipline, Enrolment, SheetVersion
from studentrecords.queries import sheets as queries
from studentrecords.refusal import Refused
from studentrecords.rules import sheets as rules
from studentrecords.services import sheets as services
from studentrecords.services.sheets import Content, Vote
from tests import factories, races
from tests.kernel import files
from tests.races import Gate
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import clock, uploads
from upt_portal.kernel.calendar import romanian_holidays
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import Mail, ParameterOverride, StoredFile, TraceEntry
from upt_portal.kernel.uploads import Examined

Browse = Callable[[User], Client]
database = pytest.mark.django_db
#: The first semester starts on Monday 28 September 2026, so its first two weeks end on Sunday 11 October.
TERM, FIRST_WEEKS = datetime(2026, 9, 21, 12, tzinfo=ROMANIA), datetime(2026, 10, 11, 23, 59, tzinfo=ROMANIA)
AFTER = datetime(2026, 10, 12, 0, 1, tzinfo=ROMANIA)
CONTENT = Content("Toate laboratoarele.", "Examen scris 60 %, laborator 40 %.", "Nota 5 de la 50 de puncte.")


# ---- rules -----------------------------------------------------------------------------------------------

HOLIDAYS = frozenset(day for year in (2024, 2026, 2027) for day in romanian_holidays(year))


@pytest.mark.parametrize(
    ("starts_on", "days", "due"),
    [
        (date(2026, 9, 28), 5, date(2026, 9, 21)),  # a Monday: the weekend before is not counted
        (date(2026, 10, 1), 5, date(2026, 9, 24)),
        (date(2024, 9, 30), 5, date(2024, 9, 23)),
        (date(2026, 12, 3), 5, date(2026, 11, 24)),  # 30 November and 1 December are holidays
        (date(2024, 3, 4), 2, date(2024, 2, 29)),
        (date(2026, 9, 28), 0, date(2026, 9, 28)),
    ],
)
def test_REC_078_the_term_is_five_working_days_before_the_year(starts_on: date, days: int, due: date) -> None:
    assert rules.sheet_due(starts_on, HOLIDAYS, days=days) == due


@pytest.mark.parametrize(
    ("published", "today", "late"),
    [
        (date(2026, 9, 21), date(2026, 11, 1), False),
        (date(2026, 9, 22), date(2026, 9, 22), True),
        (None, date(2026, 9, 21), False),
        (None, date(2026, 9, 22), True),
    ],
)
def test_REC_078_late_after_the_last_day(published: date | None, today: date, late: bool) -> None:
    assert rules.is_late(published, date(2026, 9, 21), today) is late


@pytest.mark.parametrize(
    ("starts_on", "until"),
    [
        (date(2026, 9, 28), date(2026, 10, 11)),
        (date(2024, 2, 19), date(2024, 3, 3)),  # over 29 February
        (date(2026, 10, 19), date(2026, 11, 1)),  # over the change of the clock
    ],
)
def test_REC_078_discussed_in_the_first_two_weeks(starts_on: date, until: date) -> None:
    assert rules.discussed_until(starts_on) == until


@pytest.mark.parametrize(
    ("day", "assessment", "asked"), [(11, True, False), (12, True, True), (12, False, False)]
)
def test_REC_079_votes_are_asked_after_two_weeks(day: int, assessment: bool, asked: bool) -> None:
    until = date(2026, 10, 11)
    assert rules.needs_votes(date(2026, 10, day), until, assessment=assessment) is asked


@pytest.mark.parametrize(
    ("given", "held_on", "minutes", "good"),
    [
        (16, date(2026, 11, 20), "PV 3", True),
        (31, date(2026, 11, 20), "PV 3", True),
        (32, date(2026, 11, 20), "PV 3", False),
        (16, date(2026, 11, 21), "PV 3", False),
        (16, None, "PV 3", False),
        (None, date(2026, 11, 20), "PV 3", False),
        (16, date(2026, 11, 20), "  ", False),
    ],
)
def test_REC_079_a_vote_is_recorded_whole(
    given: int | None, held_on: date | None, minutes: str, good: bool
) -> None:
    answer = rules.check_vote(given, 31, held_on=held_on, minutes=minutes, today=date(2026, 11, 20))
    assert bool(answer) is good


# ---- publishing ------------------------------------------------------------------------------------------


def paper(text: str = "fisa") -> Examined:
    return uploads.examine(SimpleUploadedFile(f"{text}.pdf", files.pdf_bytes(1)))


@pytest.fixture(scope="module")
def file() -> Examined:
    """A sheet, examined once."""
    return paper()


@pytest.fixture
def teacher(db: None) -> User:
    return factories.user(roles.TEACHER)


@pytest.fixture
def held(teacher: User) -> Discipline:
    """A discipline of semester 1 with three students, held by the teacher."""
    plan = factories.curriculum(filled=False)
    one = factories.discipline(curriculum=plan, semester=1)
    factories.teaching(discipline=one, teacher=teacher)
    for _n in range(3):
        factories.enrolment(curriculum=plan, year_of_study=1)
    return one


def publish(
    held: Discipline,
    file: Examined,
    at: datetime = TERM,
    seen: int = 0,
    by: User | None = None,
    **fields: Any,
) -> SheetVersion:
    values = {"standards": CONTENT.standards, "assessment": CONTENT.assessment, "scale": CONTENT.scale}
    holder = by or held.teachings.get().teacher
    assert holder is not None
    return services.publish(
        held.pk,
        factories.academic_year(),
        Content(**{**values, **fields}),
        file,
        seen=seen,
        actor=holder,
        at=at,
    )


def left() -> tuple[int, int, int, int]:
    return (
        SheetVersion.objects.count(),
        StoredFile.objects.count(),
        TraceEntry.objects.count(),
        Mail.objects.count(),
    )


@database
def test_REC_078_a_first_sheet_and_a_later_one_carry_their_dates(held: Discipline, file: Examined) -> None:
    first = publish(held, file)
    assert (first.number, first.changes, first.assessment_changed) == (1, "", False)
    assert Mail.objects.count() == 0
    second = publish(held, file, AFTER, 1, changes="Bibliografie nouă.")
    assert (second.number, second.published_at, second.assessment_changed) == (2, AFTER, False)
    assert second.in_favour is None
    assert Mail.objects.count() == 3
    acts = TraceEntry.objects.filter(subject=f"studentrecords.discipline:{held.pk}").order_by("number")
    assert [one.act for one in acts] == ["studentrecords.publish_sheet", "studentrecords.change_sheet"]


@database
def test_REC_078_until_the_last_second_of_two_weeks_the_assessment_changes_freely(
    held: Discipline, file: Examined
) -> None:
    publish(held, file)
    second = publish(held, file, FIRST_WEEKS, 1, changes="Pondere nouă.", assessment="Examen scris 50 %.")
    assert (second.assessment_changed, second.in_favour) == (True, None)


@database
@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"assessment": "Colocviu."}, True),
        ({"scale": "Nota 5 de la 45 de puncte."}, True),
        ({"standards": "Jumătate din laboratoare."}, True),
        ({"assessment_changes": True}, True),
        ({"assessment": f"  {CONTENT.assessment.replace(' ', chr(10), 1)} "}, False),
    ],
)
def test_REC_079_what_counts_as_a_change_of_assessment(
    held: Discipline, file: Examined, fields: dict[str, Any], changed: bool
) -> None:
    publish(held, file)
    before = left()
    if changed:
        with pytest.raises(Refused, match="Săptămânile de discuție"):
            publish(held, file, AFTER, 1, changes="x", **fields)
        assert left() == before
    else:
        assert publish(held, file, AFTER, 1, changes="x", **fields).number == 2


@database
@pytest.mark.parametrize(
    ("enrolled", "in_favour", "accepted"), [(3, 1, False), (3, 2, True), (4, 2, False), (4, 3, True)]
)
def test_REC_079_more_than_half_of_those_enrolled(
    held: Discipline, file: Examined, enrolled: int, in_favour: int, accepted: bool
) -> None:
    for _n in range(enrolled - 3):
        factories.enrolment(curriculum=held.curriculum, year_of_study=1)
    publish(held, file)
    before = left()
    vote = Vote(in_favour, AFTER.date(), "PV 4")
    if accepted:
        version = publish(held, file, AFTER, 1, changes="x", assessment="Colocviu.", vote=vote)
        assert (version.in_favour, version.enrolled, version.minutes) == (in_favour, enrolled, "PV 4")
    else:
        words = f"{in_favour}"
        with pytest.raises(Refused, match=words) as refused:
            publish(held, file, AFTER, 1, changes="x", assessment="Colocviu.", vote=vote)
        assert str(enrolled // 2 + 1) in str(refused.value)
        assert str(enrolled) in str(refused.value)
        assert left() == before


@database
def test_REC_079_the_weeks_are_those_of_the_discipline_s_own_semester(
    held: Discipline, file: Examined
) -> None:
    Discipline.objects.filter(pk=held.pk).update(semester=2)
    publish(held, file)
    free = datetime(2027, 3, 7, 23, 59, tzinfo=ROMANIA)  # the second semester starts on 22 February 2027
    assert publish(held, file, free, 1, changes="x", assessment="Colocviu.").in_favour is None
    with pytest.raises(Refused):
        publish(held, file, datetime(2027, 3, 8, 0, 1, tzinfo=ROMANIA), 2, changes="y", assessment="Proiect.")


@database
def test_REC_079_the_weeks_are_a_figure_of_the_university(held: Discipline, file: Examined) -> None:
    ParameterOverride.objects.create(
        name="SHEET_DISCUSSED", value=3, first_day=date(2020, 1, 1), decision="HS 9"
    )
    publish(held, file)
    assert publish(held, file, AFTER, 1, changes="x", assessment="Colocviu.").number == 2


@database
def test_REC_078_refusals_leave_nothing(held: Discipline, file: Examined) -> None:
    publish(held, file)
    before = left()
    for fields, at, seen in (
        ({"changes": "x"}, AFTER, 0),  # a page from before the first version; a second click
        ({"changes": " "}, AFTER, 1),
        ({"changes": "x"}, datetime(2027, 9, 13, 9, tzinfo=ROMANIA), 1),  # the year is over
    ):
        with pytest.raises(Refused):
            publish(held, file, at, seen, **fields)
    assert left() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_REC_078_two_versions_at_once(held: Discipline, file: Examined, locked: bool) -> None:
    """The second one is told that it saw an older version; without the lock only the index stops it."""
    publish(held, file)
    gate = Gate()
    real = services._assessment_moves

    def change() -> SheetVersion:
        return publish(held, file, AFTER, 1, changes="x")

    with mock.patch.object(services, "_assessment_moves", gate.before(real)):
        if locked:
            outcomes = races.at_once(change, change)
        else:
            with mock.patch.object(QuerySet, "select_for_update", lambda self, *args, **options: self):
                outcomes = races.at_once(change, change)
    assert SheetVersion.objects.count() == 2
    kinds = sorted(type(one).__name__ for one in outcomes)
    assert kinds == (["Refused", "SheetVersion"] if locked else ["IntegrityError", "SheetVersion"])


# ---- pages -----------------------------------------------------------------------------------------------


@pytest.fixture
def _autumn() -> Any:
    with clock.shifted(AFTER):
        yield


def form(**fields: Any) -> dict[str, Any]:
    return {
        "standards": CONTENT.standards,
        "assessment": CONTENT.assessment,
        "scale": CONTENT.scale,
        "seen": 0,
        "file": SimpleUploadedFile("fisa.pdf", files.pdf_bytes(1)),
        **fields,
    }


@database
@pytest.mark.usefixtures("_autumn")
def test_REC_078_a_teacher_publishes_and_changes_on_the_page(
    held: Discipline, teacher: User, browser_of: Browse
) -> None:
    browser, year = browser_of(teacher), factories.academic_year()
    here = f"/catalogue/sheets/{held.pk}/{year.pk}/"
    shown = browser.get("/catalogue/sheets/").content.decode()
    assert "21.09.2026" in shown
    assert "termenul a trecut" in shown
    missing = browser.post(here, {**form(), "file": ""})
    assert missing.status_code == 422
    assert CONTENT.assessment in missing.content.decode()  # nothing typed is lost
    picture = SimpleUploadedFile("fisa.jpg", files.jpeg())
    assert browser.post(here, form(file=picture)).status_code == 422
    assert SheetVersion.objects.count() == 0
    assert browser.post(here, form()).status_code == 302
    assert "publicată cu întârziere" in browser.get("/catalogue/sheets/").content.decode()
    refused = browser.post(here, form(seen=1, changes="Altfel.", assessment="Colocviu."))
    assert refused.status_code == 422
    votes = {"in_favour": 1, "voted_on": "2026-10-12", "minutes": "PV 1"}
    refused = browser.post(here, form(seen=1, changes="Altfel.", assessment="Colocviu.", **votes))
    assert "2" in str(refused.context["form"].non_field_errors())
    agreed = form(seen=1, changes="Altfel.", assessment="Colocviu.", **{**votes, "in_favour": 2})
    assert browser.post(here, agreed).status_code == 302
    page = browser.get(here).content.decode()
    assert "Voturi pentru: 2 din 3 studenți" in page
    last = SheetVersion.objects.get(number=2)
    sent = browser.get(f"/catalogue/sheets/{held.pk}/file/{last.pk}/")
    assert (sent["Content-Type"], sent["Content-Disposition"][:10]) == ("application/pdf", "attachment")


@database
@pytest.mark.usefixtures("_autumn")
def test_REC_078_only_who_holds_it_or_keeps_the_faculty_publishes(
    held: Discipline, browser_of: Browse, file: Examined
) -> None:
    version, year = publish(held, file), factories.academic_year()
    pages = (f"/catalogue/sheets/{held.pk}/{year.pk}/", f"/catalogue/sheets/{held.pk}/file/{version.pk}/")
    student = held.curriculum.enrolments.first().person.user
    for user, status in (
        (factories.secretary("AC"), 200),
        (factories.secretary("CT"), 404),
        (factories.user(roles.TEACHER), 404),
        (factories.user(roles.FINANCE), 404),
        (student, 404),
    ):
        browser = browser_of(user)
        assert [browser.get(page).status_code for page in pages] == [status, status]
    assert browser_of(student).get("/catalogue/sheets/").status_code == 403


@database
@pytest.mark.usefixtures("_autumn")
def test_REC_078_students_read_the_sheet_and_its_versions(
    held: Discipline, browser_of: Browse, file: Examined
) -> None:
    student: Enrolment = held.curriculum.enrolments.first()
    browser = browser_of(student.person.user)
    list_page, here = f"/student/{student.pk}/disciplines/", f"/student/{student.pk}/disciplines/{held.pk}/"
    assert here not in browser.get(list_page).content.decode()
    assert "nu este publicată încă" in browser.get(here).content.decode()
    first = publish(held, file)
    last = publish(held, file, AFTER, 1, changes="Bibliografie nouă.")
    shown = browser.get(list_page).content.decode()
    assert here in shown
    assert "versiunea 2" in shown
    assert "12.10.2026" in shown
    page = browser.get(here).content.decode()
    for words in (CONTENT.standards, CONTENT.scale, "21.09.2026", "Bibliografie nouă."):
        assert words in page
    for version in (first, last):
        assert browser.get(f"{here}{version.pk}/").status_code == 200
    stranger = factories.enrolment(curriculum=factories.curriculum())
    other = browser_of(stranger.person.user)
    own = f"/student/{stranger.pk}/disciplines/{held.pk}/"
    assert [other.get(one).status_code for one in (here, own, f"{own}{last.pk}/")] == [404, 404, 404]
    foreign = factories.discipline(curriculum=held.curriculum)
    assert browser.get(f"/student/{student.pk}/disciplines/{foreign.pk}/{last.pk}/").status_code == 404


@database
def test_REC_078_the_running_year_s_sheet_comes_before_the_next_one_s(
    held: Discipline, teacher: User, file: Examined
) -> None:
    after = factories.academic_year("2027-2028")
    next_one = services.publish(held.pk, after, CONTENT, file, seen=0, actor=teacher, at=AFTER)
    assert queries.current_of([held], AFTER.date()) == {held.pk: next_one}
    this = publish(held, file, AFTER)
    assert queries.current_of([held], AFTER.date()) == {held.pk: this}
    assert queries.current_of([held], after.starts_on) == {held.pk: next_one}


@database
@pytest.mark.usefixtures("_autumn")
def test_the_lists_ask_the_same_number_of_queries(
    held: Discipline, teacher: User, browser_of: Browse, file: Examined
) -> None:
    student = held.curriculum.enrolments.first()
    pages = (
        (browser_of(teacher), "/catalogue/sheets/"),
        (browser_of(student.person.user), f"/student/{student.pk}/disciplines/"),
    )
    publish(held, file)
    counts: list[list[int]] = []
    for _n in range(2):
        found = []
        for browser, address in pages:
            browser.get(address)
            with CaptureQueriesContext(connection) as asked:
                browser.get(address)
            found.append(len(asked))
        counts.append(found)
        for _m in range(2):
            one = factories.discipline(curriculum=held.curriculum, semester=1)
            factories.teaching(discipline=one, teacher=teacher)
            publish(one, file, by=teacher)
    assert counts[0] == counts[1]
