"""A first access from the identity to a passkey, and one the secretariat lets in; in both languages."""

import re
from email.message import EmailMessage
from time import monotonic

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Arrives
from tests.journeys.pages import WORKER
from tests.journeys.portal import Portal
from tests.journeys.register import SECRETARY
from tests.journeys.visitor import PHONE, Visitor
from tests.journeys.words import EN, RO

pytestmark = pytest.mark.browser

PASSWORD = "lampa-din-turn-1920"
STRANGER = "strain@exemplu.ro"


def identity(portal: Portal, name: str) -> tuple[str, str]:
    """CNP and birth date, from the table that is printed at the start."""
    table = (portal.folder / "signins.txt").read_text()
    found = re.search(rf"^ *(\d{{13}})  (\d\d\.\d\d\.\d{{4}})  {name}", table, re.MULTILINE)
    assert found, table
    return found[1], found[2]


def ask(visitor: Visitor, cnp: str, born: str, address: str) -> None:
    """From the sign-in page to the answer that says nothing about anybody (REC-017)."""
    visitor.go("/accounts/login/")
    visitor.speak(visitor.language)
    visitor.press("activate your account")
    for name, typed in (("number", cnp), ("born", born), ("address", address)):
        visitor.page.locator(f"[name={name}]").fill(typed)
    visitor.press("send me the link")
    expect(visitor.page.locator("h1")).to_be_visible()
    assert visitor.path() == "/activate/asked/"
    assert visitor.sees("look in your mail")


def mail_to(portal: Portal, visitor: Visitor, address: str) -> EmailMessage:
    """The one mail of that reader, once a worker has sent it."""
    latest = monotonic() + WORKER / 1000
    while not (found := portal.mails_to(address)):
        assert monotonic() < latest, f"no mail to {address}"
        visitor.page.wait_for_timeout(300)
    assert len(found) == 1
    return found[0]


def link_in(mail: EmailMessage) -> str:
    """The path of the link."""
    found = re.findall(r"https?://[^/\s]+(/activate/\S+)", mail.get_content())
    assert len(found) == 1, mail.get_content()
    return found[0]


def type_password(visitor: Visitor, password: str) -> None:
    for name in ("password1", "password2"):
        visitor.page.locator(f"[name={name}]").fill(password)
    visitor.press("activate")


def give_fingerprint(visitor: Visitor) -> None:
    """A device with a fingerprint reader, as Chromium pretends one."""
    devices = visitor.context.new_cdp_session(visitor.page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_REC_014_REC_016_from_the_identity_to_a_passkey(portal: Portal, arrives: Arrives):
    cnp, born = identity(portal, "Ioana Negrilă")
    name = "ioana.negrila@student.upt.ro"
    visitor = arrives(language=RO, **PHONE)
    ask(visitor, cnp, born, STRANGER)
    link = link_in(mail_to(portal, visitor, name))
    assert portal.mails_to(STRANGER) == []

    visitor.go(link)
    assert name in visitor.reads()
    assert cnp not in visitor.page.content()
    type_password(visitor, born)
    assert visitor.page.locator(".error-summary, .summary, [role=alert]").first.is_visible()
    type_password(visitor, PASSWORD)
    assert visitor.sees("account active")
    assert name in visitor.reads()
    ready = visitor.button("sign in and add a passkey").get_attribute("href")
    assert visitor.go(link).status == 410
    assert visitor.sees("link spent")

    give_fingerprint(visitor)
    visitor.go(str(ready))
    visitor.page.locator("[name=login]").fill(name)
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.press("sign in")
    visitor.page.wait_for_url(re.compile("/reauthenticate/"))  # what changes the sign-in asks once more
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.locator("main button[type=submit]").click()
    visitor.page.locator("[name=name]").fill("telefonul meu")
    visitor.page.locator("[name=passwordless]").check()
    visitor.press("add the key")
    visitor.page.wait_for_url(lambda url: "/webauthn/add" not in url)
    visitor.go("/accounts/2fa/webauthn/")
    assert "telefonul meu" in visitor.reads()

    visitor.context.clear_cookies()
    visitor.go("/accounts/login/")
    visitor.page.locator("#passkey_login").click()
    visitor.page.wait_for_url(re.compile(r"/student/\d+/$"))
    assert "Ioana" in visitor.heading()


def test_REC_016_the_secretariat_lets_in_who_has_no_address_on_file(portal: Portal, arrives: Arrives):
    cnp, born = identity(portal, "Radu Cernăianu")
    address = "radu.acasa@exemplu.ro"
    visitor = arrives(language=EN)
    ask(visitor, cnp, born, address)

    secretary = arrives(SECRETARY)
    row = secretary.page.locator("tbody a", has_text="Cernăianu")
    latest = monotonic() + WORKER / 1000
    while not row.count():
        assert monotonic() < latest, "the declared address never reached the secretariat"
        secretary.go("/admin/studentrecords/addressrequest/?state__exact=waiting")
    assert portal.mails_to(address) == []
    row.first.click()
    secretary.page.locator("[name=proof]").fill("CI TZ 123456")
    secretary.page.locator("form[action*='/decide/approve/'] button").click()
    expect(secretary.page.locator(".note-ok").first).to_be_visible()

    visitor.go(link_in(mail_to(portal, visitor, address)))
    type_password(visitor, PASSWORD)
    assert visitor.sees("account active")
    visitor.press("sign in")
    visitor.page.locator("[name=login]").fill(address)
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.press("sign in")
    visitor.page.wait_for_url(re.compile(r"/student/\d+/$"))
