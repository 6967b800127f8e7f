"""A university moves in: files looked at, refused in words, written in batches, taken up again, taken out."""

import io
import os
import signal
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from studentrecords.importing import moving, moving_rows
from studentrecords.models import (
    EarlierAttempt,
    Enrolment,
    ExamResult,
    MovingFile,
    Person,
)
from studentrecords.queries.grades import grades_of
from studentrecords.refusal import Refused
from studentrecords.workflow.moving import MovingState
from tests import factories, races
from tests.studentrecords import exams_kit, moving_kit
from tests.studentrecords.moving_kit import (
    ENROLMENTS,
    RESULTS,
    STUDENTS,
    enrolment,
    faults,
    moved_in,
    result,
    sent,
    student,
    table,
    written,
)
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import clock, jobs
from upt_portal.kernel.models import Job, TraceEntry
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db
CODE = "AC-L-MV"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with clock.shifted(factories.NOW):
        yield


# ---- the three kinds of rows -------------------------------------------------------------------------------


def test_the_whole_way_of_a_student() -> None:
    moved_in(2)
    found = written(
        "results", table(RESULTS, result(0, "D1", "9"), result(0, "D2", "admis"), result(1, "D1", "absent"))
    )
    assert (found.state, found.rows, found.written, found.faulty) == (MovingState.DONE, 3, 3, 0)
    one = Enrolment.objects.get(matriculation_number="M00000")
    assert (one.person.list_name, one.person.birth_date) == ("Țânțaru Ștefania 0", moving_kit.BORN)
    assert (one.person.cnp, one.person.user) == (moving_kit.cnp(0), None)
    assert (one.financing, one.citizenship_category, one.status, one.year_of_study) == (
        "state",
        "ro",
        "enrolled",
        2,
    )
    assert {(row.discipline.code, row.grade, row.admitted) for row in one.results.all()} == {
        ("D1", 9, None),
        ("D2", None, True),
    }
    attempt = EarlierAttempt.objects.get(enrolment=one, discipline__code="D1")
    assert (attempt.kind, attempt.held_on, attempt.result, attempt.source) == (
        "normal",
        date(2026, 1, 20),
        "9",
        found,
    )
    shown = {grades.discipline.code: grades for grades in grades_of(one)}
    assert (shown["D1"].result, len(shown["D1"].attempts), shown["D1"].attempts[0].row) == ("9", 1, 0)


def test_nothing_is_written_before_it_is_confirmed() -> None:
    found = sent("students", table(STUDENTS, student(1)))
    assert (found.state, found.fresh, Person.objects.count()) == (MovingState.LOOKED, 1, 0)


def test_REC_011_a_cnp_whose_digits_do_not_fit_is_told() -> None:
    rows = [student(1, cnp="1810103345213"), student(2, cnp="18101033452"), student(3, cnp="")]
    found = sent("students", table(STUDENTS, *rows, student(4, cnp="1810103345216", born="03.01.1981")))
    assert (found.faulty, found.fresh) == (3, 1)
    assert faults(found) == [
        "2 CNP: CNP-ul nu este corect. Comparați cifrele cu actul de identitate",
        "3 CNP: CNP-ul are 13 cifre; ați introdus 11",
        "4 CNP: nici CNP, nici pașaport",
    ]
    assert not found.faults.exclude(value="").exists()  # no national number is kept beside a fault


def test_REC_012_the_date_of_birth_agrees_with_the_cnp() -> None:
    rows = [student(1, born="10.03.2004"), student(2, born="9 martie 2004"), student(3, born="2004-03-09")]
    found = sent("students", table(STUDENTS, *rows))
    assert faults(found) == ["2 Data nașterii: nu este data nașterii din CNP"]


def test_REC_465_the_citizenship_category_is_mandatory_and_agrees() -> None:
    moving_kit.plan()
    written(
        "students", table(STUDENTS, student(1), student(2, citizenship="MD"), student(3, citizenship="MD"))
    )
    rows = [
        enrolment(1, CODE, category=""),
        enrolment(2, CODE, category="UE"),
        enrolment(3, CODE, category="român de pretutindeni"),
    ]
    found = sent("enrolments", table(ENROLMENTS, *rows))
    assert faults(found) == [
        "2 Categoria de cetățenie: celula este goală",
        "3 Categoria de cetățenie: Categoria de cetățenie nu corespunde cetățeniei.",
    ]
    assert found.fresh == 1


