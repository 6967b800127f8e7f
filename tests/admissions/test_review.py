"""The check by the office and the deanery's decision."""

from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, transaction

from admissions.models import ProcessingFee, Resolution
from admissions.queries import dossiers as queries
from admissions.refusal import Refused
from admissions.services import deanery, review
from admissions.services.review import Item
from fees.models import ConfirmedFee
from tests import factories
from tests.admissions import kit
from upt_portal.accounts import roles
from upt_portal.kernel.models import Mail
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def offices() -> kit.Offices:
    return kit.Offices()


def test_t08_adm_094_a_checked_dossier_goes_to_its_faculty(offices) -> None:
    made = kit.checked(kit.submitted(), offices)
    sent = review.transmit(made.pk, actor=offices.officer, at=kit.NOW)
    assert sent.state == "at_faculty"
    assert Mail.objects.filter(recipient=offices.dean, template__endswith="for_faculty").count() == 1
    with pytest.raises(MoveRefused):
        review.transmit(made.pk, actor=offices.officer, at=kit.NOW)


@pytest.mark.parametrize("spoilt", ["verdict", "tick", "language", "fee", "proxy"])
def test_adm_094_each_condition_alone_keeps_it_from_the_deanery(offices, spoilt: str) -> None:
    made = kit.checked(kit.submitted(), offices)
    if spoilt == "verdict":
        row = queries.current_documents(made)["medical"]
        review.judge(
            row.pk,
            seen_version=row.version,
            verdict="non_conform",
            note="fără dată",
            actor=offices.officer,
            at=kit.NOW,
        )
    elif spoilt == "tick":
        review.tick(made.pk, "passport", holds=False, evidence="expirat", actor=offices.officer, at=kit.NOW)
    elif spoilt == "language":
        proof = made.language_proofs.get(current=True)
        review.verify_language(proof.pk, verified=False, note="fals", actor=offices.officer, at=kit.NOW)
    elif spoilt == "fee":
        ProcessingFee.objects.filter(dossier=made).update(
            state="short", received=Decimal("92.00"), confirmed_at=None, confirmed_by=None
        )
    else:
        type(made).objects.filter(pk=made.pk).update(by_proxy=True)
    with pytest.raises(Refused):
        review.transmit(made.pk, actor=offices.officer, at=kit.NOW)
    made.refresh_from_db()
    assert made.state == "submitted"


@pytest.mark.parametrize(
    ("sums", "state"),
    [
        (["100.00"], "confirmed"),
        (["92.00"], "short"),
        (["60.00", "40.00"], "confirmed"),
        (["99.99"], "short"),
    ],
)
def test_adm_082_ex_47_ex_67_the_sum_credited_decides(offices, sums: list[str], state: str) -> None:
    kit.FeeType.objects.get_or_create(code="PROCESSING", defaults={"name_ro": "Taxă"})
    made = kit.submitted()
    for place, amount in enumerate(sums):
        fee = review.record_fee(
            made.pk,
            amount=Decimal(amount),
            credited_on=kit.NOW.date(),
            bank_reference=f"OP{place}",
            actor=offices.officer,
            at=kit.NOW,
        )
    assert fee.state == state
    assert ConfirmedFee.objects.filter(case=reference(made)).exists() is (state == "confirmed")


def test_adm_084_the_same_reference_of_the_bank_is_one_sum(offices) -> None:
    made = kit.submitted()
    for _n in range(2):
        fee = review.record_fee(
            made.pk,
            amount=Decimal("50.00"),
            credited_on=kit.NOW.date(),
            bank_reference="OP1",
            actor=offices.officer,
            at=kit.NOW,
        )
    assert (fee.received, fee.receipts.count()) == (Decimal("50.00"), 1)


def test_t04_t05_adm_092_only_what_is_asked_for_is_replaced(offices) -> None:
    made = kit.submitted()
    owner = made.candidate.user
    review.ask(
        made.pk,
        items=[Item("document", "medical")],
        message="Adeverința nu are dată.",
        actor=offices.officer,
        at=kit.NOW,
    )
    with pytest.raises(Refused):
        kit.upload(made, "passport", mark="altul")
    later = kit.at("2026-09-01")  # ADM-013: also after the window has closed
    with pytest.raises(Refused):
        review.answer(made.pk, actor=owner, at=later)
    new = kit.upload(made, "medical", later, mark="nou")
    assert review.answer(made.pk, actor=owner, at=later).answered_at == later
    made.refresh_from_db()
    assert (made.state, new.version, made.documents.filter(kind="medical").count()) == ("submitted", 2, 2)


def test_t04_a_question_without_items_or_words_is_refused(offices) -> None:
    made = kit.submitted()
    for items, message in (([], "De ce?"), ([Item("document", "medical")], "  ")):
        with pytest.raises(Refused):
            review.ask(made.pk, items=items, message=message, actor=offices.officer, at=kit.NOW)


def test_t05b_a_question_is_closed_with_a_reason(offices) -> None:
    made = kit.submitted()
    review.ask(
        made.pk, items=[Item("question", question="Anul?")], message="?", actor=offices.officer, at=kit.NOW
    )
    with pytest.raises(Refused):
        review.close_question(made.pk, reason=" ", actor=offices.officer, at=kit.NOW)
    closed = review.close_question(made.pk, reason="fără răspuns", actor=offices.officer, at=kit.NOW)
    assert closed.state == "submitted"
    assert queries.open_clarification(closed) is None


