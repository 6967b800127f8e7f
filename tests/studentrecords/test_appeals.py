"""A grade appeal from its filing to the final grade, on the real database."""

import pytest
from django.db import IntegrityError, transaction

from studentrecords.models import Appeal, CatalogueRow, ExamAttempt, ExamResult
from studentrecords.queries import appeals as queries
from studentrecords.queries import grades
from studentrecords.refusal import Refused
from studentrecords.services import appeals as services
from studentrecords.services import catalogues, corrections
from studentrecords.services.catalogues import Written
from studentrecords.signals import results_posted
from studentrecords.tasks import follow_appeals
from tests import factories
from tests.studentrecords import appeals_kit as kit
from tests.studentrecords import exams_kit
from upt_portal.accounts import roles
from upt_portal.kernel import audit
from upt_portal.kernel.models import Deadline, Mail
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.references import reference

pytestmark = pytest.mark.django_db


def mails(appeal, event: str) -> int:
    return Mail.objects.filter(key__startswith=f"studentrecords.appeal:{appeal.pk}:{event}:").count()


def terms(appeal) -> dict[str, Deadline]:
    return {one.kind: one for one in Deadline.objects.filter(subject=reference(appeal))}


def test_REC_190_REC_191_filed_the_same_day_counts_from_eight_with_its_content():
    appeal = kit.filed(kit.contested(), at=exams_kit.moment(1, 21, 12))
    assert appeal.received_at == exams_kit.moment(1, 22, 8)
    student = appeal.enrolment
    assert (appeal.student_name, appeal.programme_name, appeal.year_of_study, appeal.group) == (
        student.person.list_name,
        student.programme.name_ro,
        1,
        student.group,
    )
    assert appeal.teacher_name == kit.catalogue_of(appeal).holder.display_name
    assert terms(appeal)["appeal.send"].due_at == exams_kit.moment(1, 25, 16)


def test_REC_190_one_second_late_is_refused_and_nothing_is_kept():
    attempt = kit.contested()
    with pytest.raises(Refused, match="22"):
        kit.filed(attempt, at=exams_kit.moment(1, 22, 16).replace(second=1))
    assert not Appeal.objects.exists()
    assert kit.filed(attempt, at=exams_kit.moment(1, 22, 16))


def test_REC_190_a_result_held_back_is_contested_from_its_posting(clock):
    held = exams_kit.session(results_from=exams_kit.moment(2, 15).date())
    catalogue = exams_kit.published("5", of=held)
    assert not ExamAttempt.objects.exists()
    catalogues.release(catalogue.pk, at=exams_kit.moment(2, 15, 1))
    attempt = ExamAttempt.objects.get()
    assert kit.term(attempt) == exams_kit.moment(2, 16, 16)


def test_REC_131_REC_192_each_result_once_a_changed_one_anew():
    attempt = kit.contested()
    kit.filed(attempt)
    with pytest.raises(Refused):
        kit.filed(attempt, at=kit.later(kit.FRIDAY))
    catalogue = attempt.row.catalogue
    catalogue.refresh_from_db()
    exams_kit.write(catalogue, "7", at=kit.FRIDAY, reason="adunare greșită")
    exams_kit.signed(catalogue, kit.FRIDAY)
    catalogues.publish(catalogue.pk, actor=catalogue.holder, at=kit.FRIDAY)
    again = ExamAttempt.objects.get(result="7")
    assert kit.term(again) == exams_kit.moment(1, 25, 16)
    assert kit.filed(again, at=kit.MONDAY)


def test_REC_192_another_s_result_and_an_oral_exam():
    attempt = kit.contested(oral=True)
    with pytest.raises(Refused):
        services.file(
            factories.enrolment(), attempt.pk, ground="outside_topics", reasons="x",
            actor=kit.student_of(attempt), at=kit.FRIDAY,
        )  # fmt: skip
    with pytest.raises(Refused):
        kit.filed(attempt)
    assert kit.filed(attempt, ground="outside_topics", reasons="Întrebarea 2 nu e în fișă.")


