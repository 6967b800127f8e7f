"""Exam presentations in the ledger: §7.4 step by step, what is kept, what lapses, who is listed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from fees import tasks
from fees.models import Charge, PresentationCredit
from fees.queries import presentations as queries
from fees.queries.calendar import NoSuchSession
from fees.queries.prices import MissingPrice
from fees.refusal import Refused
from fees.rules.presentations import Circumstances, Standing
from fees.services import presentations
from fees.services.presentations import Registered
from fees.workflow import ChargeState
from studentrecords.models import AcademicYear, Discipline, Enrolment, EnrolmentStatus
from tests import factories
from tests.fees import tariff_kit as kit
from upt_portal.accounts import roles
from upt_portal.kernel import clock
from upt_portal.kernel.clock import local_day

pytestmark = pytest.mark.django_db
NOW = factories.NOW
EARLIER, CURRENT = Standing.EARLIER, Standing.CURRENT
FEB, MAY, JULY, AUGUST = (datetime(2027, month, 1, 9, tzinfo=UTC) for month in (2, 5, 7, 8))
IN_B2 = datetime(2027, 6, 20, 9, tzinfo=UTC)  # session A-II runs; B-II begins on 28 June


@pytest.fixture
def year(db: None) -> AcademicYear:
    kit.price()
    kit.price("REEXAM", "150", unit="presentation")
    return kit.year(sessions=True)


@pytest.fixture
def student(year: AcademicYear) -> Enrolment:
    return factories.enrolment()


@pytest.fixture
def exam(student: Enrolment) -> Discipline:
    return student.curriculum.disciplines.order_by("pk")[0]


def ask(
    student: Enrolment, exam: Discipline, session: str, *, at: datetime = NOW,
    standing: Standing = EARLIER, year: str = factories.THIS_YEAR, **special: bool,
) -> Registered:  # fmt: skip
    return presentations.register(
        student.pk, exam, factories.academic_year(year), session, standing=standing,
        special=Circumstances(**special), form_filed_at=at, actor=None, at=at,
    )  # fmt: skip


def attend(student: Enrolment, exam: Discipline, session: str, grade: int | None, on: date) -> None:
    factories.result(student, exam, grade, factories.THIS_YEAR, session=session, on=on)


def follow(at: datetime) -> int:
    with clock.shifted(at):
        return tasks.follow_presentations()


def owed(student: Enrolment) -> Decimal:
    rows = Charge.objects.filter(enrolment=student, fee_type__code="REEXAM", cancelled_at__isnull=True)
    return sum((one.amount for one in rows), Decimal(0))


# ---- §7.4 --------------------------------------------------------------------------------------------------


def test_FEE_040_final_year_current_discipline_in_session_c(student: Enrolment, exam: Discipline) -> None:
    for session in ("A-I", "B-I"):
        assert ask(student, exam, session, standing=CURRENT).cost.is_free
    ask(student, exam, "C", standing=CURRENT)
    assert owed(student) == 150


def test_FEE_043_volunteering_in_session_c_is_free(student: Enrolment, exam: Discipline) -> None:
    found = ask(student, exam, "C", standing=CURRENT, volunteering=True)
    assert (found.cost.rule, found.credit, owed(student)) == ("FEE-043", None, 0)


def test_FEE_040_a_year_one_discipline_in_a_and_in_b(student: Enrolment, exam: Discipline) -> None:
    kit.pay(ask(student, exam, "A-II", at=MAY).credit.charge)
    attend(student, exam, "A-II", 3, date(2027, 6, 10))
    assert follow(IN_B2) == 1
    ask(student, exam, "B-II", at=IN_B2)
    assert owed(student) == 300


def test_FEE_045_paid_for_a_absent_sits_b_of_the_same_year(student: Enrolment, exam: Discipline) -> None:
    first = ask(student, exam, "A-II", at=MAY)
    kit.pay(first.credit.charge, at=MAY)
    attend(student, exam, "A-II", None, date(2027, 6, 10))
    second = ask(student, exam, "B-II", at=IN_B2)
    assert (second.again, second.credit, owed(student)) == (True, first.credit, 150)
    attend(student, exam, "B-II", 7, date(2027, 7, 2))
    assert follow(AUGUST) == 1
    second.credit.refresh_from_db()
    assert second.credit.used_by.session == "B-II"


def test_FEE_045_not_in_the_next_year(student: Enrolment, exam: Discipline) -> None:
    kit.price("REEXAM", "150", "2027-2028", unit="presentation", first_day=date(2027, 7, 1))
    following = factories.academic_year("2027-2028")
    following.events.create(
        event="sesiune de examene iarnă", starts_on=date(2028, 1, 17), ends_on=date(2028, 2, 6)
    )
    first = ask(student, exam, "A-II", at=MAY)
    kit.pay(first.credit.charge, at=MAY)
    attend(student, exam, "A-II", None, date(2027, 6, 10))
    later = datetime(2027, 11, 20, 9, tzinfo=UTC)
    assert follow(later) == 1
    new = ask(student, exam, "A-I", at=later, year="2027-2028")
    first.credit.refresh_from_db()
    assert (new.again, owed(student)) == (False, 300)
    assert first.credit.lapsed_at is not None
    assert first.credit.charge.state == ChargeState.PAID


def test_FEE_044_a_grade_increase_is_free(student: Enrolment, exam: Discipline) -> None:
    assert ask(student, exam, "B-I", standing=CURRENT, grade_increase=True).cost.is_free
    assert owed(student) == 0


# ---- deadlines ---------------------------------------------------------------------------------------------


def test_FEE_041_due_two_working_days_before_the_session(student: Enrolment, exam: Discipline) -> None:
    credit = ask(student, exam, "B-I").credit
    assert local_day(credit.charge.due_at) == local_day(credit.pay_until) == date(2027, 2, 4)


def test_FEE_041_in_b2_of_the_final_year_before_the_exam_itself(
    student: Enrolment, exam: Discipline, year: AcademicYear
) -> None:
    assert queries.is_final_year(student)
    credit = presentations.register(
        student.pk, exam, year, "B-II", standing=EARLIER, exam_on=date(2027, 7, 7), actor=None, at=NOW
    ).credit
    assert local_day(credit.pay_until) == date(2027, 7, 5)


def test_FEE_041_not_in_the_final_year_before_the_session(year: AcademicYear) -> None:
    student = factories.enrolment(year_of_study=1)
    exam = student.curriculum.disciplines.order_by("pk")[0]
    assert not queries.is_final_year(student)
    credit = presentations.register(
        student.pk, exam, year, "B-II", standing=EARLIER, exam_on=date(2027, 7, 7), actor=None, at=NOW
    ).credit
    assert local_day(credit.pay_until) == date(2027, 6, 24)


def test_FEE_041_an_extension_counts_as_the_final_year(year: AcademicYear) -> None:
    assert queries.is_final_year(factories.enrolment(year_of_study=1, status=EnrolmentStatus.EXTENSION))


def test_FEE_041_after_the_term_nothing_is_charged(
    student: Enrolment, exam: Discipline, english: None
) -> None:
    late = datetime(2027, 2, 5, 9, tzinfo=UTC)
    with pytest.raises(Refused, match=r"04\.02\.2027"):
        ask(student, exam, "B-I", at=late)
    assert owed(student) == 0


def test_FEE_001_without_a_price_nothing_is_charged(year: AcademicYear) -> None:
    student = factories.enrolment(person=factories.person(citizenship=kit.THIRD))
    from fees.models import Price

    Price.objects.filter(fee_type__code="REEXAM").delete()
    exam = student.curriculum.disciplines.order_by("pk")[0]
    with pytest.raises(MissingPrice, match="REEXAM"):
        ask(student, exam, "B-I")
    assert ask(student, exam, "B-I", standing=CURRENT).cost.is_free


def test_a_calendar_without_the_session_is_said_in_words(student: Enrolment, exam: Discipline) -> None:
    factories.academic_year(factories.THIS_YEAR).events.all().delete()
    with pytest.raises(NoSuchSession, match="A-I"):
        ask(student, exam, "A-I")


# ---- the list ----------------------------------------------------------------------------------------------


def test_FEE_042_paid_late_is_not_listed_and_stays_for_another_session(
    student: Enrolment, exam: Discipline, year: AcademicYear
) -> None:
    credit = ask(student, exam, "B-I").credit
    assert not queries.may_sit(student, exam.pk, year, "B-I")
    kit.pay(credit.charge, at=datetime(2027, 2, 5, 9, tzinfo=UTC))
    answer = queries.may_sit(student, exam.pk, year, "B-I")
    assert answer is not None
    assert not answer
    again = ask(student, exam, "C", at=MAY)
    assert (again.again, again.credit, owed(student)) == (True, credit, 150)
    assert queries.may_sit(student, exam.pk, year, "C")


def test_FEE_042_an_earlier_year_needs_the_form_the_current_one_does_not(
    student: Enrolment, exam: Discipline, year: AcademicYear
) -> None:
    other = student.curriculum.disciplines.order_by("pk")[1]
    for discipline, standing in ((exam, EARLIER), (other, CURRENT)):
        credit = presentations.register(
            student.pk, discipline, year, "C", standing=standing, actor=None, at=NOW
        ).credit
        kit.pay(credit.charge)
    assert not queries.may_sit(student, exam.pk, year, "C")
    assert queries.may_sit(student, other.pk, year, "C")
    ask(student, exam, "C")  # the form
    assert queries.may_sit(student, exam.pk, year, "C")


def test_FEE_042_unpaid_when_the_session_is_over_it_lapses(student: Enrolment, exam: Discipline) -> None:
    credit = ask(student, exam, "B-I").credit
    part = kit.pay(credit.charge, "50")
    assert follow(datetime(2027, 2, 21, 9, tzinfo=UTC)) == 0
    assert follow(datetime(2027, 2, 22, 9, tzinfo=UTC)) == 1
    assert follow(datetime(2027, 2, 23, 9, tzinfo=UTC)) == 0
    credit.refresh_from_db()
    part.refresh_from_db()
    assert (credit.charge.state, part.unallocated) == (ChargeState.CANCELLED, Decimal(50))
    assert ask(student, exam, "A-II", at=MAY).credit != credit


def test_FEE_045_asked_twice_for_a_session_is_one(student: Enrolment, exam: Discipline) -> None:
    assert ask(student, exam, "B-I").credit == ask(student, exam, "B-I").credit
    assert owed(student) == 150


def test_FEE_045_a_session_still_to_come_is_not_taken_back(student: Enrolment, exam: Discipline) -> None:
    first = ask(student, exam, "A-II")
    kit.pay(first.credit.charge)
    assert ask(student, exam, "B-II").again is False
    assert owed(student) == 300


def test_FEE_045_the_database_lets_nobody_use_one_twice(
    student: Enrolment, exam: Discipline, year: AcademicYear
) -> None:
    credit = ask(student, exam, "A-I").credit
    kit.pay(credit.charge)
    attend(student, exam, "A-I", 4, date(2027, 1, 20))
    follow(FEB)
    other = student.curriculum.disciplines.order_by("pk")[1]
    attend(student, other, "A-I", 4, date(2027, 1, 21))
    rows = PresentationCredit.objects.filter(pk=credit.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(used_by=None)
    fresh = ask(student, exam, "B-I").credit
    wrong = student.results.get(discipline=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        PresentationCredit.objects.filter(pk=fresh.pk).update(used_by=wrong)


def test_the_list_of_a_session_says_who_paid_and_asks_twice(
    student: Enrolment, exam: Discipline, year: AcademicYear, django_assert_num_queries: Callable[..., object]
) -> None:
    office = factories.user(roles.FINANCE)
    kit.pay(ask(student, exam, "B-I").credit.charge)
    late = factories.enrolment(curriculum=student.curriculum)
    kit.pay(ask(late, exam, "B-I").credit.charge, at=datetime(2027, 2, 5, tzinfo=UTC))
    unpaid = factories.enrolment(curriculum=student.curriculum)
    ask(unpaid, exam, "B-I")
    queries.session_list(office, year, "B-I")  # roles are remembered
    with django_assert_num_queries(2):
        rows = {row.credit.enrolment_id: row for row in queries.session_list(office, year, "B-I", exam.pk)}
    assert [bool(rows[one.pk].answer) for one in (student, late, unpaid)] == [True, False, False]
    assert [rows[one.pk].late for one in (student, late, unpaid)] == [False, True, False]
    assert rows[unpaid.pk].paid_at is None
    assert queries.session_list(factories.secretary("CT"), year, "B-I") == []
    assert len(queries.session_list(factories.secretary("AC"), year, "B-I")) == 3
    assert queries.session_list(factories.student_user(), year, "B-I") == []


def test_a_presentation_is_followed_once_its_year_is_over(student: Enrolment, exam: Discipline) -> None:
    credit = ask(student, exam, "C").credit
    kit.pay(credit.charge)
    assert follow(datetime(2027, 9, 12, 9, tzinfo=UTC)) == 0
    assert follow(datetime(2027, 9, 12, 9, tzinfo=UTC) + timedelta(days=1)) == 1
    credit.refresh_from_db()
    assert credit.lapsed_at is not None
