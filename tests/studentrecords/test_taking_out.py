"""The records leave in the columns in which they came, read back they are the same; who took them is kept."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from studentrecords.importing import taking_out
from studentrecords.models import Enrolment, ExamResult, Person
from studentrecords.queries import moving as queries
from tests import factories
from tests.studentrecords import exams_kit, moving_kit
from tests.studentrecords.moving_kit import (
    ENROLMENTS,
    RESULTS,
    STUDENTS,
    enrolment,
    moved_in,
    result,
    sent,
    student,
    table,
    written,
)
from upt_portal.accounts.models import User
from upt_portal.kernel import clock
from upt_portal.kernel.models import TraceEntry

pytestmark = pytest.mark.django_db
CODE = "AC-L-MV"
OUT = "/admin/studentrecords/movingfile/out/"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with clock.shifted(factories.NOW):
        yield


@pytest.fixture
def browser(browser_of: Callable[[User], Client]) -> Client:
    return browser_of(moving_kit.chief("AC"))


def out(browser: Client, kind: str, shape: str = "csv", **values: str) -> bytes:
    answer = browser.post(OUT, {"kind": kind, "shape": shape, **values})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_taken_out_and_read_back_the_rows_are_the_same(
    browser: Client, shape: str, browser_of: Callable[[User], Client]
) -> None:
    moved_in(3)
    rows = (result(0, "D1", "10"), result(1, "D2", "respins"), result(2, "D3", "absent", paid="da"))
    written("results", table(RESULTS, *rows))
    files = {kind: out(browser, kind, shape) for kind in ("students", "enrolments", "results")}
    for model in (ExamResult,):
        model.objects.all().delete()
    _forget()
    for kind, data in files.items():
        assert written(kind, data).written == 3
    again = {kind: out(browser, kind, shape) for kind in files}
    if shape == "csv":
        assert again == files
    else:
        assert [_cells(again[kind]) for kind in files] == [_cells(files[kind]) for kind in files]


def _forget() -> None:
    """An empty database: earlier attempts are protected, so the protection is lifted for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM studentrecords_earlierattempt")
        cursor.execute("SET session_replication_role = DEFAULT")
    Enrolment.objects.all().delete()
    Person.objects.all().delete()


def _cells(data: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(data)).active.values)


def test_what_is_counted_is_what_leaves() -> None:
    """Results of files, of catalogues, corrected, not admitted, and such as are only known as a result."""
    catalogue = exams_kit.published("7", "8")
    student = catalogue.rows.order_by("enrolment").first().enrolment
    plain = factories.with_past(factories.enrolment(curriculum=student.curriculum))
    for kind in ("students", "enrolments", "results"):
        for faculties in (None, ["AC"], ["CT"]):
            leaves = len(list(taking_out.rows(kind, faculties)))
            assert queries.count(kind, faculties) == leaves, (kind, faculties)
    assert queries.count("results", None) > plain.results.count() > 0


def test_REC_053_who_took_records_out_is_kept(browser: Client) -> None:
    moved_in(2)
    out(browser, "students")
    entry = TraceEntry.objects.get(act="studentrecords.take_out")
    assert entry.data == {"rows": "students", "faculties": ["AC"], "count": 2}


def test_only_the_own_faculty_leaves_and_no_formula_runs(
    browser: Client, browser_of: Callable[[User], Client]
) -> None:
    moving_kit.plan()
    written("students", table(STUDENTS, student(0, phone="=1+1"), student(1)))
    other = factories.programme(code="CT-L-MV", faculty=factories.faculty("CT"))
    factories.curriculum(filled=False, programme=other, series=moving_kit.PLAN)
    written("enrolments", table(ENROLMENTS, enrolment(0, CODE), enrolment(1, "CT-L-MV")))
    assert out(browser, "enrolments").decode().count("M0000") == 1
    assert "'=1+1" in out(browser, "students").decode()
    assert browser.post(OUT, {"kind": "students", "shape": "csv", "faculty": "CT"}).status_code == 422
    assert out(browser_of(moving_kit.center()), "enrolments").decode().count("M0000") == 2


def test_the_list_asks_the_same_number_of_queries(
    browser_of: Callable[[User], Client],
) -> None:
    browser, counts = browser_of(moving_kit.center()), []
    for n in range(3):
        sent("students", table(STUDENTS, student(n)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get("/admin/studentrecords/movingfile/")
        counts.append(len(queries))
    assert counts[1] == counts[2]
