"""What a student may sit and at what cost, the re-examination form with its fee, cancelled until listed."""

from datetime import UTC, date, datetime
from unittest import mock

import pytest
from django.db import connection
from django.db.models.query import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from fees.models import Charge, PresentationCredit
from studentrecords.models import Discipline, Enrolment, ReexaminationForm
from studentrecords.queries import presenting as queries
from studentrecords.queries.taking import Cost
from studentrecords.refusal import Refused
from studentrecords.services import catalogues, presenting
from tests import factories
from tests.fees import tariff_kit
from tests.races import Gate, at_once
from tests.studentrecords import exams_kit as kit
from upt_portal.kernel.dates import ROMANIA

pytestmark = pytest.mark.django_db

B1 = date(2027, 2, 8)
NOW = factories.NOW
LAST_OF_FORM = datetime(2027, 2, 3, 23, 59, 59, tzinfo=ROMANIA)
AFTER_FORM = datetime(2027, 2, 4, 0, 0, 0, tzinfo=ROMANIA)
LAST_OF_FEE = datetime(2027, 2, 4, 12, tzinfo=ROMANIA)
IN_B1, AFTER_B2 = datetime(2027, 2, 9, 9, tzinfo=UTC), datetime(2027, 7, 20, 9, tzinfo=UTC)


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def student_of_year_two() -> Enrolment:
    tariff_kit.price("REEXAM", "150", unit="presentation")
    tariff_kit.year(sessions=True)
    return factories.enrolment()


def overdue(made: Enrolment) -> Enrolment:
    return factories.with_past(made, {1: True, 2: False, 7: True})


@pytest.fixture
def student(db, english) -> Enrolment:
    """Year 2 of 2; failed 1.1 and 2.1 of year 1 with the standards met, 1.2 without them."""
    return overdue(student_of_year_two())


def one(student: Enrolment, place: int) -> Discipline:
    """The place-th compulsory discipline of year 1, as `with_past` counts."""
    return student.curriculum.disciplines.filter(year=1).order_by("semester", "pk")[place - 1]


def option(student: Enrolment, discipline: Discipline, session: str, at: datetime = NOW) -> queries.Option:
    found = queries.option_of(student, discipline.pk, session, at)
    assert found is not None
    return found


def file(student: Enrolment, discipline: Discipline, session: str, at: datetime = NOW) -> queries.Option:
    return presenting.file(student.pk, discipline.pk, session, actor=student.person.user, at=at)


def cancel(student: Enrolment, discipline: Discipline, session: str, at: datetime = NOW) -> bool:
    return presenting.cancel(student.pk, discipline.pk, session, actor=student.person.user, at=at)


def sessions_of(student: Enrolment, discipline: Discipline, at: datetime = NOW) -> dict[str, str]:
    """Session and cost of what may be sat; what may not be sat is left out."""
    found = queries.presenting_of(student, at).options
    return {
        row.session: str(row.offer.amount) if row.offer and row.offer.cost is not Cost.FREE else "free"
        for row in found
        if row.discipline == discipline and row.answer
    }


# ---- who may sit what (§7.5) --------------------------


def test_REC_112_final_year_of_this_year_a_and_b_free_c_with_fee(student):
    current = student.curriculum.disciplines.filter(year=2, semester=3).order_by("pk")[0]
    assert sessions_of(student, current) == {"A-I": "free", "B-I": "free", "C": "150.00"}
    factories.result(student, current, 4, factories.THIS_YEAR, session="A-I", on=date(2027, 1, 20))
    assert sessions_of(student, current, IN_B1) == {"B-I": "free", "C": "150.00"}
    factories.result(student, current, 4, factories.THIS_YEAR, session="B-I", on=date(2027, 2, 10))
    assert sessions_of(student, current, IN_B1) == {"C": "150.00"}


def test_REC_112_standards_not_met_nothing_this_year(student):
    current = student.curriculum.disciplines.filter(year=2, semester=3).order_by("pk")[0]
    factories.standing(student, current, standards_met=False, year=factories.THIS_YEAR)
    assert sessions_of(student, current) == {}
    assert sessions_of(student, one(student, 2)) == {}


def test_REC_112_year_two_of_four_failed_in_a_sits_b_free_and_not_c(student):
    long = factories.enrolment(programme=factories.programme(semesters=8, credits=240))
    current = long.curriculum.disciplines.filter(year=2, semester=3).order_by("pk")[0]
    factories.result(long, current, 4, factories.THIS_YEAR, session="A-I", on=date(2027, 1, 20))
    assert sessions_of(long, current, IN_B1) == {"B-I": "free"}
    assert "final year" in str(option(long, current, "C", IN_B1).answer.reason)


