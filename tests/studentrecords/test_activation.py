"""First access: who knows a CNP and a birth date gets no further than the mailbox of its owner."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from studentrecords.models import AddressRequest, Person
from studentrecords.rules import activation as rules
from studentrecords.services import activation as services
from tests import factories
from tests.accounts import kit
from upt_portal.accounts import links, roles
from upt_portal.accounts.models import AccountLink, User
from upt_portal.kernel.cnp import birth_date_of, check_cnp, make_cnp
from upt_portal.kernel.crypto import blind_index
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import Job, TraceEntry

pytestmark = pytest.mark.django_db
BORN = date(2005, 6, 14)
GOOD = "o-parola-buna-2026"
START = datetime(2026, 11, 20, 10, 0, tzinfo=ROMANIA)


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def newcomer(db) -> Person:
    """A student whose account was made with the institutional address and never opened."""
    user = User.objects.create_user("noua@student.upt.ro", first_name="Ioana", last_name="Mureșan")
    return factories.enrolment(person=factories.person(user=user, birth_date=BORN)).person


@pytest.fixture
def unknown(db) -> Person:
    """A student in the records without an account and without an address."""
    return factories.enrolment(person=factories.person(user=None)).person


def ask(person: Person | None = None, client: Client | None = None, **typed: str):
    """Type the identity at the door; the work behind it is left waiting."""
    given = {"number": person.cnp if person else make_cnp(BORN, "M", 12, 77), "born": "14.06.2005"}
    given |= {"address": "alta@exemplu.ro"} | typed
    return (client or Client()).post("/activate/", given)


def sent_link(address: str) -> str:
    return kit.link_in(kit.mails_to(address)[-1])


def choose(link: str, password: str = GOOD):
    return Client().post(link, {"password1": password, "password2": password})


# ---- the numbers (7.1) -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cnp", "valid", "born"),
    [
        ("1810103345213", False, None),
        ("1810103345216", True, date(1981, 1, 3)),
        ("5050614352661", True, date(2005, 6, 14)),
        ("5031231351230", True, date(2003, 12, 31)),
    ],
)
def test_REC_011_REC_012_the_table_of_numbers(cnp, valid, born):
    assert bool(check_cnp(cnp)) is valid
    if born:
        assert birth_date_of(cnp) == born


@pytest.mark.parametrize(
    ("recorded", "cnp", "expected"),
    [
        (None, "5050614352661", date(2005, 6, 14)),
        (date(2005, 6, 15), "5050614352661", date(2005, 6, 15)),
        (None, "", None),
    ],
)
def test_REC_012_the_record_says_the_birth_date_before_the_number(recorded, cnp, expected):
    assert rules.birth_date_on_record(recorded, cnp) == expected


@pytest.mark.parametrize(
    ("text", "accepted"),
    [("1810103345216", True), ("1810103345213", False), ("181010334521", False), ("AB1234567", True),
     ("12345678", True), ("A1", False), ("AB12345678901234", False), ("ab 123-456", True), ("", False),
     ("AB1234$67", False)],
)  # fmt: skip
def test_REC_011_a_number_is_a_cnp_or_a_passport(text, accepted):
    assert bool(rules.check_identity_number(text)) is accepted


def test_REC_003_an_address_is_decided_the_next_working_day():
    assert rules.decision_due(date(2026, 11, 20), 1, frozenset()) == date(2026, 11, 23)
    assert rules.decision_due(date(2026, 11, 27), 1, frozenset({date(2026, 11, 30)})) == date(2026, 12, 1)


# ---- the door ----------------------------------------------------------------------------------------------


def test_REC_014_REC_015_the_link_opens_the_account_and_the_address_becomes_its_name(newcomer, clock):
    clock.stand_at(START)
    assert ask(newcomer)["Location"] == "/activate/asked/"
    kit.run_jobs()
    newcomer.user.refresh_from_db()
    assert newcomer.user.state == "activation_sent"

    link = sent_link("noua@student.upt.ro")
    page = Client().get(link).content.decode()
    assert "Ioana Mureșan" in page
    assert newcomer.cnp not in page
    done = choose(link)

    assert "noua@student.upt.ro" in done.content.decode()
    newcomer.user.refresh_from_db()
    assert newcomer.user.state == "active"
    assert newcomer.user.check_password(GOOD)
    signed_in = Client().post("/accounts/login/", {"login": "noua@student.upt.ro", "password": GOOD})
    assert signed_in["Location"] == "/"
    by_cnp = Client().post("/accounts/login/", {"login": newcomer.cnp, "password": GOOD})
    assert by_cnp.status_code == 200  # the CNP is no name


def test_REC_025_the_message_says_who_why_and_how_long(newcomer):
    newcomer.user.language = "en"
    newcomer.user.save()
    ask(newcomer)
    kit.run_jobs()

    (message,) = kit.mails_to("noua@student.upt.ro")

    assert message.subject == "Activate your account in the student portal"
    for words in ("Hello, Ioana Mureșan", "2 hours", "sign in with this address: noua@", "ignore it"):
        assert words in message.body
    assert newcomer.cnp not in message.body


@pytest.mark.parametrize(
    ("later", "opens"),
    [(timedelta(hours=1, minutes=59, seconds=59), True), (timedelta(hours=2), True),
     (timedelta(hours=2, seconds=1), False)],
)  # fmt: skip
def test_REC_014_the_link_lives_two_hours_to_the_second(newcomer, clock, later, opens):
    clock.stand_at(START)
    ask(newcomer)
    kit.run_jobs()
    clock.stand_at(START + later)

    answer = choose(sent_link("noua@student.upt.ro"))

    assert answer.status_code == (200 if opens else 410)
    newcomer.user.refresh_from_db()
    assert newcomer.user.state == ("active" if opens else "activation_sent")


def test_REC_014_a_newer_link_voids_the_older(newcomer, clock):
    clock.stand_at(START)
    ask(newcomer)
    kit.run_jobs()
    first = sent_link("noua@student.upt.ro")
    clock.stand_at(START + timedelta(minutes=30))
    ask(newcomer)
    kit.run_jobs()

    assert choose(first).status_code == 410
    assert choose(sent_link("noua@student.upt.ro")).status_code == 200


def test_REC_014_a_link_is_good_once_and_a_forged_one_never(newcomer):
    ask(newcomer)
    kit.run_jobs()
    link = sent_link("noua@student.upt.ro")
    assert choose(link).status_code == 200

    replayed = choose(link, "alta-parola-buna-77")
    forged = Client().get("/activate/" + "A" * 43 + "/")

    assert (replayed.status_code, forged.status_code) == (410, 410)
    assert replayed.content.count(b"<h1") == forged.content.count(b"<h1") == 1
    newcomer.user.refresh_from_db()
    assert newcomer.user.check_password(GOOD)


def test_REC_014_opening_the_link_uses_nothing_up(newcomer):
    ask(newcomer)
    kit.run_jobs()
    link = sent_link("noua@student.upt.ro")
    for _scanner in range(3):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200

    assert choose(link).status_code == 200


def test_REC_014_a_link_that_nobody_used_takes_the_account_back(newcomer, clock):
    clock.stand_at(START)
    ask(newcomer)
    kit.run_jobs()

    assert links.expire(newcomer.user_id, at=START + timedelta(hours=1)) is False
    assert links.expire(newcomer.user_id, at=START + timedelta(hours=3)) is True
    newcomer.user.refresh_from_db()
    assert newcomer.user.state == "not_activated"


@pytest.mark.parametrize(
    "password",
    ["14-06-2005", "14.06.2005!", "20050614xy", "noua@student.upt.ro", "ioana mureșan", "12345678901"],
)
def test_REC_016_the_password_is_never_the_birth_date_the_name_or_the_address(newcomer, password):
    ask(newcomer)
    kit.run_jobs()
    link = sent_link("noua@student.upt.ro")

    assert choose(link, password).status_code == 422
    assert choose(link, f"{newcomer.cnp}abc").status_code == 422
    newcomer.user.refresh_from_db()
    assert newcomer.user.state == "activation_sent"
    assert choose(link).status_code == 200  # nothing was used up


def test_REC_016_a_declared_address_gets_nothing_before_the_secretariat_has_seen_the_person(unknown, clock):
    clock.stand_at(START)
    ask(unknown, address="EU@exemplu.ro")
    kit.run_jobs()

    assert mail.outbox == []
    request = AddressRequest.objects.get()
    assert (request.address, request.due_on) == ("eu@exemplu.ro", date(2026, 11, 23))
    unknown.refresh_from_db()
    assert unknown.user is None

    clerk = factories.secretary("AC")
    services.approve(request.pk, proof="CI TZ 123456", actor=clerk, at=START)
    kit.run_jobs()

    assert choose(sent_link("eu@exemplu.ro")).status_code == 200
    unknown.refresh_from_db()
    assert unknown.user.state == "active"
    assert unknown.user.groups.get().name == roles.STUDENT
    assert TraceEntry.objects.filter(act="studentrecords.address_approved", actor=clerk).exists()


def test_attack_who_knows_cnp_and_birth_date_gets_nothing_but_the_owner_a_mail(newcomer):
    ask(newcomer, address="hot@exemplu.ro")
    kit.run_jobs()

    assert kit.mails_to("hot@exemplu.ro") == []
    assert len(kit.mails_to("noua@student.upt.ro")) == 1
    assert AddressRequest.objects.get().state == "waiting"


def test_attack_an_active_account_stays_as_it_is_and_its_owner_hears_of_it(student):
    person = student.person
    before = User.objects.filter(pk=student.pk).values().get()

    ask(person, address="hot@exemplu.ro")
    kit.run_jobs()

    assert User.objects.filter(pk=student.pk).values().get() == before
    assert kit.mails_to("hot@exemplu.ro") == []
    (told,) = kit.mails_to(student.email)
    assert "/activate/" not in told.body


def test_REC_012_the_right_number_with_another_birth_date_is_nobody(newcomer):
    newcomer.birth_date = date(2005, 6, 15)
    newcomer.save()

    ask(newcomer)
    kit.run_jobs()

    assert mail.outbox == []


def test_REC_011_a_foreign_student_is_known_by_the_passport(db):
    user = User.objects.create_user("lin@student.upt.ro", first_name="Lin", last_name="Chen", language="en")
    factories.enrolment(
        person=factories.person(
            user=user, cnp="", passport="E12345678", passport_index=blind_index("E12345678", "passport")
        )
    )
    ask(number="e 1234-5678")
    kit.run_jobs()

    assert len(kit.mails_to("lin@student.upt.ro")) == 1


# ---- nothing is told ---------------------------------------------------------------------------------------


def test_REC_017_the_answer_and_the_work_are_the_same_for_everybody(newcomer, unknown, student):
    seen = []
    for person in (newcomer, unknown, student.person, None):
        client = Client(REMOTE_ADDR=f"10.0.0.{len(seen) + 1}")
        before = Job.objects.count()
        with CaptureQueriesContext(connection) as queries:
            answer = ask(person, client)
        work = [query["sql"].split()[0] for query in queries]
        page = re.sub(
            rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", client.get(answer["Location"]).content
        )
        made = Job.objects.count() - before
        seen.append((answer.status_code, answer["Location"], dict(answer.cookies), page, work, made))

    assert seen[1:] == seen[:-1]
    assert seen[0][-1] == 1
    assert "INSERT" in seen[0][-2]


def test_REC_017_the_waiting_row_holds_no_number_and_no_birth_date(newcomer):
    ask(newcomer)

    written = str(Job.objects.get().payload)

    assert newcomer.cnp not in written
    assert "2005" not in written
    assert "0614" not in written


def test_REC_017_after_five_attempts_a_person_waits_known_or_not(newcomer):
    for person in (newcomer, None):
        answers = [ask(person, Client(REMOTE_ADDR=f"10.1.1.{n}")).status_code for n in range(1, 7)]
        assert answers == [302] * 5 + [429]


def test_REC_017_the_sixth_of_a_room_behind_one_address_is_served(unknown):
    numbers = [make_cnp(BORN, "M", 3, 100 + n) for n in range(12)]
    client = Client(REMOTE_ADDR="10.2.2.2")

    assert {ask(None, client, number=number).status_code for number in numbers} == {302}


def test_a_victim_is_not_shut_out_by_a_stranger_who_asks_again_and_again(newcomer):
    for n in range(8):
        ask(newcomer, Client(REMOTE_ADDR=f"10.3.3.{n + 1}"))
        kit.run_jobs()

    assert choose(sent_link("noua@student.upt.ro")).status_code == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"number": ""}, "Introduceți CNP-ul sau numărul pașaportului"),
        ({"number": "1810103345213"}, "CNP-ul nu este corect"),
        ({"born": "31.02.2005"}, "Introduceți data ca 14.06.2005"),
        ({"born": "15.06.2005"}, "nu este cea din CNP"),
        ({"address": "ana@"}, "Introduceți adresa în forma"),
    ],
)
def test_bad_input_is_said_beside_the_field_and_nothing_is_lost(unknown, typed, words):
    answer = ask(unknown, **typed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Job.objects.exists()


# ---- the secretariat ---------------------------------------------------------------------------------------


@pytest.fixture
def waiting(unknown) -> AddressRequest:
    services.identified(unknown.pk, "eu@exemplu.ro", at=START)
    return AddressRequest.objects.get()


def test_REC_013_an_address_of_another_account_is_refused_whatever_its_letters(waiting, secretary):
    factories.student_user(email="eu@exemplu.ro")
    AddressRequest.objects.update(address="Eu@Exemplu.ro")

    with pytest.raises(services.AddressRefused):
        services.approve(waiting.pk, proof="CI", actor=secretary, at=START)

    waiting.refresh_from_db()
    assert waiting.state == "waiting"


def test_an_address_is_decided_once(waiting, secretary):
    services.refuse(waiting.pk, reason="nu e persoana", actor=secretary, at=START)

    with pytest.raises(services.AddressRefused):
        services.approve(waiting.pk, proof="CI", actor=secretary, at=START)
    kit.run_jobs()
    assert mail.outbox == []


def test_the_secretary_sees_and_decides_those_of_the_own_faculty(waiting, secretary_client, browser_of):
    page = f"/admin/studentrecords/addressrequest/{waiting.pk}/change/"
    act = f"/admin/studentrecords/addressrequest/{waiting.pk}/decide/approve/"
    other = browser_of(factories.secretary("CT"))

    assert other.get(page).status_code == 404
    assert other.post(act, {"proof": "CI"}).status_code == 404
    shown = secretary_client.get(page).content.decode()
    assert "eu@exemplu.ro" in shown
    assert waiting.person.cnp not in shown
    assert secretary_client.post(act, {"proof": ""}).status_code == 422
    assert secretary_client.post(act, {"proof": "CI TZ 123456"}).status_code == 302
    again = secretary_client.post(act, {"proof": "CI TZ 123456"}, follow=True)
    assert "hotărâtă deja" in again.content.decode()
    kit.run_jobs()
    assert len(kit.mails_to("eu@exemplu.ro")) == 1


def test_the_queue_asks_as_much_for_three_as_for_one(waiting, secretary_client):
    where = "/admin/studentrecords/addressrequest/?state__exact=waiting"
    secretary_client.get(where)  # the first click of a sign-in also notes when it was
    with CaptureQueriesContext(connection) as one:
        secretary_client.get(where)
    for n in range(3):
        person = factories.enrolment(person=factories.person(user=None)).person
        services.identified(person.pk, f"al{n}@exemplu.ro", at=START)
    with CaptureQueriesContext(connection) as four:
        answer = secretary_client.get(where)

    assert len(four) == len(one)
    assert answer.content.count(b"@exemplu.ro") == 4


def test_REC_019_the_secretariat_stands_in_for_a_mailbox_that_is_lost(student, secretary):
    services.identified(student.person.pk, "noua@exemplu.ro", at=START)
    request = AddressRequest.objects.get()
    services.approve(request.pk, proof="CI TZ 1", actor=secretary, at=START)
    old = student.email
    kit.run_jobs()
    student.refresh_from_db()
    assert student.email == old  # until the new mailbox says yes

    link = sent_link("noua@exemplu.ro")
    assert Client().post(link).status_code == 200

    student.refresh_from_db()
    assert (student.email, student.official_email) == ("noua@exemplu.ro", old)
    assert AccountLink.objects.get(purpose="new_address").used_at is not None
