"""What the records ask about an exam: who contracted its discipline again this year and paid it (REC-112)."""

from collections.abc import Collection

from django.db.models import QuerySet

from contracting.models import OfferLine, Route
from contracting.workflow import ContractingState
from studentrecords.models import AcademicYear


def recontracted(year: AcademicYear, discipline: int) -> Collection[int]:
    """Enrolments whose settled contracting of the year holds the discipline by re-contract; one query."""
    rows = _settled(year).filter(discipline=discipline)
    return set(rows.values_list("contracting__enrolment", flat=True))


def recontracted_by(year: AcademicYear, enrolment: int) -> Collection[int]:
    """Disciplines that the settled contracting of an enrolment holds by re-contract; one query."""
    rows = _settled(year).filter(contracting__enrolment=enrolment)
    return set(rows.values_list("discipline", flat=True))


def _settled(year: AcademicYear) -> QuerySet[OfferLine]:
    return OfferLine.objects.filter(
        route=Route.RE_CONTRACT,
        selected=True,
        contracting__campaign__year=year,
        contracting__state=ContractingState.SETTLED,
    )
