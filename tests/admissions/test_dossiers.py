"""The candidate's hand: open, edit, upload, submit, give up, apply again."""

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from admissions.models import CalendarWindow, Dossier, Override, ProcessingFee, Resolution
from admissions.queries import dossiers as queries
from admissions.refusal import Refused
from admissions.services import case, documents, dossiers
from admissions.services.candidates import Profile, save_profile
from admissions.tasks import close_drafts
from tests.admissions import kit
from tests.admissions.kit import at
from tests.races import at_once
from upt_portal.kernel import deadlines
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Mail, TraceEntry
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def offices() -> kit.Offices:
    return kit.Offices()


def acts_of(dossier: Dossier) -> list[str]:
    return list(
        TraceEntry.objects.filter(subject=reference(dossier)).order_by("number").values_list("act", flat=True)
    )


def test_t01_a_draft_is_opened_with_its_fee_and_its_term() -> None:
    made = kit.draft()
    assert (made.state, made.kind, made.channel, made.number) == ("draft", "new", "online", None)
    fee = ProcessingFee.objects.get(dossier=made)
    assert (fee.state, str(fee.due)) == ("due", "100.00")
    assert deadlines.effective(made, case.DRAFT) == at("2026-08-01", 0)
    assert acts_of(made) == ["admissions.open"]


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (at("2026-02-28", 23, 59, 59), False),
        (at("2026-03-01", 0), True),
        (at("2026-07-31", 23, 59, 59), True),
        (at("2026-08-01", 0), False),
    ],
)
def test_adm_011_ex_05_a_draft_is_opened_only_inside_the_window(moment, opens: bool) -> None:
    if opens:
        assert kit.draft(moment=moment).state == "draft"
        return
    who, to = kit.candidate(), kit.offer()
    with pytest.raises(Refused):
        kit.draft(who, to, moment)
    assert not Dossier.objects.exists()


def test_adm_011_ex_77_a_closing_time_holds_to_the_second() -> None:
    to = kit.offer()
    CalendarWindow.objects.update(closes=date(2026, 8, 31), closing_time=time(16))
    made = kit.filled(kit.draft(to=to), at("2026-08-31", 15))
    with pytest.raises(Refused):
        dossiers.submit(made.pk, actor=made.candidate.user, at=at("2026-08-31", 16), duties_acknowledged=True)
    done = dossiers.submit(
        made.pk, actor=made.candidate.user, at=at("2026-08-31", 15, 59, 59), duties_acknowledged=True
    )
    assert done.state == "submitted"


def test_adm_020_an_offer_that_is_closed_takes_no_draft() -> None:
    who, to = kit.candidate(), kit.offer(active=False)
    with pytest.raises(Refused):
        kit.draft(who, to)


@pytest.mark.parametrize("citizenships", [["RO"], ["MA", "FR"], ["CH"]])
def test_adm_041_an_excluded_citizenship_is_refused_unless_the_head_allows_it(citizenships, offices) -> None:
    who, to = kit.candidate(citizenships=citizenships), kit.offer()
    with pytest.raises(Refused):
        kit.draft(who, to)
    Override.objects.create(
        candidate=who,
        campaign=to.campaign,
        what=Override.What.CITIZENSHIP,
        reason="a renunțat",
        by=offices.head,
        at=kit.NOW,
    )
    assert kit.draft(who, to).state == "draft"


def test_adm_034_one_live_dossier_and_after_an_ended_one_another() -> None:
    who = kit.candidate()
    first = kit.draft(who)
    with pytest.raises(Refused):
        kit.draft(who)
    dossiers.cancel(first.pk, actor=who.user, at=kit.NOW)
    assert kit.draft(who).state == "draft"


def test_adm_034_the_database_keeps_a_second_live_dossier_out_by_itself() -> None:
    first = kit.draft()
    with pytest.raises(IntegrityError, match="adm_dossier_one_live"), transaction.atomic():
        Dossier.objects.create(
            candidate=first.candidate,
            campaign=first.campaign,
            offer=first.offer,
            state_at=kit.NOW,
            opened_at=kit.NOW,
            opened_by=first.candidate.user,
        )


@pytest.mark.django_db(transaction=True)
def test_adm_034_two_tabs_open_one_dossier() -> None:
    who, to = kit.candidate(), kit.offer()
    outcomes = at_once(lambda: kit.draft(who, to), lambda: kit.draft(who, to))
    assert sorted(type(one).__name__ for one in outcomes) == ["Dossier", "Refused"]
    assert Dossier.objects.count() == 1


