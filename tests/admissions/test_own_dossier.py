"""The candidate's page of a dossier: whose it is, what it tells, and the answer to a clarification."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from admissions.models import ClarificationItem, Dossier, DossierDocument
from admissions.services import review
from admissions.services.review import Item
from tests import factories
from tests.admissions import kit
from tests.conftest import Clock
from tests.kernel import files
from upt_portal.accounts import roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def offices(clock: Clock) -> kit.Offices:
    clock.stand_at(kit.NOW)
    return kit.Offices()


def page(client: Client, made: Dossier) -> str:
    client.force_login(made.candidate.user)
    answer = client.get(reverse("admissions:dossier", args=[made.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def asked(offices: kit.Offices, *items: Item) -> Dossier:
    made = kit.submitted()
    review.ask(
        made.pk, items=items, message="The certificate has no date.", actor=offices.officer, at=kit.NOW
    )
    made.refresh_from_db()
    return made


def test_adm_241_a_foreign_dossier_is_not_there(client, offices) -> None:
    made = kit.submitted()
    url = reverse("admissions:dossier", args=[made.pk])
    for stranger in (kit.candidate().user, factories.user(roles.STUDENT), offices.dean):
        client.force_login(stranger)
        assert client.get(url).status_code in {404, 302}
        assert client.post(url).status_code in {404, 302}
    client.force_login(kit.candidate().user)
    assert client.get(url).status_code == 404
    assert client.get(reverse("admissions:dossiers")).context["rows"] == []


def test_the_page_shows_number_receipt_with_sums_and_the_way(client, offices) -> None:
    made = kit.submitted()
    told = page(client, made)
    assert made.number in told
    for file in made.receipt["files"]:
        assert file["sha256"] in told
    assert "Submitted, being checked" in told
    assert len(told.encode()) < 60_000
    assert made.offer.programme.name_in("en") in client.get(reverse("admissions:dossiers")).content.decode()


def test_adm_103_a_rejection_is_shown_with_its_reason(client, offices) -> None:
    assert "Nota la matematică" in page(client, kit.rejected(offices))


def test_adm_092_a_new_file_answers_the_point_and_the_earlier_version_stays(client, offices) -> None:
    made = asked(offices, Item("document", "medical"))
    assert "The certificate has no date." in page(client, made)
    item = ClarificationItem.objects.get()
    sent = SimpleUploadedFile("certificate.pdf", files.pdf_bytes(1), "application/pdf")
    url = reverse("admissions:dossier", args=[made.pk])
    assert client.post(url, {f"original_{item.pk}": sent}).status_code == 302
    made.refresh_from_db()
    assert made.state == "submitted"
    rows = DossierDocument.objects.filter(dossier=made, kind="medical")
    assert sorted((row.version, row.current) for row in rows) == [(1, False), (2, True)]
    # The other tab still shows the form: it is told, and nothing changes.
    stale = client.post(url, {f"words_{item.pk}": "once more"}, follow=True)
    assert "Nothing is asked now" in stale.content.decode()
    assert ClarificationItem.objects.get().answer == ""


def test_adm_092_an_empty_answer_is_refused_and_words_are_enough(client, offices) -> None:
    made = asked(offices, Item("question", question="Which year?"))
    page(client, made)
    item, url = ClarificationItem.objects.get(), reverse("admissions:dossier", args=[made.pk])
    assert client.post(url, {f"words_{item.pk}": "  "}).status_code == 422
    made.refresh_from_db()
    assert made.state == "clarification"
    assert client.post(url, {f"words_{item.pk}": "2024"}).status_code == 302
    assert ClarificationItem.objects.get().answer == "2024"


def test_adm_066_a_file_that_is_no_document_is_refused_on_its_field(client, offices) -> None:
    made = asked(offices, Item("document", "medical"))
    page(client, made)
    item = ClarificationItem.objects.get()
    sent = SimpleUploadedFile("certificate.pdf", b"MZ" + b"\0" * 500, "application/pdf")
    answer = client.post(reverse("admissions:dossier", args=[made.pk]), {f"original_{item.pk}": sent})
    assert answer.status_code == 422
    assert answer.context["form"].errors[f"original_{item.pk}"]
    assert DossierDocument.objects.filter(dossier=made, kind="medical").count() == 1