def test_REC_112_an_earlier_discipline_of_semester_two_each_with_fee_and_form(student):
    earlier = one(student, 7)
    assert earlier.semester == 2
    found = sessions_of(student, earlier)
    assert found == {"A-II": "150.00", "B-II": "150.00", "C": "150.00"}
    assert option(student, earlier, "A-II").form_due is not None
    assert queries.option_of(student, earlier.pk, "A-I", NOW) is None


def test_REC_110_REC_112_summer_practice_opens_c_free_to_every_year(student):
    long = factories.enrolment(programme=factories.programme(semesters=8, credits=240))
    practice = factories.discipline(curriculum=long.curriculum, semester=4, hours_practice_semester=90)
    assert sessions_of(long, practice)["C"] == "free"


def test_REC_121_a_ban_closes_a_and_b(student):
    from studentrecords.models import SessionBan

    SessionBan.objects.create(
        enrolment=student, first_day=date(2027, 1, 1), last_day=date(2027, 2, 21), decision="HCF 4"
    )
    current = student.curriculum.disciplines.filter(year=2, semester=3).order_by("pk")[0]
    assert sessions_of(student, current) == {"C": "150.00"}


# ---- the form and its term ----------------------------


def test_REC_113_the_form_is_filed_with_its_fee_and_twice_is_one(student):
    earlier = one(student, 1)
    file(student, earlier, "B-I")
    file(student, earlier, "B-I")
    assert ReexaminationForm.objects.get().session == "B-I"
    assert Charge.objects.filter(enrolment=student, fee_type__code="REEXAM").count() == 1
    shown = option(student, earlier, "B-I")
    assert (shown.asked, shown.offer.cost, shown.may_ask) == (True, Cost.ASKED, False)


@pytest.mark.parametrize(("at", "in_time"), [(LAST_OF_FORM, True), (AFTER_FORM, False)])
def test_REC_113_the_last_second_of_the_fifth_day_before(student, at, in_time):
    if in_time:
        file(student, one(student, 1), "B-I", at)
        assert ReexaminationForm.objects.count() == 1
        return
    with pytest.raises(Refused, match="could be filed until"):
        file(student, one(student, 1), "B-I", at)
    assert not ReexaminationForm.objects.exists()
    assert not PresentationCredit.objects.exists()


def listed(student: Enrolment, discipline: Discipline) -> bool:
    session = kit.session("B-I", starts_on=B1, ends_on=date(2027, 2, 21))
    exam = kit.planned([student], of=session, discipline=discipline, held_on=date(2027, 2, 10))
    catalogues.open_catalogue(exam.pk, actor=None, at=datetime(2027, 2, 7, 9, tzinfo=UTC))
    return exam.rows.filter(enrolment=student).exists()


