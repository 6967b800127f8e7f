"""What a stranger with somebody else's numbers gets at every address: nothing, and nothing is changed.

The addresses come from the URL table, so a new one is attacked without a word here.
"""

from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from studentrecords.models import StudentCard
from tests import factories
from tests.test_permissions_table import World, address, addresses, table, target_of, world
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.models import IssuedPaper, Job, Mail, TraceEntry

__all__ = ["world"]
pytestmark = pytest.mark.django_db

#: Addresses with an argument that anybody may open: the codes and tokens are what protects them.
PUBLIC = {
    "verify", "studentrecords:card_check", "calendar_feed", "rule", "studentrecords:information_document",
    "activate_link", "confirm_address", "openid_connect_login", "openid_connect_callback",
    "account_confirm_email", "account_reset_password_from_key",
}  # fmt: skip
#: Arguments that are words of the portal, not numbers of somebody's things.
WORDS = {"enrolment", "activity", "field", "act", "name", "page", "end", "day", "language", "session", "kind"}
NUMBERED = sorted(name for name, wanted in addresses().items() if wanted and name not in PUBLIC)
ROWS = {row.name: row for row in table()}
#: A discipline is nobody's: another one is refused in words.
OWN = sorted(
    name for name in NUMBERED if name in ROWS
    and "enrolment" in addresses()[name] and "login" in ROWS[name].statuses.values()
    if ROWS[name].statuses["owner"] not in {"403", "404"}
    and ROWS[name].statuses["secretary"] == "404" and addresses()[name] - WORDS - {"discipline"}
)  # fmt: skip
REFUSED = {"403", "404", "405", "login"}


def tried(user: User, way: str, where: str) -> str:
    """The status; what the request would have changed is taken back, what it wrote is counted."""
    with transaction.atomic():
        client = Client()
        client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
        before = written()
        answer = client.get(where) if way == "GET" else client.post(where)
        login = target_of(answer).startswith((reverse("account_login"), reverse("admin:login")))
        assert written() == before, f"{way} {where} wrote something"
        transaction.set_rollback(True)
    return "login" if login else str(answer.status_code)


def written() -> tuple[int, int, int]:
    """Rows that every act leaves."""
    return TraceEntry.objects.count(), Mail.objects.count(), Job.objects.count()


@pytest.mark.parametrize("name", [name for name in NUMBERED if name in ROWS])
def test_attack_another_student_s_numbers_in_every_address(name: str, world: World):
    """Read or pressed, by another student and by a teacher who holds nothing of it."""
    where = address(name, world)
    other = world.users["other"]
    assert other is not None
    if ROWS[name].statuses["other"] not in REFUSED:  # pages of one's own account: no number of anybody's
        assert ROWS[name].statuses["other"] == ROWS[name].statuses["owner"], name
        assert not where.startswith(("/student/", "/appeals/", "/catalogue/", "/finance/", "/admin/")), where
        return
    found = {way: tried(other, way, where) for way in ("GET", "POST")}
    assert set(found.values()) <= REFUSED, (where, found)
    assert found[ROWS[name].way] != "405"
    assert where.startswith("/admin/") or "login" not in found.values()


@pytest.mark.parametrize("name", [name for name in NUMBERED if name in ROWS])
def test_attack_a_teacher_opens_another_s_catalogue_or_students(name: str, world: World):
    if ROWS[name].statuses["other"] not in REFUSED:
        return
    stranger = factories.user(roles.TEACHER)
    where = address(name, world)
    found = {way: tried(stranger, way, where) for way in ("GET", "POST")}
    assert set(found.values()) <= REFUSED, (where, found)


@pytest.mark.parametrize("name", OWN)
def test_attack_somebody_else_s_object_under_one_s_own_number(name: str, world: World):
    """/student/<own>/…/<foreign>/ is not there, whichever object it is."""
    other = world.users["other"]
    assert other is not None
    given = {**world.args, **world.own.get(name, {}), "enrolment": other.person.enrolments.get().pk}
    where = reverse(name, kwargs={one: given[one] for one in addresses()[name]})
    found = {way: tried(other, way, where) for way in ("GET", "POST")}
    assert set(found.values()) <= {"404", "405"}, (where, found)
    assert "404" in found.values(), (where, found)


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 2**64, 10**40])
def test_attack_numbers_that_nobody_has_are_not_there(number: int, world: World):
    """Beyond what the database can hold too: never an error."""
    names = [name for name in NUMBERED if "enrolment" in addresses()[name] and name in ROWS]
    owner = world.users["owner"]
    assert owner is not None
    for name in names:
        given = {**world.args, **world.own.get(name, {}), "enrolment": number}
        where = reverse(name, kwargs={one: given[one] for one in addresses()[name]})
        assert tried(owner, ROWS[name].way, where) in {"403", "404", "login"}, where


def test_the_addresses_under_attack_are_those_of_students():
    """A table that went empty would pass every test above."""
    assert len(NUMBERED) > 100
    assert {"student_message", "fees:receipt", "studentrecords:appeal"} <= set(OWN)


# ---- codes -------------------------------------------------------------------------------------------------

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def forged(code: str) -> list[str]:
    """One letter changed at each place, and what people type to see what happens."""
    changed = [
        code[:place] + next(one for one in ALPHABET if one != letter) + code[place + 1 :]
        for place, letter in enumerate(code)
        if letter != "-"
    ]
    return [*changed, "AAAA-AAAA-AAAA", code[:-1], "%00", "' OR 1=1 --", "<b>x</b>", "ă" * 12, "9" * 500]


def with_code(name: str, code: str) -> str:
    """The address as a browser sends it, whatever was typed for the code."""
    return reverse(name, args=["CODE"]).replace("CODE", quote(code, safe=""))


def test_attack_forged_codes_of_papers_tell_nothing(world: World):
    paper = IssuedPaper.objects.get(code=world.args["code"])
    assert Client().get(reverse("verify", args=[paper.code])).status_code == 200
    for code in forged(paper.code):
        with CaptureQueriesContext(connection) as queries:
            answer = Client().get(with_code("verify", code))
        assert answer.status_code == 404, code
        assert b"<b>x</b>" not in answer.content
        assert len(queries) <= 1


def test_attack_forged_codes_of_cards_say_not_valid_without_a_name(world: World):
    where = world.own["studentrecords:card_check"]["code"]
    card = StudentCard.objects.select_related("enrolment__person").get(code=where)
    name = card.enrolment.person.last_name
    assert name in Client().get(reverse("studentrecords:card_check", args=[card.code])).content.decode()
    for number, code in enumerate(forged(card.code)):
        stranger = Client(REMOTE_ADDR=f"10.7.7.{number + 1}")
        answer = stranger.get(with_code("studentrecords:card_check", code))
        assert answer.status_code in (200, 404), code
        assert name not in answer.content.decode(), code
        assert b"<b>x</b>" not in answer.content
