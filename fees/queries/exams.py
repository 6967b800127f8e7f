"""What the records ask about an exam: who has paid a presentation of it in time (REC-114)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from fees.models import PresentationCredit, Price
from fees.parameters import REEXAM_TERM
from fees.queries import calendar, prices
from fees.queries.calendar import Span
from fees.queries.presentations import (
    REEXAM,
    is_final_year,
    listing_answer,
    paid_at_of,
    serves_again,
    with_payment,
)
from fees.rules import presentations as rules
from fees.rules import terms
from studentrecords.models import AcademicYear, Enrolment, ExamResult
from studentrecords.queries import taking
from studentrecords.queries.taking import Cost, Offer, Presentation, Wanted
from studentrecords.rules.sessions import Standing
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import in_time
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import ClosedDay
from upt_portal.kernel.words import gettext_lazy as _


def paid_presentations(year: AcademicYear, session: str, discipline: int) -> Sequence[Presentation]:
    """The presentations asked for at a discipline in a session, each with its answer; one query."""
    rows = PresentationCredit.objects.filter(
        year=year, session=session, discipline=discipline, lapsed_at__isnull=True
    )
    return [
        Presentation(row.enrolment_id, earlier=row.needs_form, answer=listing_answer(row))
        for row in with_payment(rows).select_related("charge").order_by("pk")
    ]


def offers(
    enrolment: Enrolment, year: AcademicYear, wanted: Sequence[Wanted], at: datetime
) -> Mapping[tuple[int, str], Offer]:
    """What each wanted presentation costs the student, whether asked for, paid or kept (FEE-040 to FEE-046).

    The same rules, price, term and earlier payments as `services.presentations.register`; eight queries at
    most, whatever the number wanted.
    """
    rows = PresentationCredit.objects.filter(
        enrolment=enrolment, year=year, used_by__isnull=True, lapsed_at__isnull=True
    )
    facts = _Facts(
        spans=calendar.sessions_of(year),
        closed=frozenset(ClosedDay.objects.values_list("day", flat=True)),
        price=_price(enrolment, year, at),
        credits=list(with_payment(rows).select_related("charge").order_by("pk")),
        attempts=list(ExamResult.objects.filter(enrolment=enrolment, year=year)),
        final=is_final_year(enrolment),
        at=at,
    )
    return {(one.discipline, one.session): facts.offer(one) for one in wanted}


def _price(enrolment: Enrolment, year: AcademicYear, at: datetime) -> Price | Answer:
    try:
        return prices.price_for(REEXAM, enrolment, year, on=local_day(at))
    except prices.MissingPrice as missing:
        return NO(missing.sentence, "FEE-001")


@dataclass(frozen=True)
class _Facts:
    """What decides about each presentation of one student in one year."""

    spans: dict[str, Span]
    closed: frozenset[date]
    price: Price | Answer
    credits: list[PresentationCredit]
    attempts: list[ExamResult]
    final: bool
    at: datetime

    def offer(self, one: Wanted) -> Offer:
        cost = rules.presentation_cost(rules.ONE, one.session, one.standing, one.special)
        if cost.is_free:
            return Offer(Cost.FREE, cost.why, cost.article, YES)
        due_at = self._due_at(one)
        own = [row for row in self.credits if row.discipline_id == one.discipline]
        for row in own:
            if row.session == one.session and not (one.standing is Standing.EARLIER and row.released):
                return self._asked(row, cost)
        attempts = {row.session: row for row in self.attempts if row.discipline_id == one.discipline}
        for row in own:
            if serves_again(row, attempts, self.spans, local_day(self.at)):
                why = _("A presentation paid earlier this year and not used serves here.")
                charge = row.charge
                return Offer(Cost.KEPT, why, rules.NOT_ATTENDED, YES, charge.amount, charge.currency, due_at)
        if any(not row.session and paid_at_of(row) is None for row in own):
            unpaid = NO(_("The fee set at the start of the year for this discipline is not paid."), "FEE-051")
            return Offer(Cost.FEE, cost.why, cost.article, unpaid, due_at=due_at)
        if isinstance(self.price, Answer):
            return Offer(Cost.FEE, cost.why, cost.article, self.price, due_at=due_at)
        answer = YES if in_time(self.at, due_at) else _too_late(due_at)
        return Offer(Cost.FEE, cost.why, cost.article, answer, self.price.amount, self.price.currency, due_at)

    def _asked(self, row: PresentationCredit, cost: rules.Cost) -> Offer:
        paid = paid_at_of(row) is not None
        in_term = YES if in_time(self.at, row.pay_until) else _too_late(row.pay_until)
        answer = listing_answer(row) if paid else in_term
        charge = row.charge
        return Offer(
            Cost.PAID if paid else Cost.ASKED,
            cost.why,
            cost.article,
            answer,
            charge.amount,
            charge.currency,
            row.pay_until,
            pay_at=reverse("fees:financial", args=[row.enrolment_id]),
        )

    def _due_at(self, one: Wanted) -> datetime:
        return terms.presentation_due_at(
            one.session,
            self.spans[one.session].starts_on,
            self.closed,
            final_year=self.final,
            exam_on=one.exam_on,
            days=REEXAM_TERM.on(local_day(self.at)),
        )


def _too_late(due_at: datetime) -> Answer:
    return NO(
        _("The fee of this session could be paid until %(day)s.") % {"day": due_at.date()},
        rules.SESSION_WITH_FEE,
        _("Choose another session of the year."),
    )


taking.read_presentations_with(paid_presentations)
taking.read_offers_with(offers)
