"""The clock's doors into the fees room."""

import logging
from contextlib import suppress
from datetime import datetime

from celery import shared_task

from fees.parameters import REMINDER_BEFORE
from fees.queries import overdue, staff
from fees.queries import penalties as late
from fees.queries import presentations as presentation_rows
from fees.queries import requests as request_rows
from fees.queries.terms import PAY
from fees.refusal import Refused
from fees.services import (
    charges,
    nonpayment,
    penalties,
    presentations,
    proof,
    provider,
    reconciliation,
    refund_batches,
    terms,
    tuition,
)
from fees.services import requests as request_fees
from upt_portal.kernel import clock, deadlines

log = logging.getLogger(__name__)


@shared_task(name="fees.mark_overdue")
def mark_overdue() -> int:
    """Mark every charge whose due date is over (FEE-063); returns how many. A missed hour is caught up.

    The student is told of each term once (FEE-100).
    """
    at = clock.now()
    marked = sum(charges.mark_overdue(charge_id, at=at) for charge_id in staff.past_due(at))
    for term in deadlines.passed([PAY], at):
        terms.pass_term(term.pk, at=at)
    return marked


@shared_task(name="fees.send_reminders")
def send_reminders(now: str | None = None) -> int:
    """Reminders of payments that come near, each once (FEE-100); returns how many were sent.

    The nearest first: when the portal stood still and two are late, one mail leaves.
    """
    at = datetime.fromisoformat(now) if now else clock.now()
    return sum(
        terms.remind(term, days_before=days, at=at)
        for days in sorted(REMINDER_BEFORE.on(clock.local_day(at)))
        for term in terms.reminders_due(days, at)
    )


@shared_task(name="fees.post_penalties")
def post_penalties(now: str | None = None) -> int:
    """Bring the penalties of every late account up to today (FEE-063); returns how many lines changed.

    now: the moment to repeat a missed night for. Running it again changes nothing.
    """
    at = datetime.fromisoformat(now) if now else clock.now()
    return sum(penalties.post_penalties(account, at=at) for account in late.accounts_to_look_at(at))


@shared_task(name="fees.follow_debts")
def follow_debts(now: str | None = None) -> int:
    """Reminders of overdue sums, then the list for the rector (FEE-075); returns how many accounts changed.

    Listing is all that happens by itself. Running it again on the same day changes nothing.
    """
    at = datetime.fromisoformat(now) if now else clock.now()
    changed = sum(nonpayment.remind(account, actor=None, at=at) for account in overdue.reminders_wanted(at))
    for account in overdue.ready_accounts(at):
        with suppress(Refused):  # paid or moved since the list was read
            nonpayment.propose(account, actor=None, at=at)
            changed += 1
    return changed


@shared_task(name="fees.reconcile_cards")
def reconcile_cards() -> int:
    """Ask the provider about every card payment whose event did not come; returns how many were found.

    One that cannot be asked now is asked at the next run.
    """
    at, found = clock.now(), 0
    for card_id in reconciliation.attempts_to_check(at):
        try:
            found += reconciliation.check_attempt(card_id, at=at).outcome == "applied"
        except provider.Unreachable:
            log.warning("the card provider cannot be reached; the rest waits for the next run")
            break
        except provider.Rejected as refused:
            log.warning("card payment %s: %s", card_id, refused)
    return found


@shared_task(name="fees.open_year")
def open_year() -> int:
    """Open the tuition that was set before its year began (FEE-032); returns how many lines."""
    at = clock.now()
    return sum(tuition.open_year(case, at=at) for case in staff.waiting_for_their_year(clock.local_day(at)))


@shared_task(name="fees.follow_requests")
def follow_requests() -> int:
    """Let requests lapse whose fee is unpaid after its term, tell of the void ones (FEE-050 to FEE-053)."""
    at = clock.now()
    lapsed = sum(request_fees.lapse(case, at=at) for case in request_rows.unpaid_requests(at))
    for case in request_rows.void_requests(at):
        request_fees.make_void(case, at=at)
    return lapsed


@shared_task(name="fees.follow_presentations")
def follow_presentations() -> int:
    """Mark presentations used by an attempt, end those of past sessions and years (FEE-042, FEE-045)."""
    at = clock.now()
    ids = presentation_rows.to_follow(clock.local_day(at))
    return sum(bool(presentations.follow(credit_id, at=at)) for credit_id in ids)


@shared_task(name="fees.reconcile_money_back")
def reconcile_money_back() -> int:
    """Find what never arrived about money going back: events, refunds, disputes, transfers in statements.

    Returns how much was found. What cannot be asked now is asked at the next run.
    """
    at = clock.now()
    found = refund_batches.match_statements(at=at)
    for look in (reconciliation.missed_events, reconciliation.open_refunds, reconciliation.open_disputes):
        try:
            found += look(at=at)
        except provider.Unreachable:
            log.warning("the card provider cannot be reached; the rest waits for the next run")
            break
    return found


@shared_task(name="fees.prove_days")
def prove_days() -> int:
    """Prove every whole day that lacks a proof, and anew the young ones that differ; returns how many."""
    at, proved = clock.now(), 0
    for day in proof.days_to_prove(at):
        try:
            proof.prove(day, at=at)
        except provider.Unreachable:
            log.warning("the card provider cannot be reached; the proof waits for the next run")
            break
        proved += 1
    return proved
