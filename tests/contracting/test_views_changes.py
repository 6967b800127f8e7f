"""The student answers a question and asks for a change; what is refused keeps what was typed."""

from datetime import date

import pytest

from contracting.models import ChangeRequest, Clarification, StudentContracting
from contracting.services import changes, review
from tests import factories
from tests.contracting import kit
from tests.contracting.pages_kit import browser, text_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db):
    return factories.secretary()


@pytest.fixture
def validated(clock) -> StudentContracting:
    """A validated list with its second row left out, on a day of stage 2."""
    return kit.validated(kit.case(arrears={1: False, 2: False}), without=(2,))


@pytest.fixture
def asked(validated, clerk) -> StudentContracting:
    review.ask(validated.pk, question="Rămâne Fizica în listă?", actor=clerk, at=kit.NOW)
    validated.refresh_from_db()
    return validated


def row(case: StudentContracting, position: int) -> str:
    return case.lines.get(position=position).key


# ---- a question --------------------------------------------------------------------------------------------


def test_a_question_stands_on_the_first_tab_with_its_form(asked):
    page = browser(asked).get(url(asked, "contract"))

    words = text_of(page)
    assert "Secretariatul are o întrebare" in words
    assert "Rămâne Fizica în listă?" in words
    assert f'action="{url(asked, "answer")}"' in page.content.decode()


def test_an_answer_is_sent_once_and_shown_with_its_question(asked):
    client = browser(asked)

    page = client.post(url(asked, "answer"), {"text": "Da, rămâne."}, follow=True)
    again = client.post(url(asked, "answer"), {"text": "Nu."}, follow=True)

    assert "Răspunsul a fost trimis." in text_of(page)
    assert "Da, rămâne." in text_of(page)
    assert "S-a răspuns deja la întrebare; nu s-a schimbat nimic." in text_of(again)
    assert Clarification.objects.get().answer == "Da, rămâne."
    asked.refresh_from_db()
    assert asked.state == "validated"


def test_an_empty_answer_comes_back_with_the_question(asked):
    page = browser(asked).post(url(asked, "answer"), {"text": "  "})

    assert page.status_code == 422
    assert "Există o problemă Scrieți răspunsul" in text_of(page)
    assert "Rămâne Fizica în listă?" in text_of(page)


# ---- a change ----------------------------------------------------------------------------------------------


def test_the_list_offers_the_request_while_it_is_allowed(validated, clock):
    client = browser(validated)
    assert url(validated, "change_request") in client.get(url(validated, "contract")).content.decode()

    clock.stand_on(date(2026, 11, 28))
    page = client.get(url(validated, "contract"))

    assert url(validated, "change_request") not in page.content.decode()
    assert "Termenul etapei 2 s-a încheiat vineri, 27 noiembrie 2026" in text_of(page)


def test_a_request_is_sent_with_its_rows_and_waits(validated):
    client = browser(validated)
    form = text_of(client.get(url(validated, "change_request")))
    assert "Disciplina 1.2 · 5 credite" in form.split("Discipline de adăugat")[1]

    page = client.post(
        url(validated, "change_request"),
        {"text": "Schimb una cu alta.", "add": [row(validated, 2)], "drop": [row(validated, 1)]},
        follow=True,
    )
    words = text_of(page)

    assert "Cererea a fost trimisă secretariatului." in words
    assert "Trimisă, așteaptă o decizie" in words
    assert "De scos Disciplina 1.1 De adăugat Disciplina 1.2" in words
    again = client.get(url(validated, "change_request"), follow=True)
    assert "O cerere de modificare așteaptă deja o decizie." in text_of(again)
    assert ChangeRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"text": "Vreau altceva."}, "Alegeți cel puțin o disciplină de adăugat sau de scos."),
        ({"drop": True}, "Scrieți ce cereți și de ce"),
    ],
)
def test_an_incomplete_request_says_what_is_missing_and_keeps_the_rest(validated, typed, words):
    data = {**typed, **({"drop": [row(validated, 1)]} if "drop" in typed else {})}

    page = browser(validated).post(url(validated, "change_request"), data)

    assert page.status_code == 422
    assert "Există o problemă " + words in text_of(page)
    assert ("Vreau altceva." in text_of(page)) == ("text" in typed)
    assert ("checked" in page.content.decode()) == ("drop" in typed)
    assert ChangeRequest.objects.count() == 0


def test_after_stage_2_the_page_says_since_when_and_whom_to_ask(validated, clock):
    clock.stand_on(date(2026, 11, 28))
    client = browser(validated)
    data = {"text": "Schimb.", "drop": [row(validated, 1)]}

    shown, sent = (
        client.get(url(validated, "change_request")),
        client.post(url(validated, "change_request"), data),
    )

    for page in (shown, sent):
        words = text_of(page)
        assert "Acum nu se pot cere modificări" in words
        assert "ghid, etapa 2" in words
        assert "Scrieți secretariatului" in words
    assert (shown.status_code, sent.status_code) == (200, 409)
    assert ChangeRequest.objects.count() == 0


def test_a_refused_request_shows_the_decision_and_its_reason(validated, clerk):
    asked = changes.request(
        validated.pk,
        text="Schimb.",
        add=[],
        drop=[row(validated, 1)],
        actor=kit.student(validated),
        at=kit.NOW,
    )
    changes.decide(
        asked.pk, approved=False, number="41", on=date(2026, 11, 20), reason="Este obligatorie.", named=[],
        actor=clerk, at=kit.NOW,
    )  # fmt: skip

    words = text_of(browser(validated).get(url(validated, "contract")))

    assert "Decizia nr. 41/20.11.2026" in words
    assert "Motivul Este obligatorie." in words
    assert "Lista este validată" in words


def test_a_new_list_has_nothing_to_change_yet(clock):
    case = kit.case(arrears={1: False})

    response = browser(case).get(url(case, "change_request"))

    assert response["Location"] == url(case, "contract")
