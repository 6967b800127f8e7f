"""Student cards and railcards: issued, checked by strangers, taken back; visas, losses, returns."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from studentrecords.models import Enrolment, EnrolmentStatus, Railcard, StudentCard
from studentrecords.queries import cards as queries
from studentrecords.refusal import Refused
from studentrecords.services import cards, railcards
from tests import factories
from tests.contracting.desk_kit import Browser, english
from tests.kernel import files
from tests.races import Gate, at_once
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.parameters import NETWORK_ATTEMPTS

pytestmark = pytest.mark.django_db
NOW = factories.NOW


@pytest.fixture(autouse=True)
def now(clock):
    cache.clear()
    return clock


@pytest.fixture
def enrolment(db) -> Enrolment:
    factories.academic_year()
    return factories.enrolment()


@pytest.fixture
def infocenter(db) -> User:
    return factories.user(roles.INFOCENTER)


def issued(enrolment: Enrolment) -> StudentCard:
    return cards.issue(enrolment.pk, actor=enrolment.person.user, at=NOW)


def check(card: StudentCard, code: str = "") -> str:
    stranger = Client()
    stranger.cookies["language"] = "en"
    page = stranger.get(reverse("studentrecords:card_check", args=[code or card.code]))
    assert page.status_code == 200
    return page.content.decode().split("<main")[1].split("</main>")[0]


# ---- the digital card --------------------------------------------------------------------------------------


def test_REC_044_a_stranger_learns_validity_name_and_university_only(enrolment):
    card = issued(enrolment)
    shown = check(card, card.code.lower())
    assert "The card is valid" in shown
    assert f"{enrolment.person.first_name} {enrolment.person.last_name}" in shown
    for private in (
        enrolment.matriculation_number, enrolment.programme.name_ro, enrolment.programme.name_en,
        enrolment.person.cnp, card.number, enrolment.person.user.email,
    ):  # fmt: skip
        assert private not in shown


def test_REC_044_an_unknown_code_and_a_card_not_valid_look_the_same(enrolment):
    card = issued(enrolment)
    unknown = check(card, "AAAA-AAAA-AAAA")
    Enrolment.objects.filter(pk=enrolment.pk).update(status=EnrolmentStatus.INTERRUPTED)
    assert check(card) == unknown
    assert enrolment.person.first_name not in unknown


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        (date(2027, 9, 12), True),
        (date(2027, 9, 27), True),
        (date(2027, 9, 28), True),
        (date(2028, 9, 28), False),
    ],
)
def test_REC_044_valid_until_the_day_before_the_next_year(enrolment, day, valid):
    factories.academic_year("2027-2028")
    assert queries.is_valid(issued(enrolment), day) is valid


def test_two_presses_give_one_card_and_a_new_code_ends_the_older(enrolment):
    first = issued(enrolment)
    assert issued(enrolment) == first
    second = cards.renew(first.pk, reason="telefon pierdut", actor=enrolment.person.user, at=NOW)
    assert second.code != first.code
    assert "not valid" in check(first)
    assert "The card is valid" in check(second)
    with pytest.raises(Refused):
        cards.renew(first.pk, reason="încă o dată", actor=enrolment.person.user, at=NOW)
    assert StudentCard.objects.filter(taken_back_at=None).count() == 1


@pytest.mark.parametrize("status", ["interrupted", "expelled", "completed", "admitted", "transferred_out"])
def test_REC_044_no_card_without_an_enrolment_in_force(enrolment, status):
    Enrolment.objects.filter(pk=enrolment.pk).update(status=status)
    with pytest.raises(Refused):
        issued(enrolment)


def test_a_code_is_not_changed_in_the_database(enrolment):
    card = issued(enrolment)
    with pytest.raises(DatabaseError), transaction.atomic():
        StudentCard.objects.filter(pk=card.pk).update(code="AAAA-AAAA-AAAA")


def test_the_check_page_counts_tries_of_a_network(enrolment):
    client = Client()
    where = reverse("studentrecords:card_check", args=["AAAA-AAAA-AAAA"])
    statuses = [client.get(where).status_code for _n in range(NETWORK_ATTEMPTS.default + 1)]
    assert set(statuses[:-1]) == {200}
    assert statuses[-1] == 429


def test_the_card_page(enrolment, browser_of: Browser):
    client = english(browser_of(enrolment.person.user))
    where = reverse("studentrecords:card", args=[enrolment.pk])
    assert "Issue my card" in client.get(where).content.decode()
    assert client.post(where, {"act": "issue"}).status_code == 302
    shown = client.get(where).content.decode()
    assert "data:image/svg+xml" in shown
    assert client.post(where, {"act": "photo"}).status_code == 422
    pdf = SimpleUploadedFile("eu.pdf", files.pdf_bytes(1))
    assert client.post(where, {"act": "photo", "photo": pdf}).status_code == 422
    picture = SimpleUploadedFile("eu.jpg", files.jpeg())
    assert client.post(where, {"act": "photo", "photo": picture}).status_code == 302
    photo = reverse("studentrecords:card_photo", args=[enrolment.pk])
    assert client.get(photo)["Content-Type"] == "image/jpeg"
    client.post(where, {"act": "no_photo"})
    assert client.get(photo).status_code == 404
    assert client.post(where, {"act": "nothing"}).status_code == 302


def test_infocenter_takes_a_card_back(enrolment, infocenter, browser_of: Browser):
    card = issued(enrolment)
    desk = english(browser_of(infocenter))
    where = reverse("admin:studentrecords_studentcard_take_back", args=[card.pk])
    assert desk.post(where, {"reason": ""}).status_code == 422
    assert desk.post(where, {"reason": "folosit de altcineva"}).status_code == 302
    assert "not valid" in check(card)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_phones_press_at_once(monkeypatch, locked):
    factories.academic_year()
    enrolment = factories.enrolment()
    gate = Gate()
    monkeypatch.setattr(queries, "in_force", gate.before(queries.in_force))
    if not locked:
        monkeypatch.setattr(cards, "_locked", lambda pk: Enrolment.objects.get(pk=pk))
    # The gate stands before the look: with the lock the second one comes only after the first has committed.
    outcomes = at_once(lambda: issued(enrolment), lambda: issued(enrolment))
    assert gate.passed == 2
    assert StudentCard.objects.count() == 1
    failed = [one for one in outcomes if isinstance(one, Exception)]
    assert len(failed) == (0 if locked else 1)  # without the lock the constraint is the last guard


# ---- railcards ---------------------------------------------------------------------------------------------


def railcard(enrolment: Enrolment, clerk: User, series: str = "CFR 100", **more) -> Railcard:
    return railcards.issue(enrolment.pk, series, actor=clerk, at=NOW, **more)


def test_REC_045_issued_with_the_visa_of_the_year_which_is_given_once(enrolment, infocenter):
    card = railcard(enrolment, infocenter)
    assert [visa.year.name for visa in card.visas.all()] == ["2026-2027"]
    with pytest.raises(Refused):
        railcards.give_visa(card.pk, actor=infocenter, at=NOW)
    factories.academic_year("2027-2028")
    later = NOW + timedelta(days=365)
    assert railcards.give_visa(card.pk, actor=infocenter, at=later).year.name == "2027-2028"


@pytest.mark.parametrize(
    ("born", "form", "given"),
    [(date(2000, 11, 21), "IF", True), (date(2000, 11, 20), "IF", False), (date(2005, 1, 1), "IFR", False)],
)
def test_REC_045_under_26_on_the_day_of_issue_and_full_time(infocenter, born, form, given):
    factories.academic_year()
    enrolment = factories.enrolment(
        person=factories.person(birth_date=born), programme=factories.programme(form=form)
    )
    if given:
        assert railcard(enrolment, infocenter).is_out
    else:
        with pytest.raises(Refused):
            railcard(enrolment, infocenter)


def test_REC_046_a_duplicate_waits_for_the_published_notice(enrolment, infocenter):
    card = railcard(enrolment, infocenter)
    with pytest.raises(Refused):
        railcard(enrolment, infocenter, "CFR 101", instead_of=card.pk)  # not lost
    railcards.record_loss(card.pk, notice="", lost_on=date(2026, 11, 19), actor=infocenter, at=NOW)
    with pytest.raises(Refused):
        railcard(enrolment, infocenter, "CFR 101", instead_of=card.pk)
    with pytest.raises(Refused):
        railcard(enrolment, infocenter, "CFR 101")  # nor a first one by another door
    railcards.record_loss(
        card.pk, notice="Timișoara nr. 12/18.11.2026", lost_on=date(2026, 11, 19), actor=infocenter, at=NOW
    )
    made = railcard(enrolment, infocenter, "cfr  101", instead_of=card.pk)
    assert (made.series, made.duplicate_of) == ("CFR 101", card)
    with pytest.raises(Refused):
        railcard(enrolment, infocenter, "CFR 102", instead_of=card.pk)


def test_REC_047_the_file_waits_for_the_return(enrolment, infocenter):
    person = enrolment.person
    assert queries.may_close_file(person)
    card = railcard(enrolment, infocenter)
    assert not queries.may_close_file(person)
    railcards.record_loss(card.pk, notice="", lost_on=date(2026, 11, 19), actor=infocenter, at=NOW)
    assert not queries.may_close_file(person)
    railcards.record_loss(card.pk, notice="Ziar 1", lost_on=date(2026, 11, 19), actor=infocenter, at=NOW)
    assert queries.may_close_file(person)
    second = railcard(enrolment, infocenter, "CFR 101", instead_of=card.pk)
    assert not queries.may_close_file(person)
    railcards.give_back(second.pk, actor=infocenter, at=NOW)
    assert queries.may_close_file(person)
    with pytest.raises(Refused):
        railcards.give_back(second.pk, actor=infocenter, at=NOW)


def test_infocenter_hands_out_in_the_administration(enrolment, infocenter, browser_of: Browser):
    desk = english(browser_of(infocenter))
    where = reverse("admin:studentrecords_railcard_hand_out")
    unknown = desk.post(where, {"number": "nimeni", "series": "CFR 7"})
    assert unknown.status_code == 422
    assert "CFR 7" in unknown.content.decode()
    typed = {"number": enrolment.matriculation_number.lower(), "series": "CFR 7"}
    assert desk.post(where, typed).status_code == 302
    assert desk.post(where, typed).status_code == 422
    card = Railcard.objects.get()
    page = reverse("admin:studentrecords_railcard_change", args=[card.pk])
    assert "2026–2027" in desk.get(page).content.decode()
    act = reverse("admin:studentrecords_railcard_act", args=[card.pk, "visa"])
    assert "already" in desk.post(act, follow=True).content.decode()
    loss = reverse("admin:studentrecords_railcard_act", args=[card.pk, "loss"])
    assert desk.post(loss, {"lost_on": "mâine"}).status_code == 422
    desk.post(loss, {"lost_on": "19.11.2026", "notice": "Ziar 1"})
    duplicate = reverse("admin:studentrecords_railcard_act", args=[card.pk, "duplicate"])
    desk.post(duplicate, {"series": "CFR 8"})
    back = reverse(
        "admin:studentrecords_railcard_act", args=[Railcard.objects.get(series="CFR 8").pk, "back"]
    )
    desk.post(back)
    assert Railcard.objects.get(series="CFR 8").returned_on == date(2026, 11, 20)
    assert desk.get(reverse("admin:studentrecords_railcard_changelist")).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_clerks_give_the_visa_at_once(monkeypatch, locked):
    factories.academic_year()
    factories.academic_year("2027-2028")
    enrolment, clerk = factories.enrolment(), factories.user(roles.INFOCENTER)
    card = railcard(enrolment, clerk)
    later = NOW + timedelta(days=365)
    gate = Gate()
    monkeypatch.setattr(queries, "may_have_railcard", gate.before(queries.may_have_railcard))
    if not locked:
        monkeypatch.setattr(
            railcards,
            "_locked",
            lambda pk: Railcard.objects.select_related("enrolment__programme").get(pk=pk),
        )

    def visa():
        return railcards.give_visa(card.pk, actor=clerk, at=later)

    outcomes = at_once(visa, visa)
    assert gate.passed == (1 if locked else 2)
    assert sum(isinstance(one, Refused) for one in outcomes) == (1 if locked else 0)
    assert card.visas.count() == 2
