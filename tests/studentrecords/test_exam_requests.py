"""Open sessions (REC-098), other forms of the exam (REC-122), durations (REC-123)."""

from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from studentrecords.models import ExamDurations, ExamRequest
from studentrecords.queries import exam_requests as queries
from studentrecords.refusal import Refused
from studentrecords.rules import exam_requests as rules
from studentrecords.services import catalogues
from studentrecords.services import exam_requests as services
from tests import factories
from tests.kernel import files
from tests.studentrecords import exams_kit as kit
from upt_portal.accounts import roles
from upt_portal.kernel import uploads
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import Mail

AT = datetime(2026, 11, 20, 10, tzinfo=ROMANIA)
FIRST, LAST = date(2026, 11, 23), date(2026, 12, 4)


# ---- rules --------------------------------------------


@pytest.mark.parametrize(
    ("ground", "proofs", "disciplines", "allowed"),
    [
        ("athlete", 1, 1, True),
        ("scientific", 1, 2, True),
        ("hospital", 1, 1, True),
        ("temporary", 1, 1, False),
        ("athlete", 0, 1, False),
        ("athlete", 1, 0, False),
    ],
)
def test_REC_098_three_grounds_with_a_paper(ground, proofs, disciplines, allowed):
    assert bool(rules.open_request_answer(ground, proofs=proofs, disciplines=disciplines)) is allowed


@pytest.mark.parametrize(
    ("held", "approved", "allowed"),
    [
        (date(2027, 3, 10), date(2027, 3, 2), True),
        (date(2027, 3, 20), date(2027, 3, 2), True),
        (date(2027, 3, 21), date(2027, 3, 2), False),
        (date(2027, 3, 9), date(2027, 3, 2), False),
        (date(2027, 3, 11), date(2027, 3, 12), False),
        (date(2027, 3, 11), None, False),
    ],
)
def test_REC_098_the_approval_comes_first_and_names_the_days(held, approved, allowed):
    answer = rules.open_day_answer(held, approved, date(2027, 3, 10), date(2027, 3, 20))
    assert bool(answer) is allowed


@pytest.mark.parametrize(
    ("ground", "proofs", "words", "allowed"),
    [
        ("permanent", 1, "oral", True),
        ("temporary", 1, "more time", True),
        ("permanent", 0, "oral", False),
        ("permanent", 1, " ", False),
        ("athlete", 1, "oral", False),
    ],
)
def test_REC_122_a_certified_disability_with_its_proof(ground, proofs, words, allowed):
    assert bool(rules.alternative_request_answer(ground, proofs=proofs, words=words)) is allowed


def test_REC_122_a_method_has_its_days():
    assert rules.method_answer("oral", FIRST, None)
    assert not rules.method_answer(" ", FIRST, None)
    assert not rules.method_answer("oral", None, None)
    assert not rules.method_answer("oral", LAST, FIRST)


@pytest.mark.parametrize(
    ("written", "oral", "consulted", "allowed"),
    [
        (120, 20, ("LSAC", "department", "yes"), True),
        (0, 20, ("LSAC", "department", "yes"), False),
        (120, 20, ("LSAC", "", "yes"), False),
    ],
)
def test_REC_123_durations_with_the_three_parties(written, oral, consulted, allowed):
    students, teachers, secretariat = consulted
    answer = rules.durations_answer(
        written, oral, students=students, teachers=teachers, secretariat=secretariat
    )
    assert bool(answer) is allowed


# ---- acts ---------------------------------------------


def paper():
    return uploads.examine(SimpleUploadedFile("adeverinta.jpg", files.jpeg()))


def asked(student, discipline=None, kind="open", ground="athlete", **more):
    disciplines = [discipline] if discipline else []
    values = {"words": "campionat", "proofs": [paper()], **more}
    return services.ask(
        student.pk, factories.academic_year(), kind, ground,
        disciplines=disciplines, actor=student.person.user, at=AT, **values,
    )  # fmt: skip


def granted(request, **more):
    dean = factories.user(roles.DEANERY, faculties=["AC"])
    values = {"decision": "DEC 7", "first_day": FIRST, "last_day": LAST, **more}
    return services.decide(request.pk, granted=True, actor=dean, at=AT, **values)


@pytest.fixture
def student(db):
    factories.academic_year()
    return kit.students(2)[0]


@pytest.fixture
def discipline(student):
    return factories.discipline(curriculum=student.curriculum, semester=1)