def test_enrolments_tell_what_is_not_in_the_records() -> None:
    moving_kit.plan()
    factories.programme(code="CT-L-X", faculty=factories.faculty("CT"))
    written("students", table(STUDENTS, student(1), student(2)))
    rows = [
        enrolment(7, CODE),
        enrolment(1, "NU-EXISTA"),
        enrolment(1, CODE, series="2010-2014"),
        enrolment(1, CODE, year="4"),
        enrolment(1, CODE),
        enrolment(1, CODE, number="M99999"),
        enrolment(2, CODE, number="M00001"),
        enrolment(2, "CT-L-X"),
    ]
    found = sent("enrolments", table(ENROLMENTS, *rows), by=moving_kit.chief("AC"), faculties="AC")
    assert [line.split(": ")[0] for line in faults(found)] == [
        "2 CNP",
        "3 Program",
        "4 Seria",
        "5 Anul de studiu",
        "7 Program",
        "8 Număr matricol",
        "9 Program",
    ]
    assert found.fresh == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (result(5, "D1"), "nu există student cu acest număr"),
        (result(0, "X9"), "disciplina nu există în planul studentului"),
        (result(0, "D1", "8,50"), "nu este un rezultat"),
        (result(0, "D1", "11"), "nu este un rezultat"),
        (result(0, "D1", "neadmis"), "nu este un rezultat"),
        (result(0, "D1", year="2024-2026"), "nu este un an universitar"),
        (result(0, "D1", year="2019-2020"), "nu există acest an universitar"),
        (result(0, "D1", on="20.01.2027"), "nu poate fi în viitor"),
        (result(0, "D1", on="20.01.2020"), "nu este în anul universitar"),
        (result(0, "D1", on="31.02.2026"), "nu există această dată"),
        (result(0, "D1", session="D-I"), "nu este una dintre"),
    ],
)
def test_a_result_that_cannot_be_is_told_in_words(row: str, words: str) -> None:
    moved_in(1)
    found = sent("results", table(RESULTS, row))
    assert (found.faulty, found.fresh) == (1, 0)
    assert words in faults(found)[0]


# ---- forms of files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1250", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_letters_and_separators_are_recognised(encoding: str, separator: str) -> None:
    row, heading = student(1, last="Țânțaru-Șerban"), STUDENTS
    if encoding == "cp1250":  # knows the letters with a cedilla only
        old = str.maketrans("șțȘȚ", "şţŞŢ")
        row, heading = row.translate(old), heading.translate(old)
    written("students", table(heading, row, encoding=encoding, separator=separator))
    assert Person.objects.get().last_name == "Țânțaru-Șerban"