def test_adm_069_a_verdict_binds_to_the_version_that_was_seen(offices) -> None:
    made = kit.submitted()
    seen = queries.current_documents(made)["medical"]
    review.ask(made.pk, items=[Item("document", "medical")], message="?", actor=offices.officer, at=kit.NOW)
    kit.upload(made, "medical", kit.at("2026-06-11"), mark="nou")
    with pytest.raises(Refused):
        review.judge(seen.pk, seen_version=seen.version, verdict="conform", actor=offices.officer, at=kit.NOW)


def test_adm_050_a_medical_certificate_in_another_language_wants_a_note(offices) -> None:
    made = kit.submitted()
    row = queries.current_documents(made)["medical"]
    given = {"seen_version": 1, "verdict": "conform", "document_language": "sw", "actor": offices.officer}
    with pytest.raises(Refused):
        review.judge(row.pk, at=kit.NOW, **given)
    assert review.judge(row.pk, at=kit.NOW, note="citită de traducător", **given).verdict == "conform"


def test_adm_064_adm_197_the_head_waives_a_document_but_never_annex_12(offices) -> None:
    made = kit.submitted()
    waived = review.waive(made.pk, "residence_abroad", reason="refugiat", actor=offices.head, at=kit.NOW)
    assert waived.waived_by == offices.head
    assert made.overrides.get().what == "document"  # ADM-242
    with pytest.raises(Refused):
        review.waive(made.pk, "refund_agreement", reason="oricare", actor=offices.head, at=kit.NOW)


@pytest.mark.parametrize("code", ["citizenship", "passport", "diploma", "language", "incomplete", "other"])
def test_t06_adm_044_not_eligible_with_a_code_and_words(offices, code: str) -> None:
    made = kit.submitted()
    with pytest.raises(Refused):
        review.declare_ineligible(made.pk, code="", reason="ceva", actor=offices.officer, at=kit.NOW)
    decided = review.declare_ineligible(
        made.pk, code=code, reason="Nu corespunde", actor=offices.officer, at=kit.NOW
    )
    assert (decided.dossier.state, decided.reason_code) == ("ineligible", code)
    assert "Nu corespunde" in Mail.objects.get(template__endswith="declare_ineligible").text


def test_t10_adm_103_the_resolution_is_told_in_the_same_act(offices) -> None:
    made = kit.at_faculty(offices)
    decided = deanery.preaccept(made.pk, actor=offices.dean, at=kit.NOW)
    assert decided.dossier.state == "preaccepted"
    told = set(Mail.objects.filter(template__contains="decided").values_list("recipient", flat=True))
    assert told == {made.candidate.user_id, offices.officer.pk, offices.head.pk}


def test_t11_adm_102_a_rejection_names_its_reason(offices) -> None:
    made = kit.at_faculty(offices)
    for code, reason in (("", "text"), ("criteria", "  ")):
        with pytest.raises(Refused):
            deanery.reject(made.pk, code=code, reason=reason, actor=offices.dean, at=kit.NOW)
    decided = deanery.reject(made.pk, code="criteria", reason="Medie", actor=offices.dean, at=kit.NOW)
    mail = Mail.objects.get(template__endswith="decided_reject")
    assert decided.dossier.state == "rejected"
    assert "Medie" in mail.text
    assert "20 June 2026" in mail.text  # the last day of the free re-application


def test_adm_101_another_faculty_decides_nothing(offices) -> None:
    made = kit.at_faculty(offices)
    stranger = factories.user(roles.DEANERY, faculties=["CT"])
    for act in (
        lambda: deanery.preaccept(made.pk, actor=stranger, at=kit.NOW),
        lambda: deanery.reject(made.pk, code="other", reason="x", actor=stranger, at=kit.NOW),
        lambda: deanery.return_to_office(made.pk, question="?", actor=stranger, at=kit.NOW),
    ):
        with pytest.raises(Refused):
            act()
    assert not Resolution.objects.exists()


def test_t09_adm_105_the_faculty_returns_it_with_a_question(offices) -> None:
    made = kit.at_faculty(offices)
    back = deanery.return_to_office(made.pk, question="Ce notă?", actor=offices.dean, at=kit.NOW)
    assert back.state == "submitted"
    assert "Ce notă?" in Mail.objects.filter(template__endswith="returned_by_faculty").first().text


def test_adm_104_a_rejection_is_reopened_only_for_an_error_and_before_a_new_dossier(offices) -> None:
    made = kit.rejected(offices)
    with pytest.raises(Refused):
        deanery.reopen(made.pk, error=" ", actor=offices.head, at=kit.NOW)
    again = kit.draft(made.candidate, kit.offer(), kind="reapplication", predecessor_id=made.pk)
    with pytest.raises(Refused):
        deanery.reopen(made.pk, error="alt dosar", actor=offices.head, at=kit.NOW)
    assert again.predecessor == made


def test_adm_104_a_reopened_rejection_stands_beside_the_first_resolution(offices) -> None:
    made = kit.rejected(offices)
    deanery.reopen(made.pk, error="alt candidat", actor=offices.head, at=kit.NOW)
    assert list(made.resolutions.values_list("act", flat=True)) == ["reject", "reopen"]
    first = made.resolutions.first()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE admissions_resolution SET reason = 'x' WHERE id = %s", [first.pk])


def test_adm_033_a_mandate_is_verified_or_rejected_with_a_reason(offices) -> None:
    made = kit.submitted()
    one, other = kit.mandate(made), kit.mandate(made)
    assert review.decide_mandate(one.pk, verified=True, actor=offices.officer, at=kit.NOW).state == "verified"
    with pytest.raises(Refused):
        review.decide_mandate(other.pk, verified=False, actor=offices.officer, at=kit.NOW)
    with pytest.raises(MoveRefused):
        review.decide_mandate(one.pk, verified=True, actor=offices.officer, at=kit.NOW)
