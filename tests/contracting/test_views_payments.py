"""The third tab: closed until the signed documents are in; then the sums, their terms, the way to pay."""

import pytest

from contracting.services import signing
from fees.queries.ledger import lines_of
from studentrecords.models import Financing
from tests import factories
from tests.contracting import kit
from tests.contracting.pages_kit import browser, statements, text_of, url
from tests.fees import ledger_kit
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db):
    return factories.secretary()


def handed_in(clerk, **fields):
    """A case whose annex is signed and uploaded."""
    case = kit.approved(kit.validated(kit.case(**fields)), clerk)
    document = kit.rendered(case)
    signed = signing.upload(
        document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4
    )
    case.refresh_from_db()
    return case, signed


def test_FEE_060_before_the_upload_the_tab_says_what_opens_it(clock, clerk):
    case = kit.approved(kit.validated(kit.case(arrears={1: False})), clerk)

    ro, en = (text_of(browser(case, language).get(url(case, "payments"))) for language in ("ro", "en"))

    assert "Plățile apar aici după ce încărcați documentele semnate." in ro
    assert "Încărcați documentele semnate în fila Documente." in ro
    assert "Payments appear here after you upload the signed documents." in en
    assert "lei" not in ro.split("Plățile apar aici")[1].split("Aveți nevoie")[0]


def test_FEE_062_the_sums_of_the_annex_stand_line_by_line_with_one_button(clock, clerk):
    case, _signed = handed_in(clerk, arrears={1: False, 2: True, 4: False}, financing=Financing.STATE)
    clock.stand_at(kit.STAGE_4)

    page = browser(case).get(url(case, "payments"))
    words = text_of(page)

    assert "De plătit 700,00 lei" in words
    assert "până duminică, 13 decembrie 2026, ora 23:59" in words
    assert "Plătiți 700,00 lei cu cardul, fără comision" in words
    assert "4.200,00 lei ÷ 60 × 4 · art. 27 alin. (3)" in words
    assert "13.12.2026" in words
    assert words.count("Recontractare:") == 2
    assert "Reexaminare: Disciplina 1.2 taxa apare numai dacă vă înscrieți la examen" in words
    charges = "&amp;".join(f"charge={line.pk}" for line in lines_of(reference(case)))
    assert f"/student/{case.enrolment_id}/pay/?{charges}" in page.content.decode()
    assert f"/student/{case.enrolment_id}/financial/" in page.content.decode()
    assert "Plăți 2" in words


def test_what_is_paid_is_told_and_asks_for_nothing_more(clock, clerk):
    case, _signed = handed_in(clerk, arrears={1: False}, financing=Financing.STATE)
    charge = lines_of(reference(case)).get()
    ledger_kit.allocate(ledger_kit.payment(case.enrolment, "280.00"), charge, "280.00")

    words = text_of(browser(case).get(url(case, "payments")))

    assert "Toate sumele din anexă sunt plătite" in words
    assert "Plătiți 280,00 lei" not in words


def test_an_annex_without_sums_says_that_there_is_nothing_to_do(clock, clerk):
    case, _signed = handed_in(clerk, financing=Financing.STATE)

    assert "Anexa nu cere nicio plată" in text_of(browser(case).get(url(case, "payments")))


def test_a_returned_scan_closes_the_tab_again(clock, clerk):
    case, signed = handed_in(clerk, arrears={1: False})
    signing.reject_file(
        signed.pk, seen_sha256=signed.stored.sha256, reason="Alb-negru.", actor=clerk, at=kit.STAGE_4
    )

    words = text_of(browser(case).get(url(case, "payments")))

    assert "Plățile apar aici după ce încărcați documentele semnate." in words


def test_the_tab_takes_a_constant_number_of_queries(clock, clerk):
    few, _signed = handed_in(clerk, arrears={1: False})
    many, _signed = handed_in(clerk, arrears=kit.FIVE_ARREARS, campaign=few.campaign)

    counts = [statements(browser(case), url(case, "payments")) for case in (few, many)]

    assert counts[0] == counts[1] <= 12
