"""What a catalogue does not let happen: early results, other people's lists, late edits, formulas, weight."""

import gzip
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from studentrecords.models import FraudReport, ResultEntry
from studentrecords.refusal import Refused
from studentrecords.rules import catalogues as rules
from studentrecords.services import catalogues
from tests import factories
from tests.studentrecords import exams_kit as kit

pytestmark = pytest.mark.django_db
BEFORE, ON_THE_DAY = kit.moment(1, 19, 23, 59), kit.moment(1, 20, 0, 0)


def page(catalogue, which: str = "", **more) -> str:
    return reverse(f"studentrecords:catalogue{which}", kwargs={"catalogue": catalogue.pk, **more})


def values(catalogue, *typed: str) -> dict[str, str]:
    rows = catalogue.rows.order_by("enrolment")
    return {f"r{row.pk}": value for row, value in zip(rows, typed, strict=True)}


# ---- not before the exam's day -----------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "good"), [(19, False), (20, True), (21, True)])
def test_REC_130_results_are_entered_from_the_day_of_the_exam(day: int, good: bool):
    answer = rules.held_answer(kit.EXAM, kit.EXAM.replace(day=day))
    assert bool(answer) is good


def test_REC_130_the_evening_before_nothing_is_written():
    catalogue = kit.opened()
    with pytest.raises(Refused, match="20"):
        kit.write(catalogue, "9", at=BEFORE)
    assert not ResultEntry.objects.exists()
    assert kit.write(catalogue, "9", at=ON_THE_DAY) == 1


def test_REC_130_the_page_says_when_and_has_no_fields(clock, browser_of):
    catalogue = kit.opened()
    clock.stand_at(BEFORE)
    browser = browser_of(catalogue.holder)
    body = browser.get(page(catalogue)).content.decode()
    assert "data-next" not in body
    assert "rezultatele se introduc începând cu acea zi" in body
    browser.post(page(catalogue), values(catalogue, "9", "9", "9"))
    assert not ResultEntry.objects.exists()


# ---- fraud -------------------------------------------------------------------------------------------------


def test_REC_156_a_teacher_reports_a_fraud_once(clock, browser_of):
    catalogue = kit.opened()
    clock.stand_at(kit.IN_TIME)
    browser, row = browser_of(catalogue.second), catalogue.rows.first()
    assert page(catalogue, "_fraud") in browser.get(page(catalogue)).content.decode()
    answer = browser.post(page(catalogue, "_fraud"), {"row": row.pk, "facts": "  "})
    assert (answer.status_code, FraudReport.objects.count()) == (422, 0)
    sent = {"row": row.pk, "facts": "Un telefon sub foaie, la ora 9:40."}
    assert browser.post(page(catalogue, "_fraud"), sent).status_code == 302
    again = browser.post(page(catalogue, "_fraud"), sent)
    assert again.status_code == 422
    assert "Un telefon sub foaie" in again.content.decode()  # what was typed stays
    report = FraudReport.objects.get()
    assert (report.row_id, report.reported_by) == (row.pk, catalogue.second)
    assert row.enrolment.person.list_name in browser.get(page(catalogue)).content.decode()


def test_REC_156_no_fraud_before_the_exam_nor_by_a_row_of_another_list(clock, browser_of):
    catalogue = kit.opened()
    other = kit.opened(of=catalogue.session)
    clock.stand_at(BEFORE)
    browser = browser_of(catalogue.holder)
    sent = {"row": catalogue.rows.first().pk, "facts": "x"}
    assert browser.post(page(catalogue, "_fraud"), sent).status_code == 422
    clock.stand_at(kit.IN_TIME)
    sent["row"] = other.rows.first().pk
    assert browser.post(page(catalogue, "_fraud"), sent).status_code == 422
    assert browser.get(page(other, "_fraud")).status_code == 404
    assert browser_of(factories.user("school_management")).get(page(other, "_fraud")).status_code == 403
    assert not FraudReport.objects.exists()


# ---- attacks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["", "_paste", "_fraud", "_download"])
def test_another_teacher_s_catalogue_answers_404(which: str, clock, browser_of):
    catalogue = kit.opened()
    clock.stand_at(kit.IN_TIME)
    assert browser_of(kit.teacher()).get(page(catalogue, which)).status_code == 404


def test_REC_131_after_the_lock_nothing_is_written_by_any_door(clock, browser_of):
    catalogue = kit.opened()
    stale = values(catalogue, "10", "10", "10")
    catalogues.lock_late(catalogue.pk, at=kit.LATE)
    clock.stand_at(kit.LATE)
    for who in (catalogue.holder, catalogue.second, factories.secretary("AC")):
        assert browser_of(who).post(page(catalogue), stale).status_code in (302, 422)
    assert set(catalogue.rows.values_list("result", flat=True)) == {""}
    # Not locked yet by the clock, but past its term: the same.
    late = kit.opened(of=catalogue.session)
    with pytest.raises(Refused):
        kit.write(late, "9", at=kit.LATE)


def test_formulas_leave_as_text_in_the_list(clock, browser_of):
    students = kit.students(1, group='=HYPERLINK("x")')
    students[0].person.last_name = "@SUM(A1)"
    students[0].person.save()
    catalogue = kit.opened(students)
    kit.write(catalogue, "9")
    clock.stand_at(kit.IN_TIME)
    browser = browser_of(catalogue.holder)
    text = browser.get(page(catalogue, "_download"), {"csv": "1"}).content.decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert ";'@SUM" in text.replace('"', "")
    book = load_workbook(io.BytesIO(browser.get(page(catalogue, "_download")).content))
    cells = [cell for line in book.active.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert 9 in [cell.value for cell in cells]


# ---- weight ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ro", "en"])
def test_a_catalogue_of_120_is_light(language: str, clock, browser_of):
    catalogue = kit.opened(kit.students(120))
    kit.write(catalogue, *(str(n % 10 + 1) for n in range(60)))
    clock.stand_at(kit.IN_TIME)
    catalogue.holder.language = language
    catalogue.holder.save()
    body = browser_of(catalogue.holder).get(page(catalogue)).content
    print(len(body), len(gzip.compress(body)))
    assert len(body) < 80_000
    assert len(gzip.compress(body)) < 15_000


def test_the_page_asks_the_same_for_three_rows_and_for_thirty(clock, browser_of):
    counts = []
    session = kit.session()
    for size in (3, 30):
        catalogue = kit.opened(kit.students(size), of=session)
        clock.stand_at(kit.IN_TIME)
        browser = browser_of(catalogue.holder)
        browser.get(page(catalogue))
        with CaptureQueriesContext(connection) as seen:
            browser.get(page(catalogue))
        counts.append(len(seen))
    assert counts[0] == counts[1]
