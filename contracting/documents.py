"""The papers of contracting: what the annex and the study contract say, as plain values (CON-070)."""

from decimal import Decimal
from typing import Any

from contracting.models import Annex, OfferLine, StudentContracting, StudyContract
from contracting.queries import facts
from contracting.workflow import StudyContractState
from upt_portal.kernel import dates
from upt_portal.kernel.documents import Paper
from upt_portal.kernel.money import format_money

# The papers are Romanian whatever language the clerk works in: the contract is concluded in Romanian.
UNITS = {"RON": "lei", "EUR": "euro"}
KINDS = {
    "compulsory": "obligatorie",
    "elective": "opțională",
    "complementary": "complementară",
    "facultative": "facultativă",
    "additional": "suplimentară",
}
ROUTES = {"NEW": "prima dată", "RE_CONTRACT": "recontractare", "RE_EXAM": "reexaminare"}
CYCLES = {"licenta": "licență", "master": "master", "doctorat": "doctorat", "preg": "an pregătitor"}
FORMS = {"IF": "zi", "IFR": "frecvență redusă", "ID": "la distanță"}
FINANCING = {"state": "buget", "fee": "cu taxă"}
ANNEX, CONTRACT = "contracting.annex", "contracting.study_contract"


def line_facts(line: OfferLine) -> dict[str, Any]:
    """A row as the annex keeps it: plain values, sums as text with two decimals."""
    return {
        "key": line.key,
        "number": line.position,
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
    """What the annex says, in words and figures of the day of issue; the template asks nothing more."""
    contract = contract_of(case)
    windows = facts.windows_of(case.campaign)
    overdue = [line for line in annex.lines if line["overdue"]]
    return {
        **_student_facts(case),
        "annex_number": annex.number,
        "contract": f"nr. {contract.number}/{dates.day(contract.date, 'ro')}" if contract else "",
        "academic_year": str(case.campaign.year),
        "semesters": _by_semester([line for line in annex.lines if not line["overdue"]]),
        "overdue": [_shown(line) for line in overdue],
        "overdue_credits": sum(line["credits"] for line in overdue),
        "overdue_amount": _figure(sum((Decimal(line["amount"]) for line in overdue), Decimal("0.00"))),
        "year_credits": sum(line["credits"] for line in annex.lines if not line["overdue"]),
        "credits": annex.credits,
        "tuition": _figure(annex.tuition),
        "total": _figure(annex.total),
        "total_with_unit": format_money(annex.total, annex.currency, "ro"),
        "annual_fee": format_money(case.annual_fee, case.currency, "ro"),
        "unit": UNITS[annex.currency],
        "payment_until": dates.day_long(windows.payment_end, "ro") if annex.total else "",
    }


def _figure(amount: Decimal | str) -> str:
    """A sum without its unit, which stands in the head of the column: "1.250,00"."""
    whole, cents = f"{Decimal(amount):,.2f}".split(".")
    return f"{whole.replace(',', '.')},{cents}"


def _shown(line: dict[str, Any]) -> dict[str, Any]:
    """A frozen line in the words of the annex."""
    return {
        **line,
        "kind": KINDS[line["kind"]],
        "route": ROUTES[line["route"]],
        "amount": _figure(line["amount"]),
        "first_contracted": line["first_contracted"].replace("-", "–"),
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
        "study": f"{CYCLES[programme.cycle]}, {FORMS[programme.form]}",
        "promotion": enrolment.promotion.replace("-", "–"),
        "year_of_study": enrolment.year_of_study,
        "group": enrolment.group,
        "financing": FINANCING[enrolment.financing],
    }


def _by_semester(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = sorted({line["semester"] for line in lines})
    groups = []
    for number in numbers:
        rows = [line for line in lines if line["semester"] == number]
        groups.append(
            {
                "number": number,
                "rows": [_shown(line) for line in rows],
                "credits": sum(line["credits"] for line in rows),
                "amount": _figure(sum((Decimal(line["amount"]) for line in rows), Decimal("0.00"))),
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
            "number": contract.number,
            "date": dates.day(contract.date, "ro"),
            "academic_year": str(case.campaign.year),
            "annual_fee": format_money(case.annual_fee, case.currency, "ro"),
            "sign_until": dates.day_long(contract.due_until, "ro") if contract.due_until else "",
        },
    )
