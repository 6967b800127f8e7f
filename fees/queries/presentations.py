"""Exam presentations that are paid for: what is kept for another session, and the lists of a session."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from fees.models import PresentationCredit
from fees.queries import finding
from fees.queries.calendar import Span, sessions_of
from fees.rules import presentations as rules
from fees.workflow import CLOSED, ChargeState
from studentrecords.models import AcademicYear, Enrolment, ExamResult
from studentrecords.queries.sessions import is_final_year as is_final_year
from upt_portal.accounts.models import User
from upt_portal.kernel.answers import Answer

REEXAM = "REEXAM"


def with_payment(rows: QuerySet[PresentationCredit]) -> QuerySet[PresentationCredit]:
    """The rows with `paid_at`: when the last money came, or the charge was closed without any."""
    standing = Q(charge__allocations__reverses__isnull=True, charge__allocations__reversed_by__isnull=True)
    return rows.annotate(
        paid_at=Coalesce(
            Max("charge__allocations__payment__paid_at", filter=standing), F("charge__posted_at")
        )
    )


def paid_at_of(credit: PresentationCredit) -> datetime | None:
    """When a row of `with_payment` was paid to its end; None while something is left or it was cancelled."""
    closed = credit.charge.state in CLOSED and credit.charge.state != ChargeState.CANCELLED
    return getattr(credit, "paid_at") if closed else None  # noqa: B009  an annotation, unknown to the types


def standing_rows(enrolment_id: int, discipline_id: int, year: AcademicYear) -> list[PresentationCredit]:
    """The presentations of a discipline in a year that are neither used nor lapsed, oldest first."""
    rows = PresentationCredit.objects.filter(
        enrolment=enrolment_id, discipline=discipline_id, year=year,
        used_by__isnull=True, lapsed_at__isnull=True,
    )  # fmt: skip
    return list(with_payment(rows).select_related("charge").order_by("pk"))


def attempts_of(enrolment_id: int, discipline_id: int, year: AcademicYear) -> dict[str, ExamResult]:
    """The attempts at a discipline in a year, by session."""
    rows = ExamResult.objects.filter(enrolment=enrolment_id, discipline=discipline_id, year=year)
    return {row.session: row for row in rows}


def attempt_of(row: PresentationCredit) -> ExamResult | None:
    """The attempt that a presentation was for; of one for any session the first that nothing else paid."""
    attempts = ExamResult.objects.filter(
        enrolment=row.enrolment_id, discipline=row.discipline_id, year=row.year_id
    )
    if row.session:
        return attempts.filter(session=row.session).first()
    return attempts.filter(absent=False, presentation_credit__isnull=True).order_by("on", "pk").first()


def serves_again(
    credit: PresentationCredit, attempts: dict[str, ExamResult], spans: dict[str, Span], today: date
) -> bool:
    """Whether a paid presentation is free for another session: its own missed, taken back, over or late."""
    paid = paid_at_of(credit)
    if paid is None:
        return False
    if not credit.session or credit.released or paid > credit.pay_until:
        return True
    attempt, span = attempts.get(credit.session), spans.get(credit.session)
    if attempt is not None:
        return attempt.absent
    return span is not None and span.ends_on < today


@dataclass(frozen=True)
class Listed:
    """One line of a session's payment list. answer: on the exam list, or why not. sat: an attempt exists."""

    credit: PresentationCredit
    paid_at: datetime | None
    answer: Answer
    sat: bool

    @property
    def late(self) -> bool:
        return self.paid_at is not None and self.paid_at > self.credit.pay_until


def session_list(user: User, year: AcademicYear, session: str, discipline: int = 0) -> list[Listed]:
    """Who pays for an exam of a session, as far as the user may see the students; two queries."""
    rows = PresentationCredit.objects.filter(
        year=year,
        session=session,
        lapsed_at__isnull=True,
        enrolment__in=finding.accounts_for(user).values("pk"),
    )
    if discipline:
        rows = rows.filter(discipline=discipline)
    rows = with_payment(rows).select_related(
        "charge", "discipline", "enrolment__person", "enrolment__programme", "used_by"
    )
    found = list(rows.order_by("discipline__name_ro", "discipline__code", "enrolment__person__sort", "pk"))
    sat = _sat(found, year, session)
    return [
        Listed(one, paid_at_of(one), listing_answer(one), (one.enrolment_id, one.discipline_id) in sat)
        for one in found
    ]


def listing_answer(credit: PresentationCredit) -> Answer:
    """Whether a row of `with_payment` puts its student on the exam list (FEE-042)."""
    return rules.may_be_listed(
        paid_at_of(credit),
        credit.pay_until,
        needs_form=credit.needs_form,
        form_filed=credit.form_filed_at is not None,
    )


def _sat(rows: Iterable[PresentationCredit], year: AcademicYear, session: str) -> set[tuple[int, int]]:
    ids = {row.enrolment_id for row in rows}
    taken = ExamResult.objects.filter(enrolment__in=ids, year=year, session=session, absent=False)
    return set(taken.values_list("enrolment_id", "discipline_id"))


def may_sit(enrolment: Enrolment, discipline_id: int, year: AcademicYear, session: str) -> Answer | None:
    """Whether the paid presentation of a session lets the student sit; None when none was asked for."""
    rows = PresentationCredit.objects.filter(
        enrolment=enrolment, discipline=discipline_id, year=year, session=session, lapsed_at__isnull=True
    )
    found = with_payment(rows).select_related("charge").first()
    return listing_answer(found) if found else None


def to_follow(on: date) -> list[int]:
    """Presentations that an attempt may have used, whose session is over unpaid, or whose year is over."""
    rows = PresentationCredit.objects.filter(used_by__isnull=True, lapsed_at__isnull=True)
    over: set[int] = set(rows.filter(year__ends_on__lt=on).values_list("pk", flat=True))
    sat = rows.filter(
        Q(session="") | Q(enrolment__results__session=F("session")),
        enrolment__results__discipline=F("discipline"),
        enrolment__results__year=F("year"),
    )
    over |= set(sat.values_list("pk", flat=True))
    for year in AcademicYear.objects.filter(pk__in=rows.values("year")):
        ended = [session for session, span in sessions_of(year).items() if span.ends_on < on]
        unpaid = rows.filter(year=year, session__in=ended).exclude(charge__state__in=CLOSED)
        over |= set(unpaid.values_list("pk", flat=True))
    return sorted(over)