def test_a_workbook_with_dates_numbers_and_a_title_above() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Situația studenților"])
    sheet.append(STUDENTS.split(";"))
    cells: list[Any] = student(1).split(";")
    cells[3], cells[5] = int(cells[3]), moving_kit.BORN
    sheet.append(cells)
    data = io.BytesIO()
    book.save(data)
    written("students", data.getvalue())
    assert Person.objects.get().cnp_last == moving_kit.cnp(1)[-4:]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04nonsense", "Fișierul Excel este deteriorat"),
        (b"\xd0\xcf\x11\xe0old", "fișier Excel vechi"),
        (b"<html><table></table></html>", "pagină web"),
        (b"a;b;c\r\n1;2;3", "Nu s-a găsit"),
        (table("Nume;CNP;Cetățenia", "Pop;1;RO"), "Lipsește"),
        (table(STUDENTS, 'Pop;"Ana'), "ghilimele"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(data: bytes, words: str) -> None:
    found = sent("students", data)
    assert found.state == MovingState.REFUSED
    assert words in found.faults.get().words


# ---- again, stopped, killed --------------------------------------------------------------------------------


def test_read_again_nothing_stands_twice() -> None:
    moved_in(2)
    rows = table(
        RESULTS,
        result(0, "D1"),
        result(1, "D1"),
        result(1, "D1", "4", kind="restanță", on="09.02.2026", session="B-I"),
    )
    written("results", rows)
    before = [model.objects.count() for model in (Person, Enrolment, EarlierAttempt, ExamResult)]
    again = sent("results", rows)
    assert (again.same, again.fresh, again.faulty) == (3, 0, 0)
    with pytest.raises(Refused):
        moving.confirm(again.pk, actor=again.sent_by, at=factories.NOW)
    assert sent("students", table(STUDENTS, student(0), student(1))).same == 2
    assert sent("enrolments", table(ENROLMENTS, enrolment(0, CODE))).same == 1
    assert [model.objects.count() for model in (Person, Enrolment, EarlierAttempt, ExamResult)] == before


def test_REC_041_what_the_records_say_is_never_overwritten() -> None:
    moved_in(2)
    written("results", table(RESULTS, result(0, "D1", "8")))
    found = sent("results", table(RESULTS, result(0, "D1", "9")))
    assert "alt rezultat pentru această zi" in faults(found)[0]
    other = sent("students", table(STUDENTS, student(0, last="Altcineva")))
    assert "sub alt nume" in faults(other)[0]
    wrong = sent("enrolments", table(ENROLMENTS, enrolment(1, CODE, number="M00000")))
    assert (wrong.fresh, wrong.faulty) == (0, 1)


def test_a_result_of_a_catalogue_stays_the_catalogues() -> None:
    catalogue = exams_kit.published("7")
    row = catalogue.rows.get()
    line = ";".join(
        [
            row.enrolment.matriculation_number,
            catalogue.discipline.code,
            "2026-2027",
            "A-I",
            "normală",
            "20.01.2027",
            "10",
            "",
        ]
    )
    with clock.shifted(exams_kit.LATE):
        found = sent("results", table(RESULTS, line))
    assert (found.fresh, found.faulty) == (0, 1)


def test_the_better_of_two_results_of_a_session_is_the_one_of_record() -> None:
    moved_in(1)
    rows = (result(0, "D1", "6"), result(0, "D1", "9", kind="mărire", on="25.01.2026"))
    written("results", table(RESULTS, *rows))
    written("results", table(RESULTS, result(0, "D1", "7", kind="mărire", on="26.01.2026")))
    assert (EarlierAttempt.objects.count(), ExamResult.objects.get().grade) == (3, 9)


def test_stopped_and_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "BATCH", 2)
    found = sent(
        "students", table(STUDENTS, student(0), student(1, cnp="1"), *(student(n) for n in range(2, 7)))
    )
    moving.confirm(found.pk, actor=found.sent_by, at=factories.NOW)
    step = jobs.step

    def stopping(job: Job, done: int) -> None:
        step(job, done)
        if done == 4:
            moving.stop(found.pk, actor=found.sent_by, at=factories.NOW)

    monkeypatch.setattr(jobs, "step", stopping)
    moving_kit.work()
    found.refresh_from_db()
    assert (found.state, found.done, found.written, Person.objects.count()) == (MovingState.STOPPED, 4, 3, 3)
    monkeypatch.setattr(jobs, "step", step)
    moving.resume(found.pk, actor=found.sent_by, at=factories.NOW)
    moving_kit.work()
    found.refresh_from_db()
    assert (found.state, found.done, found.written, Person.objects.count()) == (MovingState.DONE, 7, 6, 6)
    assert not default_storage.exists(f"moving/{found.file}") or not found.file


def test_a_killed_worker_loses_one_batch_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "BATCH", 2)
    found = sent("students", table(STUDENTS, *(student(n) for n in range(6))))
    moving.confirm(found.pk, actor=found.sent_by, at=factories.NOW)
    job = Job.objects.get(kind=moving.WRITE)
    write, calls = moving_rows.Students.write, []

    def dying(self: Any, new: Any, of: Any) -> int:
        calls.append(1)
        done = write(self, new, of)
        if len(calls) == 2:
            raise RuntimeError("killed in the middle of the second batch")
        return done

    monkeypatch.setattr(moving_rows.Students, "write", dying)
    assert not jobs.run(str(job.pk), at=factories.NOW)
    found.refresh_from_db()
    assert (found.done, found.written, Person.objects.count()) == (2, 2, 2)
    assert jobs.run(str(job.pk), at=factories.NOW)
    found.refresh_from_db()
    assert (found.state, found.written, Person.objects.count()) == (MovingState.DONE, 6, 6)


