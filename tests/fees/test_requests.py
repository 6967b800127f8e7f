"""Fees of requests: terms, disciplines by their route, lapse and void, second week, sums set by staff."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from fees import tasks
from fees.models import Charge, FeeType, PresentationCredit
from fees.queries import requests as queries
from fees.queries.prices import MissingPrice
from fees.refusal import Refused
from fees.rules.presentations import Standing
from fees.rules.returning import Taken
from fees.services import other_fees, presentations, requests
from fees.services.requests import Case, Row
from fees.signals import request_lapsed, request_void
from fees.workflow import ChargeState
from studentrecords.models import AcademicYear, Enrolment, EnrolmentStatus, Financing
from tests import factories
from tests.fees import tariff_kit as kit
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import clock, jobs
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.models import Job, Mail, ParameterOverride

pytestmark = pytest.mark.django_db
NOW = factories.NOW
BEFORE = datetime(2026, 9, 11, 9, tzinfo=UTC)  # a Friday, before the year begins on Monday 28 September
LAST_OF_FIRST_DAYS = end_of_day(date(2026, 10, 2))
CASE = "studentrecords.request:5"


@pytest.fixture
def year(db: None) -> AcademicYear:
    kit.price(amount="3900")
    kit.price("EXTENSION", "500", unit="request")
    kit.price("REPETITION", "600", unit="request")
    kit.price("REENROLMENT", "150", unit="request")
    kit.price("REEXAM", "150", unit="presentation")
    for code in ("RECONTRACT", "NEW_DISCIPLINE", "DIFFERENCES"):
        FeeType.objects.get_or_create(code=code, defaults={"name_ro": code, "name_en": code})
    return kit.year(sessions=True)


@pytest.fixture
def student(year: AcademicYear) -> Enrolment:
    return kit.fee_payer(status=EnrolmentStatus.EXTENSION)


def fee(student: Enrolment, code: str = "EXTENSION", at: datetime = BEFORE, **fields: Any) -> Charge:
    values = {"notified_at": at, "actor": None, "at": at, **fields}
    return requests.charge_fee(CASE, student.pk, code, kit.year(), **values)


def case(student: Enrolment, at: datetime = BEFORE) -> Case:
    return Case(CASE, student.pk, kit.year(), None, at)


def rows(student: Enrolment, *taken: Taken, credits: int = 4) -> list[Row]:
    found = []
    for place, how in enumerate(taken):
        discipline = student.curriculum.disciplines.order_by("pk")[place]
        discipline.credits = credits
        discipline.save()
        found.append(Row(discipline, how))
    return found


def standing(student: Enrolment) -> list[tuple[str, str]]:
    lines = Charge.objects.filter(enrolment=student, cancelled_at__isnull=True).order_by("pk")
    return [(one.fee_type.code, str(one.amount)) for one in lines.select_related("fee_type")]


def hear(signal: Any) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []

    def listen(sender: object, **news: Any) -> None:
        heard.append({name: news[name] for name in ("reference", "enrolment_id")})

    hear.kept.append(listen)  # type: ignore[attr-defined]  # a signal holds its listeners weakly
    signal.connect(listen)
    return heard


hear.kept = []  # type: ignore[attr-defined]


def run_jobs(at: datetime) -> None:
    for job in Job.objects.filter(kind__in=[requests.LAPSED, requests.VOID], state="queued"):
        jobs.run(str(job.pk), at=at)


def minute(at: datetime) -> int:
    with clock.shifted(at):
        return tasks.follow_requests()


# ---- the fee of the request --------------------------------------------------------------------------------


def test_FEE_050_forty_eight_hours_from_the_notice(student: Enrolment) -> None:
    made = fee(student, notified_at=datetime(2026, 9, 11, 11, 5, tzinfo=UTC))
    assert made.due_at == datetime(2026, 9, 13, 11, 5, tzinfo=UTC)
    assert (made.amount, made.rule) == (Decimal(500), "FEE-050")
    assert "14:05" in made.working_ro


def test_FEE_050_charged_again_at_each_renewal(student: Enrolment) -> None:
    fee(student)
    requests.charge_fee(
        "studentrecords.request:6", student.pk, "EXTENSION", kit.year(), notified_at=NOW, actor=None, at=NOW
    )
    assert standing(student) == [("EXTENSION", "500.00")] * 2


def test_FEE_052_three_working_days_from_the_notice(student: Enrolment) -> None:
    assert fee(student, "REPETITION").due_at == end_of_day(date(2026, 9, 16))


def test_FEE_001_a_missing_price_blocks_the_request(student: Enrolment) -> None:
    with pytest.raises(MissingPrice, match="EXTENSION"):
        requests.charge_fee(
            CASE, student.pk, "EXTENSION", kit.year("2027-2028"), notified_at=NOW, actor=None, at=NOW
        )
    assert standing(student) == []


def test_FEE_050_another_number_of_hours_by_decision(student: Enrolment) -> None:
    ParameterOverride.objects.create(
        name="EXTENSION_PAY", scope_kind="university", value=72, first_day=date(2026, 1, 1), decision="HS 2"
    )
    assert fee(student).due_at == BEFORE + timedelta(hours=72)


@pytest.mark.parametrize(("code", "last"), [("EXTENSION", timedelta(hours=48)), ("REPETITION", None)])
def test_FEE_050_FEE_052_unpaid_the_request_lapses(
    student: Enrolment, code: str, last: timedelta | None
) -> None:
    made = fee(student, code)
    requests.charge_extension(case(student), rows(student, Taken.RECONTRACT))
    heard = hear(request_lapsed)
    assert minute(made.due_at) == 0
    assert minute(made.due_at + timedelta(seconds=1)) == 1
    assert minute(made.due_at + timedelta(seconds=2)) == 0
    run_jobs(made.due_at)
    made.refresh_from_db()
    assert (made.state, standing(student)) == (ChargeState.CANCELLED, [])
    assert heard == [{"reference": CASE, "enrolment_id": student.pk}]
    mail = Mail.objects.get(recipient=student.person.user, template__endswith="request_lapsed")
    assert "500" not in mail.subject
    assert last is None or made.due_at == BEFORE + last


def test_FEE_050_paid_in_time_it_stays(student: Enrolment) -> None:
    made = fee(student)
    kit.pay(made)
    assert minute(made.due_at + timedelta(days=1)) == 0
    assert standing(student) == [("EXTENSION", "500.00")]


def test_FEE_050_a_part_payment_becomes_unallocated(student: Enrolment) -> None:
    made = fee(student)
    money = kit.pay(made, "200")
    minute(made.due_at + timedelta(hours=1))
    money.refresh_from_db()
    assert (money.unallocated, standing(student)) == (Decimal(200), [])


# ---- the disciplines ---------------------------------------------------------------------------------------


def test_FEE_051_each_discipline_by_its_route_in_the_first_five_days(student: Enrolment) -> None:
    fee(student)
    made = requests.charge_extension(case(student), rows(student, Taken.RECONTRACT, Taken.RE_EXAM))
    assert standing(student) == [("EXTENSION", "500.00"), ("RECONTRACT", "260.00"), ("REEXAM", "150.00")]
    assert {one.due_at for one in made} == {LAST_OF_FIRST_DAYS}
    assert "TUITION" not in dict(standing(student))
    again = requests.charge_extension(case(student), rows(student, Taken.RECONTRACT, Taken.RE_EXAM))
    assert again == made
    assert PresentationCredit.objects.count() == 1


def test_FEE_051_the_early_payment_is_the_first_presentation(student: Enrolment, year: AcademicYear) -> None:
    """§7.4: one arrear with standards met, paid in the first days, failed in A-I, sits B-I: 150 + 150."""
    (row,) = rows(student, Taken.RE_EXAM)
    (made,) = requests.charge_extension(case(student), [row])
    kit.pay(made)
    factories.result(student, row.discipline, 3, factories.THIS_YEAR, session="A-I", on=date(2027, 1, 20))
    with clock.shifted(datetime(2027, 1, 25, 9, tzinfo=UTC)):
        assert tasks.follow_presentations() == 1
    presentations.register(
        student.pk, row.discipline, year, "B-I", standing=Standing.EARLIER, actor=None,
        at=datetime(2027, 1, 25, 9, tzinfo=UTC),
    )  # fmt: skip
    assert standing(student) == [("REEXAM", "150.00"), ("REEXAM", "150.00")]
    assert PresentationCredit.objects.get(charge=made).used_by.session == "A-I"


def test_FEE_051_the_form_lets_the_early_payment_serve(student: Enrolment, year: AcademicYear) -> None:
    (row,) = rows(student, Taken.RE_EXAM)
    (made,) = requests.charge_extension(case(student), [row])
    with pytest.raises(Refused):
        presentations.register(
            student.pk, row.discipline, year, "A-I", standing=Standing.EARLIER, actor=None, at=NOW
        )
    kit.pay(made)
    found = presentations.register(
        student.pk, row.discipline, year, "A-I", standing=Standing.EARLIER, actor=None, at=NOW
    )
    assert (found.again, found.credit.charge, standing(student)) == (True, made, [("REEXAM", "150.00")])


def test_FEE_051_FEE_053_unpaid_the_request_is_void_and_told_once(student: Enrolment) -> None:
    requests.charge_repetition(case(student), rows(student, Taken.NEW))
    heard = hear(request_void)
    minute(LAST_OF_FIRST_DAYS)
    for _again in range(2):
        minute(LAST_OF_FIRST_DAYS + timedelta(minutes=1))
    run_jobs(NOW)
    assert heard == [{"reference": CASE, "enrolment_id": student.pk}]
    assert standing(student) == [("NEW_DISCIPLINE", "260.00")]


def test_FEE_053_repetition_by_route_and_new_by_credits(student: Enrolment) -> None:
    requests.charge_repetition(case(student), rows(student, Taken.RECONTRACT, Taken.RE_EXAM, Taken.NEW))
    assert standing(student) == [
        ("RECONTRACT", "260.00"), ("REEXAM", "150.00"), ("NEW_DISCIPLINE", "260.00"),
    ]  # fmt: skip


def test_FEE_051_a_decision_after_the_first_days_has_five_of_its_own(student: Enrolment) -> None:
    (made,) = requests.charge_extension(case(student, at=NOW), rows(student, Taken.RECONTRACT))
    assert made.due_at == end_of_day(date(2026, 11, 27))


def test_FEE_054_the_disciplines_open_once_the_reenrolment_fee_is_paid(year: AcademicYear) -> None:
    student = kit.fee_payer()
    with pytest.raises(Refused):
        requests.charge_reregistration(case(student), rows(student, Taken.RECONTRACT))
    first = fee(student, "REENROLMENT", expelled_in_year=2)
    assert first.due_at == LAST_OF_FIRST_DAYS
    made = requests.charge_reregistration(case(student), rows(student, Taken.RE_EXAM, Taken.RECONTRACT))
    assert [(one.fee_type.code, one.state) for one in made] == [("RECONTRACT", "configured")] * 2
    requests.open_after_fee([student.pk], at=BEFORE)
    assert not Charge.objects.filter(pk=made[0].pk, released_at__isnull=False).exists()
    kit.pay(first)
    requests.open_after_fee([student.pk], at=BEFORE)
    assert set(Charge.objects.filter(pk__in=[one.pk for one in made]).values_list("state", flat=True)) == {
        "due"
    }


def test_FEE_056_after_year_one_only_on_a_fee_paying_place(year: AcademicYear) -> None:
    funded, paying = factories.enrolment(), kit.fee_payer()
    with pytest.raises(Refused):
        fee(funded, "REENROLMENT", expelled_in_year=1)
    assert funded.financing == Financing.STATE
    assert standing(funded) == []
    assert fee(paying, "REENROLMENT", expelled_in_year=1).amount == 150


def test_FEE_058_differences_as_the_decision_says(year: AcademicYear) -> None:
    student = kit.fee_payer()
    first, second = rows(student, Taken.NEW, Taken.NEW, credits=5)
    requests.charge_differences(case(student), [first, Row(second.discipline, Taken.NEW, Decimal(200))])
    assert standing(student) == [("DIFFERENCES", "325.00"), ("DIFFERENCES", "200.00")]


def test_FEE_059_added_disciplines_free_unless_decided(year: AcademicYear) -> None:
    student = kit.fee_payer()
    kit.price(amount="4200", first_day=date(2026, 8, 1))
    assert requests.charge_resumption(case(student), rows(student, Taken.NEW, credits=5)) == []
    ParameterOverride.objects.create(
        name="RESUMPTION_FREE",
        scope_kind="university",
        value=False,
        first_day=date(2026, 1, 1),
        decision="HS 2",
    )
    requests.charge_resumption(case(student), rows(student, Taken.NEW, credits=5))
    assert standing(student) == [("NEW_DISCIPLINE", "350.00")]


def test_FEE_057_only_those_who_paid_stay_on_the_lists(student: Enrolment, year: AcademicYear) -> None:
    office = factories.user(roles.SCHOOL_MANAGEMENT)
    silent = kit.fee_payer(status=EnrolmentStatus.REPEATING)
    kit.fee_payer()
    kit.pay(fee(student))
    (line,) = requests.charge_extension(case(student), rows(student, Taken.RECONTRACT))
    found = {one.enrolment: one for one in queries.second_week(office, year)}
    assert set(found) == {student, silent}
    assert [found[student].listed, found[student].left] == [False, {"RON": Decimal(260)}]
    assert [found[silent].listed, found[silent].charged] == [False, False]
    kit.pay(line)
    assert [one.listed for one in queries.second_week(office, year) if one.enrolment == student] == [True]


# ---- sums set by staff -------------------------------------------------------------------------------------


@pytest.fixture
def office(db: None) -> User:
    return factories.user(roles.SCHOOL_MANAGEMENT)


def set_sum(student: Enrolment, office: User, code: str, **fields: Any) -> Charge:
    FeeType.objects.get_or_create(code=code, defaults={"name_ro": code, "name_en": code})
    values = {"token": "a", "due_on": date(2026, 12, 4), "what": "", "actor": office, "at": NOW, **fields}
    return other_fees.set_sum(student.pk, code, **values)


def test_FEE_078_a_language_certificate_by_the_price_list(student: Enrolment, office: User) -> None:
    kit.price("LANGUAGE_CERT", "80", unit="request")
    made = set_sum(student, office, "LANGUAGE_CERT", what="engleză B2")
    assert (made.amount, made.rule) == (Decimal(80), "FEE-078")
    assert set_sum(student, office, "LANGUAGE_CERT", what="engleză B2") == made


def test_FEE_009_a_duplicate_by_the_price_list_and_never_without(student: Enrolment, office: User) -> None:
    with pytest.raises(MissingPrice, match="DUPLICATE"):
        set_sum(student, office, "DUPLICATE")
    kit.price("DUPLICATE", "50", unit="request")
    assert set_sum(student, office, "DUPLICATE").amount == 50
    assert set_sum(student, office, "DUPLICATE", token="b", amount=Decimal(1)).amount == 50


def test_FEE_076_damages_by_the_sanction_decision(student: Enrolment, office: User) -> None:
    with pytest.raises(Refused):
        set_sum(student, office, "DAMAGES", amount=Decimal(300))
    made = set_sum(student, office, "DAMAGES", amount=Decimal(300), decision="DR 7/02.11.2026")
    assert (made.amount, made.rule, made.working_ro) == (Decimal(300), "FEE-076", "decizia DR 7/02.11.2026")


@pytest.mark.parametrize(("code", "fields"), [("TUITION", {}), ("DUPLICATE", {"due_on": date(2026, 11, 19)})])
def test_other_kinds_and_past_days_are_refused(
    student: Enrolment, office: User, code: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        set_sum(student, office, code, **fields)
