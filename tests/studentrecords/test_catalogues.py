"""A catalogue from its list to its correction, on the real database."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from fees.models import PresentationCredit
from studentrecords.models import (
    DisciplineYear,
    ExamAttempt,
    ExamResult,
    ResultEntry,
    SessionBan,
)
from studentrecords.queries import grades, taking
from studentrecords.queries.taking import Presentation
from studentrecords.refusal import Refused
from studentrecords.services import catalogues, corrections
from studentrecords.services.catalogues import Changed, Written
from studentrecords.tasks import follow_catalogues
from tests import factories
from tests.studentrecords import exams_kit as kit
from upt_portal.kernel import audit
from upt_portal.kernel.answers import NO, YES
from upt_portal.kernel.models import Mail
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db


def listed(catalogue) -> set[int]:
    return set(catalogue.rows.values_list("enrolment", flat=True))


# ---- the list ----------------------------------------------------------------------------------------------


def test_REC_135_the_list_holds_the_students_of_the_curriculum():
    own = kit.students(3)
    kit.students(1)
    passed, interrupted, other_year = kit.students(3, curriculum=own[0].curriculum)
    type(interrupted).objects.filter(pk=interrupted.pk).update(status="interrupted")
    type(other_year).objects.filter(pk=other_year.pk).update(year_of_study=2)
    catalogue = kit.planned(own)
    factories.result(passed, catalogue.discipline, 8)
    assert catalogues.open_catalogue(catalogue.pk, actor=None, at=kit.moment(1, 17)) == 3
    assert listed(catalogue) == {one.pk for one in own}


def test_REC_137_unmet_standards_are_listed_as_not_admitted_and_fixed():
    own = kit.students(2)
    catalogue = kit.planned(own)
    factories.standing(own[0], catalogue.discipline, standards_met=False, year=factories.THIS_YEAR)
    catalogues.open_catalogue(catalogue.pk, actor=None, at=kit.moment(1, 17))
    row = catalogue.rows.get(enrolment=own[0])
    assert (row.result, row.fixed) == ("not_admitted", True)
    written = {row.pk: Written("not_admitted", "9")}
    with pytest.raises(Refused):
        catalogues.enter(catalogue.pk, written, actor=catalogue.holder, at=kit.IN_TIME)


def test_REC_121_a_banned_student_is_not_listed():
    own = kit.students(2)
    SessionBan.objects.create(
        enrolment=own[0], first_day=date(2027, 1, 1), last_day=date(2027, 3, 1), decision="HCF 4"
    )
    assert listed(kit.opened(own)) == {own[1].pk}


def test_REC_113_REC_114_an_earlier_year_is_listed_by_payment_only(monkeypatch):
    own = kit.students(1)
    paid, unpaid, silent = kit.students(3, curriculum=own[0].curriculum)
    for one in (paid, unpaid, silent):
        type(one).objects.filter(pk=one.pk).update(year_of_study=2)
    catalogue = kit.planned(own)
    asked = [
        Presentation(paid.pk, earlier=True, answer=YES),
        Presentation(unpaid.pk, earlier=True, answer=NO("unpaid")),
    ]
    monkeypatch.setattr(taking, "_presentations", lambda year, session, discipline: asked)
    catalogues.open_catalogue(catalogue.pk, actor=None, at=kit.moment(1, 17))
    assert listed(catalogue) == {own[0].pk, paid.pk}
    row = catalogue.rows.get(enrolment=paid)
    assert (row.kind, row.paid) == ("reexamination", True)


def test_REC_114_the_lists_come_from_the_ledger():
    assert taking._presentations.__module__ == "fees.queries.exams"
    assert taking._recontracted.__module__ == "contracting.queries.exams"
    assert list(taking.presentations(factories.academic_year(), "A-I", 1)) == []
    assert not PresentationCredit.objects.exists()


def test_REC_112_session_c_lists_final_years_who_paid(monkeypatch):
    own = kit.students(2)
    c = kit.session("C", starts_on=date(2027, 8, 30), ends_on=date(2027, 9, 12))
    catalogue = kit.planned(own, of=c, held_on=date(2027, 9, 1))
    asked = [Presentation(one.pk, earlier=False, answer=YES) for one in own]
    monkeypatch.setattr(taking, "_presentations", lambda *given: asked)
    assert catalogues.open_catalogue(catalogue.pk, actor=None, at=kit.moment(8, 29)) == 0
    type(own[0]).objects.filter(pk=own[0].pk).update(status="extension")
    assert catalogues.complete_list(catalogue.pk, actor=None, at=kit.moment(8, 29)) == 1
    assert listed(catalogue) == {own[0].pk}


def test_REC_111_nobody_is_listed_twice_in_a_session():
    own = kit.students(2)
    first = kit.opened(own, groups="CTI-2.1")
    second = kit.planned(own, of=first.session, discipline=first.discipline, groups="CTI-2.2")
    assert catalogues.open_catalogue(second.pk, actor=None, at=kit.moment(1, 17)) == 0
    with pytest.raises(Refused):
        catalogues.list_student(
            second.pk, own[0], "normal", reason="altă grupă", actor=None, at=kit.moment(1, 18)
        )


def test_REC_118_one_teacher_cannot_hold_an_exam_alone():
    one = kit.teacher()
    with pytest.raises(Refused):
        kit.planned(holder=one, second=one)


# ---- results -----------------------------------------------------------------------------------------------


def test_REC_133_a_list_with_an_empty_row_is_open_and_not_signed():
    catalogue = kit.opened()
    kit.write(catalogue, "7", "absent")
    assert catalogue.state == "open"
    with pytest.raises(MoveRefused):
        catalogues.sign(catalogue.pk, version=catalogue.version, actor=catalogue.holder, at=kit.IN_TIME)
    kit.write(catalogue, "7", "absent", "4")
    assert catalogue.state == "filled"
    kit.write(catalogue, "7", "", "4")
    assert catalogue.state == "open"


def test_REC_130_REC_131_the_deadline_day_is_usable_and_then_it_locks(clock):
    catalogue = kit.opened()
    last = kit.moment(1, 27, 23, 59)
    assert catalogue.enter_until > last
    kit.write(catalogue, "7", "8", at=last)
    clock.stand_at(last)
    assert follow_catalogues() == 0
    with pytest.raises(Refused):
        kit.write(catalogue, "7", "8", "9", at=kit.moment(1, 28, 0, 0))
    clock.stand_at(kit.moment(1, 28, 0, 0))
    assert follow_catalogues() == 1
    assert follow_catalogues() == 0
    catalogue.refresh_from_db()
    assert catalogue.state == "locked"
    assert sorted(catalogue.rows.values_list("result", flat=True)) == ["", "7", "8"]


def test_REC_150_what_is_no_result_changes_nothing():
    catalogue = kit.opened()
    with pytest.raises(Refused):
        kit.write(catalogue, "7", "11", "8")
    assert not ResultEntry.objects.exists()


def test_REC_136_each_change_keeps_value_author_time_and_reason():
    catalogue = kit.opened(kit.students(1))
    kit.write(catalogue, "4")
    kit.write(catalogue, "5", by=catalogue.second, at=kit.moment(1, 22), reason="punctaj")
    entries = ResultEntry.objects.values_list("before", "after", "actor", "reason")
    assert list(entries) == [("", "4", catalogue.holder_id, ""), ("4", "5", catalogue.second_id, "punctaj")]
    with pytest.raises(DatabaseError), transaction.atomic():
        ResultEntry.objects.update(after="10")


def test_a_stale_page_overwrites_nobody():
    catalogue = kit.opened(kit.students(2))
    first, second = catalogue.rows.order_by("enrolment")
    stale = {first.pk: Written("", "7"), second.pk: Written("", "8")}
    kit.write(catalogue, "5", by=catalogue.second)
    with pytest.raises(Changed) as caught:
        catalogues.enter(catalogue.pk, stale, actor=catalogue.holder, at=kit.IN_TIME)
    assert [(one.row, one.found, one.wanted) for one in caught.value.clashes] == [(first.pk, "5", "7")]
    second.refresh_from_db()
    assert second.result == ""


def test_REC_134_signed_by_both_each_once_on_the_list_they_saw():
    catalogue = kit.opened(kit.students(1))
    kit.write(catalogue, "9")
    seen = catalogue.version
    catalogues.sign(catalogue.pk, version=seen, actor=catalogue.holder, at=kit.IN_TIME)
    with pytest.raises(Refused):
        catalogues.sign(catalogue.pk, version=seen, actor=catalogue.holder, at=kit.IN_TIME)
    with pytest.raises(Refused):
        catalogues.sign(catalogue.pk, version=seen, actor=kit.teacher(), at=kit.IN_TIME)
    kit.write(catalogue, "8")  # a change takes the signature back
    assert catalogue.signed_by == frozenset()
    with pytest.raises(Refused):
        catalogues.sign(catalogue.pk, version=seen, actor=catalogue.second, at=kit.IN_TIME)
    assert kit.signed(catalogue).state == "signed"


def test_REC_134_a_complete_locked_catalogue_is_signed_and_published_late():
    catalogue = kit.opened(kit.students(1))
    kit.write(catalogue, "9")
    assert catalogues.lock_late(catalogue.pk, at=kit.LATE)
    kit.signed(catalogue, kit.LATE)
    assert catalogues.publish(catalogue.pk, actor=catalogue.holder, at=kit.LATE) == 1
    assert [entry.data.get("late") for entry in audit.trail(catalogue) if "sign" in entry.act] == [True, True]


# ---- publication -------------------------------------------------------------------------------------------


def test_REC_038_published_results_are_posted_recorded_and_told():
    catalogue = kit.opened(kit.students(4))
    kit.write(catalogue, "9", "4", "absent", "not_admitted")
    kit.signed(catalogue)
    assert not ExamAttempt.objects.exists()
    assert not ExamResult.objects.exists()
    catalogues.publish(catalogue.pk, actor=catalogue.second, at=kit.IN_TIME)
    posted = ExamAttempt.objects.order_by("enrolment").values_list("result", "posted_at")
    assert list(posted) == [(one, kit.IN_TIME) for one in ("9", "4", "absent", "not_admitted")]
    results = ExamResult.objects.order_by("enrolment").values_list("grade", "absent", "session")
    assert list(results) == [(9, False, "A-I"), (4, False, "A-I"), (None, True, "A-I")]
    assert DisciplineYear.objects.get().standards_met is False
    mails = Mail.objects.filter(template="studentrecords/mail/result_posted")
    assert mails.count() == 4
    assert not any("9" in mail.subject for mail in mails)


def test_REC_038_a_session_may_hold_results_back(clock):
    held_back = kit.session(results_from=date(2027, 2, 15))
    catalogue = kit.published("9", of=held_back)
    assert catalogue.state == "published"
    assert not ExamAttempt.objects.exists()
    assert not Mail.objects.filter(template="studentrecords/mail/result_posted").exists()
    clock.stand_at(kit.moment(2, 15, 0, 1))
    assert follow_catalogues() == 1
    assert ExamAttempt.objects.get().posted_at == kit.moment(2, 15, 0, 1)


def test_REC_131_a_result_changed_after_posting_is_posted_anew():
    catalogue = kit.published("4", "7")
    later = kit.moment(1, 22)
    with pytest.raises(Refused):
        kit.write(catalogue, "5", "7", at=later)
    kit.write(catalogue, "5", "7", at=later, reason="punctaj adunat greșit")
    assert (catalogue.state, catalogue.signed_by) == ("filled", frozenset())
    kit.signed(catalogue, later)
    assert catalogues.publish(catalogue.pk, actor=catalogue.holder, at=later) == 1
    last = ExamAttempt.objects.latest("pk")
    assert (last.result, last.posted_at, last.replaces.result) == ("5", later, "4")
    assert last.reason == "punctaj adunat greșit"
    assert ExamResult.objects.get(enrolment=last.enrolment).grade == 5
    with pytest.raises(DatabaseError), transaction.atomic():
        ExamAttempt.objects.filter(pk=last.pk).update(result="10")


def test_REC_154_a_failed_attempt_leaves_an_earlier_pass():
    own = kit.students(1)
    catalogue = kit.opened(own)
    factories.result(own[0], catalogue.discipline, 6)
    kit.write(catalogue, "4")
    kit.signed(catalogue)
    catalogues.publish(catalogue.pk, actor=catalogue.holder, at=kit.IN_TIME)
    (found,) = grades.grades_of(own[0])
    assert (found.result, found.passed) == ("6", True)


# ---- correction --------------------------------------------------------------------------------------------


def correct(catalogue, rows, at=kit.LATE, **given):
    values = {"justification": "punctaj greșit", "approval": "DA 12", "approved_on": at.date(), **given}
    return corrections.open_correction(
        catalogue.pk, [row.pk for row in rows], actor=factories.secretary(), at=at, **values
    )


def test_REC_132_a_correction_is_for_the_named_and_closes_by_itself(clock):
    catalogue = kit.published("4", "7")
    named, other = catalogue.rows.order_by("enrolment")
    made = correct(catalogue, [named])
    catalogue.refresh_from_db()
    assert catalogue.state == "correction"
    assert made.until.date() == date(2027, 2, 1)
    at = kit.moment(1, 29, 12)
    with pytest.raises(Refused):
        kit.write(catalogue, "4", "8", at=at, reason="nu e numit")
    kit.write(catalogue, "6", at=at, reason="punctaj greșit")
    assert ExamResult.objects.get(enrolment=named.enrolment).grade == 4
    clock.stand_at(made.until)
    assert follow_catalogues() == 0
    clock.stand_at(made.until + timedelta(seconds=1))
    assert follow_catalogues() == 1
    catalogue.refresh_from_db()
    assert catalogue.state == "published"
    last = ExamAttempt.objects.get(enrolment=named.enrolment, replaced_by__isnull=True)
    assert (last.result, last.correction) == ("6", made)
    assert ExamAttempt.objects.filter(enrolment=other.enrolment).count() == 1


def test_REC_132_before_the_term_or_without_approval_it_is_refused():
    catalogue = kit.published("4")
    rows = list(catalogue.rows.all())
    for given in ({"at": kit.IN_TIME}, {"approval": ""}, {"justification": ""}, {"approved_on": None}):
        with pytest.raises(Refused):
            correct(catalogue, rows, **given)


def test_REC_132_a_list_never_published_goes_back_to_be_signed():
    catalogue = kit.opened(kit.students(2))
    kit.write(catalogue, "7")
    catalogues.lock_late(catalogue.pk, at=kit.LATE)
    correct(catalogue, catalogue.rows.filter(result=""))
    kit.write(catalogue, "7", "absent", at=kit.LATE)
    corrections.finish(catalogue.pk, actor=catalogue.holder, at=kit.LATE)
    catalogue.refresh_from_db()
    assert catalogue.state == "locked"
    assert kit.signed(catalogue, kit.LATE).state == "signed"


# ---- the student's page ------------------------------------------------------------------------------------


def test_REC_039_in_correction_grades_are_processed_not_missing():
    catalogue = kit.published("4")
    student = catalogue.rows.get().enrolment
    correct(catalogue, catalogue.rows.all())
    (found,) = grades.grades_of(student)
    assert (found.processing, found.result, found.attempts[0].result) == (True, "", "")


def test_REC_039_a_correction_holds_back_the_named_students_alone():
    catalogue = kit.published("4", "8")
    named, other = (row.enrolment for row in catalogue.rows.order_by("enrolment"))
    correct(catalogue, catalogue.rows.filter(enrolment=named))
    assert [one.processing for one in grades.grades_of(named)] == [True]
    assert [(one.processing, one.result) for one in grades.grades_of(other)] == [(False, "8")]
    corrections.finish(catalogue.pk, actor=catalogue.holder, at=kit.LATE)
    assert [(one.processing, one.result) for one in grades.grades_of(named)] == [(False, "4")]


def test_drafts_never_leave_the_catalogue():
    catalogue = kit.opened(kit.students(1))
    kit.write(catalogue, "10")
    kit.signed(catalogue)
    assert grades.grades_of(catalogue.rows.get().enrolment) == []


def test_a_posted_result_that_is_being_changed_is_processed():
    catalogue = kit.published("4", "7")
    kit.write(catalogue, "5", "7", at=kit.moment(1, 22), reason="punctaj")
    changed, other = (grades.grades_of(row.enrolment)[0] for row in catalogue.rows.order_by("enrolment"))
    assert (changed.processing, changed.result) == (True, "")
    assert (other.processing, other.result) == (False, "7")


@pytest.mark.parametrize("many", [1, 6])
def test_grades_take_five_queries_whatever_their_number(many, django_assert_num_queries):
    own = kit.students(1)
    of = kit.session()
    for _n in range(many):
        catalogue = kit.opened(own, of=of)
        kit.write(catalogue, "8")
        kit.signed(catalogue)
        catalogues.publish(catalogue.pk, actor=catalogue.holder, at=kit.IN_TIME)
    with django_assert_num_queries(5):
        found = grades.grades_of(own[0])
        assert [one.result for one in found] == ["8"] * many
        assert [one.attempts[0].kind_label for one in found] == ["normală"] * many