def test_REC_193_paper_counts_from_its_arrival_and_late_only_with_a_reason():
    offices, attempt = kit.Offices(), kit.contested()

    def enter(arrived, **more):
        return services.register_paper(
            attempt.enrolment, attempt.pk, ground="marking", reasons="x", arrived_at=arrived,
            channel="paper", actor=offices.infocenter, at=kit.MONDAY, **more,
        )  # fmt: skip

    with pytest.raises(Refused):
        enter(exams_kit.moment(1, 22, 17))
    with pytest.raises(Refused):
        enter(exams_kit.moment(1, 26, 9))  # a moment to come
    with pytest.raises(Refused):
        enter(exams_kit.moment(1, 20, 9))  # before the posting
    appeal = enter(exams_kit.moment(1, 22, 15, 59))
    assert (appeal.state, appeal.received_at) == ("registered", exams_kit.moment(1, 22, 15, 59))
    assert appeal.number == "C-1/2027"
    assert terms(appeal)["appeal.send"].due_at == exams_kit.moment(1, 25, 16)


def test_the_whole_course_tells_everybody_and_each_step_has_its_actor():
    offices = kit.Offices()
    appeal = kit.led_to("final", offices)
    assert [mails(appeal, one) for one in ("registered", "answered", "commission", "final")] == [1, 1, 1, 1]
    assert [mails(appeal, one) for one in ("to_teacher", "to_member", "report")] == [2, 3, 2]
    trail = list(audit.trail(appeal))
    assert all(one.actor is not None for one in trail)
    assert audit.broken_links(trail) == []
    assert all(one.met_at is not None for one in terms(appeal).values())
    assert not any(step.late for step in queries.course(appeal, terms(appeal), kit.MONDAY))


def test_REC_194_a_late_step_is_flagged_and_harms_nobody():
    offices = kit.Offices()
    appeal = kit.led_to("with_teacher", offices)
    late = exams_kit.moment(2, 3)
    examiner = kit.catalogue_of(appeal).second
    services.answer(appeal.pk, "Târziu.", actor=examiner, at=late)
    services.communicate(appeal.pk, actor=offices.infocenter, at=late)
    appeal = queries.everything().get(pk=appeal.pk)
    flagged = {step.title: step.late for step in queries.course(appeal, terms(appeal), late)}
    assert list(flagged.values()).count(True) == 1
    assert terms(appeal)["appeal.again"].due_at == exams_kit.moment(2, 4, 16)


def test_REC_195_a_request_after_the_term_is_refused_and_the_clock_closes(clock):
    appeal = kit.led_to("communicated")
    due = terms(appeal)["appeal.again"].due_at
    assert due == exams_kit.moment(1, 25, 16)
    late = due.replace(second=1)
    with pytest.raises(Refused):
        services.ask_again(appeal.pk, reason="grid", words="x", actor=kit.student_of(appeal.attempt), at=late)
    clock.stand_at(due)
    assert follow_appeals() == 0
    clock.stand_at(late)
    assert (follow_appeals(), follow_appeals()) == (1, 0)
    appeal.refresh_from_db()
    assert appeal.state == "closed"


def test_REC_196_the_secretariat_waits_for_the_infocenter():
    offices = kit.Offices()
    appeal = kit.led_to("reevaluation", offices)
    with pytest.raises(Refused):
        services.put_before_dean(appeal.pk, actor=offices.secretary, at=kit.MONDAY)
    assert appeal in queries.waiting_for(offices.infocenter)
    services.forward(appeal.pk, actor=offices.infocenter, at=kit.MONDAY)
    assert appeal not in queries.waiting_for(offices.infocenter)
    assert appeal in queries.waiting_for(offices.secretary)


