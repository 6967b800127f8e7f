"""Sign-in with the university's own account, against a provider that speaks the protocol on loopback."""

from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from tests import factories
from tests.accounts.oidc_kit import CLIENT, SECRET, Provider
from upt_portal.accounts.models import User

pytestmark = pytest.mark.django_db
GO = "/accounts/oidc/institution/login/"


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    cache.clear()
    server = Provider()
    app = {
        "provider_id": "institution",
        "name": "UPT",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": server.issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    yield server
    server.shutdown()


def come_in(provider: Provider, client: Client | None = None, **claims: object):
    """Press the button, sign in over there, come back."""
    provider.claims = {"sub": "s-1", "email_verified": True, **claims}
    client = client or Client()
    leaving = client.post(GO)
    assert leaving["Location"].startswith(f"{provider.issuer}/authorize?")
    return client, client.get(f"{GO}callback/", provider.authorize(leaving["Location"]))


def is_in(client: Client) -> bool:
    return client.get("/accounts/sessions/").status_code == 200


def test_the_button_stands_on_the_sign_in_page_only_where_a_client_is_set(provider, settings):
    assert GO in Client().get("/accounts/login/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert GO not in Client().get("/accounts/login/").content.decode()


def test_REC_023_the_institutional_account_opens_the_account_of_that_address(provider):
    user = factories.student_user(email="ana@student.upt.ro")

    client, answer = come_in(provider, email="Ana@student.upt.ro")

    assert answer["Location"] == "/"
    assert is_in(client)
    assert SocialAccount.objects.get().user == user
    again, _answer = come_in(provider, email="ana@student.upt.ro")
    assert is_in(again)
    assert SocialAccount.objects.count() == 1


def test_an_account_with_a_changed_name_is_found_by_its_institutional_address(provider):
    user = factories.student_user(email="privat@exemplu.ro", institutional_email="ana@student.upt.ro")

    client, _answer = come_in(provider, email="ana@student.upt.ro")

    assert is_in(client)
    assert SocialAccount.objects.get().user == user


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ana@student.upt.ro", "email_verified": False},
        {"email": "ana@student.upt.ro", "email_verified": None},
        {"email": "ana@exemplu.ro"},
        {"email": "ana@student.upt.ro.evil.example"},
        {"email": "ana@evil.student.upt.ro"},
        {"email": "nimeni@student.upt.ro"},
        {"email": ""},
    ],
)
def test_attack_no_other_address_opens_or_makes_an_account(provider, claims):
    factories.student_user(email="ana@student.upt.ro")
    factories.student_user(email="ana@exemplu.ro")
    before = User.objects.count()

    client, answer = come_in(provider, **claims)

    assert answer.status_code == 403
    assert not is_in(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


@pytest.mark.parametrize("state", ["not_activated", "activation_sent", "closed"])
def test_an_account_that_is_not_open_stays_shut(provider, state):
    factories.student_user(email="ana@student.upt.ro", state=state)

    client, answer = come_in(provider, email="ana@student.upt.ro")

    assert answer.status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize(
    ("claims", "opens"),
    [({"tid": "upt"}, True), ({"hd": "upt"}, True), ({"tid": "other"}, False), ({}, False),
     ({"tid": "upt", "email_verified": False}, False)],
)  # fmt: skip
def test_the_organisation_in_the_token_decides_where_one_is_set(provider, settings, claims, opens):
    settings.OIDC_TENANT = "upt"
    factories.student_user(email="ana@student.upt.ro")

    client, _answer = come_in(provider, **({"email": "ana@student.upt.ro", "email_verified": None} | claims))

    assert is_in(client) is opens


def test_a_linked_identity_opens_no_account_of_another_address(provider):
    factories.student_user(email="ana@student.upt.ro")
    factories.student_user(email="dan@student.upt.ro")
    come_in(provider, email="ana@student.upt.ro")

    client, answer = come_in(provider, email="dan@student.upt.ro")  # the same subject

    assert answer.status_code == 403
    assert not is_in(client)


def test_attack_a_state_of_another_browser_is_refused(provider):
    factories.student_user(email="ana@student.upt.ro")
    provider.claims = {"sub": "s-1", "email_verified": True, "email": "ana@student.upt.ro"}
    back = provider.authorize(Client().post(GO)["Location"])

    victim = Client()
    victim.get(f"{GO}callback/", back)

    assert not is_in(victim)


def test_F5_the_second_factor_is_asked_for_here_too(provider):
    user = factories.student_user(email="ana@student.upt.ro")
    TOTP.activate(user, generate_totp_secret())

    client, answer = come_in(provider, email="ana@student.upt.ro")

    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(client)
