"""The sums of an annex as charges for the fees room."""

from decimal import Decimal

from contracting.models import Annex, StudentContracting
from fees.queries import tuition
from fees.services.charges import NewCharge
from upt_portal.kernel.money import format_money
from upt_portal.kernel.references import reference


def of_annex(case: StudentContracting, annex: Annex) -> list[NewCharge]:
    """One charge for the tuition and one for each row that costs, to the cent (CON-081).

    Tuition that stands in the account already, set before the year or by a plan, is left there.
    """
    lines = []
    if annex.tuition and not tuition.stands_apart(case.enrolment, case.campaign.year, reference(case)):
        lines.append(
            NewCharge(
                code="TUITION",
                key="tuition",
                amount=annex.tuition,
                currency=annex.currency,
                description_ro=f"Taxă de școlarizare {case.campaign.year}",
                description_en=f"Tuition {case.campaign.year}",
                price=case.price_id,
                rule="FEE-010",
                article="art. 13 (q)",
            )
        )
    for line in annex.lines:
        amount = Decimal(line["amount"])
        if amount:
            lines.append(_of_line(case, line, amount, annex.currency))
    return lines


def _of_line(case: StudentContracting, line: dict[str, object], amount: Decimal, currency: str) -> NewCharge:
    again = line["route"] == "RE_CONTRACT"
    return NewCharge(
        code="RECONTRACT" if again else "NEW_DISCIPLINE",
        key=str(line["key"]),
        amount=amount,
        currency=currency,
        description_ro=f"{'Recontractare' if again else 'Contractare'}: {line['name_ro']}",
        description_en=f"{'Re-contract' if again else 'Contract'}: {line['name_en'] or line['name_ro']}",
        working_ro=f"{format_money(case.annual_fee, currency, 'ro')} ÷ 60 × {line['credits']}",
        working_en=f"{format_money(case.annual_fee, currency, 'en')} ÷ 60 × {line['credits']}",
        price=case.price_id,
        rule="FEE-030",
        article="art. 27 (3)" if again else "art. 50 (6)",
    )