def dated(request, discipline, held_on=date(2026, 11, 25), **more):
    values = {"holder": kit.teacher(), "second": kit.teacher(), **more}
    clerk = factories.secretary("AC")
    return services.date_exam(request.pk, discipline, held_on, actor=clerk, at=AT, **values)


def test_REC_098_REC_130_dated_outside_the_sessions_with_five_days_for_the_results(student, discipline):
    exam = dated(granted(asked(student, discipline)), discipline)
    assert (exam.session.code, exam.state) == ("O", "open")
    assert [row.enrolment for row in exam.rows.all()] == [student]  # nobody else of the year
    # Wednesday 25 November: 26, 27, then 2, 3, 4 December, since 30 November and 1 December are holidays.
    assert exam.enter_until.astimezone(ROMANIA).date() == date(2026, 12, 4)
    assert Mail.objects.filter(recipient=student.person.user).count() == 1


@pytest.mark.parametrize("held_on", [date(2026, 11, 22), date(2026, 12, 5), date(2026, 11, 18)])
def test_REC_098_outside_the_approved_days_it_is_not_dated(student, discipline, held_on):
    one = granted(asked(student, discipline))
    with pytest.raises(Refused):
        dated(one, discipline, held_on)
    assert not one.exams.exists()


def test_REC_098_without_the_approval_no_exam(student, discipline):
    one = asked(student, discipline)
    with pytest.raises(Refused):
        dated(one, discipline)
    with pytest.raises(Refused):
        dated(granted(one), factories.discipline(curriculum=student.curriculum))
    dated(one, discipline)
    with pytest.raises(Refused):
        dated(one, discipline)
    assert one.exams.count() == 1


def test_REC_098_an_open_session_is_planned_from_its_request_alone(student, discipline):
    whole = kit.session("O", starts_on=date(2026, 9, 28), ends_on=date(2027, 9, 12))
    with pytest.raises(Refused):
        kit.planned([student], of=whole, discipline=discipline)


def test_REC_098_moved_only_within_the_approved_days(student, discipline):
    exam = dated(granted(asked(student, discipline)), discipline)
    same = {"holder": exam.holder, "second": exam.second, "actor": factories.secretary("AC"), "at": AT}
    with pytest.raises(Refused):
        catalogues.replan(exam.pk, held_on=date(2026, 12, 7), **same)
    catalogues.replan(exam.pk, held_on=date(2026, 12, 3), **same)


def test_REC_098_asked_and_decided_once_and_a_refusal_says_why(student, discipline):
    one = asked(student, discipline)
    with pytest.raises(Refused):
        asked(student, discipline)
    dean = factories.user(roles.DEANERY, faculties=["AC"])
    with pytest.raises(Refused):
        services.decide(one.pk, granted=False, answer=" ", actor=dean, at=AT)
    services.decide(one.pk, granted=False, answer="lipsește calendarul", actor=dean, at=AT)
    with pytest.raises(Refused):
        granted(one)
    granted(asked(student, discipline))
    with pytest.raises(Refused):
        asked(student, discipline)  # one open session a year and discipline


@pytest.mark.parametrize(
    "missing",
    [{"decision": ""}, {"first_day": None}, {"last_day": None}, {"first_day": LAST, "last_day": FIRST},
     {"first_day": date(2026, 11, 19)}],
)  # fmt: skip
def test_REC_098_an_approval_names_number_and_coming_days(student, discipline, missing):
    one = asked(student, discipline)
    with pytest.raises(Refused):
        granted(one, **missing)
    one.refresh_from_db()
    assert one.state == "asked"


def test_REC_098_a_passed_or_foreign_discipline_is_not_asked_for(student, discipline):
    factories.result(student, discipline, 8)
    for other in (
        discipline,
        factories.discipline(),
        factories.discipline(curriculum=student.curriculum, semester=3),
    ):
        with pytest.raises(Refused):
            asked(student, other)
    assert not ExamRequest.objects.exists()