@pytest.mark.django_db(transaction=True)
def test_a_worker_the_machine_kills_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL in the midst of the second batch, its rows sent, not committed: nothing is lost or doubled."""
    monkeypatch.setattr(moving, "BATCH", 2)
    found = sent("students", table(STUDENTS, *(student(n) for n in range(5))))
    moving.confirm(found.pk, actor=found.sent_by, at=factories.NOW)
    job = Job.objects.get(kind=moving.WRITE)
    connections.close_all()  # the child opens its own
    worker = os.fork()
    if worker == 0:
        try:
            write, calls = moving_rows.Students.write, []

            def dying(self: Any, new: Any, of: Any) -> int:
                done = write(self, new, of)
                calls.append(done)
                if len(calls) == 2:
                    os.kill(os.getpid(), signal.SIGKILL)
                return done

            moving_rows.Students.write = dying  # type: ignore[method-assign]
            jobs.run(str(job.pk), at=factories.NOW)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(worker, 0)[1]) == signal.SIGKILL
    found.refresh_from_db()
    assert (found.done, found.written, Person.objects.count()) == (2, 2, 2)
    assert not jobs.run(str(job.pk), at=factories.NOW)  # its lease is not over
    later = factories.NOW + jobs.LEASE + timedelta(seconds=1)
    assert str(job.pk) in [pk for pk, _queue, _patient in jobs.due(later)]
    assert jobs.run(str(job.pk), at=later)
    found.refresh_from_db()
    assert (found.state, found.done, found.written) == (MovingState.DONE, 5, 5)
    assert Person.objects.count() == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["with the lock", "without it"])
def test_two_workers_at_the_same_batch(locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the lock the second finds the place moved on; without it both come to write the same rows."""
    with clock.shifted(factories.NOW):
        found = sent("students", table(STUDENTS, student(0), student(1)))
        moving.confirm(found.pk, actor=found.sent_by, at=factories.NOW)
        today = factories.NOW.date()
        batch, _faults = next(moving._batches(found, 0))
    gate = races.Gate()
    if not locked:
        monkeypatch.setattr(moving, "lock_writing", lambda: None)
        monkeypatch.setattr(moving, "_locked", lambda pk: MovingFile.objects.get(pk=pk))
    monkeypatch.setattr(moving_rows.Students, "write", gate.before(moving_rows.Students.write))

    def act() -> bool:
        return moving.write_batch(found.pk, 0, moving_rows.rows_of(found, today), batch, 2)

    outcomes = races.at_once(act, act)
    found.refresh_from_db()
    assert Person.objects.count() == 2  # the unique numbers are the last guard
    if locked:
        assert (sorted(outcomes), gate.passed, found.written) == ([False, True], 1, 2)
    else:
        assert gate.passed == 2


def test_moves_that_are_not_open_are_refused() -> None:
    found = written("students", table(STUDENTS, student(0)))
    for act in (moving.confirm, moving.stop, moving.resume, moving.drop):
        with pytest.raises(MoveRefused):
            act(found.pk, actor=found.sent_by, at=factories.NOW)
    assert not found.file
    acts = TraceEntry.objects.filter(subject=f"studentrecords.movingfile:{found.pk}").order_by("number")
    assert [entry.act.rpartition("_")[2] for entry in acts] == ["receive", "report", "confirm", "finish"]


def test_a_file_nobody_touches_is_put_away_after_a_month() -> None:
    found = sent("students", table(STUDENTS, student(0)))
    assert moving.forget(factories.NOW + timedelta(days=30)) == 0
    assert moving.forget(factories.NOW + timedelta(days=31)) == 1
    found.refresh_from_db()
    assert (found.state, bool(found.file)) == (MovingState.DROPPED, False)


