"""What the records ask about an exam: who contracted its discipline again this year and paid it (REC-112)."""

from collections.abc import Collection

from contracting.models import OfferLine, Route
from contracting.workflow import ContractingState
from studentrecords.models import AcademicYear


def recontracted(year: AcademicYear, discipline: int) -> Collection[int]:
    """Enrolments whose settled contracting of the year holds the discipline by re-contract; one query."""
    rows = OfferLine.objects.filter(
        discipline=discipline,
        route=Route.RE_CONTRACT,
        selected=True,
        contracting__campaign__year=year,
        contracting__state=ContractingState.SETTLED,
    )
    return set(rows.values_list("contracting__enrolment", flat=True))