@pytest.mark.parametrize(
    ("form", "paid", "expected"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_REC_113_REC_114_form_and_fee_are_both_needed(student, form, paid, expected):
    earlier = one(student, 1)
    file(student, earlier, "B-I")
    credit = PresentationCredit.objects.get()
    if paid:
        tariff_kit.pay(credit.charge, at=LAST_OF_FEE)
    if not form:
        cancel(student, earlier, "B-I")
    assert listed(student, earlier) is expected


def test_REC_113_unpaid_it_is_taken_back_with_its_charge_and_may_be_asked_again(student):
    earlier = one(student, 1)
    file(student, earlier, "B-I")
    assert cancel(student, earlier, "B-I") is True
    assert cancel(student, earlier, "B-I") is False
    assert not Charge.objects.filter(enrolment=student, cancelled_at__isnull=True).exists()
    assert option(student, earlier, "B-I").may_ask
    file(student, earlier, "B-I")
    assert ReexaminationForm.objects.filter(withdrawn_at__isnull=True).count() == 1


def test_REC_120_paid_and_taken_back_serves_in_another_session_of_the_year(student):
    earlier = one(student, 1)
    file(student, earlier, "A-I")
    credit = PresentationCredit.objects.get()
    tariff_kit.pay(credit.charge)
    cancel(student, earlier, "A-I")
    shown = option(student, earlier, "B-I")
    assert (shown.offer.cost, bool(shown.answer)) == (Cost.KEPT, True)
    file(student, earlier, "B-I")
    credit.refresh_from_db()
    assert (credit.session, Charge.objects.filter(enrolment=student).count()) == ("B-I", 1)
    assert option(student, earlier, "B-I").offer.cost is Cost.PAID


def test_REC_120_an_absence_is_shown_to_keep_the_fee(student):
    earlier = one(student, 1)
    file(student, earlier, "A-I")
    tariff_kit.pay(PresentationCredit.objects.get().charge)
    factories.result(student, earlier, None, factories.THIS_YEAR, session="A-I", on=date(2027, 1, 20))
    assert option(student, earlier, "B-I", datetime(2027, 1, 25, 9, tzinfo=UTC)).offer.cost is Cost.KEPT


def test_REC_113_once_listed_it_is_not_taken_back(student):
    earlier = one(student, 1)
    file(student, earlier, "B-I")
    tariff_kit.pay(PresentationCredit.objects.get().charge, at=LAST_OF_FEE)
    assert listed(student, earlier)
    with pytest.raises(Refused, match="on the list"):
        cancel(student, earlier, "B-I", datetime(2027, 2, 7, 10, tzinfo=UTC))
    assert not option(student, earlier, "B-I").may_cancel


def test_REC_112_c_of_this_year_needs_the_fee_alone(student):
    current = student.curriculum.disciplines.filter(year=2, semester=3).order_by("pk")[0]
    file(student, current, "C")
    assert not ReexaminationForm.objects.exists()
    assert PresentationCredit.objects.get().needs_form is False
    assert cancel(student, current, "C") is True


def test_what_is_free_or_foreign_is_not_asked_for(student):
    current = student.curriculum.disciplines.filter(year=2, semester=3).order_by("pk")[0]
    with pytest.raises(Refused, match="free"):
        file(student, current, "A-I")
    with pytest.raises(Refused, match="not among"):
        file(student, factories.discipline(), "A-I")
    with pytest.raises(Refused, match="not among"):
        file(student, one(student, 1), "A-I", AFTER_B2)


def test_without_a_price_nothing_is_charged(student):
    from fees.models import Price

    Price.objects.all().delete()
    with pytest.raises(Refused, match="REEXAM"):
        file(student, one(student, 1), "B-I")
    assert not ReexaminationForm.objects.exists()


# ---- the pages ----------------------------------------


def test_REC_112_REC_113_the_page_says_cost_form_and_terms(student, clock, browser_of):
    clock.stand_at(NOW)
    client = browser_of(student.person.user)
    where = reverse("studentrecords:exams", args=[student.pk])
    body = client.get(where).content.decode()
    assert "150,00" in body
    assert "3 februarie 2027" in body  # the form of B-I
    assert "4 februarie 2027" in body  # its fee
    ask = reverse("studentrecords:exam_ask", args=[student.pk, one(student, 1).pk, "B-I"])
    assert client.post(ask).status_code == 302
    body = client.get(where).content.decode()
    assert reverse("studentrecords:exam_cancel", args=[student.pk, one(student, 1).pk, "B-I"]) in body
    assert reverse("fees:financial", args=[student.pk]) in body


def test_another_student_s_exams_are_not_there(student, clock, browser_of):
    clock.stand_at(NOW)
    stranger = browser_of(factories.person().user)
    ask = reverse("studentrecords:exam_ask", args=[student.pk, one(student, 1).pk, "B-I"])
    assert stranger.post(ask).status_code == 404
    assert not ReexaminationForm.objects.exists()


def test_the_page_asks_the_same_for_two_disciplines_and_for_seven(student, clock, browser_of):
    clock.stand_at(NOW)
    many = factories.with_past(factories.enrolment(), dict.fromkeys(range(1, 8), True))
    counts = []
    for who in (student, many):
        client = browser_of(who.person.user)
        client.get(where := reverse("studentrecords:exams", args=[who.pk]))
        with CaptureQueriesContext(connection) as asked:
            client.get(where)
        counts.append(len(asked))
    assert counts[0] == counts[1]


# ---- two tabs -----------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_REC_113_two_tabs_file_one_form(locked):
    student = overdue(student_of_year_two())
    discipline, gate = one(student, 1), Gate()
    acts = [lambda: file(student, discipline, "B-I")] * 2
    with mock.patch.object(presenting.queries, "option_of", side_effect=None) as looked:
        real = queries_option_of
        looked.side_effect = lambda *given: _then(gate, real(*given))
        if locked:
            outcomes = at_once(*acts)
        else:
            with mock.patch.object(QuerySet, "select_for_update", lambda self, *a, **k: self):
                outcomes = at_once(*acts)
    failed = [one for one in outcomes if isinstance(one, Exception)]
    assert ReexaminationForm.objects.count() == 1
    assert bool(failed) is not locked


queries_option_of = queries.option_of


def _then(gate, found):
    gate()
    return found
