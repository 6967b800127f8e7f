"""The pages of catalogues: another's is not there, typing, stale pages, paste, signing, publishing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studentrecords.models import ExamAttempt
from studentrecords.services import catalogues
from tests import factories
from tests.studentrecords import exams_kit as kit

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(clock):
    return clock.stand_at(kit.IN_TIME)


def page(catalogue, which: str = "", **more) -> str:
    what = f"studentrecords:catalogue{which}"
    return reverse(what, kwargs={"catalogue": catalogue.pk, **more})


def typed(catalogue, *values: str) -> dict[str, str]:
    """What a browser sends for a fresh page on which these values were typed."""
    rows = catalogue.rows.order_by("enrolment")
    sent = {f"r{row.pk}": value for row, value in zip(rows, values, strict=True)}
    return sent | {f"w{row.pk}": row.result for row in rows if row.result} | {"all_shown": "1"}


def results(catalogue) -> list[str]:
    return list(catalogue.rows.order_by("enrolment").values_list("result", flat=True))


def test_another_teacher_s_catalogue_is_not_there(now, browser_of):
    catalogue = kit.opened()
    stranger = browser_of(kit.teacher())
    assert stranger.get(page(catalogue)).status_code == 404
    assert stranger.post(page(catalogue), typed(catalogue, "10", "10", "10")).status_code == 404
    assert stranger.post(page(catalogue, "_act", name="sign")).status_code == 404
    assert results(catalogue) == ["", "", ""]


def test_a_secretary_of_another_faculty_finds_nothing(now, browser_of):
    catalogue = kit.opened()
    assert browser_of(factories.secretary("CT")).get(page(catalogue)).status_code == 404
    assert browser_of(factories.secretary("AC")).get(page(catalogue)).status_code == 200


def test_the_own_list_names_the_term(now, browser_of):
    catalogue = kit.opened()
    body = browser_of(catalogue.holder).get(reverse("studentrecords:catalogues")).content.decode()
    assert catalogue.discipline.name_ro in body
    assert "27 ianuarie 2027" in body
    body = browser_of(kit.teacher()).get(reverse("studentrecords:catalogues")).content.decode()
    assert catalogue.discipline.name_ro not in body


def test_published_catalogues_stand_by_year_and_the_list_costs_the_same(
    now, browser_of, django_assert_num_queries
):
    done = kit.published("9", "5", "absent")
    done_students = [row.enrolment for row in done.rows.all()]
    client = browser_of(done.holder)
    here = reverse("studentrecords:catalogues")
    kept = client.get(here).content.decode()
    assert done.discipline.name_ro not in kept
    assert f"?year={done.session.year.name}" in kept
    year = f"{here}?year={done.session.year.name}"
    assert done.discipline.name_ro in client.get(year).content.decode()
    with CaptureQueriesContext(connection) as few:
        client.get(year)
    for _n in range(60):
        kit.planned(done_students, of=done.session, holder=done.holder)
    with django_assert_num_queries(len(few)):
        assert "pagina 1 din 2" in client.get(here).content.decode()  # fifty a page


def test_results_are_typed_signed_and_published_from_the_pages(now, browser_of):
    catalogue = kit.opened()
    holder, second = browser_of(catalogue.holder), browser_of(catalogue.second)
    assert holder.post(page(catalogue), typed(catalogue, "9", "abs", "NA")).status_code == 302
    assert results(catalogue) == ["9", "absent", "not_admitted"]
    for client in (holder, second):
        catalogue.refresh_from_db()
        client.post(page(catalogue, "_act", name="sign"), {"version": catalogue.version})
    catalogue.refresh_from_db()
    assert catalogue.state == "signed"
    assert not ExamAttempt.objects.exists()
    second.post(page(catalogue, "_act", name="publish"))
    assert ExamAttempt.objects.count() == 3


def test_a_fraction_is_told_at_its_row_and_nothing_is_lost(now, browser_of):
    catalogue = kit.opened()
    answer = browser_of(catalogue.holder).post(page(catalogue), typed(catalogue, "7,5", "8", "9"))
    assert answer.status_code == 422
    body = answer.content.decode()
    assert 'value="7,5"' in body
    assert 'value="8"' in body
    assert results(catalogue) == ["", "", ""]


def test_a_stale_page_is_told_who_wrote_and_can_be_saved_again(now, browser_of):
    catalogue = kit.opened(kit.students(2))
    stale = typed(catalogue, "7", "8")
    kit.write(catalogue, "5", by=catalogue.second)
    client = browser_of(catalogue.holder)
    answer = client.post(page(catalogue), stale)
    assert answer.status_code == 409
    assert str(catalogue.second) in answer.content.decode()
    assert results(catalogue) == ["5", ""]
    first = catalogue.rows.order_by("enrolment").first()
    assert client.post(page(catalogue), stale | {f"w{first.pk}": "5"}).status_code == 302
    assert results(catalogue) == ["7", "8"]


def test_a_signature_on_a_list_that_has_changed_is_refused(now, browser_of):
    catalogue = kit.opened(kit.students(1))
    kit.write(catalogue, "5")
    seen = catalogue.version
    kit.write(catalogue, "6", by=catalogue.second)
    browser_of(catalogue.holder).post(page(catalogue, "_act", name="sign"), {"version": seen})
    catalogue.refresh_from_db()
    assert catalogue.signed_by == frozenset()


def test_pasted_lines_are_looked_at_before_anything_is_written(now, browser_of):
    catalogue = kit.opened()
    first, second, third = (
        row.enrolment.matriculation_number for row in catalogue.rows.order_by("enrolment")
    )
    text = (
        f"Nr. matricol\tNume\tNota\n{first}\tA B\t9\n{second}\tC D\t7,5\nXX999\tE F\t8\n{third}\tG H\tabsent"
    )
    client = browser_of(catalogue.holder)
    answer = client.post(page(catalogue, "_paste"), {"text": text})
    assert answer.status_code == 200
    reading = answer.context["reading"]
    assert ([one.now for one in reading.found], len(reading.faults)) == (["9", "absent"], 2)
    assert results(catalogue) == ["", "", ""]
    sent = {f"r{one.row.pk}": one.now for one in reading.found}
    client.post(page(catalogue), sent)
    assert results(catalogue) == ["9", "", "absent"]


def test_an_empty_paste_and_a_broken_file_are_told_in_words(now, browser_of):
    from django.core.files.uploadedfile import SimpleUploadedFile

    catalogue = kit.opened()
    client = browser_of(catalogue.holder)
    assert client.post(page(catalogue, "_paste"), {}).status_code == 422
    broken = SimpleUploadedFile("note.xlsx", b"PK\x03\x04 not a workbook")
    assert client.post(page(catalogue, "_paste"), {"file": broken}).status_code == 422


def test_after_the_term_the_rows_are_words_and_the_secretariat_opens_a_correction(clock, browser_of):
    catalogue = kit.opened(kit.students(2))
    kit.write(catalogue, "7")
    catalogues.lock_late(catalogue.pk, at=kit.LATE)
    clock.stand_at(kit.LATE)
    teacher, secretary = browser_of(catalogue.holder), browser_of(factories.secretary("AC"))
    assert "data-next" not in teacher.get(page(catalogue)).content.decode()
    assert teacher.post(page(catalogue), typed(catalogue, "7", "8")).status_code == 302
    assert results(catalogue) == ["7", ""]
    empty = catalogue.rows.get(result="")
    given = {
        "rows": [empty.pk],
        "justification": "lucrare găsită",
        "approval": "DA 12",
        "approved_on": "29.01.2027",
    }
    assert secretary.post(page(catalogue, "_correct"), {**given, "approval": ""}).status_code == 422
    assert secretary.post(page(catalogue, "_correct"), given).status_code == 302
    body = teacher.get(page(catalogue)).content.decode()
    assert body.count("data-next") == 1


def test_120_students_are_light_and_take_a_constant_number_of_queries(
    now, browser_of, django_assert_max_num_queries
):
    catalogue = kit.opened(kit.students(120))
    client = browser_of(catalogue.holder)
    client.get(page(catalogue))
    with django_assert_max_num_queries(14):
        body = client.get(page(catalogue)).content
    assert body.count(b"data-next") == 120
    assert len(body) < 80_000
    assert client.post(page(catalogue), typed(catalogue, *["8"] * 120)).status_code == 302
    assert results(catalogue) == ["8"] * 120
