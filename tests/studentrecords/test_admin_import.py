"""The import page: choose a file, see what it would do, confirm exactly that."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from studentrecords.models import Curriculum, Discipline, Programme
from tests import factories
from tests.studentrecords.test_importing import HEADINGS, PACKAGES, ROWS, table
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.models import TraceEntry

pytestmark = pytest.mark.django_db
PAGE = "/admin/studentrecords/curriculum/import/"


@pytest.fixture(autouse=True)
def _own_cache(settings: object, tmp_path: object) -> None:
    """Files kept by an earlier run must not be found by a user who happens to have the same number."""
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    settings.CACHES = {"default": local}


@pytest.fixture
def programme() -> Programme:
    return factories.programme(code="AC-M-X", semesters=2, cycle="master", credits=60)


def staff(*names: str, faculties: tuple[str, ...] = ("AC",)) -> User:
    return factories.user(*names, faculties=faculties, is_staff=True)


@pytest.fixture
def chief(programme: Programme) -> User:
    return staff(roles.CHIEF_SECRETARY)


@pytest.fixture
def browser(chief: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(chief)


def send(browser: Client, data: bytes, packages: str = PACKAGES, **values: str) -> object:
    files = {"file": SimpleUploadedFile("plan.csv", data)}
    if packages:
        files["packages"] = SimpleUploadedFile("pachete.csv", packages.encode())
    return browser.post(PAGE, {"programme": "AC-M-X", "series": "2026-2028", **values, **files})


def shown(browser: Client, data: bytes, **values: str) -> str:
    """The report on a file, after the redirect that leads to it."""
    sent = send(browser, data, **values)
    assert sent.status_code == 302
    return browser.get(sent["Location"]).content.decode()


def hidden_fields(page: str) -> dict[str, str]:
    form = page[page.index('name="fingerprint"') - 200 :]
    return dict(
        re.findall(r'<input type="hidden" name="(file|fingerprint|programme|series)" value="([^"]*)"', form)
    )


def test_the_whole_way(browser: Client, chief: User) -> None:
    assert "Importul unui plan de învățământ" in browser.get(PAGE).content.decode()
    page = shown(browser, table())
    assert "Ce ar schimba fișierul" in page
    assert "noi 6, modificate 0, neschimbate 0, eliminate 0" in page
    assert Curriculum.objects.count() == 0
    answer = browser.post(PAGE, hidden_fields(page))
    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("admin:studentrecords_curriculum_changelist"),
    )
    assert Discipline.objects.count() == 6
    assert TraceEntry.objects.get().actor == chief
    after = browser.get(answer["Location"]).content.decode()
    assert "AC-M-X 2026-2028: planul a fost importat, 6 discipline scrise." in after
    assert PAGE in after


def test_in_english_too(browser: Client) -> None:
    browser.cookies["language"] = "en"
    assert "new 6, changed 0, unchanged 0, removed 0" in shown(browser, table())


def test_confirming_twice_does_nothing_the_second_time(browser: Client) -> None:
    fields = hidden_fields(shown(browser, table()))
    browser.post(PAGE, fields)
    again = browser.post(PAGE, fields, follow=True)
    assert "Alegeți-l din nou" in again.content.decode()
    assert TraceEntry.objects.count() == 1


def test_a_bad_file_is_told_row_by_row_and_cannot_be_confirmed(browser: Client) -> None:
    page = shown(browser, table(*ROWS[:1], "A2;Fizică;1;1;obligatorie;zece;D;2;"))
    assert "Fișierul nu poate fi importat" in page
    assert "Rândul 3, „Credite”: „zece” – nu este un număr" in page
    assert 'name="fingerprint"' not in page


def test_what_is_confirmed_is_what_was_shown(browser: Client) -> None:
    first = hidden_fields(shown(browser, table()))
    other = hidden_fields(shown(browser, table(*ROWS[:2]), packages=""))
    assert first["file"] != other["file"]
    answer = browser.post(PAGE, {**first, "file": other["file"]})
    assert (answer.status_code, Curriculum.objects.count()) == (200, 0)
    assert "Datele s-au schimbat între timp" in answer.content.decode()
    assert browser.post(PAGE, {**first, "file": "0" * 64}).status_code == 302
    assert Curriculum.objects.count() == 0


def test_records_that_moved_meanwhile_are_shown_again(browser: Client) -> None:
    browser.post(PAGE, hidden_fields(shown(browser, table())))
    fields = hidden_fields(shown(browser, table("A1;Mecanică;1;1;obligatorie;20;E;2;", *ROWS[1:])))
    Discipline.objects.filter(code="A1").update(name_ro="Altceva")
    page = browser.post(PAGE, fields).content.decode()
    assert "Datele s-au schimbat între timp" in page
    assert "Altceva → Mecanică" in page
    assert Discipline.objects.get(code="A1").name_ro == "Altceva"


def test_a_file_of_somebody_else_is_not_found(
    browser: Client, programme: Programme, browser_of: Callable[[User], Client]
) -> None:
    fields = hidden_fields(shown(browser, table()))
    other = browser_of(staff(roles.ADMINISTRATOR, faculties=()))
    assert other.post(PAGE, fields).status_code == 302
    assert Curriculum.objects.count() == 0


def test_another_faculty_is_refused_at_both_steps(
    programme: Programme, browser: Client, browser_of: Callable[[User], Client], chief: User
) -> None:
    data = table(*(f"{row};AC-M-X;2026-2028" for row in ROWS), headings=HEADINGS + ";Program;Seria")
    stranger = browser_of(staff(roles.CHIEF_SECRETARY, faculties=("CT",)))
    assert send(stranger, data).status_code == 200  # not among the programmes that may be chosen
    page = shown(stranger, data, programme="", series="")
    assert "AC-M-X: Programul aparține altei facultăți." in page
    fields = hidden_fields(shown(browser, data, programme="", series=""))
    chief.faculty_scopes.all().delete()
    assert "aparține altei facultăți" in browser.post(PAGE, fields).content.decode()
    assert Curriculum.objects.count() == 0


@pytest.mark.parametrize("name", [roles.SECRETARY, roles.DEANERY, roles.FINANCE])
def test_other_roles_are_refused(
    name: str, programme: Programme, browser_of: Callable[[User], Client]
) -> None:
    assert browser_of(staff(name)).get(PAGE).status_code == 403


def test_students_and_strangers_see_nothing_of_it(student_client: Client) -> None:
    assert student_client.get(PAGE).status_code in (302, 403)
    assert Client().get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "Alegeți un fișier"),
        (b"", "Fișierul este gol"),
        (b"x" * (5 * 1024 * 1024 + 1), "Fișierul trebuie să aibă cel mult 5 MB; are 5,1 MB"),
    ],
    ids=["none", "empty", "too large"],
)
def test_the_words_for_a_file_that_cannot_be_taken(browser: Client, data: bytes | None, words: str) -> None:
    files = {} if data is None else {"file": SimpleUploadedFile("plan.csv", data)}
    page = browser.post(PAGE, {"programme": "AC-M-X", "series": "2026-2028", **files}).content.decode()
    assert words in page
    assert 'value="2026-2028"' in page  # what was typed is kept


def test_a_series_that_is_none(browser: Client) -> None:
    page = send(browser, table(), series="anul acesta").content.decode()
    assert "Scrieți seria în forma 2026-2030" in page


def test_names_in_a_file_are_shown_as_text(browser: Client) -> None:
    page = shown(browser, table("A1;<script>alert(1)</script>;1;1;obligatorie;30;E;2;"), packages="")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_used_discipline_cannot_be_changed_by_hand_either(browser: Client) -> None:
    browser.post(PAGE, hidden_fields(shown(browser, table())))
    what = Discipline.objects.get(code="A1")
    page = reverse("admin:studentrecords_discipline_change", args=[what.pk])
    assert 'name="credits"' in browser.get(page).content.decode()
    factories.result(factories.enrolment(curriculum=what.curriculum), what)
    assert 'name="credits"' not in browser.get(page).content.decode()
    browser.post(page, {"credits": 3, "name_ro": "Altceva", "name_en": "Calculus"})
    what.refresh_from_db()
    assert (what.credits, what.name_ro, what.name_en) == (20, "Analiză", "Calculus")


def test_the_address_of_the_report_names_no_person(browser: Client) -> None:
    where = urlsplit(send(browser, table())["Location"])
    assert (where.path, sorted(parse_qs(where.query))) == (PAGE, ["file", "programme", "series"])


def test_the_report_asks_the_same_number_of_questions_for_a_long_plan(
    browser: Client, django_assert_max_num_queries: object
) -> None:
    with translation.override("ro"):
        browser.get(send(browser, table())["Location"])
        with django_assert_max_num_queries(20):
            browser.get(
                send(browser, table(*ROWS, *(f"F{n};Facultativă;1;1;facultativă;2;C;1;" for n in range(60))))[
                    "Location"
                ]
            )
