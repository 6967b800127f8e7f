"""The public price list and the pages of fee configuration at the desk."""

import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from fees.models import Charge, FeeType, InstalmentPlan, PresentationCredit, Price, StatusDecision
from fees.rules.presentations import Standing
from fees.services import presentations, tuition
from studentrecords.models import AcademicYear, EnrolmentStatus
from tests import factories
from tests.conftest import Clock
from tests.fees import ledger_kit
from tests.fees import tariff_kit as kit
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, jobs, rulebook
from upt_portal.kernel.models import Job

pytestmark = pytest.mark.django_db
HEAVIEST = 60_000


@pytest.fixture
def year(db: None, clock: Clock) -> AcademicYear:
    made = kit.year(sessions=True)
    for code in ("TUITION", "REEXAM", "EXTENSION", "DAMAGES", "DUPLICATE", "LANGUAGE_CERT"):
        ledger_kit.fee_type(code)
    return made


@pytest.fixture
def office(year: AcademicYear) -> User:
    return factories.user(roles.SCHOOL_MANAGEMENT)


@pytest.fixture
def desk(office: User) -> Client:
    return signed_in(office)


def visitor(language: str = "en") -> Client:
    """Somebody who is not signed in, reading in a language."""
    client = Client()
    client.cookies["language"] = language
    return client


def signed_in(user: User, language: str = "en") -> Client:
    client = visitor(language)
    client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
    return client


def words(response: Any) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def url(name: str, **query: str) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(f"fees:{name}") + (f"?{asked}" if asked else "")


# ---- the public page ---------------------------------------------------------------------------------------


def test_FEE_002_the_price_list_is_public_with_its_marks(year: AcademicYear) -> None:
    kit.price(cycle="licenta")
    kit.price(
        "REEXAM", "60", unit="presentation", source="published", decision="", note="fees.csv, rândul TXP3"
    )
    kit.price(amount="3900", cycle="master", source="completed", decision="")
    said = words(visitor().get(url("public")))
    assert "Senate: HS 16/13.02.2026" in said
    assert "RON 4,200.00" in said
    assert "published by the university" in said
    assert "filled in, to be confirmed" in said
    assert "fees.csv, rândul TXP3" in said


def test_FEE_002_a_programme_sees_its_own_figures_worked_out(year: AcademicYear) -> None:
    programme = factories.programme()
    kit.price(amount="3900", programme=programme)
    tuition.set_plan(
        year, [date(2026, 10, 31), date(2027, 2, 15)], decision="HCA 1", actor=None, at=factories.NOW
    )
    page = visitor("ro").get(url("public", programme=programme.code))
    said = words(page)
    assert "3.900,00 lei × 5 ÷ 60" in said
    assert "325,00 lei" in said
    assert said.count("1.950,00 lei") == 3  # two instalments, and the half share of a transfer
    assert "încă nestabilită" in said
    assert len(page.content) < HEAVIEST


def test_FEE_017_third_countries_see_their_currency(year: AcademicYear) -> None:
    programme = factories.programme()
    kit.price(programme=programme)
    kit.price(amount="2430", programme=programme, citizenship="third", currency="EUR")
    page = visitor().get(url("public", programme=programme.code, citizenship="third"))
    assert "EUR 2,430.00" in words(page)
    assert "EUR 202.50" in words(page)


def test_the_public_page_without_prices_and_with_nonsense(year: AcademicYear) -> None:
    assert visitor().get(url("public")).status_code == 200
    kit.price()
    page = visitor().get(url("public", programme="nu-este", faculty="x", year="2", citizenship="q"))
    assert page.status_code == 200


def test_the_public_page_takes_a_constant_number_of_queries(
    year: AcademicYear, django_assert_num_queries: Callable[..., Any]
) -> None:
    counts = []
    for n in range(1, 4):
        kit.price(amount=str(4000 + n), programme=factories.programme())
        with django_assert_num_queries(8) as asked:
            visitor().get(url("public"))
        counts.append(len(asked))
    assert len(set(counts)) == 1


def test_the_price_list_is_linked_from_the_front_page_and_from_financial(year: AcademicYear) -> None:
    student = kit.fee_payer()
    assert url("public") in words(visitor().get("/"))
    client = signed_in(student.person.user)
    assert url("public") in words(client.get(reverse("fees:financial", args=[student.pk])))


# ---- the price list at the desk ----------------------------------------------------------------------------


