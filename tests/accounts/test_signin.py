"""Signing in: by e-mail only, the same answer for everyone, limits that also hold at the administration."""

from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.accounts import kit
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.models import ParameterOverride

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def sign_in(client: Client, email: str, password: str = factories.PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def test_a_student_signs_in_by_address_in_any_case():
    student = factories.student_user(email="ana.pop@student.upt.ro")

    answer = sign_in(Client(), " Ana.Pop@Student.UPT.ro")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    student.refresh_from_db()
    assert student.last_login is not None


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer():
    known = factories.student_user()

    wrong = sign_in(Client(), known.email, "altceva-2026")
    unknown = sign_in(Client(), "nimeni@student.upt.ro", "altceva-2026")

    assert wrong.status_code == unknown.status_code == 200
    words = "Adresa de e-mail sau parola nu este corectă"
    assert words in wrong.content.decode()
    assert words in unknown.content.decode()


def test_five_wrong_tries_close_the_account_for_a_while_for_this_address_only():
    victim, other = factories.student_user(), factories.student_user()
    for _time in range(5):
        sign_in(Client(), victim.email, "gresit-2026")

    closed = sign_in(Client(), victim.email)
    open_one = sign_in(Client(), other.email)

    assert closed.status_code == 200
    assert "Prea multe" in closed.content.decode()
    assert open_one.status_code == 302


@pytest.mark.parametrize("born", ["14-06-2005", "14.06.2005", "2005-06-14"])
def test_REC_010_a_cnp_and_a_birth_date_open_no_account(born: str) -> None:
    """The number contains the date: whoever knows one would know both."""
    person = factories.person()
    User.objects.filter(pk=person.user.pk).update(password="!")  # an account that was never opened
    for name in (person.cnp, person.user.email):
        browser = Client()
        assert sign_in(browser, name, born).status_code == 200
        assert "_auth_user_id" not in browser.session
    browser = Client()
    browser.post("/activate/", {"number": person.cnp, "born": "14.06.2005", "address": "x@exemplu.ro"})
    assert "_auth_user_id" not in browser.session
    person.user.refresh_from_db()
    assert not person.user.has_usable_password()


@pytest.mark.parametrize("language", ["ro", "en"])
def test_REC_022_who_helps_with_signing_in_stands_on_the_page(language: str, settings: Any) -> None:
    settings.SUPPORT_EMAIL = "ajutor@upt.example"
    browser = Client()
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = browser.get(LOGIN).content.decode()
    assert '<a href="mailto:ajutor@upt.example">ajutor@upt.example</a>' in page


def test_a_reset_says_the_same_to_all_and_writes_only_to_the_known():
    known = factories.student_user()

    answers = [
        Client().post("/accounts/password/reset/", {"email": address}, follow=True)
        for address in (known.email, "nimeni@student.upt.ro")
    ]
    kit.run_jobs()

    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert [message.to for message in mail.outbox] == [[known.email]]
    assert "http://localhost:8000/" in mail.outbox[0].body


def test_a_reset_link_stands_on_the_portals_own_host(settings):
    settings.ALLOWED_HOSTS = ["*"]
    known = factories.student_user()

    Client(HTTP_HOST="evil.example").post("/accounts/password/reset/", {"email": known.email})
    kit.run_jobs()

    assert mail.outbox
    assert "evil.example" not in mail.outbox[0].body


def test_nobody_signs_up_by_himself():
    answer = Client().post(
        "/accounts/signup/",
        {"email": "nou@x.ro", "password1": "o-parola-lunga-9", "password2": "o-parola-lunga-9"},
    )

    assert not User.objects.filter(email="nou@x.ro").exists()
    assert answer.status_code == 200


@pytest.mark.parametrize("address", ["/student/", "/student/1/", "/admin/", "/student/1/contract/"])
def test_pages_ask_for_sign_in_first(address):
    answer = Client().get(address, follow=True)

    assert answer.redirect_chain
    assert LOGIN in answer.redirect_chain[-1][0]


def test_the_administration_uses_the_portals_own_sign_in():
    answer = Client().get("/admin/login/", follow=True)

    assert LOGIN in answer.redirect_chain[-1][0]
    assert 'name="username"' not in answer.content.decode()


def test_a_student_is_no_member_of_staff(browser_of, student):
    answer = browser_of(student).get("/admin/")

    assert answer.status_code in {302, 403}
    assert b'id="content-main"' not in answer.content


def test_REC_021_whoever_is_idle_for_half_an_hour_is_signed_out(browser_of, secretary, student):
    for person, page in ((secretary, "/admin/"), (student, "/student/")):
        client = browser_of(person)
        client.get("/", follow=True)
        for minutes, signed_out in ((29, False), (31, True)):
            session = client.session
            session["seen_at"] = timezone.now().timestamp() - minutes * 60
            session.save()
            chain = client.get(page, follow=True).redirect_chain
            assert any(LOGIN in address for address, _status in chain) is signed_out


def test_REC_021_the_idle_time_is_a_parameter(browser_of, student):
    ParameterOverride.objects.create(
        name="IDLE_SIGN_OUT", scope_kind="university", first_day=date(2020, 1, 1), value=60, decision="x"
    )
    client = browser_of(student)
    client.get("/student/", follow=True)
    session = client.session
    session["seen_at"] = timezone.now().timestamp() - 59 * 60
    session.save()

    assert client.get("/student/", follow=True).status_code == 200
    assert client.session["idle_limit"] == 3600


def test_a_role_taken_away_is_gone_at_the_next_request(secretary):
    assert has_role(secretary, roles.SECRETARY)
    assert faculty_codes(secretary) == {"AC"}

    secretary.groups.clear()
    secretary.faculty_scopes.all().delete()
    again = User.objects.get(pk=secretary.pk)

    assert not has_role(again, roles.SECRETARY)
    assert faculty_codes(again) == frozenset()


def test_an_inactive_account_holds_nothing(secretary):
    secretary.is_active = False

    assert not has_role(secretary, roles.SECRETARY)
    assert faculty_codes(secretary) == frozenset()


def test_the_language_switch_is_kept_on_the_account_and_returns_to_the_page(browser_of, student):
    browser = browser_of(student)

    answer = browser.post(reverse("set_language"), {"language": "en", "next": "/student/"})

    student.refresh_from_db()
    assert (student.language, answer["Location"]) == ("en", "/student/")
    assert browser.cookies["language"].value == "en"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil"]
)
def test_a_switch_never_leads_to_another_host(target):
    answer = Client().post(reverse("set_language"), {"language": "en", "next": target})

    assert answer["Location"] == "/"


@pytest.mark.parametrize("language", ["de", "", "en'; DROP"])
def test_an_unknown_language_changes_nothing(language):
    answer = Client().post(reverse("set_language"), {"language": language, "next": "/"})

    assert answer.status_code == 302
    assert "language" not in answer.cookies


def test_signed_in_pages_stay_out_of_caches_and_carry_the_policy(browser_of, student):
    answer = browser_of(student).get("/student/", follow=True)

    assert "no-store" in answer["Cache-Control"]
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
