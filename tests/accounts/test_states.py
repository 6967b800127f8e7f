"""The states of an account: the table of moves, pauses that spare the owner, locks, new addresses."""

from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.accounts import kit
from upt_portal.accounts import addresses, links, states
from upt_portal.accounts.models import AccountLink, EmailChange, User
from upt_portal.accounts.roles import ADMINISTRATOR, CHIEF_SECRETARY, SECRETARY, STUDENT
from upt_portal.accounts.workflow import ACCOUNT_MOVES, SYSTEM, AccountState
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import Job, TraceEntry
from upt_portal.kernel.moves import MoveRefused, grid

pytestmark = pytest.mark.django_db
LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"
AT = datetime(2026, 11, 20, 10, 0, tzinfo=ROMANIA)


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def sign_in(client: Client, email: str, password: str = factories.PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def known_client(user: User) -> Client:
    """A browser in which this person has signed in before, and out again."""
    client = Client()
    assert sign_in(client, user.email).status_code == 302
    client.post("/accounts/logout/")
    return client


# ---- the table ---------------------------------------------------------------------------------------------

STAFF = (SECRETARY, CHIEF_SECRETARY, ADMINISTRATOR)
EXPECTED = {
    ("not_activated", "send", "activation_sent"): (STUDENT, *STAFF),
    ("activation_sent", "activate", "active"): (STUDENT,),
    ("activation_sent", "expire", "not_activated"): (SYSTEM,),
    ("active", "reset", "active"): (STUDENT,),
    ("active", "lock", "locked"): (*STAFF, SYSTEM),
    ("active", "close", "closed"): (SYSTEM,),
    ("locked", "unlock", "active"): (*STAFF, SYSTEM),
}


def test_the_grid_of_states_hands_and_moves():
    open_cells = {
        (cell.state, cell.name, target, cell.actor)
        for cell in grid(ACCOUNT_MOVES, AccountState.values, (STUDENT, *STAFF, SYSTEM))
        for target in cell.targets
    }
    assert open_cells == {(*row, actor) for row, actors in EXPECTED.items() for actor in actors}


@pytest.mark.parametrize("state", AccountState.values)
def test_only_an_open_account_signs_in_whatever_it_proves(state, browser_of):
    user = factories.student_user(state=state)
    browser = browser_of(user)

    answer = sign_in(Client(), user.email)
    page = browser.get("/student/", follow=True)

    is_open = state == AccountState.ACTIVE
    assert (answer["Location"] == "/") is is_open
    assert any(LOGIN in where for where, _status in page.redirect_chain) is not is_open


def test_a_lock_has_an_end_only_while_it_lasts():
    user = factories.student_user()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(locked_until=timezone.now())


def test_staff_lock_ends_every_sign_in_and_unlock_opens_again(secretary, browser_of):
    user = factories.student_user()
    browser = browser_of(user)
    assert browser.get("/accounts/sessions/").status_code == 200

    states.lock(user.pk, actor=secretary, at=AT, reason="cerere")
    assert browser.get("/accounts/sessions/").status_code == 302
    with pytest.raises(MoveRefused):
        states.lock(user.pk, actor=secretary, at=AT)
    states.unlock(user.pk, actor=secretary, at=AT)

    assert sign_in(Client(), user.email).status_code == 302
    assert list(TraceEntry.objects.filter(actor=secretary).values_list("act", flat=True).order_by("pk")) == [
        "accounts.lock",
        "accounts.unlock",
    ]


# ---- wrong passwords ---------------------------------------------------------------------------------------


def test_REC_017_five_wrong_passwords_pause_the_account_and_tell_its_owner():
    victim = factories.student_user()
    for n in range(5):
        sign_in(Client(REMOTE_ADDR=f"10.0.1.{n}"), victim.email, "gresit-2026")
    kit.run_jobs()

    victim.refresh_from_db()
    assert victim.state == "locked"
    assert victim.locked_until is not None
    assert len(kit.mails_to(victim.email)) == 1
    assert "Prea multe" in sign_in(Client(REMOTE_ADDR="10.0.1.9"), victim.email).content.decode()


def test_REC_017_the_pause_also_holds_when_the_counter_is_lost():
    victim = factories.student_user()
    states.pause_after_failures(victim.email, minutes=15, at=timezone.now())

    assert sign_in(Client(), victim.email).status_code == 200


def test_attack_a_stranger_cannot_shut_the_owner_out():
    victim = factories.student_user()
    own = known_client(victim)
    working = Client()
    sign_in(working, victim.email)
    for n in range(12):
        sign_in(Client(REMOTE_ADDR=f"10.0.2.{n}"), victim.email, "gresit-2026")
    kit.run_jobs()

    assert working.get("/accounts/sessions/").status_code == 200  # an open sign-in goes on
    assert sign_in(own, victim.email).status_code == 302  # a known browser is let in


def test_a_known_browser_has_its_own_five_attempts_and_no_other_account():
    victim, other = factories.student_user(), factories.student_user()
    own = known_client(victim)
    answers = [sign_in(own, victim.email, "gresit-2026").content.decode() for _time in range(6)]

    assert ["Prea multe" in page for page in answers] == [False] * 5 + [True]
    for n in range(5):
        sign_in(Client(REMOTE_ADDR=f"10.0.3.{n}"), other.email, "gresit-2026")
    assert sign_in(own, other.email).status_code == 200
    forged = Client()
    forged.cookies["browser"] = own.cookies["browser"].value[:-2] + "xx"
    assert sign_in(forged, other.email).status_code == 200


def test_REC_017_the_fifth_failure_works_the_same_for_an_unknown_address():
    known = factories.student_user()
    seen = []
    for address in (known.email, "nimeni@student.upt.ro"):
        client = Client(REMOTE_ADDR=f"10.0.4.{len(seen)}")
        work = []
        for _time in range(6):
            before = Job.objects.count()
            with CaptureQueriesContext(connection) as queries:
                answer = sign_in(client, address, "gresit-2026")
            work.append(
                (answer.status_code, Job.objects.count() - before, "job" in str(queries.captured_queries))
            )
        seen.append(work)

    assert seen[0] == seen[1]
    assert [made for _status, made, _job in seen[0]] == [0, 0, 0, 0, 1, 0]


def test_F2_one_password_is_hashed_for_a_known_and_for_an_unknown_address(monkeypatch):
    from django.contrib.auth import hashers

    known, counts = factories.student_user(), []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode

    def counted(self, *args, **kwargs):
        counts[-1] += 1
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(hasher, "encode", counted)
    for address in (known.email, "nimeni@student.upt.ro"):
        counts.append(0)
        sign_in(Client(), address, "gresit-2026")

    assert counts == [1, 1]


def test_a_pause_ends_with_its_time_and_with_a_new_password():
    user = factories.student_user()
    states.pause_after_failures(user.email, minutes=15, at=AT)

    assert states.pauses_over(AT + timedelta(minutes=14)) == []
    assert states.pauses_over(AT + timedelta(minutes=15)) == [user.pk]
    assert states.end_pause(user.pk, at=AT + timedelta(minutes=15))
    user.refresh_from_db()
    assert (user.state, user.locked_until) == ("active", None)


# ---- a new password ----------------------------------------------------------------------------------------


def ask_reset(address: str, client: Client | None = None):
    return (client or Client()).post(RESET, {"email": address})


def set_new(link: str, password: str = "alta-parola-buna-7"):
    client = Client()
    where = client.get(link)
    page = where["Location"] if where.status_code == 302 else link
    return client.post(page, {"password1": password, "password2": password})


def test_REC_018_the_link_sets_a_password_once_and_ends_all_sign_ins(browser_of):
    user = factories.student_user()
    open_one = Client()
    sign_in(open_one, user.email)
    ask_reset(user.email.upper())
    kit.run_jobs()
    link = kit.link_in(kit.mails_to(user.email)[-1])

    assert set_new(link)["Location"] == "/accounts/password/reset/key/done/"
    user.refresh_from_db()
    assert user.check_password("alta-parola-buna-7")
    assert open_one.get("/accounts/sessions/").status_code == 302
    set_new(link, "a-treia-parola-88")
    user.refresh_from_db()
    assert user.check_password("alta-parola-buna-7")
    assert TraceEntry.objects.filter(act="accounts.reset", actor=user).count() == 1


@pytest.mark.parametrize(("seconds", "works"), [(7200, True), (7201, False)])
def test_REC_018_the_link_lives_two_hours(clock, seconds, works):
    clock.stand_at(AT)
    user = factories.student_user()
    ask_reset(user.email)
    kit.run_jobs()
    clock.stand_at(AT + timedelta(seconds=seconds))

    set_new(kit.link_in(kit.mails_to(user.email)[-1]))

    user.refresh_from_db()
    assert user.check_password("alta-parola-buna-7") is works


def test_REC_018_a_reset_opens_a_paused_account_and_no_locked_one(secretary):
    paused, locked = factories.student_user(), factories.student_user()
    states.pause_after_failures(paused.email, minutes=15, at=timezone.now())
    states.lock(locked.pk, actor=secretary, at=timezone.now())
    for user in (paused, locked):
        ask_reset(user.email)
    kit.run_jobs()

    assert [mails.subject for mails in kit.mails_to(locked.email)] == []
    set_new(kit.link_in(kit.mails_to(paused.email)[-1]))
    paused.refresh_from_db()
    assert paused.state == "active"
    assert sign_in(Client(), paused.email, "alta-parola-buna-7").status_code == 302


def test_REC_017_a_reset_is_the_same_work_for_every_address():
    known, seen = factories.student_user(), []
    for address in (known.email, "nimeni@student.upt.ro"):
        client = Client(REMOTE_ADDR=f"10.0.5.{len(seen)}")
        with CaptureQueriesContext(connection) as queries:
            answer = ask_reset(address, client)
        seen.append((answer.status_code, answer["Location"], [one["sql"].split()[0] for one in queries]))

    assert seen[0] == seen[1]
    assert mail.outbox == []


def test_REC_017_the_sixth_reset_of_an_address_sends_nothing_and_says_the_same():
    known = factories.student_user()
    answers = [ask_reset(known.email, Client(REMOTE_ADDR=f"10.0.6.{n}"))["Location"] for n in range(7)]
    kit.run_jobs()

    assert len(set(answers)) == 1
    assert len(kit.mails_to(known.email)) == 5


def test_attack_a_reset_leads_to_no_other_host():
    known = factories.student_user()
    Client().post(
        f"{RESET}?next=https://evil.example/", {"email": known.email, "next": "https://evil.example/"}
    )
    kit.run_jobs()
    done = set_new(kit.link_in(kit.mails_to(known.email)[-1]))

    assert "evil.example" not in kit.mails_to(known.email)[-1].body + done["Location"]
    inside = Client().post(
        f"{LOGIN}?next=https://evil.example/",
        {"login": known.email, "password": "alta-parola-buna-7", "next": "//evil.example/"},
    )
    assert inside["Location"] == "/"


def test_attack_a_session_planted_before_sign_in_is_another_one_after_it():
    user, client = factories.student_user(), Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key

    sign_in(client, user.email)

    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/accounts/sessions/").status_code == 302


# ---- password, sessions ------------------------------------------------------------------------------------


def test_REC_020_a_new_password_asks_for_the_old_one_and_ends_the_other_sign_ins():
    user = factories.student_user()
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, user.email)
    where, new = "/accounts/password/change/", "alta-parola-buna-7"

    wrong = here.post(where, {"oldpassword": "nu-e-asta-11", "password1": new, "password2": new})
    assert wrong.status_code == 200
    right = here.post(where, {"oldpassword": factories.PASSWORD, "password1": new, "password2": new})

    assert right.status_code == 302
    assert here.get("/accounts/sessions/").status_code == 200
    assert there.get("/accounts/sessions/").status_code == 302


