"""The first tab: what it shows in every state, what a tick answers, what validation refuses and how."""

from datetime import date

import pytest
from django.test import Client

from contracting.models import OfferLine, StudentContracting
from contracting.services import review, selection
from studentrecords.models import Financing
from tests import factories
from tests.contracting import kit
from tests.contracting.pages_kit import boxes, browser, statements, text_of, url
from upt_portal.kernel.models import Mail, TraceEntry
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db

PAGES = ("contract", "validate", "change_request", "history", "documents", "payments")
AFTER_STAGE_1 = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def on_the_day(clock):
    """Friday 20 November 2026: stages 1 and 2 are open."""


@pytest.fixture
def offered() -> StudentContracting:
    """Example 7.1: fee-paying, 4,200 a year, five rows to contract again with 4, 5, 3, 6 and 2 credits."""
    return kit.case(arrears=kit.FIVE_ARREARS)


def keys_at(case: StudentContracting, *positions: int) -> list[str]:
    lines = OfferLine.objects.filter(contracting=case, position__in=positions).order_by("position")
    return [line.key for line in lines]


def reload(case: StudentContracting) -> StudentContracting:
    return StudentContracting.objects.get(pk=case.pk)


# ---- who may come in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_without_sign_in_every_page_leads_to_it(offered, page):
    response = Client().get(url(offered, page))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/student/")