def test_REC_197_no_examiner_re_marks_and_the_director_stands_in_for_a_dean_who_examines():
    offices = kit.Offices()
    dean = factories.user(roles.TEACHER, roles.DEANERY, faculties=["AC"])
    appeal = kit.led_to("with_dean", offices, attempt=kit.contested(holder=dean))

    def appoint(members, actor):
        return services.appoint(appeal.pk, members, decision="DD 7", actor=actor, at=kit.MONDAY)

    for actor in (offices.dean, dean):
        with pytest.raises(Refused):
            appoint(offices.members, actor)
    with pytest.raises(Refused):
        appoint([*offices.members[:2], kit.catalogue_of(appeal).second], offices.director)
    with pytest.raises(Refused):
        appoint([*offices.members[:2], offices.infocenter], offices.director)
    assert appoint(offices.members, offices.director).state == "commission"


def test_REC_197_the_director_does_not_decide_for_the_dean():
    offices = kit.Offices()
    appeal = kit.led_to("with_dean", offices)
    with pytest.raises(Refused):
        services.reject(appeal.pk, reason="x", actor=offices.director, at=kit.MONDAY)


def test_REC_198_REC_199_the_term_runs_from_the_paper_and_a_changed_mark_is_signed_anew():
    offices = kit.Offices()
    appeal = kit.led_to("commission", offices)
    first, second, third = offices.members
    with pytest.raises(Refused):
        services.mark(appeal.pk, "8", "", actor=first, at=kit.MONDAY)
    services.hand_over(appeal.pk, actor=offices.secretary, at=kit.MONDAY)
    assert terms(appeal)["appeal.report"].due_at.date() == exams_kit.moment(1, 27).date()
    for one in (first, second):
        services.mark(appeal.pk, "8", "", actor=one, at=kit.MONDAY)
    with pytest.raises(Refused):
        services.report(appeal.pk, "8", "Da.", version=2, actor=first, at=kit.MONDAY)  # one mark is missing
    services.mark(appeal.pk, "9", "", actor=third, at=kit.MONDAY)
    services.report(appeal.pk, "8", "Da.", version=3, actor=first, at=kit.MONDAY)
    services.sign(appeal.pk, version=4, actor=first, at=kit.MONDAY)
    with pytest.raises(Refused):
        services.sign(appeal.pk, version=4, actor=first, at=kit.MONDAY)
    services.mark(appeal.pk, "7", "", actor=third, at=kit.MONDAY)
    assert not appeal.members.filter(signed_at__isnull=False).exists()
    with pytest.raises(Refused):
        services.sign(appeal.pk, version=4, actor=second, at=kit.MONDAY)
    with pytest.raises(Refused):
        services.mark(appeal.pk, "7", "", actor=kit.catalogue_of(appeal).holder, at=kit.MONDAY)


def test_REC_200_a_meeting_is_asked_for_once_and_set():
    offices = kit.Offices()
    appeal = kit.led_to("final", offices)
    student = kit.student_of(appeal.attempt)
    services.ask_meeting(appeal.pk, "de ce", actor=student, at=kit.MONDAY)
    with pytest.raises(Refused):
        services.ask_meeting(appeal.pk, "de ce", actor=student, at=kit.MONDAY)
    services.set_meeting(appeal.pk, "joi, 10:00, A117", actor=offices.secretary, at=kit.MONDAY)
    assert (mails(appeal, "meeting"), mails(appeal, "to_member_meeting")) == (1, 3)


def test_REC_201_rejected_with_a_reason_and_nothing_follows():
    offices = kit.Offices()
    appeal = kit.led_to("with_dean", offices)
    with pytest.raises(Refused):
        services.reject(appeal.pk, reason=" ", actor=offices.dean, at=kit.MONDAY)
    services.reject(appeal.pk, reason="Grila a fost respectată.", actor=offices.dean, at=kit.MONDAY)
    with pytest.raises(MoveRefused):
        services.appoint(appeal.pk, offices.members, decision="7", actor=offices.dean, at=kit.MONDAY)