def test_one_open_sign_in_is_ended_alone_and_only_ones_own():
    user, other = factories.student_user(), factories.student_user()
    here, there, foreign = Client(), Client(), Client()
    for client, who in ((here, user), (there, user), (foreign, other)):
        sign_in(client, who.email)
    rows = {row.session_key: row.pk for row in UserSession.objects.all()}

    assert here.post(f"/accounts/sessions/{rows[foreign.session.session_key]}/end/").status_code == 404
    here.post(f"/accounts/sessions/{rows[there.session.session_key]}/end/")

    assert there.get("/accounts/sessions/").status_code == 302
    assert foreign.get("/accounts/sessions/").status_code == 200
    assert here.get("/accounts/sessions/").status_code == 200


# ---- a new address -----------------------------------------------------------------------------------------


@pytest.fixture
def signed(db) -> tuple[User, Client]:
    user, client = factories.student_user(email="veche@student.upt.ro"), Client()
    sign_in(client, user.email)
    assert client.post("/accounts/email/", {"email": "x@exemplu.ro"})["Location"].startswith(
        "/accounts/reauthenticate/"
    )  # who sits down at an open screen changes nothing
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    return user, client


def change(client: Client, new: str):
    answer = client.post("/accounts/email/", {"email": new})
    kit.run_jobs()
    return answer