def test_adm_030_a_passport_belongs_to_one_account() -> None:
    first, second = kit.candidate(), kit.candidate()
    given = {name: getattr(second, name) for name in Profile.__dataclass_fields__}
    given["passport_number"] = first.passport_number.lower()
    with pytest.raises(Refused):
        save_profile(second.user_id, Profile(**given), actor=second.user, at=kit.NOW)
    second.refresh_from_db()
    assert second.passport_number != first.passport_number


def test_adm_035_the_data_of_the_passport_rest_while_a_dossier_is_handled() -> None:
    made = kit.submitted()
    who = made.candidate
    given = {name: getattr(who, name) for name in Profile.__dataclass_fields__}
    given["family_name"] = "ALTUL"
    with pytest.raises(Refused):
        save_profile(who.user_id, Profile(**given), actor=who.user, at=kit.NOW)


def test_adm_061_the_documents_follow_what_the_draft_says() -> None:
    made = kit.draft()
    dossiers.edit(made.pk, studies=[kit.BACCALAUREATE], actor=made.candidate.user, at=kit.NOW)
    needed = queries.required(made, date(2026, 6, 10))
    assert len(needed) == 12  # EX-38
    assert "name_change" not in needed
    made = dossiers.edit(made.pk, name_changed=True, actor=made.candidate.user, at=kit.NOW)
    assert "name_change" in queries.required(made, date(2026, 6, 10))


def test_adm_069_versions_are_kept_and_a_double_click_is_one() -> None:
    made = kit.draft()
    first = kit.upload(made, "passport", mark="unu")
    assert kit.upload(made, "passport", mark="unu") == first
    second = kit.upload(made, "passport", mark="doi")
    first.refresh_from_db()
    assert (first.current, second.current, second.version) == (False, True, 2)
    assert second.restricted is True


def test_adm_069_after_submission_nothing_is_replaced_unasked() -> None:
    made = kit.submitted()
    with pytest.raises(Refused):
        kit.upload(made, "passport", mark="altul")


@pytest.mark.parametrize(("annex", "kept"), [("7", True), ("9", False), ("", False)])
def test_adm_068_the_consent_is_that_of_the_cycle(annex: str, kept: bool) -> None:
    made = kit.draft()
    owner = made.candidate.user

    def put() -> None:
        files = {"original": kit.stored(owner, "acord")}
        documents.put(made.pk, "gdpr_consent", actor=owner, at=kit.NOW, files=files, annex=annex)

    if kept:
        put()
    else:
        with pytest.raises(Refused):
            put()
    assert made.documents.exists() is kept


def test_t02_submission_gives_a_number_a_receipt_and_locks() -> None:
    made = kit.submitted()
    assert (made.state, made.number) == ("submitted", "2026/00001")
    assert len(made.receipt["files"]) == 12
    assert [one["letter"] for one in made.receipt["files"]] == list("abdefhijklmn")
    assert all(len(one["sha256"]) == 64 for one in made.receipt["files"])
    assert ProcessingFee.objects.get(dossier=made).state == "declared"
    told = Mail.objects.get(recipient=made.candidate.user)
    assert made.number in told.subject
    assert all(one["sha256"] in told.text for one in made.receipt["files"])
    again = dossiers.submit(made.pk, actor=made.candidate.user, at=kit.NOW, duties_acknowledged=True)
    assert again.number == made.number
    assert Mail.objects.filter(recipient=made.candidate.user).count() == 1


@pytest.mark.parametrize("without", ["passport", "fee_proof", "refund_agreement", "medical"])
def test_adm_060_adm_083_an_incomplete_dossier_is_not_submitted(without: str) -> None:
    made = kit.filled(kit.draft(), without=(without,))
    with pytest.raises(Refused) as no:
        dossiers.submit(made.pk, actor=made.candidate.user, at=kit.NOW, duties_acknowledged=True)
    assert no.value.answer.cure
    made.refresh_from_db()
    assert (made.state, made.number) == ("draft", None)


def test_adm_233_the_duties_are_acknowledged() -> None:
    made = kit.filled(kit.draft())
    with pytest.raises(Refused):
        dossiers.submit(made.pk, actor=made.candidate.user, at=kit.NOW, duties_acknowledged=False)


@pytest.mark.parametrize(("expires", "goes"), [(date(2026, 6, 10), True), (date(2026, 6, 9), False)])
def test_adm_042_the_passport_is_valid_on_the_day(expires: date, goes: bool) -> None:
    made = kit.filled(kit.draft(kit.candidate(passport_expires=expires)))
    assert bool(dossiers.readiness(made, kit.NOW).answers["passport"]) is goes


