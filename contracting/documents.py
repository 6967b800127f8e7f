"""The papers of contracting: what the annex and the study contract say, as plain values (CON-070)."""

from decimal import Decimal
from typing import Any

from contracting.models import Annex, OfferLine, StudentContracting, StudyContract
from contracting.queries import facts
from contracting.workflow import StudyContractState
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.documents import Paper

ANNEX, CONTRACT = "contracting.annex", "contracting.study_contract"


def line_facts(line: OfferLine) -> dict[str, Any]:
    """A row as the annex keeps it: plain values, sums as text with two decimals."""
    return {
        "key": line.key,
        "code": line.code,
        "name_ro": line.name_ro,
        "name_en": line.name_en,
        "teacher": line.teacher,
        "year": line.year,
        "semester": line.semester,
        "kind": line.kind,
        "package": line.package,
        "evaluation": line.evaluation,
        "credits": line.credits,
        "route": line.route,
        "overdue": line.overdue,
        "first_contracted": line.first_contracted,
        "amount": str(line.amount),
        "recognised_activity": line.recognised_activity,
    }


def contract_of(case: StudentContracting) -> StudyContract | None:
    """The study contract the annex belongs to."""
    closed = [StudyContractState.TERMINATED, StudyContractState.CANCELLED]
    return StudyContract.objects.filter(enrolment=case.enrolment_id).exclude(state__in=closed).first()


def annex_number(case: StudentContracting, annex: Annex) -> str:
    """The annex by its own number and that of its contract: "3/1187"."""
    contract = contract_of(case)
    return f"{annex.number}/{contract.number}" if contract else str(annex.number)


def annex_paper(case: StudentContracting, annex: Annex, previous: Annex | None) -> Paper:
    """The annex as a paper to sign; Romanian, the language of the contract."""
    return Paper(
        kind=ANNEX,
        template="contracting/papers/annex.html",
        title="Anexă la contractul de studii",
        filename=f"anexa-{case.pk}-v{annex.version}.pdf",
        context=annex_context(case, annex, previous),
        language="ro",
    )


def annex_context(case: StudentContracting, annex: Annex, previous: Annex | None) -> dict[str, Any]:
    """What the annex says, as plain values of the day of issue; the template asks nothing more."""
    contract = contract_of(case)
    windows = facts.windows_of(case.campaign)
    return {
        **_student_facts(case),
        "annex_number": annex.number,
        "version": annex.version,
        "issued_on": local_day(annex.created_at).isoformat(),
        "contract_number": contract.number if contract else "",
        "contract_date": contract.date.isoformat() if contract else "",
        "academic_year": case.campaign.year.name,
        "semesters": _by_semester([line for line in annex.lines if not line["overdue"]]),
        "overdue": [line for line in annex.lines if line["overdue"]],
        "overdue_credits": sum(line["credits"] for line in annex.lines if line["overdue"]),
        "overdue_amount": str(
            sum((Decimal(line["amount"]) for line in annex.lines if line["overdue"]), Decimal("0.00"))
        ),
        "credits": annex.credits,
        "tuition": str(annex.tuition),
        "rows_amount": str(annex.rows_amount),
        "total": str(annex.total),
        "currency": annex.currency,
        "annual_fee": str(case.annual_fee),
        "payment_until": windows.payment_end.isoformat(),
        "replaces_version": previous.version if previous else 0,
        "replaces_date": local_day(previous.created_at).isoformat() if previous else "",
    }


def _student_facts(case: StudentContracting) -> dict[str, Any]:
    enrolment = case.enrolment
    person, programme = enrolment.person, enrolment.programme
    initial = f" {person.father_initial}" if person.father_initial else ""
    return {
        "student": f"{person.last_name}{initial} {person.first_name}",
        "matriculation_number": enrolment.matriculation_number,
        "faculty": programme.faculty.name_ro if programme.faculty else "",
        "programme": programme.name_ro,
        "cycle": programme.cycle,
        "form": programme.form,
        "promotion": enrolment.promotion,
        "year_of_study": enrolment.year_of_study,
        "group": enrolment.group,
        "financing": enrolment.financing,
    }


def _by_semester(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = sorted({line["semester"] for line in lines})
    groups = []
    for number in numbers:
        rows = [line for line in lines if line["semester"] == number]
        groups.append(
            {
                "number": number,
                "rows": rows,
                "credits": sum(line["credits"] for line in rows),
                "amount": str(sum((Decimal(line["amount"]) for line in rows), Decimal("0.00"))),
            }
        )
    return groups


def contract_paper(case: StudentContracting, contract: StudyContract) -> Paper:
    """The study contract as a paper to sign."""
    return Paper(
        kind=CONTRACT,
        template="contracting/papers/study_contract.html",
        title="Contract de studii",
        filename=f"contract-{contract.number}-{contract.date:%Y}.pdf",
        context={
            **_student_facts(case),
            "contract_number": contract.number,
            "contract_date": contract.date.isoformat(),
            "academic_year": case.campaign.year.name,
            "annual_fee": str(case.annual_fee),
            "currency": case.currency,
        },
    )
