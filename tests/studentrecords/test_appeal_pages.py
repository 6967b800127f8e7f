"""The pages of appeals: the CNP in full for its student, the desks, stale pages, what is typed stays."""

import pytest
from django.urls import reverse

from studentrecords.models import Appeal
from studentrecords.services import appeals as services
from tests import factories
from tests.studentrecords import appeals_kit as kit
from tests.studentrecords import exams_kit
from upt_portal.accounts import roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(clock):
    return clock.stand_at(kit.FRIDAY)


def own(name: str, enrolment, *rest) -> str:
    return reverse(f"studentrecords:{name}", args=[enrolment.pk, *rest])


def act(appeal, name: str) -> str:
    return reverse("studentrecords:appeal_act", args=[appeal.pk, name])


def case(appeal) -> str:
    return reverse("studentrecords:appeal_case", args=[appeal.pk])


def test_REC_191_REC_024_the_form_is_filled_in_with_the_cnp_in_full_for_its_student_alone(now, browser_of):
    attempt = kit.contested()
    client, where = browser_of(kit.student_of(attempt)), own("appeal_new", attempt.enrolment, attempt.pk)
    cnp = attempt.enrolment.person.cnp
    assert attempt.discipline.name_ro in client.get(own("appeals", attempt.enrolment)).content.decode()
    body = client.get(where).content.decode()
    for words in (cnp, attempt.row.catalogue.holder.display_name, attempt.enrolment.group):
        assert words in body
    answer = client.post(where, {"ground": "marking", "reasons": "  "})
    assert (answer.status_code, Appeal.objects.count()) == (422, 0)
    answer = client.post(where, {"reasons": "Problema 3 e bună."})
    assert answer.status_code == 422
    assert "Problema 3 e bună." in answer.content.decode()
    assert client.post(where, {"ground": "marking", "reasons": "Problema 3 e bună."}).status_code == 302
    appeal = Appeal.objects.get()
    assert client.post(where, {"ground": "marking", "reasons": "Iar."}).status_code == 302
    assert Appeal.objects.count() == 1
    assert cnp in client.get(own("appeal", attempt.enrolment, appeal.pk)).content.decode()
    staff = browser_of(kit.Offices().infocenter).get(case(appeal)).content.decode()
    assert cnp not in staff
    assert attempt.enrolment.person.masked_cnp in staff


def test_after_the_term_a_page_says_until_when(clock, browser_of):
    attempt = kit.contested()
    clock.stand_at(exams_kit.moment(1, 22, 16, 1))
    client = browser_of(kit.student_of(attempt))
    where = own("appeal_new", attempt.enrolment, attempt.pk)
    assert "22 ianuarie 2027" in client.get(where).content.decode()
    client.post(where, {"ground": "marking", "reasons": "Târziu."})
    assert not Appeal.objects.exists()


def test_foreign_results_and_appeals_are_not_there(now, browser_of):
    appeal = kit.led_to("communicated")
    stranger = factories.enrolment()
    client = browser_of(stranger.person.user)
    for where in (
        own("appeal_new", stranger, appeal.attempt_id),
        own("appeal", stranger, appeal.pk),
        own("appeal", appeal.enrolment, appeal.pk),
        case(appeal),
    ):
        assert client.get(where).status_code == 404
    assert client.post(own("appeal_again", stranger, appeal.pk), {}).status_code == 404
    for user in (exams_kit.teacher(), factories.secretary("CT")):
        assert browser_of(user).get(case(appeal)).status_code == 404


def test_the_examiner_sees_it_once_it_was_sent(now, browser_of):
    offices = kit.Offices()
    appeal = kit.led_to("registered", offices)
    client = browser_of(kit.catalogue_of(appeal).holder)
    assert client.get(case(appeal)).status_code == 404
    services.send(appeal.pk, actor=offices.secretary, at=kit.MONDAY)
    assert client.get(case(appeal)).status_code == 200
    assert appeal.student_name in client.get(reverse("studentrecords:appeals_teacher")).content.decode()


