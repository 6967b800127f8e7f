"""The terms of payment of an account: one for each moment at which something falls due."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Min, QuerySet

from fees.models import Charge, PaymentTerm
from fees.queries.ledger import Totals, totals
from fees.queries.penalties import Preview, previews
from fees.workflow import PAYABLE, ChargeState
from studentrecords.models import Enrolment
from upt_portal.kernel.models import Deadline
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

PAY = "fees.pay"  # kind of the deadline


def term_name(kind: str) -> Sentence:
    """What a running term of fees is called on the home page; empty for another room's."""
    return _("Sums to pay") if kind == PAY else ""


@dataclass(frozen=True, order=True)
class Moment:
    """Something of an account falls due at this moment."""

    account: int
    due_at: datetime

    @property
    def subject(self) -> str:
        """The case of its deadline."""
        return f"fees.account:{self.account}:{self.due_at.astimezone(UTC):%Y%m%dT%H%M%S}"


def terms_of(enrolment_id: int) -> QuerySet[Deadline]:
    """All terms of payment of an account, closed ones included."""
    return Deadline.objects.filter(payment_term__enrolment=enrolment_id)


def wanted_terms(accounts: Collection[int], at: datetime) -> dict[Moment, datetime]:
    """The terms that should run on these accounts, with the moments at which they opened; one query."""
    rows = Charge.objects.filter(
        enrolment__in=list(accounts), state__in=PAYABLE, penalty_of__isnull=True
    ).values_list("enrolment_id", "due_at")
    opened = rows.annotate(opened_at=Min("released_at")).order_by()
    return {Moment(account, due_at): opened_at or at for account, due_at, opened_at in opened}


def running_terms(accounts: Collection[int]) -> dict[Moment, int]:
    """The terms that run on these accounts, with the keys of their deadlines; one query."""
    rows = PaymentTerm.objects.filter(
        enrolment__in=list(accounts), deadline__met_at__isnull=True, deadline__dropped_at__isnull=True
    )
    return {
        Moment(account, due_at): deadline
        for account, due_at, deadline in rows.values_list("enrolment_id", "due_at", "deadline_id")
    }


def paid_moments(moments: Collection[Moment]) -> set[Moment]:
    """Those of the moments at which something was paid."""
    paid = Charge.objects.filter(
        enrolment__in={moment.account for moment in moments}, state=ChargeState.PAID, penalty_of__isnull=True
    )
    return set(moments) & {Moment(*row) for row in paid.values_list("enrolment_id", "due_at")}


def open_lines(enrolment_id: int) -> QuerySet[Charge]:
    """What is still to pay on an account, penalties left out: they follow their line."""
    return Charge.objects.filter(enrolment=enrolment_id, state__in=PAYABLE, penalty_of__isnull=True)


@dataclass(frozen=True)
class Owed:
    """What a mail about some lines tells. previews: what each line will bear once it is late."""

    account: Enrolment
    lines: list[Charge]
    totals: list[Totals]
    previews: list[Preview]


def owed(enrolment_id: int, lines: Iterable[Charge], at: datetime) -> Owed:
    """The lines of an account with their sums and what follows a delay. lines: with `fee_type`."""
    account = Enrolment.objects.select_related("programme__faculty", "person__user").get(pk=enrolment_id)
    listed = list(lines)
    return Owed(account, listed, totals(listed, at), previews(account, listed, at))


def due_at(deadline: Deadline, at: datetime) -> Owed:
    """What is still to pay of a term."""
    account = PaymentTerm.objects.values_list("enrolment_id", flat=True).get(deadline=deadline)
    return owed(account, open_lines(account).filter(due_at=deadline.due_at).select_related("fee_type"), at)
