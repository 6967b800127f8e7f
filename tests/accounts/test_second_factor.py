"""The second factor: offered to students, asked of everybody who works here (F5)."""

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client

from tests import factories
from upt_portal.accounts import roles

pytestmark = pytest.mark.django_db
SETUP = "/accounts/2fa/"


@pytest.fixture(autouse=True)
def _required(settings):
    cache.clear()
    settings.STAFF_SECOND_FACTOR = "required"


@pytest.mark.parametrize("role", sorted(set(roles.LABELS) - {roles.STUDENT, roles.CANDIDATE}))
def test_F5_every_role_but_a_student_s_sets_it_up_before_anything_else(role, browser_of):
    browser = browser_of(factories.user(role, faculties=["AC"]))

    for where in ("/", "/admin/", "/student/", "/finance/", "/accounts/sessions/", "/accounts/email/"):
        answer = browser.get(where)
        assert (answer.status_code, answer["Location"]) == (302, SETUP), where
    assert browser.get(SETUP).status_code == 200
    assert browser.post("/accounts/logout/").status_code == 302


def test_F5_students_are_offered_it_and_go_on(student_client):
    assert student_client.get("/student/", follow=True).status_code == 200
    assert student_client.get(SETUP).status_code == 200


def test_F5_with_a_second_factor_the_work_begins(secretary, browser_of):
    TOTP.activate(secretary, generate_totp_secret())

    assert browser_of(secretary).get("/admin/").status_code == 200


def test_F5_where_it_is_offered_nobody_is_led_away(secretary_client, settings):
    settings.STAFF_SECOND_FACTOR = "offered"

    assert secretary_client.get("/admin/").status_code == 200


def test_F5_a_password_alone_opens_nothing_where_a_second_factor_is_set(secretary):
    secret = generate_totp_secret()
    TOTP.activate(secretary, secret)
    client = Client()

    answer = client.post("/accounts/login/", {"login": secretary.email, "password": factories.PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/admin/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert client.get("/admin/").status_code == 302
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    client.post("/accounts/2fa/authenticate/", {"code": code})

    assert client.get("/admin/").status_code == 200


def test_F5_a_new_password_by_mail_goes_round_no_second_factor(secretary):
    from tests.accounts import kit
    from tests.accounts.test_states import ask_reset, set_new

    TOTP.activate(secretary, generate_totp_secret())
    ask_reset(secretary.email)
    kit.run_jobs()
    set_new(kit.link_in(kit.mails_to(secretary.email)[-1]))
    client = Client()
    answer = client.post("/accounts/login/", {"login": secretary.email, "password": "alta-parola-buna-7"})

    assert answer["Location"] == "/accounts/2fa/authenticate/"