def test_FEE_001_missing_prices_stand_on_top(desk: Client, year: AcademicYear) -> None:
    student = kit.fee_payer()
    kit.price(programme=student.programme)
    said = words(desk.get(url("tariff")))
    assert "5 prices are missing" in said or "prices are missing" in said
    assert f"?kind=REEXAM&amp;year={year.name}" in said
    assert "?kind=TUITION" not in said


def test_FEE_001_a_price_is_added_once_another_amount_is_refused(desk: Client, year: AcademicYear) -> None:
    sent = {
        "kind": "TUITION", "year": year.name, "amount": "4.200,00", "currency": "RON", "unit": "year",
        "first_day": "01.10.2026", "source": "decision", "decision": "HS 1/2026",
    }  # fmt: skip
    for _again in range(2):
        assert desk.post(url("tariff_add"), sent).status_code == 302
    assert Price.objects.get().amount == Decimal(4200)
    refused = desk.post(url("tariff_add"), {**sent, "amount": "4300"})
    assert refused.status_code == 422
    assert "Another amount stands" in words(refused)
    assert "4300" in words(refused)
    assert Price.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"amount": "patru mii"}, "Enter a sum like 1.250,00"),
        ({"amount": "0"}, "The sum must be above zero"),
        ({"amount": "99999999999"}, "The sum is too large"),
        ({"decision": ""}, "Enter the number and date"),
        ({"first_day": "32.10.2026"}, "Enter a date like 20.11.2026"),
        ({"promotion": "2026"}, "Enter the promotion like 2026-2030"),
        ({"kind": ""}, "Select the kind of fee"),
    ],
)
def test_a_price_with_faults_is_not_kept(
    desk: Client, year: AcademicYear, fields: dict[str, str], why: str
) -> None:
    sent = {
        "kind": "TUITION", "year": year.name, "amount": "4200", "currency": "RON", "unit": "year",
        "first_day": "01.10.2026", "source": "decision", "decision": "HS 1/2026", **fields,
    }  # fmt: skip
    page = desk.post(url("tariff_add"), sent)
    assert page.status_code == 422
    assert why in words(page)
    assert not Price.objects.exists()


def test_the_finance_office_reads_the_list_and_sets_nothing(year: AcademicYear) -> None:
    client = signed_in(factories.user(roles.FINANCE))
    assert "Add a price" not in words(client.get(url("tariff")))
    assert client.post(url("tariff_add"), {}).status_code == 403
    assert client.post(url("plans"), {}).status_code == 403


# ---- generating --------------------------------------------------------------------------------------------


def generate(desk: Client, **query: str) -> Any:
    page = desk.get(url("tuition_generate", **query))
    return desk.post(url("tuition_generate", **query), {"fingerprint": page.context["found"].fingerprint})


def test_FEE_032_preview_and_confirm(desk: Client, year: AcademicYear) -> None:
    student, funded = kit.fee_payer(), factories.enrolment()
    kit.price(programme=student.programme)
    without = kit.fee_payer()
    said = words(desk.get(url("tuition_generate")))
    assert "Generate tuition for 1 student" in said
    assert without.programme.code in said
    assert "The place is state-funded." in said
    assert funded.person.list_name not in said
    answer = generate(desk)
    job = Job.objects.get(kind=tuition.GENERATE)
    assert answer["Location"] == url("tuition_generate", job=str(job.pk))
    assert generate(desk)["Location"] == answer["Location"]
    assert reverse("job_progress", args=[job.pk]) in words(desk.get(answer["Location"]))
    jobs.run(str(job.pk), at=factories.NOW)
    assert kit.sums(student) == ["4200.00"]
    assert "The tuition of 1 student was generated" in words(desk.get(answer["Location"]))
    assert desk.get(url("tuition_generate", job="nothing")).context["job"] is None
    assert "Nobody is left to be charged" in words(desk.get(url("tuition_generate")))


def test_FEE_032_a_stale_page_changes_nothing(desk: Client, year: AcademicYear) -> None:
    kit.price()
    page = desk.get(url("tuition_generate"))
    mark = page.context["found"].fingerprint
    kit.fee_payer()
    answer = desk.post(url("tuition_generate"), {"fingerprint": mark}, follow=True)
    assert "Something changed since the preview" in words(answer)
    assert not Job.objects.filter(kind=tuition.GENERATE).exists()