def test_a_tick_after_the_session_ended_sends_the_whole_page_to_sign_in(offered):
    by_script = Client().post(url(offered, "totals"), headers={"HX-Request": "true"})
    by_form = Client().post(url(offered, "totals"))

    assert by_script["HX-Redirect"] == url(offered, "contract")
    assert by_form["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("page", PAGES)
def test_somebody_elses_enrolment_is_not_found(offered, page):
    stranger = browser(kit.case(campaign=offered.campaign))

    assert stranger.get(url(offered, page)).status_code == 404
    assert stranger.post(url(offered, "totals"), {"line": []}).status_code == 404
    assert stranger.post(url(offered, "validate"), {"line": []}).status_code == 404


def test_without_a_campaign_the_page_says_that_it_is_fine():
    student = factories.with_past(factories.enrolment())
    client = Client()
    client.force_login(student.person.user, backend="upt_portal.accounts.backends.PortalBackend")

    for page in ("contract", "documents", "payments"):
        words = text_of(client.get(f"/student/{student.pk}/{page}/"))
        assert "Acum nu vă privește nicio campanie de contractare" in words
        assert "secretariat.ac@upt.ro" in client.get(f"/student/{student.pk}/{page}/").content.decode()


# ---- the offer ---------------------------------------------------------------------------------------------


def test_an_offer_shows_what_may_go_first_with_reason_sum_and_article(offered):
    page = browser(offered).get(url(offered, "contract"))
    words = text_of(page)

    assert page.status_code == 200
    assert boxes(page) == dict.fromkeys(keys_at(offered, 1, 2, 3, 4, 5), True)
    assert "Discipline oferite spre contractare" in words
    assert (
        "validați lista până miercuri, 25 noiembrie 2026, ora 23:59 (ora României). Mai sunt 5 zile." in words
    )
    assert "De ales: 5 restanțe din anul 1" in words
    assert "280,00 lei 4 × 70,00 lei" in words
    assert "disciplina se reia integral, cu două examene gratuite. art. 27 alin. (3)" in words
    assert "nu o puteți susține în sesiunile din acest an. art. 27 alin. (1)" in words
    assert "Disciplinele anului curent rămân bifate și nu se pot scoate. art. 18 alin. (6)" in words
    assert words.count("Disciplinele anului curent rămân bifate") == 1
    assert "Credite 80 din 80 Taxă de școlarizare 4.200,00 lei loc cu taxă Restanțe 1.400,00 lei" in words
    assert "De plătit în total 5.600,00 lei" in words


def test_an_offer_reads_whole_in_english(offered):
    words = text_of(browser(offered, "en").get(url(offered, "contract")))

    assert "Disciplines offered for contracting" in words
    assert "until Wednesday 25 November 2026, 23:59 (Romanian time). 5 days left." in words
    assert "To choose: 5 overdue disciplines of year 1" in words
    assert "To pay in all RON 5,600.00" in words
    assert "art. 27 (3)" in words
    assert "Recalculate" in words


def test_every_column_of_the_table_is_told_for_both_kinds_of_rows(offered):
    factories.teaching(discipline=OfferLine.objects.get(contracting=offered, position=1).discipline)
    OfferLine.objects.filter(contracting=offered).update(teacher="conf. dr. ing. Mărioara Șoimu")
    free, locked = OfferLine.objects.filter(contracting=offered, position__in=(1, 6)).order_by("position")

    words = text_of(browser(offered).get(url(offered, "contract")))

    assert (
        f"{free.name_ro} nr. 1 · anul 1, semestrul 1 · {free.code} · obligatorie · recontractare · 4 credite"
        " · conf. dr. ing. Mărioara Șoimu"
    ) in words
    assert f"6 {locked.name_ro} conf. dr. ing. Mărioara Șoimu · {locked.code} Obligatorie Prima dată" in words
    assert "Anul 2, semestrul 3 · 30 de credite" in words


def test_the_stage_line_names_the_students_own_stages_with_dates_and_hands(offered):
    words = text_of(browser(offered).get(url(offered, "contract")))

    assert "1 Alegeți și validați 16–25 nov dumneavoastră" in words
    assert "2 Verificare 17–27 nov secretariatul" in words
    assert "4 Semnați și încărcați 28 nov – 4 dec dumneavoastră" in words
    assert "5 Plătiți până pe 13 dec dumneavoastră" in words
    assert "Actualizare anexe" not in words


def test_closed_tabs_say_when_they_open_and_every_tab_names_the_secretariat(offered):
    client = browser(offered)

    words = text_of(client.get(url(offered, "contract")))

    assert "Documente (închis) după validare" in words
    assert "Plăți (închis) după încărcare" in words
    for page in ("contract", "documents", "payments"):
        assert "mailto:secretariat.ac@upt.ro" in client.get(url(offered, page)).content.decode()


def test_the_notice_of_the_campaign_stands_in_the_readers_language():
    case = kit.case(arrears={1: False}, notice_ro="Luni, lămuriri.", notice_en="Questions on Monday.")

    assert "Luni, lămuriri." in text_of(browser(case).get(url(case, "contract")))
    assert "Questions on Monday." in text_of(browser(case, "en").get(url(case, "contract")))


def test_without_choice_there_is_a_button_and_no_box():
    case = kit.case()

    page = browser(case).get(url(case, "contract"))

    assert case.situation == "S2a"
    assert boxes(page) == {}
    words = text_of(page)
    assert "Nu aveți nimic de ales: toate disciplinele rămân bifate." in words
    assert "Validați lista" in words
    assert "Recalculați" not in words


def test_with_nothing_to_validate_the_list_is_to_contract_and_leads_to_the_documents():
    case = kit.case(offering=False)

    page = browser(case).get(url(case, "contract"))
    words = text_of(page)

    assert case.situation == "S2b"
    assert "Discipline de contractat" in words
    assert "Discipline oferite" not in words
    assert "Validați lista" not in words
    assert "Anexa este gata de semnat" in words
    assert url(case, "documents") in page.content.decode()


def test_the_page_takes_the_same_few_queries_with_ten_and_with_thirty_rows():
    curriculum = factories.curriculum()
    few = kit.case(of=factories.with_past(factories.enrolment(curriculum=curriculum), {1: False}))
    for place in range(15):
        factories.discipline(
            curriculum=curriculum, semester=3, credits=1, name_ro=f"Disciplină în plus {place}"
        )
    many = kit.case(of=factories.with_past(factories.enrolment(curriculum=curriculum), {1: False, 4: False}))
    assert (few.lines.count(), many.lines.count()) == (12, 28)

    counts = [statements(browser(case), url(case, "contract")) for case in (few, many)]

    assert counts[0] == counts[1] <= 12
    assert len(browser(many).get(url(many, "contract")).content) < 60_000


# ---- ticks -------------------------------------------------------------------------------------------------


def test_a_tick_answers_with_the_new_figures_and_is_kept(offered):
    client = browser(offered)

    answer = client.post(url(offered, "totals"), {"line": keys_at(offered, 1, 3, 5)})

    assert text_of(answer) == (
        "Credite 69 din 80 Taxă de școlarizare 4.200,00 lei loc cu taxă Restanțe 630,00 lei "
        "De plătit în total 4.830,00 lei Lăsați nebifate 2 discipline, 11 credite."
    )
    assert len(answer.content) <= 3000
    ticked = boxes(client.get(url(offered, "contract")))
    assert [ticked[key] for key in keys_at(offered, 1, 2, 3, 4, 5)] == [True, False, True, False, True]


def test_a_tick_takes_at_most_five_statements(offered):
    client = browser(offered)
    client.get(url(offered, "contract"))

    assert statements(client, url(offered, "totals"), {"line": keys_at(offered, 1, 3, 5)}) <= 5


def test_without_script_the_button_recalculates_and_stays_on_the_page(offered):
    client = browser(offered)
    typed = {"line": keys_at(offered, 1, 3, 5), "act": "recalculate"}

    response = client.post(url(offered, "contract"), typed, follow=True)

    assert response.redirect_chain == [(url(offered, "contract"), 302)]
    assert "De plătit în total 4.830,00 lei" in text_of(response)


def test_a_tick_on_a_closed_list_changes_nothing_and_says_so(offered, clock):
    client = browser(offered)
    clock.stand_on(AFTER_STAGE_1)

    answer = client.post(url(offered, "totals"), {"line": keys_at(offered, 1)})

    assert answer.status_code == 200
    assert "Termenul etapei 1 s-a încheiat miercuri, 25 noiembrie 2026" in text_of(answer)
    assert "De plătit în total 5.600,00 lei" in text_of(answer)
    assert OfferLine.objects.filter(contracting=offered, selected=False).count() == 0


# ---- validation --------------------------------------------------------------------------------------------


def press(client: Client, case: StudentContracting, *, without: tuple[int, ...] = (), fingerprint: str = ""):
    """Press the button of the confirmation page."""
    lines = sorted(kit.keys(case, without=without))
    return client.post(
        url(case, "validate"), {"line": lines, "fingerprint": fingerprint or case.fingerprint}, follow=True
    )


def test_validating_leads_through_a_page_that_lists_kept_left_out_and_owed(offered):
    client = browser(offered)

    page = client.post(url(offered, "contract"), {"line": keys_at(offered, 1, 3, 5)}, follow=True)
    words = text_of(page)

    assert page.redirect_chain == [(url(offered, "validate"), 302)]
    assert "Lista nu este validată până când apăsați butonul" in words
    assert "Contractați · 69 de credite" in words
    left_out = words[words.index("Lăsați nebifate") : words.index("Ce urmează")]
    assert "Disciplina 1.2" in left_out
    assert "Disciplina 1.4" in left_out
    assert "Disciplina 1.1" not in left_out
    assert page.content.decode().count('class="btn btn-main"') == 1
    sent = page.content.decode().count('<input type="hidden" name="line"')
    assert sent == offered.lines.count() - 2
    assert reload(offered).state == "offered"


def test_the_button_validates_and_the_page_that_follows_says_who_and_when(offered):
    client = browser(offered)

    page = press(client, offered, without=(2, 4))
    words = text_of(page)

    assert page.redirect_chain == [(url(offered, "contract"), 302)]
    assert reload(offered).state == "validated"
    assert "Lista a fost validată." in words
    assert "Validată de dumneavoastră pe 20 noiembrie 2026, ora 11:00." in words
    assert "Secretariatul o verifică până pe 27 noiembrie 2026." in words
    assert "validat pe 20 nov" in words
    assert boxes(page) == {}
    assert "De plătit în total · 69 de credite 69 4.830,00 lei" in words
    assert "Lăsate nebifate 2" in words


def test_a_second_press_changes_nothing_and_ends_on_the_same_page(offered):
    client = browser(offered)
    press(client, offered)

    page = press(client, offered)

    assert page.status_code == 200
    assert TraceEntry.objects.filter(subject=reference(offered), act="contracting.validate").count() == 1
    assert Mail.objects.filter(template="contracting/mail/validated").count() == 1


def test_a_page_out_of_date_is_refused_with_the_reason_and_the_ticks_typed(offered):
    page = press(browser(offered), offered, without=(2, 4), fingerprint="0" * 64)
    words = text_of(page)

    assert page.status_code == 422
    assert "Există o problemă" in words
    assert "Oferta dumneavoastră s-a schimbat după ce ați deschis pagina." in words
    ticked = boxes(page)
    assert [ticked[key] for key in keys_at(offered, 1, 2, 3, 4, 5)] == [True, False, True, False, True]
    assert page.content.decode().split("<title>")[1].startswith("Eroare:")
    assert reload(offered).state == "offered"


def test_leaving_out_a_mandatory_row_is_refused_whole_and_names_it(offered):
    page = press(browser(offered), offered, without=(6,))

    locked = OfferLine.objects.get(contracting=offered, position=6)
    assert page.status_code == 422
    assert f"{locked.name_ro} este obligatorie și rămâne bifată." in text_of(page)
    assert reload(offered).state == "offered"


def test_the_floor_is_named_before_and_refused_with_the_figures(offered):
    StudentContracting.objects.filter(pk=offered.pk).update(floor_credits=10, floor_above=10)
    client = browser(offered)

    assert "Din 20 credite restante rămân bifate cel puțin 10." in text_of(
        client.get(url(offered, "contract"))
    )
    told = client.post(url(offered, "totals"), {"line": keys_at(offered, 1, 2)})
    refused = client.post(url(offered, "contract"), {"line": keys_at(offered, 1, 2)})

    assert "Credite restante bifate: 9; rămân bifate cel puțin 10." in text_of(told)
    assert refused.status_code == 422
    assert "9" in text_of(refused).split("Există o problemă")[1][:120]
    ticked = boxes(refused)
    assert [ticked[key] for key in keys_at(offered, 1, 2, 3, 4, 5)] == [True, True, False, False, False]


def test_after_stage_1_the_page_says_since_when_and_what_can_be_done(offered, clock):
    clock.stand_on(AFTER_STAGE_1, 8, 15)
    client = browser(offered)

    for page in (client.get(url(offered, "contract")), press(client, offered)):
        words = text_of(page)
        assert "Etapa de alegere s-a încheiat" in words
        assert "se putea valida până miercuri, 25 noiembrie 2026, ora 23:59 (ora României)." in words
        assert "Acum este 26 noiembrie 2026, ora 08:15." in words
        assert "cu toate cele 5 restanțe bifate (5.600,00 lei în total)" in words
        assert "mailto:secretariat.ac@upt.ro" in page.content.decode()
    assert reload(offered).state == "offered"
    assert press(client, offered).status_code == 409
    assert client.get(url(offered, "validate"))["Location"] == url(offered, "contract")


def test_a_lapsed_list_extended_by_the_secretariat_opens_again(offered, clock):
    clock.stand_on(AFTER_STAGE_1)
    selection.lapse(offered.pk, at=clock.now)
    client = browser(offered)
    assert "Etapa de alegere s-a încheiat" in text_of(client.get(url(offered, "contract")))

    selection.extend(
        offered.pk, until=date(2026, 11, 28), reason="Spital.", actor=factories.secretary(), at=clock.now
    )

    words = text_of(client.get(url(offered, "contract")))
    assert "validați lista până sâmbătă, 28 noiembrie 2026, ora 23:59" in words
    assert press(client, offered).status_code == 200
    assert reload(offered).state == "validated"


def test_before_stage_1_the_list_is_seen_with_the_day_it_opens(offered, clock):
    clock.stand_on(date(2026, 11, 15))
    client = browser(offered)

    words = text_of(client.get(url(offered, "contract")))

    assert "Puteți alege și valida din 16 noiembrie 2026." in words
    assert "Validați lista" not in words
    assert press(client, offered).status_code == 422


def test_a_list_validated_in_another_tab_is_shown_as_it_stands(offered):
    client = browser(offered)
    press(client, offered, without=(2,))

    late = client.post(url(offered, "contract"), {"line": keys_at(offered, 1)}, follow=True)
    tick = client.post(url(offered, "totals"), {"line": keys_at(offered, 1)})

    assert "Lista nu mai este deschisă; nu s-a schimbat nimic." in text_of(late)
    assert "Lista nu mai este deschisă; nu s-a schimbat nimic." in text_of(tick)
    assert OfferLine.objects.filter(contracting=offered, selected=False).count() == 1


def test_a_list_validated_by_the_secretariat_says_so_with_its_reason(offered, clock):
    clock.stand_on(AFTER_STAGE_1)
    selection.lapse(offered.pk, at=clock.now)
    selection.validate_for(
        offered.pk, reason="Fără acces la internet.", actor=factories.secretary(), at=clock.now
    )

    words = text_of(browser(offered).get(url(offered, "contract")))

    assert "Validată de secretariat în numele dumneavoastră pe 26 noiembrie 2026" in words
    assert "Motivul: Fără acces la internet." in words


# ---- the history -------------------------------------------------------------------------------------------


def test_the_history_names_the_office_and_never_the_person(offered):
    clerk = factories.secretary(first_name="Oana", last_name="Pârvu")
    kit.validated(offered)
    review.ask(offered.pk, question="De ce?", actor=clerk, at=kit.NOW)

    words = text_of(browser(offered).get(url(offered, "history")))

    assert "Secretariatul a pus o întrebare 20 noiembrie 2026, ora 10:00 · secretariatul" in words
    assert "Lista a fost validată 20 noiembrie 2026, ora 10:00 · dumneavoastră" in words
    assert "Pârvu" not in words
    assert "contracting." not in words
    assert "16.11.2026 Până la" in words or "16.11.2026 25.11.2026" in words


@pytest.mark.parametrize("language", ["ro", "en"])
def test_no_state_of_the_list_is_left_without_words(offered, language):
    client = browser(offered, language)
    for state in ("cancelled", "lapsed"):
        StudentContracting.objects.filter(pk=offered.pk).update(state=state)
        assert client.get(url(offered, "contract")).status_code == 200
    validated = kit.validated(kit.case(campaign=offered.campaign, financing=Financing.STATE))
    times = {"uploaded_at": kit.NOW, "decided_at": kit.NOW}
    for state in ("documents_ready", "signed_uploaded", "contracted", "settled"):
        StudentContracting.objects.filter(pk=validated.pk).update(state=state, **times)
        page = browser(validated, language).get(url(validated, "contract"))
        assert page.status_code == 200
        assert 'class="note note-' in page.content.decode()
