"""What the first tab and the home say of a case that goes on: never what is over, paid or decided already."""

from datetime import date

import pytest
from django.urls import reverse

from contracting.services import changes, signing
from fees.queries.ledger import lines_of
from studentrecords.models import Financing
from tests import factories
from tests.contracting import kit
from tests.contracting.pages_kit import browser, text_of, url
from tests.fees import ledger_kit
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db):
    return factories.secretary()


@pytest.fixture
def handed_in(clock, clerk):
    """A case with one re-contract of 280 lei, signed and uploaded on a day of stage 4."""
    case = kit.approved(kit.validated(kit.case(arrears={1: False}, financing=Financing.STATE)), clerk)
    signed = signing.upload(
        kit.rendered(case).pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4
    )
    clock.stand_at(kit.STAGE_4)
    case.refresh_from_db()
    return case, signed


def test_CON_054_an_approved_change_waits_for_the_secretariat_not_for_the_dean(clock, clerk):
    case = kit.validated(kit.case(arrears={1: False, 2: False}))
    asked = changes.request(
        case.pk,
        text="Lucrez.",
        add=[],
        drop=[case.lines.get(position=2).key],
        actor=kit.student(case),
        at=kit.NOW,
    )
    before = text_of(browser(case).get(url(case, "contract")))
    changes.decide(asked.pk, approved=True, number="DD 1", on=date(2026, 11, 19), actor=clerk, at=kit.NOW)
    words = text_of(browser(case).get(url(case, "contract")))
    english = text_of(browser(case, "en").get(url(case, "contract")))
    home = text_of(browser(case).get(reverse("student_home", args=[case.enrolment_id])))

    assert "Decide decanatul" in before
    assert "Cererea dumneavoastră de modificare a fost aprobată" in words
    assert "Secretariatul actualizează anexa până pe" in words
    assert "Etapa 3 din 5: Actualizare anexe" in words
    assert "Decide decanatul" not in words
    assert "așteaptă o decizie" not in words
    assert "Your request for a change was approved" in english
    assert "Cererea dumneavoastră de modificare, aprobată" in home
    assert "decide decanatul" not in home


def test_CON_066_a_returned_scan_is_named_on_the_first_tab_too(handed_in, clerk):
    case, signed = handed_in
    signing.reject_file(
        signed.pk, seen_sha256=signed.stored.sha256, reason="Pagina 2 lipsește.", actor=clerk, at=kit.STAGE_4
    )

    words = text_of(browser(case).get(url(case, "contract")))

    assert "Documentul semnat trebuie corectat Pagina 2 lipsește." in words
    assert "Încărcați din nou" in words
    assert "Anexa este gata de semnat" not in words


def test_CON_082_what_is_paid_of_the_annex_is_not_asked_for_again(handed_in, clerk):
    case, signed = handed_in
    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)
    charge = lines_of(reference(case)).get()
    ledger_kit.allocate(ledger_kit.payment(case.enrolment, "100.00"), charge, "100.00")

    for page in ("contract", "documents", "payments"):
        words = text_of(browser(case).get(url(case, page)))
        assert "Plătiți 180,00 lei" in words
        assert "Plătiți 280,00 lei" not in words


def test_CON_083_a_term_that_is_over_is_told_as_over(handed_in, clerk, clock):
    case, signed = handed_in
    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)
    clock.stand_on(date(2026, 12, 14), 0)

    words = text_of(browser(case).get(url(case, "contract")))

    assert "Termenul de plată a trecut" in words
    assert "Sumele rămase erau de plătit până duminică, 13 decembrie 2026, ora 23:59" in words
    assert "Plătiți 280,00 lei termenul a trecut pe 13 decembrie 2026" in words


def test_the_last_second_of_the_term_is_still_in_time(handed_in, clerk, clock):
    case, signed = handed_in
    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)
    clock.stand_at(kit.at("2026-12-13", 23, 59, 59))

    words = text_of(browser(case).get(url(case, "contract")))

    assert "Mai este de plătit până duminică, 13 decembrie 2026" in words
    assert "termenul a trecut" not in words
