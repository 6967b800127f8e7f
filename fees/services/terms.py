"""Terms of payment as deadlines: they follow every act, remind before and tell after (FEE-100)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from fees import notices
from fees.models import PaymentTerm
from fees.queries import terms as queries
from fees.queries.terms import PAY, Moment
from fees.rules import reminding as rules
from fees.services import charges
from fees.services.accounts import lock_account
from studentrecords.models import Enrolment
from upt_portal.kernel import deadlines, outbox
from upt_portal.kernel.models import Deadline, Reminder


def keep_terms(accounts: Collection[int], *, at: datetime) -> None:
    """One running deadline for each moment at which an account owes something; follows every act on it.

    A term whose lines are all paid is met; one whose lines went away or were moved is dropped. A constant
    number of queries, whatever the number of accounts.
    """
    wanted = queries.wanted_terms(accounts, at)
    running = queries.running_terms(accounts)
    missing = {moment: opened for moment, opened in wanted.items() if moment not in running}
    if missing:
        _open(missing)
    over = {moment: deadline for moment, deadline in running.items() if moment not in wanted}
    if over:
        _close(over, at)


def _open(missing: Mapping[Moment, datetime]) -> None:
    students = dict(
        Enrolment.objects.filter(pk__in={moment.account for moment in missing}).values_list(
            "pk", "person__user"
        )
    )
    found = Deadline.objects.filter(kind=PAY, subject__in=[moment.subject for moment in missing])
    found.update(met_at=None, dropped_at=None, passed_at=None)
    deadlines.set_many(
        Deadline(
            subject=moment.subject,
            kind=PAY,
            due_at=moment.due_at,
            start_at=opened_at,
            rule="FEE-004",
            person_id=students[moment.account],
            link=reverse("fees:financial", args=[moment.account]),
        )
        for moment, opened_at in missing.items()
    )
    keys = dict(found.values_list("subject", "pk"))
    PaymentTerm.objects.bulk_create(
        [
            PaymentTerm(enrolment_id=moment.account, due_at=moment.due_at, deadline_id=keys[moment.subject])
            for moment in missing
        ],
        ignore_conflicts=True,
    )


def _close(over: Mapping[Moment, int], at: datetime) -> None:
    met = {over[moment] for moment in queries.paid_moments(over)}
    Deadline.objects.filter(pk__in=met).update(met_at=at)
    Deadline.objects.filter(pk__in=set(over.values()) - met).update(dropped_at=at)


@transaction.atomic
def remind(deadline_id: int, *, days_before: int, at: datetime) -> bool:
    """Send the reminder of a term, once; False when it was sent, the term closed, or a nearer one left."""
    deadline = Deadline.objects.select_for_update(of=("self",)).select_related("person").get(pk=deadline_id)
    if deadline.met_at or deadline.dropped_at or deadline.person is None:
        return False
    if not deadlines.reminded(deadline, days_before=days_before, at=at):
        return False
    nearer = Reminder.objects.filter(deadline=deadline, due_at=deadline.due_at, days_before__lt=days_before)
    if nearer.exists():
        return False
    found = queries.due_at(deadline, at)
    if found.lines:
        outbox.post(notices.payment_near(deadline, found, deadline.person), at=at)
    return bool(found.lines)


@transaction.atomic
def pass_term(deadline_id: int, *, at: datetime) -> bool:
    """Mark what a passed term leaves unpaid as overdue and tell the student, once (FEE-063, FEE-100)."""
    account = PaymentTerm.objects.values_list("enrolment_id", flat=True).get(deadline=deadline_id)
    lock_account(account)
    deadline = Deadline.objects.select_for_update(of=("self",)).select_related("person").get(pk=deadline_id)
    if deadline.passed_at or deadline.met_at or deadline.dropped_at or deadline.due_at >= at:
        return False
    for charge in queries.open_lines(account).filter(due_at=deadline.due_at):
        charges.mark_overdue(charge.pk, at=at)
    deadline.passed_at = at
    deadline.save(update_fields=["passed_at"])
    found = queries.due_at(deadline, at)
    if deadline.person is not None and found.lines:
        outbox.post(notices.payment_overdue(deadline, found, deadline.person), at=at)
    return True


def reminders_due(days: int, at: datetime) -> list[int]:
    """Terms whose reminder of so many days before leaves now or should have left; soonest due first."""
    found = []
    for deadline in deadlines.to_remind([PAY], days_before=days, at=at):
        leaves = rules.reminder_at(deadline.due_at, days, deadline.start_at or deadline.due_at)
        if leaves is not None and leaves <= at:
            found.append(deadline.pk)
    return found