def test_REC_202_the_answer_changes_the_grade_by_a_correction_with_the_appeal_s_number():
    offices = kit.Offices()
    appeal = kit.led_to("with_teacher", offices)
    examiner, after = kit.catalogue_of(appeal).holder, exams_kit.moment(1, 29)
    services.answer(appeal.pk, "Aveți dreptate.", result="9", actor=examiner, at=kit.MONDAY)
    services.correct(appeal.pk, approval="DA 3", approved_on=after.date(), actor=offices.secretary, at=after)
    catalogue = kit.catalogue_of(appeal)
    row = appeal.attempt.row
    catalogues.enter(catalogue.pk, {row.pk: Written("6", "9")}, reason="C-1", actor=examiner, at=after)
    corrections.finish(catalogue.pk, actor=offices.secretary, at=after)
    appeal.refresh_from_db()
    assert appeal.correction.appeal == appeal.number
    assert grades.grades_of(appeal.enrolment)[0].result == "9"
    with pytest.raises(Refused):
        services.correct(
            appeal.pk, approval="DA 4", approved_on=after.date(), actor=offices.secretary, at=after
        )


@pytest.mark.parametrize("result", ["9", "4", "6"])
def test_REC_203_the_commission_s_grade_is_final_higher_or_lower(result):
    told = []

    def hear(sender, rows, **more):
        told.extend(row.result for row in rows)

    results_posted.connect(hear)
    try:
        appeal = kit.led_to("final", result=result)
    finally:
        results_posted.disconnect(hear)
    assert told == ["6", result]
    assert grades.grades_of(appeal.enrolment)[0].result == result
    assert ExamResult.objects.get(enrolment=appeal.enrolment).grade == int(result)
    last = ExamAttempt.objects.get(row=appeal.attempt.row, replaced_by__isnull=True)
    assert (last.result, last.commission, last.replaces) == (result, True, appeal.attempt)
    assert appeal.correction.appeal == appeal.number
    with pytest.raises(Refused):
        kit.filed(last, at=kit.MONDAY)  # what a commission decided is not contested again
    catalogue, row = kit.catalogue_of(appeal), appeal.attempt.row
    row.refresh_from_db()
    with pytest.raises(Refused):
        catalogues.enter(
            catalogue.pk, {row.pk: Written(row.result, "10")}, reason="x", actor=catalogue.holder,
            at=kit.MONDAY,
        )  # fmt: skip
    with pytest.raises(Refused):
        corrections.open_correction(
            catalogue.pk, [row.pk], justification="x", approval="1", approved_on=kit.MONDAY.date(),
            actor=kit.Offices().secretary, at=exams_kit.moment(1, 29),
        )  # fmt: skip


def test_REC_203_another_student_s_correction_does_not_hold_a_final_grade_back():
    offices = kit.Offices()
    attempt = kit.contested("6", "7")
    appeal = kit.led_to("reported", offices, attempt=attempt, result="9")
    other = CatalogueRow.objects.filter(catalogue=attempt.row.catalogue).exclude(pk=attempt.row_id).get()
    after = exams_kit.moment(1, 29)
    corrections.open_correction(
        attempt.row.catalogue_id, [other.pk], justification="x", approval="1", approved_on=after.date(),
        actor=offices.secretary, at=after,
    )  # fmt: skip
    services.finish(appeal.pk, actor=offices.infocenter, at=after)
    corrections.finish(attempt.row.catalogue_id, actor=offices.secretary, at=after)
    assert grades.grades_of(attempt.enrolment)[0].result == "9"
    assert ExamAttempt.objects.filter(row=attempt.row).count() == 2


def test_a_stale_step_changes_nothing():
    offices = kit.Offices()
    appeal = kit.led_to("registered", offices)
    with pytest.raises(MoveRefused):
        services.register(appeal.pk, actor=offices.infocenter, at=kit.MONDAY)
    assert audit.trail(appeal).count() == 2


def test_the_database_holds_the_facts_of_each_state():
    appeal = kit.led_to("submitted")
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(state="final")