def test_bytes_without_a_row_are_swept_after_a_day() -> None:
    found = sent("students", table(STUDENTS, student(0)))
    stray = default_storage.save("moving/stray", ContentFile(b"x"))
    later = timezone.now() + timedelta(hours=25)
    old = moving.storage.STRAY_AFTER
    assert moving.sweep_strays(later) == 0  # by the machine's own time it is young
    with mock.patch.object(moving.storage, "STRAY_AFTER", -old):
        assert moving.sweep_strays(later) >= 1  # other tests leave theirs
    assert not default_storage.exists(stray)
    assert default_storage.exists(str(found.file))


def test_marks_of_a_whole_university_stay_small() -> None:
    """Half a million keys, among them negative ones; a set of them takes thirty megabytes."""
    tracemalloc.start()
    try:
        marks = moving_rows.Marks()
        assert all(marks.add(hash((n, "D1"))) for n in range(100_000))
        assert not any(marks.add(hash((n, "D1"))) for n in range(100_000))
        assert marks.add(-1)
        assert not marks.add(-1)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


# ---- pages -------------------------------------------------------------------------------------------------

NEW = "/admin/studentrecords/movingfile/new/"
OUT = "/admin/studentrecords/movingfile/out/"


@pytest.fixture
def browser(browser_of: Callable[[User], Client]) -> Client:
    return browser_of(moving_kit.chief("AC"))


def test_the_pages_from_the_file_to_its_end(browser: Client) -> None:
    assert "Aduceți date" in browser.get(NEW).content.decode()
    data = table(STUDENTS, student(0), student(1, cnp="1"))
    answer = browser.post(NEW, {"kind": "students", "file": SimpleUploadedFile("studenti.csv", data)})
    assert answer.status_code == 302
    where = answer["Location"]
    assert "Fișierul este verificat" in browser.get(where).content.decode()
    moving_kit.work()
    page = browser.get(where).content.decode()
    assert "Scrieți 1 rând nou" in page
    assert "CNP-ul are 13 cifre; ați introdus 1" in page
    found = MovingFile.objects.get()
    told = b"".join(browser.get(f"/admin/studentrecords/movingfile/{found.pk}/faults/?format=csv"))
    assert "CNP-ul are 13 cifre" in told.decode()
    assert browser.post(f"/admin/studentrecords/movingfile/{found.pk}/act/confirm/").status_code == 302
    moving_kit.work()
    assert "1 rând este nou în evidență." in browser.get(where).content.decode()
    assert "studenti.csv" in browser.get("/admin/studentrecords/movingfile/").content.decode()
    again = browser.post(f"/admin/studentrecords/movingfile/{found.pk}/act/confirm/", follow=True)
    assert "nu este posibil" in again.content.decode()


def test_in_english_too(browser: Client) -> None:
    browser.cookies["language"] = "en"
    assert "Bring records in" in browser.get(NEW).content.decode()


@pytest.mark.parametrize(
    ("data", "words"), [(None, "Alegeți un fișier"), (b"", "Fișierul este gol")], ids=["none", "empty"]
)
def test_a_file_that_cannot_be_taken_keeps_what_was_chosen(
    browser: Client, data: bytes | None, words: str
) -> None:
    files = {} if data is None else {"file": SimpleUploadedFile("x.csv", data)}
    answer = browser.post(NEW, {"kind": "enrolments", **files})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="enrolments"' in page
    assert "checked" in page


def test_a_file_of_somebody_else_is_not_found(browser: Client, browser_of: Callable[[User], Client]) -> None:
    found = sent("students", table(STUDENTS, student(0)))
    address = reverse("admin:studentrecords_movingfile_report", args=[found.pk])
    assert browser.get(address).status_code == 404
    assert browser_of(found.sent_by).get(address).status_code == 200


@pytest.mark.parametrize("name", [roles.SECRETARY, roles.DEANERY, roles.FINANCE])
def test_other_roles_are_refused(name: str, browser_of: Callable[[User], Client]) -> None:
    other = browser_of(factories.user(name, faculties=("AC",)))
    assert other.get(NEW).status_code == 403
    assert other.get(OUT).status_code == 403