def confirm(address: str):
    return Client().post(kit.link_in(kit.mails_to(address)[-1]))


@pytest.mark.parametrize(
    "order", [("noua@exemplu.ro", "veche@student.upt.ro"), ("veche@student.upt.ro", "noua@exemplu.ro")]
)
def test_REC_019_a_new_address_counts_once_both_have_confirmed(signed, order):
    user, client = signed
    assert change(client, "Noua@Exemplu.ro").status_code == 302

    first = confirm(order[0])
    user.refresh_from_db()
    assert user.email == "veche@student.upt.ro"
    assert sign_in(Client(), "veche@student.upt.ro").status_code == 302  # the old name works until then
    confirm(order[1])
    kit.run_jobs()

    user.refresh_from_db()
    assert first.status_code == 200
    assert user.email == "noua@exemplu.ro"
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")) == [
        ("noua@exemplu.ro", True, True)
    ]
    assert sign_in(Client(), "noua@exemplu.ro").status_code == 302
    assert sign_in(Client(), "veche@student.upt.ro").status_code == 200
    assert kit.mails_to("veche@student.upt.ro")[-1].subject == kit.mails_to("noua@exemplu.ro")[-1].subject


def test_REC_023_decisions_go_to_the_institutional_address_after_the_change(signed):
    user, client = signed
    change(client, "noua@exemplu.ro")
    for address in ("noua@exemplu.ro", "veche@student.upt.ro"):
        confirm(address)

    user.refresh_from_db()
    assert (user.email, user.official_email) == ("noua@exemplu.ro", "veche@student.upt.ro")