def test_the_preview_by_faculty_and_as_a_file(desk: Client, office: User, year: AcademicYear) -> None:
    kit.price()
    student = kit.fee_payer()
    other = kit.fee_payer(programme=factories.programme(faculty=factories.faculty("CT")))
    assert "Generate tuition for 1 student" in words(desk.get(url("tuition_generate", faculty="CT")))
    file = desk.get(url("tuition_generate", format="xlsx"))
    rows = list(load_workbook(io.BytesIO(file.content)).active.values)
    assert {row[0] for row in rows[1:]} == {student.matriculation_number, other.matriculation_number}
    (entry,) = audit.trail(f"fees.export:{office.pk}")
    assert (entry.act, entry.data["count"]) == ("fees.export", 2)


def test_the_preview_takes_a_constant_number_of_queries(
    desk: Client, year: AcademicYear, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    kit.price()
    counts = []
    desk.get(url("tuition_generate"))  # the first page of a browser writes its session
    for _n in range(3):
        kit.fee_payer()
        with django_assert_max_num_queries(25) as asked:
            desk.get(url("tuition_generate"))
        counts.append(len(asked))
    assert len(set(counts)) == 1


# ---- plans, sums, decisions --------------------------------------------------------------------------------


def test_FEE_011_a_plan_is_set_at_the_desk(desk: Client, year: AcademicYear) -> None:
    sent = {"year": year.name, "days": "15.10.2026\n15.02.2027", "decision": "HCA 5/2026"}
    assert desk.post(url("plans"), sent).status_code == 302
    assert InstalmentPlan.objects.get().due_on == [date(2026, 10, 15), date(2027, 2, 15)]
    assert "15 Oct 2026, 15 Feb 2027" in words(desk.get(url("plans")))
    for days, why in (
        ("15.02.2027\n15.10.2026", "go forward"),
        ("azi", "Enter each day like 20.11.2026"),
        ("", "Enter the due day of each instalment"),
    ):
        page = desk.post(url("plans"), {**sent, "days": days})
        assert page.status_code == 422
        assert why in words(page)
    assert InstalmentPlan.objects.count() == 1


def test_FEE_078_FEE_009_FEE_076_sums_set_at_the_desk(desk: Client, year: AcademicYear) -> None:
    student = factories.enrolment()
    form = desk.get(url("set_sum")).context["form"]
    sent = {
        "student": student.matriculation_number, "kind": "LANGUAGE_CERT", "what": "engleză B2",
        "due_on": "04.12.2026", "token": str(form.initial["token"]),
    }  # fmt: skip
    page = desk.post(url("set_sum"), sent)
    assert page.status_code == 422
    assert "The price list has no LANGUAGE_CERT" in words(page)
    kit.price("LANGUAGE_CERT", "80", unit="request")
    for _again in range(2):
        assert desk.post(url("set_sum"), sent).status_code == 302
    assert kit.sums(student, "LANGUAGE_CERT") == ["80.00"]
    damages = {**sent, "kind": "DAMAGES", "token": "6f9619ff-8b86-d011-b42d-00cf4fc964ff"}
    assert "Enter the sum the decision gives" in words(desk.post(url("set_sum"), damages))
    desk.post(url("set_sum"), {**damages, "amount": "300", "decision": "DR 7"})
    assert kit.sums(student, "DAMAGES") == ["300.00"]
    assert "No student has this number" in words(desk.post(url("set_sum"), {**sent, "student": "NU"}))


def test_FEE_013_a_decision_is_registered_and_carried_out(desk: Client, year: AcademicYear) -> None:
    student = kit.fee_payer()
    kit.price()
    tuition.charge_year(student.pk, year, actor=None, at=factories.NOW)
    sent = {
        "student": student.matriculation_number, "financing": "fee", "decision": "DR 12", "amount": "1500",
        "communicated_on": "20.11.2026", "due_on": "20.12.2026", "currency": "RON",
    }  # fmt: skip
    assert desk.post(url("status_decisions"), sent).status_code == 302
    row = StatusDecision.objects.get()
    assert "27 Nov 2026" in words(desk.get(url("status_decisions")))
    for _again in range(2):
        assert desk.post(reverse("fees:carry_out", args=[row.pk])).status_code == 302
    assert kit.sums(student) == ["1500.00"]
    assert desk.post(reverse("fees:carry_out", args=[0])).status_code == 404
    assert desk.post(url("status_decisions"), {**sent, "due_on": ""}).status_code == 422


# ---- exams and the second week -----------------------------------------------------------------------------


@pytest.fixture
def sitting(year: AcademicYear) -> PresentationCredit:
    kit.price("REEXAM", "60", unit="presentation")
    student = factories.enrolment()
    exam = student.curriculum.disciplines.order_by("pk")[0]
    found = presentations.register(
        student.pk, exam, year, "A-I", standing=Standing.CURRENT, actor=None, at=factories.NOW
    )
    assert found.credit is None
    made = presentations.register(
        student.pk, exam, year, "A-I", standing=Standing.EARLIER, form_filed_at=factories.NOW, actor=None,
        at=factories.NOW,
    ).credit  # fmt: skip
    assert made is not None
    return made


def test_FEE_042_the_payment_list_of_a_session(desk: Client, sitting: PresentationCredit) -> None:
    said = words(desk.get(url("exams")))
    assert "Session A-I: 18 Jan 2027 – 7 Feb 2027" in said
    assert "not paid" in said
    assert "not on the list" in said
    kit.pay(sitting.charge)
    said = words(desk.get(url("exams", session="A-I", show="listed", discipline=str(sitting.discipline_id))))
    assert sitting.enrolment.person.list_name in said
    assert "No presentation of this session" in words(desk.get(url("exams", session="C")))
    file = desk.get(url("exams", session="A-I", format="csv"))
    assert sitting.enrolment.matriculation_number in file.content.decode("utf-8-sig")


def test_FEE_007_a_secretary_sees_the_own_faculty_s_exams(sitting: PresentationCredit) -> None:
    name = sitting.enrolment.person.list_name
    assert name in words(signed_in(factories.secretary("AC")).get(url("exams", session="A-I")))
    assert name not in words(signed_in(factories.secretary("CT")).get(url("exams", session="A-I")))


def test_the_exam_list_takes_a_constant_number_of_queries(
    desk: Client,
    sitting: PresentationCredit,
    year: AcademicYear,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    counts = []
    desk.get(url("exams"))  # the first page of a browser writes its session
    for _n in range(3):
        other = factories.enrolment(curriculum=sitting.enrolment.curriculum)
        presentations.register(
            other.pk, sitting.discipline, year, "A-I", standing=Standing.EARLIER, actor=None, at=factories.NOW
        )
        with django_assert_max_num_queries(20) as asked:
            desk.get(url("exams", session="A-I"))
        counts.append(len(asked))
    assert len(set(counts)) == 1


def test_FEE_040_a_presentation_is_set_by_hand(desk: Client, sitting: PresentationCredit) -> None:
    student = sitting.enrolment
    other = student.curriculum.disciplines.order_by("pk")[1]
    sent = {
        "student": student.matriculation_number, "discipline": other.code, "session": "C",
        "standing": "current",
    }  # fmt: skip
    free = desk.post(url("exam_add"), {**sent, "special": ["volunteering"]}, follow=True)
    assert "Nothing is charged. Volunteering is examined free in session C." in words(free)
    done = desk.post(url("exam_add"), sent, follow=True)
    assert "it is paid in time until 26 Aug 2027" in words(done)
    assert Charge.objects.filter(fee_type__code="REEXAM", enrolment=student).count() == 2
    wrong = desk.post(url("exam_add"), {**sent, "discipline": "X"})
    assert wrong.status_code == 422
    assert "no such discipline" in words(wrong)
    FeeType.objects.get(code="REEXAM")
    late = desk.post(url("exam_add", year="2027-2028"), sent)
    assert late.status_code in (404, 422)


def test_FEE_057_the_lists_of_the_second_week(desk: Client, year: AcademicYear) -> None:
    student = kit.fee_payer(status=EnrolmentStatus.EXTENSION)
    said = words(desk.get(url("second_week")))
    assert "Not on the lists: 1 student" in said
    assert student.person.list_name in said
    assert "nothing was charged yet" in said
    file = desk.get(url("second_week", format="csv"))
    assert student.matriculation_number not in file.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    "page",
    ["tariff", "tariff_add", "tuition_generate", "plans", "set_sum", "status_decisions", "exams", "exam_add",
     "second_week", "public"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["ro", "en"])
def test_every_page_opens_in_both_languages_and_is_light(
    office: User, sitting: PresentationCredit, page: str, language: str
) -> None:
    kit.price()
    answer = signed_in(office, language).get(url(page))
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()
    assert len(answer.content) < HEAVIEST


def test_every_rule_that_a_page_names_is_in_the_rulebook() -> None:
    folder = Path(__file__).resolve().parents[2] / "fees" / "templates" / "fees"
    named = {
        rule
        for page in folder.rglob("*.html")
        for rule in re.findall(r'url "rule" "([A-Z]+-[0-9]+)"', page.read_text())
    }
    assert named
    assert [rule for rule in sorted(named) if not rulebook.entries_of(rule)] == []