def test_adm_074_a_programme_in_romanian_wants_its_proof() -> None:
    made = kit.filled(kit.draft(to=kit.offer(language="ro")))
    assert dossiers.readiness(made, kit.NOW).ready
    made.language_proofs.update(current=False)
    assert not dossiers.readiness(made, kit.NOW).answers["language"]


def test_t03_adm_013_the_clock_cancels_a_draft_whose_window_is_over() -> None:
    made, kept = kit.draft(), kit.submitted()
    assert close_drafts("2026-07-31T23:59:59+03:00") == 0
    assert close_drafts("2026-08-01T00:00:01+03:00") == 1
    assert close_drafts("2026-08-01T00:01:01+03:00") == 0
    made.refresh_from_db()
    kept.refresh_from_db()
    assert (made.state, kept.state) == ("cancelled", "submitted")
    assert Mail.objects.filter(recipient=made.candidate.user, template__endswith="draft_cancelled").exists()


def test_adm_012_a_window_that_was_extended_keeps_the_draft() -> None:
    made = kit.draft()
    CalendarWindow.objects.update(closes=date(2026, 8, 10))
    assert close_drafts("2026-08-01T00:00:01+03:00") == 0
    assert deadlines.effective(made, case.DRAFT) == at("2026-08-11", 0)


def test_t03_a_submitted_dossier_is_not_given_up_as_a_draft() -> None:
    made = kit.submitted()
    with pytest.raises(MoveRefused):
        dossiers.cancel(made.pk, actor=made.candidate.user, at=kit.NOW)


def test_adm_107_ex_36_after_a_rejection_one_goes_free_to_another_programme(offices) -> None:
    first = kit.rejected(offices)
    again = kit.draft(first.candidate, kit.offer(), kind="reapplication", predecessor_id=first.pk)
    assert ProcessingFee.objects.get(dossier=again).state == "waived"
    assert again.fee_from == first
    carried = queries.current_documents(again)
    assert "fee_proof" not in carried
    assert len(carried) == 11  # ADM-109
    assert {row.verdict for row in carried.values()} == {"pending"}
    done = kit.filled(again)
    assert dossiers.submit(
        done.pk, actor=done.candidate.user, at=kit.NOW, duties_acknowledged=True
    ).state == ("submitted")


def test_adm_108_ex_37_not_to_the_same_programme(offices) -> None:
    first = kit.rejected(offices)
    with pytest.raises(Refused):
        kit.draft(first.candidate, first.offer, kind="reapplication", predecessor_id=first.pk)


@pytest.mark.parametrize(
    ("moment", "taken"), [(at("2026-08-04", 23, 59, 59), True), (at("2026-08-05", 0), False)]
)
def test_adm_108_ex_62_the_grace_after_a_late_rejection(offices, moment, taken: bool) -> None:
    first = kit.rejected(offices, at("2026-07-25"))
    assert local_day(Resolution.objects.get(act="reject").at) == date(2026, 7, 25)
    to = kit.offer()
    if taken:
        assert kit.draft(first.candidate, to, moment, kind="reapplication", predecessor_id=first.pk)
    else:
        with pytest.raises(Refused):
            kit.draft(first.candidate, to, moment, kind="reapplication", predecessor_id=first.pk)


def test_adm_112_an_abandoned_draft_does_not_use_the_right(offices) -> None:
    first = kit.rejected(offices)
    abandoned = kit.draft(first.candidate, kit.offer(), kind="reapplication", predecessor_id=first.pk)
    dossiers.cancel(abandoned.pk, actor=first.candidate.user, at=kit.NOW)
    assert kit.draft(first.candidate, kit.offer(), kind="reapplication", predecessor_id=first.pk)


def test_adm_110_ex_71_a_second_free_one_is_refused_and_a_paid_one_taken(offices) -> None:
    first = kit.rejected(offices)
    second = kit.filled(
        kit.draft(first.candidate, kit.offer(), kind="reapplication", predecessor_id=first.pk)
    )
    dossiers.submit(second.pk, actor=second.candidate.user, at=kit.NOW, duties_acknowledged=True)
    kit.checked(second, offices)
    kit.review.not_select(second.pk, reason="locuri ocupate", actor=offices.officer, at=kit.NOW)
    for source in (first, second):
        with pytest.raises(Refused):
            kit.draft(first.candidate, kit.offer(), kind="reapplication", predecessor_id=source.pk)
    third = kit.draft(first.candidate, kit.offer())
    assert ProcessingFee.objects.get(dossier=third).state == "due"


def test_a_stranger_s_dossier_is_nobody_s_predecessor(offices) -> None:
    first = kit.rejected(offices)
    with pytest.raises(Dossier.DoesNotExist):
        kit.draft(kit.candidate(), kit.offer(), kind="reapplication", predecessor_id=first.pk)