def test_REC_019_a_taken_address_gets_the_same_answer_and_no_message(signed):
    factories.student_user(email="luata@student.upt.ro")
    _user, client = signed

    free = change(client, "libera@exemplu.ro")
    assert len(kit.mails_to("libera@exemplu.ro")) == 1
    taken = change(client, "LUATA@student.upt.ro")

    assert (free.status_code, free["Location"]) == (taken.status_code, taken["Location"])
    assert kit.mails_to("luata@student.upt.ro") == []


def test_REC_019_uniqueness_is_asked_again_at_the_end(signed):
    user, client = signed
    change(client, "noua@exemplu.ro")
    factories.student_user(email="noua@exemplu.ro")

    confirm("noua@exemplu.ro")
    confirm("veche@student.upt.ro")

    user.refresh_from_db()
    assert user.email == "veche@student.upt.ro"
    assert EmailChange.objects.get().ended_at is not None


def test_REC_019_a_newer_change_or_giving_up_voids_the_links(signed):
    user, client = signed
    change(client, "unu@exemplu.ro")
    first = kit.link_in(kit.mails_to("unu@exemplu.ro")[-1])
    change(client, "doi@exemplu.ro")
    second = kit.link_in(kit.mails_to("doi@exemplu.ro")[-1])
    client.post("/accounts/email/give-up/")

    assert [Client().post(link).status_code for link in (first, second)] == [410, 410]
    user.refresh_from_db()
    assert user.email == "veche@student.upt.ro"


def test_REC_019_an_opened_link_confirms_nothing_and_is_used_once(signed):
    _user, client = signed
    change(client, "noua@exemplu.ro")
    link = kit.link_in(kit.mails_to("noua@exemplu.ro")[-1])

    assert Client().get(link).status_code == 200
    assert EmailChange.objects.get().new_confirmed_at is None
    assert Client().post(link).status_code == 200
    assert Client().post(link).status_code == 410


def test_REC_019_the_links_end_after_two_hours(signed, clock):
    user, _client = signed
    clock.stand_at(AT)
    addresses.ask(user.pk, "noua@exemplu.ro", actor=user, at=AT)
    kit.run_jobs()
    clock.stand_at(AT + timedelta(hours=2, seconds=1))

    assert confirm("noua@exemplu.ro").status_code == 410


def test_an_activation_link_confirms_no_address_and_the_other_way_round(signed):
    user, _client = signed
    token = links.make(user, AccountLink.Purpose.NEW_ADDRESS, "x@exemplu.ro", at=timezone.now(), hours=2)

    assert Client().get(f"/activate/{token}/").status_code == 410
