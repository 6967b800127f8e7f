"""Stages 2 to 5: approval, papers, scans, charges, settling; and what each refuses."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from contracting.models import Annex, Clarification, SignableDocument, SignedFile
from contracting.refusal import Refused
from contracting.services import case as cases
from contracting.services import changes, review, settlement, signing
from fees.models import Charge
from fees.queries.ledger import lines_of
from fees.services import cashdesk, reversals
from studentrecords.models import Financing
from tests import factories
from tests.contracting import kit
from upt_portal.kernel import audit
from upt_portal.kernel.models import Deadline, IssuedPaper, Job, Mail
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return factories.secretary()


@pytest.fixture
def ready(clerk):
    """A case of example 7.1 with rows 2 and 4 left out, its annex issued and rendered."""
    case = kit.approved(kit.validated(kit.case(arrears=kit.FIVE_ARREARS), without=(2, 4)), clerk)
    return case, kit.rendered(case)


@pytest.fixture
def uploaded(ready):
    """The same with its scan uploaded."""
    case, document = ready
    signed = signing.upload(
        document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4
    )
    case.refresh_from_db()
    return case, signed


def test_approval_freezes_the_annex_and_asks_for_its_paper(clerk):
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS), without=(2, 4))

    annex = review.approve(case.pk, actor=clerk, at=kit.NOW)

    assert (annex.version, annex.credits, annex.total) == (1, 69, Decimal("4830.00"))
    assert sum(line["credits"] for line in annex.lines) == 69
    paper = IssuedPaper.objects.get(about=reference(case))
    assert (paper.kind, paper.state, paper.version) == ("contracting.annex", "pending", 1)
    assert Job.objects.get(key=f"paper:{paper.pk}").queue == "papers"
    case.refresh_from_db()
    assert (case.state, case.approved_by) == ("documents_ready", clerk)
    deadline = Deadline.objects.get(subject=reference(case), kind="contracting.upload")
    assert deadline.due_at == kit.at("2026-12-04", 23, 59, 59).replace(microsecond=999999)


def test_the_student_is_told_when_the_paper_has_its_bytes_and_once(ready):
    _case, document = ready

    kit.documents_keep_again(document)

    assert Mail.objects.filter(template="contracting/mail/documents_ready").count() == 1
    assert IssuedPaper.objects.get(pk=document.paper_id).state == "valid"


def test_issued_bytes_and_frozen_lines_cannot_be_changed(ready):
    case, document = ready

    for change in (
        lambda: IssuedPaper.objects.filter(pk=document.paper_id).update(sha256="0" * 64),
        lambda: Annex.objects.filter(contracting=case).update(
            total=Decimal("1.00"), rows_amount=Decimal("1.00"), tuition=0
        ),
        lambda: IssuedPaper.objects.filter(pk=document.paper_id).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_approval_of_a_case_that_changed_meanwhile_is_refused(clerk):
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS))
    seen = case.state_at
    review.ask(case.pk, question="De ce?", actor=clerk, at=kit.at("2026-11-20", 11))
    review.answer(case.pk, text="Așa", actor=kit.student(case), at=kit.at("2026-11-20", 12))

    with pytest.raises(Refused):
        review.approve(case.pk, seen_at=seen, actor=clerk, at=kit.at("2026-11-20", 13))

    assert not Annex.objects.exists()


def test_before_stage_2_nothing_is_processed(clerk):
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS, stage2_from=date(2026, 11, 22)))

    with pytest.raises(Refused):
        review.approve(case.pk, actor=clerk, at=kit.NOW)


def test_a_question_goes_to_the_student_and_the_answer_back(clerk):
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS))

    review.ask(case.pk, question="Ați vorbit cu decanatul?", actor=clerk, at=kit.NOW)
    case.refresh_from_db()
    asked = case.state
    review.answer(case.pk, text="Da, ieri.", actor=kit.student(case), at=kit.NOW)
    case.refresh_from_db()

    assert (asked, case.state) == ("clarification", "validated")
    assert Clarification.objects.get(contracting=case).answer == "Da, ieri."
    assert "decanatul" in Mail.objects.get(template="contracting/mail/clarification_asked").text


def test_two_secretaries_do_not_open_the_same_case(clerk):
    case, colleague = kit.validated(kit.case(arrears=kit.FIVE_ARREARS)), factories.secretary()

    review.claim(case.pk, actor=clerk, at=kit.NOW)

    with pytest.raises(Refused):
        review.claim(case.pk, actor=colleague, at=kit.at("2026-11-20", 10, 14))
    assert review.claim(case.pk, actor=colleague, at=kit.at("2026-11-20", 10, 15)).claimed_by == colleague


def test_the_last_scan_hands_the_case_in_and_opens_payment(uploaded):
    case, _signed = uploaded

    assert (case.state, case.uploaded_at) == ("signed_uploaded", kit.STAGE_4)
    lines = lines_of(reference(case))
    assert (
        sum(line.amount for line in lines) == Annex.objects.get(contracting=case).total == Decimal("4830.00")
    )
    assert sorted(line.amount for line in lines) == [
        Decimal(a) for a in ("140.00", "210.00", "280.00", "4200.00")
    ]
    assert {line.due_at for line in lines} == {kit.at("2026-12-13", 23, 59, 59).replace(microsecond=999999)}
    assert {line.state for line in lines} == {"due"}


def test_the_same_bytes_twice_are_one_upload(ready):
    case, document = ready
    student = kit.student(case)

    first = signing.upload(document.pk, kit.stored(student), actor=student, at=kit.STAGE_4)
    second = signing.upload(document.pk, kit.stored(student), actor=student, at=kit.STAGE_4)

    assert first == second
    assert SignedFile.objects.count() == 1


@pytest.mark.parametrize("moment", [kit.at("2026-11-27", 23, 59, 59), kit.at("2026-12-05")])
def test_outside_stage_4_no_scan_is_received(ready, moment):
    case, document = ready

    with pytest.raises(Refused):
        signing.upload(document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=moment)

    assert not SignedFile.objects.exists()
    assert not Charge.objects.exists()


def test_an_extension_of_the_upload_holds_to_its_last_second(ready, clerk):
    case, document = ready
    late = kit.at("2026-12-07")

    signing.extend_upload(case.pk, until=date(2026, 12, 9), reason="fără scaner", actor=clerk, at=late)

    kept = signing.upload(
        document.pk,
        kit.stored(kit.student(case)),
        actor=kit.student(case),
        at=kit.at("2026-12-09", 23, 59, 59),
    )
    assert kept.state == "uploaded"


def test_acceptance_contracts_the_case_and_payment_settles_it(uploaded, clerk):
    case, signed = uploaded

    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)
    case.refresh_from_db()

    assert case.state == "contracted"
    assert settlement.settle_if_paid(case.pk, at=kit.STAGE_4) is False


def test_a_settled_case_waits_again_for_money_that_is_taken_back(
    uploaded, clerk, django_capture_on_commit_callbacks
):
    """A payment taken back and registered again: settled, contracted, settled; no state without its facts."""
    case, signed = uploaded
    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)
    lines = list(lines_of(reference(case)))
    total = sum(line.amount for line in lines)

    def pays():
        return cashdesk.receive(
            case.enrolment_id, total, "RON", payer_name="Ana", chosen=[line.pk for line in lines],
            slip=uuid4(), actor=clerk, at=kit.STAGE_4,
        )  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        paid = pays()
    case.refresh_from_db()
    first = case.state
    with django_capture_on_commit_callbacks(execute=True):
        reversals.reverse_payment(paid.pk, reason="sumă greșită", actor=clerk, at=kit.STAGE_4)
    case.refresh_from_db()
    term = Deadline.objects.get(subject=reference(case), kind=cases.PAY)
    assert (first, case.state, term.met_at) == ("settled", "contracted", None)
    assert settlement.reopen_if_owed(case.pk, at=kit.STAGE_4) is False

    with django_capture_on_commit_callbacks(execute=True):
        pays()
    case.refresh_from_db()
    assert case.state == "settled"
    assert [entry.act for entry in audit.trail(case)][-3:] == [
        "contracting.settle",
        "contracting.reopen",
        "contracting.settle",
    ]


def test_an_annex_with_nothing_to_pay_settles_by_itself(clerk):
    case = kit.approved(kit.validated(kit.case(financing=Financing.STATE)), clerk)
    document = kit.rendered(case)
    signed = signing.upload(
        document.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4
    )

    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)

    case.refresh_from_db()
    assert case.state == "settled"
    assert [entry.after for entry in audit.trail(case)][-2:] == ["contracted", "settled"]


def test_a_decision_binds_to_the_bytes_that_were_seen(uploaded, clerk):
    _case, signed = uploaded

    with pytest.raises(Refused):
        signing.accept_file(signed.pk, seen_sha256="0" * 64, actor=clerk, at=kit.STAGE_4)

    signed.refresh_from_db()
    assert signed.state == "uploaded"


def test_the_second_decision_is_told_who_was_first(uploaded, clerk):
    _case, signed = uploaded
    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)

    with pytest.raises(Refused) as refused:
        signing.reject_file(
            signed.pk,
            seen_sha256=signed.stored.sha256,
            reason="x",
            actor=factories.secretary(),
            at=kit.STAGE_4,
        )

    assert str(clerk) in str(refused.value)


def test_an_accepted_scan_stays_in_the_database(uploaded, clerk):
    _case, signed = uploaded
    signing.accept_file(signed.pk, seen_sha256=signed.stored.sha256, actor=clerk, at=kit.STAGE_4)

    with pytest.raises(DatabaseError), transaction.atomic():
        SignedFile.objects.filter(pk=signed.pk).update(state="rejected", reason="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        SignedFile.objects.filter(pk=signed.pk).delete()


def test_a_return_needs_a_reason(uploaded, clerk):
    _case, signed = uploaded

    with pytest.raises(Refused):
        signing.reject_file(
            signed.pk, seen_sha256=signed.stored.sha256, reason=" ", actor=clerk, at=kit.STAGE_4
        )


def test_a_return_after_stage_4_opens_the_upload_and_hides_the_sums(uploaded, clerk):
    case, signed = uploaded
    friday = kit.at("2026-12-11")

    signing.reject_file(
        signed.pk, seen_sha256=signed.stored.sha256, reason="Lipsește pagina 2", actor=clerk, at=friday
    )

    case.refresh_from_db()
    assert case.state == "documents_ready"
    assert {line.state for line in lines_of(reference(case))} == {"configured"}
    deadline = Deadline.objects.get(subject=reference(case), kind="contracting.upload")
    assert deadline.due_at == kit.at("2026-12-16", 23, 59, 59).replace(microsecond=999999)
    assert "pagina 2" in Mail.objects.get(template="contracting/mail/file_rejected").text


def test_after_a_return_the_sums_are_due_no_earlier_than_the_grace(uploaded, clerk):
    case, signed = uploaded
    document, student = signed.document, kit.student(case)
    signing.reject_file(
        signed.pk, seen_sha256=signed.stored.sha256, reason="neclar", actor=clerk, at=kit.at("2026-12-11")
    )

    signing.upload(document.pk, kit.stored(student, "again"), actor=student, at=kit.at("2026-12-14"))

    lines = lines_of(reference(case))
    assert len(lines) == 4
    assert {line.due_at for line in lines} == {kit.at("2026-12-17", 23, 59, 59).replace(microsecond=999999)}


def test_a_change_is_asked_decided_and_worked_into_a_new_version(clerk):
    case = kit.approved(kit.validated(kit.case(arrears=kit.FIVE_ARREARS), without=(2, 4)), clerk)
    kit.rendered(case)
    drop = {line.key for line in case.lines.filter(position=1)}
    student, friday = kit.student(case), kit.at("2026-11-27")

    asked = changes.request(case.pk, text="Renunț", add=set(), drop=drop, actor=student, at=kit.NOW)
    changes.decide(
        asked.pk, approved=True, number="DD 7", on=date(2026, 11, 26), actor=clerk, at=kit.at("2026-11-26")
    )
    annex = changes.apply(asked.pk, actor=clerk, at=friday)

    assert (annex.version, annex.credits, annex.total) == (2, 65, Decimal("4550.00"))
    assert [a.state for a in Annex.objects.filter(contracting=case).order_by("version")] == [
        "superseded",
        "current",
    ]
    papers = IssuedPaper.objects.filter(about=reference(case)).order_by("version")
    assert [paper.state for paper in papers] == ["replaced", "pending"]
    case.refresh_from_db()
    assert (case.state, case.total) == ("documents_ready", Decimal("4550.00"))
    assert SignableDocument.objects.filter(contracting=case, current=True).count() == 1


def test_a_scan_of_the_replaced_version_does_not_count(clerk):
    case = kit.approved(kit.validated(kit.case(arrears=kit.FIVE_ARREARS)), clerk)
    old = kit.rendered(case)
    drop = {line.key for line in case.lines.filter(position=1)}
    asked = changes.request(case.pk, text="Renunț", add=set(), drop=drop, actor=kit.student(case), at=kit.NOW)
    changes.decide(asked.pk, approved=True, number="7", on=date(2026, 11, 26), actor=clerk, at=kit.NOW)
    changes.apply(asked.pk, actor=clerk, at=kit.at("2026-11-27"))

    with pytest.raises(Refused):
        signing.upload(old.pk, kit.stored(kit.student(case)), actor=kit.student(case), at=kit.STAGE_4)


def test_a_refused_change_leads_back_with_its_reason(clerk):
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS))
    drop = {line.key for line in case.lines.filter(position=1)}
    asked = changes.request(case.pk, text="Renunț", add=set(), drop=drop, actor=kit.student(case), at=kit.NOW)

    changes.decide(
        asked.pk,
        approved=False,
        number="DD 8",
        on=date(2026, 11, 20),
        reason="fără motiv",
        actor=clerk,
        at=kit.NOW,
    )

    case.refresh_from_db()
    assert (case.state, case.previous_state) == ("validated", "")
    assert "fără motiv" in Mail.objects.get(template="contracting/mail/change_decided").text


def test_a_mandatory_row_goes_only_when_the_approval_names_it(clerk):
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS))
    line = case.lines.filter(mandatory=True).first()
    request = {"text": "Renunț", "add": set(), "drop": {line.key}, "actor": kit.student(case), "at": kit.NOW}
    decision = {"approved": True, "number": "7", "on": date(2026, 11, 20), "actor": clerk, "at": kit.NOW}
    asked = changes.request(case.pk, **request)

    with pytest.raises(Refused):  # an approval that could never be applied would hold the case for good
        changes.decide(asked.pk, **decision)
    asked.refresh_from_db()
    assert asked.state == "asked"

    changes.decide(asked.pk, **decision, named={line.key})
    changes.apply(asked.pk, actor=clerk, at=kit.at("2026-11-27"))
    case.refresh_from_db()
    assert case.state == "documents_ready"
    assert not case.lines.get(pk=line.pk).selected


def test_a_change_after_stage_2_needs_an_extension(clerk):
    case = kit.validated(kit.case(arrears=kit.FIVE_ARREARS))
    drop = {line.key for line in case.lines.filter(position=1)}
    late = kit.at("2026-11-28")
    ask = {"text": "Renunț", "add": set(), "drop": drop, "actor": kit.student(case), "at": late}

    with pytest.raises(Refused):
        changes.request(case.pk, **ask)
    changes.extend(case.pk, until=date(2026, 11, 30), reason="motiv", actor=clerk, at=late)

    assert changes.request(case.pk, **ask).state == "asked"


def test_cancelling_closes_papers_terms_and_unpaid_sums(uploaded, clerk):
    case, _signed = uploaded

    settlement.cancel(case.pk, reason="retragere", actor=clerk, at=kit.STAGE_4)

    case.refresh_from_db()
    assert case.state == "cancelled"
    assert not lines_of(reference(case)).exists()
    assert IssuedPaper.objects.get(about=reference(case)).state == "revoked"
    assert not Deadline.objects.filter(subject=reference(case), met_at=None, dropped_at=None).exists()
    with pytest.raises(MoveRefused):
        settlement.cancel(case.pk, reason="din nou", actor=clerk, at=kit.STAGE_4)


def test_an_open_study_contract_is_signed_with_the_annex(clerk):
    enrolment = factories.with_past(factories.enrolment(financing=Financing.STATE))
    factories.study_contract(enrolment, state="awaiting_signature")
    case = kit.approved(kit.validated(kit.case(of=enrolment)), clerk)
    annex = kit.rendered(case)
    student = kit.student(case)

    signing.upload(annex.pk, kit.stored(student), actor=student, at=kit.STAGE_4)

    case.refresh_from_db()
    assert case.state == "documents_ready"
    assert {d.kind for d in SignableDocument.objects.filter(contracting=case)} == {"annex", "contract"}
