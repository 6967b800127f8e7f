"""The tuition of a year: preview, generation, instalments, transfers, and changes of the place."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from fees import tasks
from fees.models import Charge, InstalmentPlan, Price, StatusDecision
from fees.queries import prices
from fees.queries import tuition as queries
from fees.queries.tuition import NoPlan
from fees.refusal import Refused
from fees.services import tuition
from fees.services.accounts import account_reference
from fees.workflow import ChargeState
from studentrecords.models import AcademicYear, Enrolment, EnrolmentStatus, Financing
from tests import factories
from tests.fees import tariff_kit as kit
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, jobs
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import ParameterOverride
from upt_portal.kernel.money import NBSP

pytestmark = pytest.mark.django_db
NOW = factories.NOW
BEFORE = datetime(2026, 9, 1, 9, tzinfo=UTC)  # four weeks before the year begins
THREE = [date(2026, 10, 31), date(2026, 12, 15), date(2027, 2, 15)]


@pytest.fixture
def year(db: None) -> AcademicYear:
    kit.price()
    return kit.year()


@pytest.fixture
def office(db: None) -> User:
    return factories.user(roles.SCHOOL_MANAGEMENT)


def charge(enrolment: Enrolment, year: AcademicYear, at: datetime = NOW) -> list[Charge]:
    return tuition.charge_year(enrolment.pk, year, actor=None, at=at)


def plan(year: AcademicYear, days: list[date], **scope: object) -> InstalmentPlan:
    return tuition.set_plan(year, days, decision="HCA 5/2026", actor=None, at=BEFORE, **scope)


# ---- one account -------------------------------------------------------------------------------------------


def test_FEE_010_a_fee_paying_place_owes_the_annual_tuition_a_funded_one_none(year: AcademicYear) -> None:
    payer, funded = kit.fee_payer(), factories.enrolment()
    made = charge(payer, year)
    assert [(one.amount, one.currency, one.rule) for one in made] == [(Decimal(4200), "RON", "FEE-010")]
    assert charge(funded, year) == []


@pytest.mark.parametrize("status", [EnrolmentStatus.REPEATING, EnrolmentStatus.EXTENSION])
def test_FEE_010_an_extension_or_a_repeated_year_owes_none_beside_its_own_fees(
    year: AcademicYear, status: EnrolmentStatus
) -> None:
    student = kit.fee_payer(status=status)
    assert charge(student, year) == []
    found = queries.preview(year, [student], on=date(2026, 11, 20))
    assert [str(one.why) for one in found.nothing] != [""]


def test_FEE_010_a_price_for_a_credit_is_charged_for_the_year(year: AcademicYear) -> None:
    student = kit.fee_payer()
    kit.price(amount="67", unit="credit", programme=student.programme)
    assert [one.amount for one in charge(student, year)] == [Decimal(4020)]


def test_FEE_011_three_instalments_with_the_difference_in_the_last(year: AcademicYear) -> None:
    kit.price(amount="4000", first_day=date(2026, 8, 1))
    plan(year, THREE)
    student = kit.fee_payer()
    made = charge(student, year)
    assert [str(one.amount) for one in made] == ["1333.33", "1333.33", "1333.34"]
    assert [local_day(one.due_at) for one in made] == THREE
    assert made[0].description_ro == "Taxă de studii 2026–2027, rata 1 din 3"


def test_FEE_011_without_a_plan_one_part_due_when_the_campaign_is(year: AcademicYear) -> None:
    made = charge(kit.fee_payer(), year)
    assert [one.due_at for one in made] == [end_of_day(date(2026, 12, 13))]


def test_FEE_011_the_nearest_plan_holds_and_of_equal_ones_the_newest(year: AcademicYear) -> None:
    student = kit.fee_payer()
    plan(year, THREE)
    plan(year, THREE[:2], faculty=student.programme.faculty)
    plan(year, THREE[:1], faculty=student.programme.faculty)
    plan(year, THREE, faculty=factories.faculty("CT"))
    assert len(charge(student, year)) == 1


def test_FEE_011_several_instalments_without_days_block_the_line(year: AcademicYear) -> None:
    ParameterOverride.objects.create(
        name="INSTALMENTS", scope_kind="university", value=2, first_day=date(2026, 1, 1), decision="HS 1"
    )
    student = kit.fee_payer()
    with pytest.raises(NoPlan, match="2"):
        charge(student, year)
    assert not Charge.objects.exists()
    assert len(queries.preview(year, [student], on=date(2026, 11, 20)).blocked) == 1


@pytest.mark.parametrize("days", [[], [THREE[1], THREE[0]], [THREE[0], THREE[0]], [date(2028, 1, 1)]])
def test_FEE_011_a_plan_goes_forward_inside_its_year(year: AcademicYear, days: list[date]) -> None:
    with pytest.raises(Refused):
        plan(year, days)
    assert not InstalmentPlan.objects.exists()


def test_FEE_011_a_plan_is_never_edited(year: AcademicYear) -> None:
    made = plan(year, THREE)
    with pytest.raises(ProgrammingError, match="update or delete"), transaction.atomic():
        InstalmentPlan.objects.filter(pk=made.pk).update(due_on=THREE[:1])


def test_FEE_001_the_line_keeps_its_amount_and_a_missing_price_makes_none(year: AcademicYear) -> None:
    student = kit.fee_payer()
    charge(student, year)
    kit.price(amount="5000", first_day=date(2026, 11, 1))
    assert charge(student, year) == []
    assert kit.sums(student) == ["4200.00"]
    with pytest.raises(prices.MissingPrice):
        charge(student, factories.academic_year("2027-2028"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.filter(charges__isnull=False).update(amount=1)


def test_FEE_016_two_programmes_are_charged_each(year: AcademicYear) -> None:
    first = kit.fee_payer()
    second = kit.fee_payer(person=first.person)
    kit.price(amount="3900", programme=second.programme)
    charge(first, year)
    charge(second, year)
    assert (kit.sums(first), kit.sums(second)) == (["4200.00"], ["3900.00"])


def test_FEE_017_the_line_carries_its_currency(year: AcademicYear) -> None:
    kit.price(amount="2430", citizenship="third", currency="EUR")
    student = kit.fee_payer(person=factories.person(citizenship=kit.THIRD))
    ours = kit.fee_payer()
    assert [(one.amount, one.currency) for one in charge(student, year)] == [(Decimal(2430), "EUR")]
    assert [one.currency for one in charge(ours, year)] == ["RON"]
    others = [kit.fee_payer(person=factories.person(citizenship=kit.THIRD)), kit.fee_payer()]
    found = queries.preview(year, others, on=date(2026, 11, 20))
    assert found.totals == {"EUR": Decimal(2430), "RON": Decimal(4200)}


def test_FEE_059_the_tuition_is_that_of_the_promotion_joined(year: AcademicYear) -> None:
    kit.price(amount="3000", promotion="2024-2028")
    student = kit.fee_payer(promotion="2024-2028")
    charge(student, year)
    assert kit.sums(student) == ["3000.00"]


def test_FEE_014_a_student_of_ours_in_mobility_is_charged_as_ever(year: AcademicYear) -> None:
    """Mobility leaves the enrolment active: nothing in the account asks where the semester is spent."""
    away = kit.fee_payer()
    assert away.status == EnrolmentStatus.ENROLLED
    assert [one.amount for one in charge(away, year)] == [Decimal(4200)]


def test_FEE_015_half_from_the_second_semester_all_from_the_first(year: AcademicYear, office: User) -> None:
    late, early, funded = kit.fee_payer(), kit.fee_payer(), factories.enrolment()
    for student, second in ((late, True), (early, False), (funded, True)):
        tuition.charge_transfer(student.pk, year, from_second_semester=second, actor=office, at=NOW)
    assert (kit.sums(late), kit.sums(early), kit.sums(funded)) == (["2100.00"], ["4200.00"], [])
    assert Charge.objects.get(enrolment=late).working_en == f"RON{NBSP}4,200.00 × 50 %"
    with pytest.raises(Refused):
        tuition.charge_transfer(late.pk, year, from_second_semester=True, actor=office, at=NOW)


# ---- many accounts -----------------------------------------------------------------------------------------


def test_FEE_032_set_before_the_year_hidden_until_it_begins(year: AcademicYear) -> None:
    student = kit.fee_payer()
    made = charge(student, year, BEFORE)
    assert [one.state for one in made] == [ChargeState.CONFIGURED]
    with clock.shifted(BEFORE):
        assert tasks.open_year() == 0
    with clock.shifted(datetime(2026, 9, 27, 22, tzinfo=UTC)):  # 28 September in Bucharest
        assert tasks.open_year() == 1
        assert tasks.open_year() == 0
    assert Charge.objects.get(enrolment=student).state == ChargeState.DUE


def test_FEE_032_the_preview_says_who_what_and_why(year: AcademicYear) -> None:
    payer, funded, there = kit.fee_payer(), factories.enrolment(), kit.fee_payer()
    charge(there, year)
    found = queries.preview(year, [payer, funded, there], on=date(2026, 11, 20))
    assert [(one.enrolment, one.annual) for one in found.owed] == [(payer, Decimal(4200))]
    assert [one.enrolment for one in found.nothing] == [funded]
    assert [one.enrolment for one in found.standing] == [there]
    assert found.blocked == []


def test_FEE_032_a_missing_price_is_named_and_the_others_go_on(db: None) -> None:
    year = kit.year()
    bachelor = kit.fee_payer()
    kit.price(programme=bachelor.programme)
    other = kit.fee_payer()
    found = queries.preview(year, [bachelor, other], on=date(2026, 11, 20))
    assert [one.enrolment for one in found.owed] == [bachelor]
    assert [one.enrolment for one in found.blocked] == [other]
    assert other.programme.code in str(found.blocked[0].why)


def test_FEE_032_the_preview_asks_the_same_number_of_times(
    year: AcademicYear, django_assert_num_queries: Callable[..., object]
) -> None:
    for count in (1, 4):
        batch = list(queries.students_of())
        batch += [kit.fee_payer() for _n in range(count)]
        batch = list(queries.students_of())
        with django_assert_num_queries(5):
            assert len(queries.preview(year, batch, on=date(2026, 11, 20)).owed) == len(batch)


def test_FEE_032_generating_twice_changes_nothing(year: AcademicYear, office: User) -> None:
    batch = [kit.fee_payer(), kit.fee_payer(), factories.enrolment()]
    found = queries.preview(year, batch, on=date(2026, 11, 20))
    enqueue = {"faculty": "", "programme": "", "fingerprint": found.fingerprint, "actor": office, "at": NOW}
    job = tuition.enqueue_generation(year, **enqueue)
    assert tuition.enqueue_generation(year, **enqueue) == job
    assert tuition.generate(job) == {"made": 2, "blocked": []}
    before = list(Charge.objects.values_list("pk", "amount"))
    assert tuition.generate(job) == {"made": 0, "blocked": []}
    assert list(Charge.objects.values_list("pk", "amount")) == before
    assert [entry.act for entry in audit.trail(account_reference(batch[0].pk))] == ["fees.post"]


def test_FEE_032_a_stale_preview_is_refused(year: AcademicYear, office: User, english: None) -> None:
    kit.fee_payer()
    found = queries.preview(year, queries.students_of(), on=date(2026, 11, 20))
    kit.price(amount="4300", first_day=date(2026, 11, 20))
    with pytest.raises(Refused, match="preview"):
        tuition.enqueue_generation(
            year, faculty="", programme="", fingerprint=found.fingerprint, actor=office, at=NOW
        )
    assert not jobs.due(NOW + timedelta(days=1))


# ---- changes of the place ----------------------------------------------------------------------------------


def test_FEE_012_to_a_fee_paying_place_before_the_year(year: AcademicYear, office: User) -> None:
    student = factories.enrolment()
    for _again in range(2):
        tuition.reclassify(student.pk, year, Financing.FEE, decision="HCF 3", actor=office, at=BEFORE)
    assert kit.sums(student) == ["4200.00"]


def test_FEE_012_to_a_funded_place_what_was_paid_becomes_unallocated(
    year: AcademicYear, office: User
) -> None:
    student = kit.fee_payer()
    (line,) = charge(student, year, BEFORE)
    money = kit.pay(line, "1000", at=BEFORE)
    tuition.reclassify(student.pk, year, Financing.STATE, decision="HCF 3", actor=office, at=BEFORE)
    money.refresh_from_db()
    line.refresh_from_db()
    assert (kit.sums(student), money.unallocated, line.cancelled_reason) == ([], Decimal(1000), "HCF 3")
    assert line.state == ChargeState.CANCELLED


def test_FEE_012_not_once_the_year_runs(year: AcademicYear, office: User, english: None) -> None:
    student = kit.fee_payer()
    charge(student, year)
    with pytest.raises(Refused, match="rector"):
        tuition.reclassify(student.pk, year, Financing.STATE, decision="HCF 3", actor=office, at=NOW)
    assert kit.sums(student) == ["4200.00"]


def decide(student: Enrolment, year: AcademicYear, office: User, **fields: object) -> StatusDecision:
    values: dict[str, object] = {
        "decision": "DR 12/20.11.2026", "amount": Decimal(1500), "due_on": date(2026, 12, 20),
        "communicated_on": date(2026, 11, 20), **fields,
    }  # fmt: skip
    return tuition.register_decision(student.pk, year, Financing.FEE, actor=office, at=NOW, **values)


def test_FEE_013_amount_and_term_of_the_decision_five_working_days(year: AcademicYear, office: User) -> None:
    student = factories.enrolment()
    row = decide(student, year, office)
    assert row.steps_until == end_of_day(date(2026, 11, 27))
    assert decide(student, year, office) == row
    assert kit.sums(student) == []
    for _again in range(2):
        tuition.carry_out_decision(row.pk, actor=office, at=NOW)
    assert kit.sums(student) == ["1500.00"]
    line = Charge.objects.get(enrolment=student)
    assert (line.rule, line.due_at.date()) == ("FEE-013", date(2026, 12, 20))


def test_FEE_013_it_takes_the_place_of_the_tuition_that_stands(year: AcademicYear, office: User) -> None:
    student = kit.fee_payer()
    (line,) = charge(student, year)
    money = kit.pay(line)
    row = tuition.register_decision(
        student.pk, year, Financing.STATE, decision="DR 13", amount=Decimal(0), due_on=None,
        communicated_on=date(2026, 11, 19), actor=office, at=NOW,
    )  # fmt: skip
    tuition.carry_out_decision(row.pk, actor=office, at=NOW)
    money.refresh_from_db()
    assert (kit.sums(student), money.unallocated) == ([], Decimal(4200))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"due_on": None}, "term"),
        ({"communicated_on": date(2026, 11, 21)}, "future"),
    ],
)
def test_FEE_013_what_a_decision_must_say(
    year: AcademicYear, office: User, fields: dict[str, object], why: str, english: None
) -> None:
    with pytest.raises(Refused, match=why):
        decide(factories.enrolment(), year, office, **fields)
    assert not StatusDecision.objects.exists()


def test_FEE_013_tuition_of_an_annex_is_not_touched(year: AcademicYear, office: User) -> None:
    student = kit.fee_payer()
    (line,) = charge(student, year)
    row = decide(student, year, office)
    with mock.patch("fees.queries.tuition.charged_in", return_value={student.pk: {"contracting.x:1"}}), \
            pytest.raises(Refused):  # fmt: skip
        tuition.carry_out_decision(row.pk, actor=office, at=NOW)
    row.refresh_from_db()
    line.refresh_from_db()
    assert (row.carried_out_at, line.state) == (None, ChargeState.DUE)
