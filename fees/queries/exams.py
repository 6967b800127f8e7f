"""What the records ask about an exam: who has paid a presentation of it in time (REC-114)."""

from collections.abc import Sequence

from fees.models import PresentationCredit
from fees.queries.presentations import listing_answer, with_payment
from studentrecords.models import AcademicYear
from studentrecords.queries import taking
from studentrecords.queries.taking import Presentation


def paid_presentations(year: AcademicYear, session: str, discipline: int) -> Sequence[Presentation]:
    """The presentations asked for at a discipline in a session, each with its answer; one query."""
    rows = PresentationCredit.objects.filter(
        year=year, session=session, discipline=discipline, lapsed_at__isnull=True
    )
    return [
        Presentation(row.enrolment_id, earlier=row.needs_form, answer=listing_answer(row))
        for row in with_payment(rows).select_related("charge").order_by("pk")
    ]


taking.read_presentations_with(paid_presentations)
