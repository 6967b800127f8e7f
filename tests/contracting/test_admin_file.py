"""A student's file: what each button does, a page that is out of date, and nobody else's file."""

from datetime import date
from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from contracting.admin.file import seen_of
from contracting.models import Annex, ChangeRequest, Clarification, OfferLine, StudentContracting
from contracting.services import changes, review
from contracting.workflow import ContractingState
from tests import factories
from tests.conftest import Clock
from tests.contracting import desk_kit, kit
from tests.contracting.desk_kit import Browser, english, fresh, press, url
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.models import Mail, RecordRead

pytestmark = pytest.mark.django_db

_S = ContractingState


@pytest.fixture(autouse=True)
def now(clock: Clock) -> None:
    clock.stand_at(kit.NOW)
    cache.clear()


@pytest.fixture
def desk(secretary: User, browser_of: Browser) -> Client:
    return english(browser_of(secretary))


@pytest.fixture
def case(db: None) -> StudentContracting:
    return kit.case(arrears=kit.FIVE_ARREARS)


def page(client: Client, of: StudentContracting, query: str = "") -> str:
    answer = client.get(url("change", of.pk) + query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def acts(of: StudentContracting) -> list[str]:
    return [entry.act for entry in audit.trail(of)]


# ---- what is in it -----------------------------------------------------------------------------------------


def test_the_file_shows_rows_sums_and_terms(desk: Client, case: StudentContracting):
    shown = page(desk, case)
    for line in case.lines.all():
        assert line.name_en in shown or line.name_ro in shown
    assert str(case.enrolment.person) in shown
    assert case.enrolment.matriculation_number in shown
    assert "RON\u00a05,600.00" in shown
    assert "Wednesday 25 November 2026, 23:59" in shown


def test_the_student_sees_who_opened_the_file(secretary: User, desk: Client, case: StudentContracting):
    page(desk, case)
    page(desk, case)
    read = RecordRead.objects.get()
    assert (read.reader, read.person, read.what) == (secretary, kit.student(case), "contracting.file")


def test_only_the_acts_of_the_state_are_offered(secretary: User, desk: Client, case: StudentContracting):
    offered = page(desk, case)
    assert "I extend the term of validation" in offered
    assert "I approve the list" not in offered
    validated = page(desk, kit.validated(case))
    assert "I approve the list" in validated
    assert "I extend the term of validation" not in validated


def test_an_act_before_its_stage_says_why(desk: Client, clock: Clock, case: StudentContracting):
    kit.validated(case)
    StudentContracting.objects.get(pk=case.pk).campaign.__class__.objects.filter(pk=case.campaign_id).update(
        stage2_from=date(2026, 11, 23)
    )
    assert "Stage 2 opens on 23 November 2026." in page(desk, case)
    answer = press(desk, case, "approve")
    assert answer.status_code == 409
    assert "Stage 2 opens on 23 November 2026." in answer.content.decode()
    assert fresh(case).state == _S.VALIDATED


def test_the_file_costs_the_same_whatever_is_in_it(
    secretary: User, browser_of: Browser, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    small, large = kit.case(), kit.case(arrears=kit.FIVE_ARREARS)
    kit.validated(small)
    kit.validated(large)
    for _time in range(3):
        review.ask(large.pk, question="De ce?", actor=secretary, at=kit.NOW)
        review.answer(large.pk, text="Așa.", actor=kit.student(large), at=kit.NOW)
    costs = []
    for one in (small, large):
        client = browser_of(secretary)
        client.get(url("queue"))
        with CaptureQueriesContext(connection) as counted:
            client.get(url("change", one.pk))
        costs.append(len(counted))
    assert costs[0] == costs[1]


# ---- what each button does ---------------------------------------------------------------------------------


def test_approving_makes_the_annex_and_goes_on(secretary: User, desk: Client):
    first, second = desk_kit.cases(2)
    kit.validated(first, moment=kit.at("2026-11-18"))
    kit.validated(second, moment=kit.at("2026-11-19"))
    answer = press(desk, first, "approve", query="?place=validated")
    assert answer.url.startswith(url("next") + "?place=validated&after=")
    assert desk.get(answer.url).url == url("change", second.pk) + "?place=validated"
    assert (fresh(first).state, fresh(first).approved_by) == (_S.DOCUMENTS_READY, secretary)
    assert Annex.objects.get(contracting=first).version == 1


def test_approving_outside_the_queue_stays_on_the_file(desk: Client, case: StudentContracting):
    kit.validated(case)
    assert press(desk, case, "approve").url == url("change", case.pk)


def test_asking_sends_the_question(secretary: User, desk: Client, case: StudentContracting):
    kit.validated(case)
    press(desk, case, "ask", question="Veniți la secretariat?")
    asked = Clarification.objects.get(contracting=case)
    assert (asked.question, asked.asked_by, fresh(case).state) == (
        "Veniți la secretariat?",
        secretary,
        _S.CLARIFICATION,
    )


@pytest.mark.parametrize(("language", "words"), [("ro", "Ați lăsat nebifate"), ("en", "You left out")])
def test_a_usual_question_is_in_the_students_language(
    desk: Client, case: StudentContracting, language: str, words: str
):
    kit.validated(case)
    User.objects.filter(pk=kit.student(case).pk).update(language=language)
    press(desk, case, "ask", usual="left_out", question="")
    assert Clarification.objects.get(contracting=case).question.startswith(words)


def test_a_question_without_words_is_not_sent(desk: Client, case: StudentContracting):
    kit.validated(case)
    answer = press(desk, case, "ask", usual="other", question="  ")
    assert answer.status_code == 422
    assert "Write the question" in answer.content.decode()
    assert fresh(case).state == _S.VALIDATED


def test_an_answer_given_at_the_desk(secretary: User, desk: Client, case: StudentContracting):
    desk_kit.asked(case, secretary)
    assert "Care opțională o alegeți?" in desk.get(url("act", case.pk, "answer")).content.decode()
    press(desk, case, "answer", text="Pe prima, a spus la telefon.")
    given = Clarification.objects.get(contracting=case)
    assert (given.answer, given.answered_by) == ("Pe prima, a spus la telefon.", secretary)
    assert fresh(case).state == _S.VALIDATED


def test_extending_stage_1_needs_a_day_and_a_reason(desk: Client, case: StudentContracting):
    desk_kit.lapsed(case)
    refused = press(desk, case, "extend", until="", reason="")
    assert refused.status_code == 422
    assert "Enter the new last day" in refused.content.decode()
    press(desk, case, "extend", until="2026-12-03", reason="Internat")
    assert (fresh(case).state, fresh(case).extended_until) == (_S.OFFERED, date(2026, 12, 3))
    assert audit.trail(case).last().reason == "Internat"


def test_an_extension_into_the_past_is_refused_and_kept_in_the_form(desk: Client, case: StudentContracting):
    answer = press(desk, case, "extend", until="2026-11-24", reason="Internat la spital")
    shown = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "The extension must end later than 25 November 2026 and not in the past." in shown
    assert "Internat la spital" in shown
    assert fresh(case).extended_until is None


def test_validating_in_the_students_name(secretary: User, desk: Client, case: StudentContracting):
    desk_kit.lapsed(case)
    assert press(desk, case, "validate_for", reason="").status_code == 422
    press(desk, case, "validate_for", reason="A cerut în scris")
    assert (fresh(case).state, fresh(case).validated_by) == (_S.VALIDATED, secretary)
    assert Mail.objects.filter(template="contracting/mail/validated_for").count() == 1


def test_a_change_request_on_the_students_behalf(secretary: User, desk: Client, case: StudentContracting):
    kit.validated(case)
    key = case.lines.first().key
    answer = press(desk, case, "request_change", text="La telefon", drop=[key])
    assert answer.url == url("change", case.pk)
    asked = ChangeRequest.objects.get(contracting=case)
    assert (asked.asked_by, [line.key for line in asked.drop_lines.all()]) == (secretary, [key])


def test_extending_the_term_of_changes(desk: Client, case: StudentContracting, clock: Clock):
    kit.validated(case)
    clock.stand_at(kit.at("2026-11-28"))
    assert "The term of stage 2 ended" in page(desk, case)
    press(desk, case, "extend_change", until="2026-12-01", reason="A fost plecat")
    assert fresh(case).change_until == date(2026, 12, 1)
    assert "The term of stage 2 ended" not in page(desk, case)


def test_recording_the_deans_approval_and_applying_it(desk: Client, case: StudentContracting, clock: Clock):
    asked = desk_kit.change_asked(case)
    form = desk.get(url("act", case.pk, "decide")).content.decode()
    assert "Lucrez." in form
    press(desk, case, "decide", approved="yes", number="DD 17", on="2026-11-19")
    asked.refresh_from_db()
    assert (asked.state, asked.decision_number, asked.decision_on) == (
        "approved",
        "DD 17",
        date(2026, 11, 19),
    )
    assert press(desk, case, "apply").status_code == 409  # stage 3 opens on 27 November
    clock.stand_at(kit.at("2026-11-27"))
    press(desk, case, "apply")
    assert fresh(case).state == _S.DOCUMENTS_READY
    annex = Annex.objects.get(contracting=case)
    assert asked.drop_lines.get().key not in {line["key"] for line in annex.lines}


def test_a_mandatory_row_is_named_by_the_decision(desk: Client, case: StudentContracting, clock: Clock):
    kit.validated(case)
    fixed = case.lines.filter(mandatory=True).first()
    asked = changes.request(
        case.pk, text="Boală", add=[], drop=[fixed.key], actor=kit.student(case), at=kit.NOW
    )
    assert str(fixed) in unescape(desk.get(url("act", case.pk, "decide")).content.decode())
    press(desk, case, "decide", approved="yes", number="DD 1", on="2026-11-19", named=[fixed.key])
    asked.refresh_from_db()
    assert asked.named == [fixed.key]


def test_a_refusal_needs_its_reason(desk: Client, case: StudentContracting):
    asked = desk_kit.change_asked(case)
    answer = press(desk, case, "decide", approved="no", number="DD 18", on="2026-11-19")
    assert answer.status_code == 422
    assert "Write the reason of the refusal" in answer.content.decode()
    press(desk, case, "decide", approved="no", number="DD 18", on="2026-11-19", reason="Prea târziu")
    asked.refresh_from_db()
    assert (asked.state, asked.decision_reason, fresh(case).state) == (
        "refused",
        "Prea târziu",
        _S.VALIDATED,
    )


def test_a_decision_of_tomorrow_is_refused(desk: Client, case: StudentContracting):
    desk_kit.change_asked(case)
    answer = press(desk, case, "decide", approved="yes", number="DD 1", on="2026-11-21")
    assert answer.status_code == 422
    assert "must not be in the future" in answer.content.decode()


def test_extending_the_upload(secretary: User, desk: Client, case: StudentContracting):
    kit.approved(kit.validated(case), secretary)
    press(desk, case, "extend_upload", until="2026-12-10", reason="Plecat")
    assert fresh(case).upload_until == date(2026, 12, 10)


def test_cancelling_is_asked_on_its_own_page_with_the_safe_choice_first(
    desk: Client, case: StudentContracting
):
    shown = desk.get(url("act", case.pk, "cancel")).content.decode()
    assert shown.index("Back to the file") < shown.index("btn-danger")
    assert press(desk, case, "cancel", reason="").status_code == 422
    press(desk, case, "cancel", reason="S-a retras")
    assert (fresh(case).state, audit.trail(case).last().reason) == (_S.CANCELLED, "S-a retras")


# ---- mandatory rows ----------------------------------------------------------------------------------------


def mark(client: Client, of: StudentContracting, line: OfferLine, mandatory: str, **given: str):
    values = {"seen": seen_of(fresh(of)), "mandatory": mandatory, "reason": "Hotărâre", **given}
    return client.post(url("mark", of.pk, line.pk), values)


def test_a_row_is_made_mandatory_with_a_reason_and_freed_again(desk: Client, case: StudentContracting):
    line = case.lines.filter(overdue=True).first()
    before = case.fingerprint
    assert "make mandatory" in page(desk, case)
    assert mark(desk, case, line, "yes", reason="").status_code == 422
    assert mark(desk, case, line, "yes").url == url("change", case.pk)
    line.refresh_from_db()
    assert line.mandatory
    assert fresh(case).fingerprint != before
    mark(desk, case, line, "no")
    line.refresh_from_db()
    assert not line.mandatory
    assert acts(case)[-2:] == ["contracting.set_mandatory"] * 2


def test_a_validated_list_keeps_its_marks(desk: Client, case: StudentContracting):
    line = case.lines.filter(overdue=True).first()
    kit.validated(case)
    answer = mark(desk, case, line, "yes")
    assert answer.status_code == 409
    line.refresh_from_db()
    assert not line.mandatory


def test_a_row_of_another_file_is_not_found(desk: Client, case: StudentContracting):
    other = kit.case()
    assert mark(desk, case, other.lines.first(), "yes").status_code == 404


# ---- pages out of date -------------------------------------------------------------------------------------


def test_the_second_of_two_secretaries_is_refused_in_words(
    secretary: User, desk: Client, browser_of: Browser, case: StudentContracting
):
    colleague = factories.secretary("AC", first_name="Mihaela", last_name="Drăgan")
    other = english(browser_of(colleague))
    kit.validated(case)
    seen = seen_of(fresh(case))
    assert press(other, case, "approve", seen=seen).status_code == 302
    answer = press(desk, case, "ask", seen=seen, question="De ce ați lăsat rândul 2?")
    shown = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "Nothing was recorded" in shown
    assert "after you opened it; nothing was recorded" in shown
    assert "Mihaela Drăgan" in shown  # who did what meanwhile
    assert "Documents ready" in shown
    assert "De ce ați lăsat rândul 2?" in shown  # what was typed is kept
    assert not Clarification.objects.exists()
    assert fresh(case).approved_by == colleague


def test_a_page_from_before_an_answer_is_out_of_date(
    secretary: User, desk: Client, case: StudentContracting, clock: Clock
):
    kit.validated(case)
    seen = seen_of(fresh(case))
    clock.stand_at(kit.at("2026-11-20", 11))
    review.ask(case.pk, question="De ce?", actor=secretary, at=kit.at("2026-11-20", 10, 30))
    review.answer(case.pk, text="Așa.", actor=kit.student(case), at=kit.at("2026-11-20", 10, 40))
    answer = press(desk, case, "approve", seen=seen)
    assert answer.status_code == 409
    assert "The question was answered" in answer.content.decode()
    assert fresh(case).state == _S.VALIDATED


@pytest.mark.parametrize("seen", ["", "yesterday", "2026-11-20", "2026-99-20T10:00:00+02:00"])
def test_a_moment_that_is_none_is_out_of_date(desk: Client, case: StudentContracting, seen: str):
    kit.validated(case)
    answer = desk.post(url("act", case.pk, "approve"), {"seen": seen})
    assert answer.status_code in {409, 422}
    assert fresh(case).state == _S.VALIDATED


def test_a_button_pressed_twice_acts_once(desk: Client, case: StudentContracting):
    kit.validated(case)
    seen = seen_of(fresh(case))
    press(desk, case, "approve", seen=seen)
    assert press(desk, case, "approve", seen=seen).status_code == 409
    assert acts(case).count("contracting.approve") == 1


def test_a_change_decided_meanwhile_cannot_be_decided_again(
    secretary: User, desk: Client, case: StudentContracting
):
    asked = desk_kit.change_asked(case)
    changes.decide(asked.pk, approved=True, number="DD 1", on=date(2026, 11, 19), actor=secretary, at=kit.NOW)
    answer = press(desk, case, "decide", approved="no", number="DD 2", on="2026-11-19", reason="Nu")
    assert answer.status_code == 409
    asked.refresh_from_db()
    assert asked.decision_number == "DD 1"


# ---- nobody else's file ------------------------------------------------------------------------------------


def test_every_door_of_a_foreign_file_is_shut(browser_of: Browser, case: StudentContracting):
    kit.validated(case)
    stranger = browser_of(factories.secretary("CT"))
    line = case.lines.first()
    history = reverse("admin:contracting_studentcontracting_history", args=[case.pk])
    gets = [
        url("change", case.pk),
        url("act", case.pk, "approve"),
        url("mark", case.pk, line.pk),
        history,
    ]
    assert [stranger.get(address).status_code for address in gets] == [404] * len(gets)
    seen = seen_of(fresh(case))
    for name in ("approve", "ask", "cancel", "extend"):
        answer = stranger.post(
            url("act", case.pk, name), {"seen": seen, "question": "?", "reason": "x", "until": "2026-12-24"}
        )
        assert answer.status_code == 404
    assert mark(stranger, case, line, "yes").status_code == 404
    assert acts(case)[-1] == "contracting.validate"
    assert not RecordRead.objects.exists()


def test_an_unknown_act_is_not_found(desk: Client, case: StudentContracting):
    assert desk.get(url("act", case.pk, "settle")).status_code == 404


def test_the_history_page_names_people_and_reasons(desk: Client, case: StudentContracting):
    desk_kit.lapsed(case)
    press(desk, case, "validate_for", reason="A cerut în scris")
    shown = desk.get(reverse("admin:contracting_studentcontracting_history", args=[case.pk])).content.decode()
    assert "A cerut în scris" in shown
    assert "Ștefan Țânțaru" in shown


@pytest.mark.parametrize("language", ["ro", "en"])
def test_every_act_page_opens_in_both_languages(browser_of: Browser, secretary: User, language: str):
    from contracting.admin.acts import ACTS

    case = kit.case(arrears=kit.FIVE_ARREARS)
    client = browser_of(secretary)
    client.cookies["language"] = language
    for name in ACTS:
        assert client.get(url("act", case.pk, name)).status_code == 200