def test_REC_098_the_database_keeps_ground_and_decision_together(student):
    rows = {"enrolment": student, "year": factories.academic_year(), "filed_at": AT,
            "filed_by": student.person.user}  # fmt: skip
    for wrong in (
        {"kind": "open", "ground": "permanent"},
        {"kind": "open", "ground": "athlete", "state": "granted", "decided_at": AT, "decision": "D 1"},
        {"kind": "alternative", "ground": "permanent", "state": "granted", "decided_at": AT},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ExamRequest.objects.create(**rows, **wrong)


def test_REC_122_teachers_see_the_method_on_the_list_and_not_the_ground(student, clock, browser_of):
    one = asked(student, kind="alternative", ground="temporary")
    granted(one, method="oral, o jumătate de oră în plus", last_day=None)
    exam = kit.opened([student])
    assert queries.methods_in(exam, [student.pk]) == {student.pk: "oral, o jumătate de oră în plus"}
    clock.stand_at(kit.IN_TIME)
    body = browser_of(exam.holder).get(reverse("studentrecords:catalogue", args=[exam.pk])).content.decode()
    assert "oral, o jumătate de oră în plus" in body
    assert one.get_ground_display() not in body


def test_REC_122_a_method_holds_in_its_days_and_disciplines(student, discipline):
    granted(asked(student, discipline, kind="alternative", ground="temporary"), method="oral", last_day=LAST)
    later, other = kit.planned([student], discipline=discipline), None
    assert queries.methods_in(later, [student.pk]) == {}  # held in January, the method ends in December
    ExamRequest.objects.update(last_day=kit.EXAM)
    assert queries.methods_in(later, [student.pk]) == {student.pk: "oral"}
    other = kit.planned([student], of=later.session)
    assert queries.methods_in(other, [student.pk]) == {}


def test_REC_123_the_duration_stands_on_the_list(student, clock, browser_of):
    exam = kit.opened([student])
    ExamDurations.objects.create(
        faculty=exam.discipline.curriculum.programme.faculty, year=exam.session.year, written_minutes=115,
        oral_minutes=20, students="LSAC", teachers="departament", secretariat="da",
    )  # fmt: skip
    assert queries.duration_of(exam) == 115
    exam.oral = True
    assert queries.duration_of(exam) == 20
    clock.stand_at(kit.IN_TIME)
    body = browser_of(exam.holder).get(reverse("studentrecords:catalogue", args=[exam.pk])).content.decode()
    assert "115" in body


# ---- pages --------------------------------------------


def test_REC_098_asked_decided_and_dated_on_the_pages(student, discipline, clock, browser_of):
    clock.stand_at(AT)
    own = browser_of(student.person.user)
    new = reverse("studentrecords:exam_request_new", args=[student.pk, "open"])
    assert own.get(new).status_code == 200
    given = {"ground": "athlete", "disciplines": [discipline.pk], "words": "campionat"}
    assert own.post(new, given).status_code == 422
    sent = SimpleUploadedFile("adeverinta.jpg", files.jpeg())
    assert own.post(new, {**given, "proof_1": sent}).status_code == 302
    one = ExamRequest.objects.get()
    dean = browser_of(factories.user(roles.DEANERY, faculties=["AC"]))
    clerk = browser_of(factories.secretary("AC"))
    where = reverse("studentrecords:exam_request", args=[one.pk])
    assert clerk.get(where).status_code == 404  # undecided, it is the dean's office's alone
    assert student.person.list_name in dean.get(reverse("studentrecords:exam_requests")).content.decode()
    assert dean.post(where, {"granted": "yes", "decision": "DEC 9"}).status_code == 422
    days = {"first_day": "2026-11-23", "last_day": "2026-12-04"}
    assert dean.post(where, {"granted": "yes", "decision": "DEC 9", **days}).status_code == 302
    body = clerk.get(where).content.decode()
    assert "campionat" not in body  # the reasons and papers are not the secretariat's
    assert clerk.get(reverse("studentrecords:exam_requests")).content.decode().count(where) >= 2
    proof = reverse("studentrecords:exam_request_proof", args=[one.pk, one.proofs.get().pk])
    assert (clerk.get(proof).status_code, dean.get(proof).status_code) == (404, 200)
    first, second = kit.teacher(), kit.teacher()
    exam = {"discipline": discipline.pk, "held_on": "2026-11-25", "holder": first.pk, "scale": "grade"}
    assert clerk.post(where, {**exam, "second": first.pk}).status_code == 422
    assert dean.post(where, {**exam, "second": second.pk}).status_code == 403
    assert clerk.post(where, {**exam, "second": second.pk}).status_code == 302
    assert "25" in own.get(reverse("studentrecords:exams", args=[student.pk])).content.decode()
    assert one.exams.get().rows.count() == 1


def test_a_dean_of_another_faculty_finds_nothing(student, discipline, clock, browser_of):
    clock.stand_at(AT)
    one = asked(student, discipline)
    other = browser_of(factories.user(roles.DEANERY, faculties=["CT"]))
    assert other.get(reverse("studentrecords:exam_request", args=[one.pk])).status_code == 404
    assert other.post(reverse("studentrecords:exam_request", args=[one.pk])).status_code == 404