def test_the_whole_course_by_the_pages(now, browser_of):
    offices, attempt = kit.Offices(), kit.contested()
    student, examiner = browser_of(kit.student_of(attempt)), browser_of(attempt.row.catalogue.holder)
    infocenter, secretary = browser_of(offices.infocenter), browser_of(offices.secretary)
    dean, members = browser_of(offices.dean), [browser_of(one) for one in offices.members]
    student.post(own("appeal_new", attempt.enrolment, attempt.pk), {"ground": "marking", "reasons": "x"})
    appeal = Appeal.objects.get()

    def state(client, name: str, **given) -> str:
        assert client.post(act(appeal, name), given).status_code == 302
        appeal.refresh_from_db()
        return appeal.state

    assert state(infocenter, "register") == "registered"
    assert state(secretary, "send") == "with_teacher"
    assert examiner.post(act(appeal, "answer"), {"words": ""}).status_code == 422
    assert state(examiner, "answer", words="Punctajul e corect.") == "answered"
    assert state(infocenter, "communicate") == "communicated"
    again = own("appeal_again", attempt.enrolment, appeal.pk)
    answer = student.post(again, {"words": "Grila a fost alta."})
    assert answer.status_code == 422
    assert "Grila a fost alta." in answer.content.decode()
    assert student.post(again, {"reason": "grid", "words": "Grila a fost alta."}).status_code == 302
    assert state(infocenter, "forward") == "reevaluation"
    assert state(secretary, "put_before_dean") == "with_dean"
    chosen = {f"member_{n}": one.pk for n, one in enumerate(offices.members, 1)}
    twice = {**chosen, "member_2": chosen["member_1"]}
    assert dean.post(act(appeal, "appoint"), {"decision": "DD 7", **twice}).status_code == 422
    assert state(dean, "appoint", decision="DD 7", **chosen) == "commission"
    assert members[0].get(reverse("studentrecords:appeals_teacher")).status_code == 200
    assert secretary.post(act(appeal, "hand_over"), {}).status_code == 422
    assert state(secretary, "hand_over", on_paper="on") == "commission"
    for client in members:
        assert state(client, "mark", mark="9") == "commission"
    assert state(members[0], "report", result="9", words="Recorectat.", version=3) == "commission"
    for client in members[:2]:
        assert state(client, "sign", version=4) == "commission"
    assert state(members[2], "sign", version=4) == "reported"
    assert state(infocenter, "finish") == "final"
    body = student.get(own("appeal", attempt.enrolment, appeal.pk)).content.decode()
    assert "Recorectat." in body
    assert student.post(own("appeal_meeting", attempt.enrolment, appeal.pk), {}).status_code == 302
    assert state(secretary, "set_meeting", note="joi, 10:00") == "final"
    assert secretary.get(reverse("studentrecords:appeals_desk") + "?show=all").status_code == 200


def test_a_hand_that_is_not_one_s_own_is_refused_and_a_stale_page_changes_nothing(now, browser_of):
    offices = kit.Offices()
    appeal = kit.led_to("registered", offices)
    infocenter, secretary = browser_of(offices.infocenter), browser_of(offices.secretary)
    assert infocenter.post(act(appeal, "send")).status_code == 403
    assert secretary.post(act(appeal, "nonsense")).status_code == 404
    assert infocenter.post(act(appeal, "register")).status_code == 302
    appeal.refresh_from_db()
    assert appeal.state == "registered"


def test_REC_193_an_appeal_on_paper_is_entered_with_its_arrival(clock, browser_of):
    offices, attempt = kit.Offices(), kit.contested()
    clock.stand_at(kit.MONDAY)
    client, where = browser_of(offices.infocenter), reverse("studentrecords:appeals_paper")
    assert client.get(f"{where}?number=nobody").status_code == 422
    page = f"{where}?number={attempt.enrolment.matriculation_number}"
    given = {
        "attempt": attempt.pk,
        "channel": "paper",
        "ground": "marking",
        "reasons": "Pe hârtie.",
        "arrived_on": "2027-01-22",
        "arrived_hour": "16:30",
    }
    answer = client.post(page, given)
    assert answer.status_code == 422
    assert "Pe hârtie." in answer.content.decode()
    assert client.post(page, {**given, "arrived_hour": "15:30"}).status_code == 302
    assert Appeal.objects.get().received_at == exams_kit.moment(1, 22, 15, 30)


def test_lists_take_the_same_queries_for_one_and_for_many(clock, browser_of, django_assert_max_num_queries):
    offices = kit.Offices()
    catalogue = exams_kit.published(*["6"] * 6)
    for row in catalogue.rows.all():
        kit.filed(row.attempts.get())
    clock.stand_at(kit.FRIDAY)
    client = browser_of(offices.infocenter)
    where = reverse("studentrecords:appeals_desk")
    client.get(where)
    with django_assert_max_num_queries(11):
        assert client.get(where).content.decode().count('scope="row"') == 6


@pytest.mark.parametrize("state", kit.STATES)
@pytest.mark.parametrize("language", ["ro", "en"])
def test_every_state_is_shown_to_everybody_who_sees_it(clock, browser_of, state, language):
    offices = kit.Offices()
    appeal = kit.led_to(state, offices)
    clock.stand_at(kit.MONDAY)
    student = kit.student_of(appeal.attempt)
    readers = [student, offices.infocenter, offices.secretary, offices.dean, kit.catalogue_of(appeal).holder]
    for reader in readers:
        reader.language = language
        reader.save(update_fields=["language"])
        where = own("appeal", appeal.enrolment, appeal.pk) if reader == student else case(appeal)
        status = browser_of(reader).get(where).status_code
        hidden = state in ("submitted", "registered") and reader == readers[-1]
        assert status == (404 if hidden else 200)


def test_roles_have_words():
    assert {roles.INFOCENTER, roles.DEPARTMENT_DIRECTOR} <= set(roles.LABELS)
