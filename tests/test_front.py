"""The front door: public pages, the student's home in every state, messages, readers, calendar, papers."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from contracting.models import StudentContracting
from contracting.services import changes, review, selection, settlement, signing
from studentrecords.models import Enrolment, Financing
from tests import factories
from tests.contracting import kit
from tests.contracting.pages_kit import browser, statements, text_of
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, deadlines, feeds
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.models import FeedToken, IssuedPaper, Job, Mail

pytestmark = pytest.mark.django_db

OWN_PAGES = ("student_home", "student_messages", "student_reads", "student_calendar")


@pytest.fixture(autouse=True)
def on_the_day(clock):
    """Friday 20 November 2026, 11:00 in Timișoara."""


@pytest.fixture
def clerk(db) -> User:
    return factories.secretary("AC", first_name="Oana", last_name="Pârvu")


def of(user: User, language: str = "ro") -> Client:
    client = Client()
    client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
    client.cookies["language"] = language
    return client


def page_of(enrolment: Enrolment, name: str) -> str:
    return reverse(name, args=[enrolment.pk])


def home(case: StudentContracting, language: str = "ro") -> str:
    return text_of(browser(case, language).get(page_of(case.enrolment, "student_home")))


def between(words: str, first: str, last: str) -> str:
    return words.split(first, 1)[1].split(last, 1)[0]


# ---- who goes where ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [("ro", "Ce aveți de făcut, până când și ce urmează."), ("en", "What you have to do, until when")],
)
def test_the_public_page_says_what_this_is_and_leads_on(language, words):
    client = Client()
    client.cookies["language"] = language

    page = client.get("/")

    assert words in text_of(page)
    for address in (reverse("account_login"), reverse("verify_form"), reverse("rulebook")):
        assert f'href="{address}"' in page.content.decode()


def test_everyone_signed_in_is_led_to_the_own_place(clerk):
    student = factories.with_past(factories.enrolment())
    other = factories.user(roles.TEACHER)

    assert of(clerk).get("/")["Location"] == reverse("admin:index")
    assert of(student.person.user).get("/")["Location"] == "/student/"
    assert of(student.person.user).get("/student/")["Location"] == f"/student/{student.pk}/"
    assert "Niciun program de studii nu este legat de contul" in text_of(of(other).get("/student/"))


def test_while_a_campaign_runs_the_first_page_is_the_list(clock):
    case = kit.case(arrears={1: False})
    client = browser(case)

    assert client.get("/student/")["Location"] == f"/student/{case.enrolment_id}/contract/"
    clock.stand_on(date(2026, 12, 14))
    assert client.get("/student/")["Location"] == f"/student/{case.enrolment_id}/"


def test_with_several_programmes_the_student_chooses_and_every_page_names_the_one():
    first = factories.enrolment()
    second = factories.enrolment(person=first.person)
    client = of(first.person.user)

    choice = text_of(client.get("/student/"))
    page = client.get(page_of(second, "student_home"))

    assert "Alegeți programul de studii" in choice
    assert first.programme.name_ro in choice
    assert second.programme.name_ro in choice
    assert f"{second.programme.name_ro} · anul 2 · " in text_of(page)
    assert 'href="/student/"' in page.content.decode()


@pytest.mark.parametrize("name", OWN_PAGES)
def test_own_pages_want_sign_in_and_are_found_by_their_student_only(name):
    mine, theirs = factories.enrolment(), factories.enrolment()
    client = of(mine.person.user)

    assert Client().get(page_of(mine, name))["Location"].startswith("/accounts/login/")
    assert client.get(page_of(mine, name)).status_code == 200
    assert client.get(page_of(theirs, name)).status_code == 404


# ---- the student's home ------------------------------------------------------------------------------------


def test_without_anything_to_do_the_home_says_that_it_is_fine():
    student = factories.enrolment()

    words = text_of(of(student.person.user).get(page_of(student, "student_home")))

    assert "Bună ziua, Andra" in words
    assert "Nu aveți nimic de făcut acum Vă scriem când apare ceva." in words
    assert "Acum nu aveți niciun termen." in words


def test_an_open_list_is_the_next_step_with_its_term():
    case = kit.case(arrears={1: False, 2: True})

    words = home(case)

    step = between(words, "Următorul pas", "De făcut acum")
    assert "Validați disciplinele anului 2 Aveți de ales la 2 discipline. Restul listei este complet." in step
    assert "până miercuri, 25 noiembrie 2026, ora 23:59" in step
    assert "Alegeți disciplinele" in step
    later = between(words, "Mai târziu", "Termene")
    assert "Semnați și încărcați anexa 28 nov – 4 dec, după ce secretariatul aprobă lista" in later
    assert "Plătiți sumele din anexă după încărcare, până pe 13 dec" in later
    assert "Lista de discipline" in words.split("Termene", 1)[1]


def test_the_home_reads_whole_in_english():
    words = home(kit.case(arrears={1: False}), "en")

    assert "Friday 20 November 2026" in words
    assert "Next step Validate the disciplines of year 2" in words
    assert "To do now 1" in words
    assert "Put the terms in your calendar" in words


def test_a_validated_list_waits_on_the_secretariat(clerk):
    case = kit.validated(kit.case(arrears={1: False}))
    assert "Verificarea listei dumneavoastră" in between(home(case), "În așteptare la noi", "Mai târziu")

    review.ask(case.pk, question="De ce?", actor=clerk, at=kit.NOW)
    assert "Răspundeți la întrebarea secretariatului" in between(home(case), "Următorul pas", "Mai târziu")

    review.answer(case.pk, text="Așa.", actor=kit.student(case), at=kit.NOW)
    row = case.lines.get(position=1)
    changes.request(case.pk, text="Schimb.", add=[], drop=[row.key], actor=kit.student(case), at=kit.NOW)
    assert "Cererea dumneavoastră de modificare" in between(home(case), "În așteptare la noi", "Mai târziu")


def test_a_lapsed_list_stands_on_top_as_late(clock):
    case = kit.case(arrears={1: False})
    selection.lapse(case.pk, at=clock.stand_on(date(2026, 11, 26)))

    words = home(case)

    assert words.index("Lista de discipline nu a fost validată la timp") < words.index("Următorul pas")
    assert "a trecut pe 25 noiembrie" in words


def test_signing_returning_paying_and_settling_each_have_their_words(clerk, clock):
    case = kit.approved(kit.validated(kit.case(arrears={1: False}, financing=Financing.STATE)), clerk)
    document = kit.rendered(case)
    assert "Semnați și încărcați anexa se deschide pe 28 nov" in between(home(case), "Mai târziu", "Termene")

    clock.stand_at(kit.STAGE_4)
    assert "Descărcați și semnați anexa" in between(home(case), "Următorul pas", "De făcut acum")

    signed = signing.upload(
        document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4
    )
    words = home(case)
    assert "Verificarea documentelor semnate" in between(words, "În așteptare la noi", "Încheiate")
    assert "Plătiți 280,00 lei" in between(words, "Următorul pas", "De făcut acum")

    sha256 = signed.stored.sha256
    signing.reject_file(
        signed.pk, seen_sha256=sha256, reason="Pagina 2 lipsește.", actor=clerk, at=kit.STAGE_4
    )
    words = home(case)
    assert words.index("Documentul semnat trebuie corectat Pagina 2 lipsește.") < words.index("Următorul pas")
    assert "De corectat" in between(words, "De făcut acum", "Mai târziu")

    clock.stand_on(date(2026, 12, 7))
    late = home(case)
    assert "Documentul semnat trebuie corectat" in late


def test_missing_signatures_and_unpaid_sums_are_told_as_late(clerk, clock):
    case = kit.approved(kit.validated(kit.case(arrears={1: False})), clerk)
    document = kit.rendered(case)
    clock.stand_on(date(2026, 12, 5))
    assert "Documentele semnate nu au fost încărcate la timp" in home(case)

    signing.extend_upload(case.pk, until=date(2026, 12, 8), reason="Spital.", actor=clerk, at=clock.now)
    at = clock.stand_on(date(2026, 12, 7))
    signing.upload(document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=at)
    clock.stand_on(date(2026, 12, 14))
    words = home(case)
    assert words.index("Termenul de plată a trecut") < words.index("Următorul pas")


def test_a_settled_and_a_cancelled_year_ask_for_nothing(clerk, clock):
    case = kit.approved(kit.validated(kit.case(financing=Financing.STATE)), clerk)
    document = kit.rendered(case)
    signed = signing.upload(
        document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4
    )
    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)
    other = kit.case(campaign=case.campaign)
    settlement.cancel(other.pk, reason="Întrerupere.", actor=clerk, at=kit.NOW)

    assert "Nu aveți nimic de făcut acum" in home(case)
    assert "Arătați cele 2 încheiate" in home(case)
    assert "Contractarea 2026–2027, anulată" in home(other)


def test_the_home_takes_the_same_queries_with_one_and_with_many_messages(clerk):
    case = kit.approved(kit.validated(kit.case(arrears={1: False})), clerk)
    address = page_of(case.enrolment, "student_home")
    statements(browser(case), address)  # the first visit is written down
    before = statements(browser(case), address)
    for number in range(8):
        message(kit.student(case), number)
        deadlines.set_deadline(
            f"x:{number}", "other.kind", due_at=end_of_day(date(2027, 1, 5)), person=kit.student(case)
        )

    assert statements(browser(case), address) == before <= 12


def test_every_running_term_stands_on_the_home_of_whatever_room():
    student = factories.enrolment()
    user = student.person.user
    deadlines.set_deadline("x:1", "other.kind", due_at=end_of_day(date(2026, 12, 1)), person=user, link="/x/")

    words = text_of(of(user).get(page_of(student, "student_home")))

    assert "Un termen al dumneavoastră" in words


# ---- messages ----------------------------------------------------------------------------------------------


def message(user: User, number: int = 1, **fields: object) -> Mail:
    values: dict[str, object] = {
        "key": f"test:{user.pk}:{number}", "recipient": user, "address": user.email, "language": "ro",
        "template": "x", "subject": f"Mesajul {number}", "text": "Rândul unu.\n\nRândul doi.",
        "office": "Secretariat", "created_at": factories.NOW + timedelta(minutes=number),
    }  # fmt: skip
    return Mail.objects.create(**{**values, **fields})


def test_messages_stand_newest_first_and_are_read_once_opened():
    student = factories.enrolment()
    user = student.person.user
    first, second = message(user, 1), message(user, 2, link="/student/")
    client = of(user)

    listed = text_of(client.get(page_of(student, "student_messages")))
    opened = client.get(reverse("student_message", args=[student.pk, second.pk]))

    assert listed.index("Mesajul 2") < listed.index("Mesajul 1")
    assert listed.count("necitit") == 2
    assert "Rândul unu. Rândul doi." in text_of(opened)
    assert 'href="/student/"' in opened.content.decode()
    assert text_of(client.get(page_of(student, "student_messages"))).count("necitit") == 1
    first.refresh_from_db()
    assert first.read_at is None


def test_fifty_messages_make_a_page_and_the_older_ones_follow():
    student = factories.enrolment()
    for number in range(51):
        message(student.person.user, number)
    client = of(student.person.user)

    page = text_of(client.get(page_of(student, "student_messages")))
    older = text_of(client.get(page_of(student, "student_messages") + "?page=2"))

    assert "pagina 1 din 2" in page
    assert "Mesajul 0 " not in page
    assert "Mesajul 0 " in older


def test_a_message_of_somebody_else_is_not_found():
    mine, theirs = factories.enrolment(), factories.enrolment()
    foreign = message(theirs.person.user)

    answer = of(mine.person.user).get(reverse("student_message", args=[mine.pk, foreign.pk]))

    assert answer.status_code == 404


# ---- who opened my file, calendar --------------------------------------------------------------------------


def test_readers_are_named_by_office_with_what_and_when(clerk):
    student = factories.enrolment()
    user = student.person.user
    audit.record_read(user, reader=clerk, what="contracting.documents", at=factories.NOW)

    words = text_of(of(user).get(page_of(student, "student_reads")))

    assert "documente de semnat și semnate" in words
    assert "20 noiembrie 2026, ora 11:00" in words
    assert str(roles.LABELS[roles.SECRETARY]) in words
    assert "Pârvu" not in words


def test_a_calendar_address_is_made_shown_once_renewed_and_taken_back():
    student = factories.enrolment()
    user, client = student.person.user, of(student.person.user)
    address = page_of(student, "student_calendar")
    assert "Nu există încă nicio adresă." in text_of(client.get(address))

    made = client.post(address, {"act": "new"}, follow=True).content.decode()
    feed = made.split('value="http://testserver')[1].split('"')[0]

    assert feed.endswith(".ics")
    assert Client().get(feed).status_code == 200
    assert feed not in client.get(address).content.decode()
    client.post(address, {"act": "new"})
    assert Client().get(feed).status_code == 404
    client.post(address, {"act": "revoke"})
    assert not FeedToken.objects.filter(user=user).exists()


def test_a_look_at_the_calendar_page_makes_no_address():
    student = factories.enrolment()

    of(student.person.user).get(page_of(student, "student_calendar"))

    assert FeedToken.objects.count() == 0
    assert feeds.owner_of("x") is None


# ---- checked papers, statements ----------------------------------------------------------------------------


def paper(**fields: object) -> IssuedPaper:
    values: dict[str, object] = {
        "kind": "test",
        "about": f"x:{factories.number()}",
        "number": "3/1187",
        "title": "Anexă",
        "template": "x",
        "context": {"student": "Văleanu Andra"},
        "filename": "x.pdf",
        "issued_at": factories.NOW,
        "pages": 2,
        "state": "valid",
        "rendered_at": factories.NOW,
        "sha256": "ab" * 32,
        "file": "papers/x.pdf",
    }
    return IssuedPaper.objects.create(**{**values, **fields})


def test_a_code_typed_in_small_letters_without_dashes_finds_its_paper():
    made = paper(code="7K4M-9QXD-2FHT")

    page = Client().get(reverse("verify_form"), {"code": " 7k4m 9qxd2fht"}, follow=True)
    words = text_of(page)

    assert page.redirect_chain == [(reverse("verify", args=[made.code]), 302)]
    assert "Documentul este valid" in words
    assert "3/1187" in words
    assert "20 noiembrie 2026" in words
    assert "Văleanu" not in words
    assert text_of(Client().get("/verify/7k4m9qxd2fht/")) == words


def test_a_replaced_paper_names_the_one_in_force_and_a_cancelled_one_says_so():
    first = paper()
    second = paper(version=2, supersedes=first, state="replaced")
    paper(version=3, supersedes=second)
    IssuedPaper.objects.filter(pk=first.pk).update(state="replaced")
    cancelled = paper(state="revoked", revoked_reason="Întreruperea studiilor")

    replaced = text_of(Client().get(reverse("verify", args=[first.code])))
    revoked = text_of(Client().get(reverse("verify", args=[cancelled.code])))

    assert "Documentul a fost înlocuit de o versiune mai nouă" in replaced
    assert "Cea nouă: versiunea 3, din 20 noiembrie 2026." in replaced
    assert "Documentul a fost anulat" in revoked
    assert "Întreruperea" not in revoked


def test_a_page_of_another_version_in_the_hand_is_called_so():
    made = paper(version=2)

    right = text_of(Client().get(reverse("verify", args=[made.code]) + "?v=2&p=1"))
    stale = text_of(Client().get(reverse("verify", args=[made.code]) + "?v=1&p=1"))
    nonsense = text_of(Client().get(reverse("verify", args=[made.code]) + "?v=²&p=1e9"))

    assert "Documentul este valid" in right
    assert "cea din mâna dumneavoastră: 1" in right
    assert "Codul QR de pe ea numește versiunea 1, registrul versiunea 2." in stale
    assert "Documentul este valid" in nonsense


def test_an_unknown_code_is_told_with_the_letters_that_never_stand_in_one():
    page = Client().get(reverse("verify", args=["aaaa-bbbb-cccc"]))

    assert page.status_code == 404
    assert "Niciun document nu are acest cod" in text_of(page)
    assert "literele O și I și cifrele 0 și 1 nu se folosesc niciodată" in text_of(page)


@pytest.mark.parametrize("name", ["accessibility", "privacy", "verify_form"])
@pytest.mark.parametrize("language", ["ro", "en"])
def test_public_pages_are_whole_in_both_languages(name, language):
    client = Client()
    client.cookies["language"] = language

    page = client.get(reverse(name))

    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.content.decode()
    assert ("Verific" in text_of(page)) == (language == "ro")


def test_a_job_is_followed_by_who_asked_for_it_until_it_ends(clerk):
    job = Job.objects.create(
        kind="x", key="x", actor=clerk, total=4, done=1, state="running", created_at=kit.NOW
    )
    address = reverse("job_progress", args=[job.pk])
    client = of(clerk)

    running = client.get(address)
    Job.objects.filter(pk=job.pk).update(state="done", done=4, finished_at=kit.NOW)
    piece = client.get(address, headers={"HX-Request": "true"})

    assert "Lucrarea este în curs…" in text_of(running)
    assert '<meta http-equiv="refresh" content="5">' in running.content.decode()
    assert piece.status_code == 286
    assert "Lucrarea s-a încheiat" in text_of(piece)
    assert of(factories.secretary()).get(address).status_code == 404


def test_the_appearance_is_chosen_and_given_back_to_the_device(student, student_client):
    page = page_of(student.person.enrolments.get(), "student_home")

    student_client.post("/theme/", {"theme": "dark", "next": page})
    assert 'data-theme="dark"' in student_client.get(page).content.decode()

    answer = student_client.post("/theme/", {"theme": "", "next": page})
    assert answer["Location"] == page
    assert 'data-theme="auto"' in student_client.get(page).content.decode()
    student.refresh_from_db()
    assert student.theme == ""
