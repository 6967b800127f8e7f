"""Money on its way: each attempt under a key of our own, asked for once, followed to its end.

Whatever the provider has forgotten, an attempt is looked for among the payment's refunds before it is asked
for again (B11). What it says is recorded by `settle`, whoever asked: the job, an event, the clock.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from fees import documents, notices
from fees.models import Charge, Payment, Refund, RefundAttempt, Way
from fees.queries import refunds as queries
from fees.queries import terms
from fees.services import money_back, provider, provider_money
from fees.services.provider_money import RefundFacts
from fees.services.refund_case import lock_payment, locked, trace, two_people_from
from fees.services.settlement import APPLIED, IGNORED, PARKED, Settlement
from fees.workflow import REFUND_MOVES, RefundState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, jobs, outbox
from upt_portal.kernel import documents as papers
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Job
from upt_portal.kernel.numbers import next_number

log = logging.getLogger(__name__)
SEND = "fees.send_refund"
PATIENCE = timedelta(minutes=1)  # an event usually comes within seconds

audit.register_act("fees.refund_send", gettext_lazy("The money of a refund was sent"))
audit.register_act("fees.refund_pay", gettext_lazy("The money of a refund arrived"))
audit.register_act("fees.refund_fail", gettext_lazy("The money of a refund did not arrive"))
audit.register_act("fees.refund_arrive", gettext_lazy("Money that went back at the provider was recorded"))


def prepare(refund: Refund, *, at: datetime) -> RefundAttempt:
    """A new attempt to send an approved refund, in the caller's transaction; to a card a job sends it."""
    number = refund.attempts.count() + 1
    attempt = RefundAttempt.objects.create(
        refund=refund,
        number=number,
        way=refund.way,
        # the random part keeps two databases apart that speak to the same provider
        key=f"REFUND-{refund.pk}-{number}-{token_hex(4).upper()}",
        account=refund.iban_masked,
        prepared_at=at,
    )
    if refund.way == Way.CARD:
        jobs.enqueue(SEND, f"{SEND}:{attempt.pk}", {"attempt": attempt.pk}, at=at)
    return attempt


@jobs.handler(SEND)
def send(job: Job) -> Mapping[str, Any]:
    """Ask the provider for a card refund and record its answer; safe to run twice."""
    return {"outcome": send_attempt(job.payload["attempt"], at=clock.now()).outcome}


def send_attempt(attempt_id: int, *, at: datetime) -> Settlement:
    """Send one attempt to the card, if it was not sent yet, and record what the provider says.

    That we ask is committed before we ask, so that a crash in between is found. Raises provider.Unreachable.
    """
    with transaction.atomic():
        attempt = RefundAttempt.objects.select_for_update().get(pk=attempt_id)
        if attempt.way != Way.CARD or attempt.state not in ("prepared", "sent"):
            return Settlement(IGNORED, f"the attempt is {attempt.state}")
        if attempt.asked_at is None:
            attempt.asked_at = at
            attempt.save(update_fields=["asked_at"])
    return settle(attempt_id, at=at)


def settle(attempt_id: int, *, at: datetime) -> Settlement:
    """Read one card attempt from the provider, asking for the refund when it has none, and record it.

    No lock is held while the provider is asked; of two workers the second one's key finds the first one's
    refund. Raises Unreachable.
    """
    attempt = RefundAttempt.objects.select_related("refund__payment").get(pk=attempt_id)
    if attempt.way != Way.CARD or attempt.failed_at or not (attempt.asked_at or attempt.provider_id):
        return Settlement(IGNORED, f"the attempt is {attempt.state}")
    try:
        facts = _facts(attempt)
    except provider.Rejected as refused:
        with transaction.atomic():
            return _reject(_locked(attempt_id), str(refused), at)
    with transaction.atomic():
        return record(_locked(attempt_id), facts, at=at)


def _facts(attempt: RefundAttempt) -> RefundFacts:
    """The provider's facts of an attempt: read, found by our key, or asked for now."""
    if attempt.provider_id:
        return provider_money.refund_of(attempt.provider_id)
    intent = attempt.refund.payment.reference
    there = next((one for one in provider_money.refunds_of(intent) if one.key == attempt.key), None)
    if there is not None:
        return there
    return provider_money.make_refund(intent, attempt.refund.amount, attempt.key)


def record(attempt: RefundAttempt, facts: RefundFacts, *, at: datetime) -> Settlement:
    """Record the provider's facts on an attempt; the caller holds it. Nothing changes a second time."""
    refund = attempt.refund
    if attempt.failed_at is not None:
        return Settlement(IGNORED, "already failed")
    if (facts.amount, facts.currency) != (refund.amount, refund.currency):
        wanted = f"{refund.amount} {refund.currency} was to go back"
        return Settlement(PARKED, f"{wanted}, the provider says {facts.amount} {facts.currency}")
    changed = not attempt.provider_id
    if changed:
        attempt.provider_id = facts.refund_id
        attempt.asked_at = attempt.asked_at or at
        attempt.save(update_fields=["provider_id", "asked_at"])
    if attempt.sent_at is None:
        mark_sent(attempt, at=at)
        changed = True
    if facts.arrived and attempt.settled_at is None:
        mark_arrived(attempt, known_from=facts.refund_id, at=at)
        return Settlement(APPLIED, "arrived")
    if facts.failed and attempt.failed_at is None:
        mark_failed(attempt, reason=facts.failure or facts.status, at=at)
        return Settlement(APPLIED, facts.status)
    return Settlement(APPLIED if changed else IGNORED, f"the refund is {facts.status}")


def settle_from_provider(facts: RefundFacts, *, at: datetime) -> Settlement:
    """Record a refund the provider told of: one of ours, or one made in its own pages (§2 of the promises).

    Raises provider.Unreachable.
    """
    known = RefundAttempt.objects.filter(provider_id=facts.refund_id)
    if facts.key:
        known = known | RefundAttempt.objects.filter(key=facts.key)
    attempt_id = known.values_list("pk", flat=True).first()
    if attempt_id is not None:
        with transaction.atomic():
            return record(_locked(attempt_id), facts, at=at)
    payment = Payment.objects.filter(reference=facts.intent, method=Payment.Method.CARD).first()
    if payment is None:
        return Settlement(PARKED, f"{facts.refund_id} gives back a payment the portal does not know")
    if facts.failed:
        return Settlement(IGNORED, "a refund made elsewhere that gave nothing back")
    return book_foreign(payment.pk, facts, origin=Refund.Origin.PROVIDER, at=at)


@transaction.atomic
def book_foreign(payment_id: int, facts: RefundFacts, *, origin: str, at: datetime) -> Settlement:
    """Book money that went back without the portal: spare money first, then off the lines it paid.

    Lines that lose it are owed again. Parked when the payment has not so much left.
    """
    payment = lock_payment(payment_id)
    if RefundAttempt.objects.filter(provider_id=facts.refund_id).exists():
        return Settlement(IGNORED, "already booked")
    there = payment.amount - payment.refunded
    if facts.currency != payment.currency or facts.amount > there or payment.reversed_at:
        left = f"{there} {payment.currency} of {payment.receipt} was left"
        return Settlement(PARKED, f"{facts.amount} {facts.currency} went back, {left}")
    words = notices.money_left(origin)
    opened = money_back.free(payment, facts.amount, reason=words, at=at)
    REFUND_MOVES.check("arrive", "")
    refund = Refund.objects.create(
        payment=payment,
        origin=origin,
        ground=Refund.Ground.OTHER,
        explanation=words,
        amount=facts.amount,
        currency=facts.currency,
        two_people_from=two_people_from(payment.currency, at),
        way=Way.CARD,
        language=(payment.payer.language if payment.payer else "") or "ro",
        requested_at=at,
        held_at=at,
        sent_at=at,
    )
    attempt = RefundAttempt.objects.create(
        refund=refund,
        number=1,
        way=Way.CARD,
        key=f"FOREIGN-{facts.refund_id}"[-35:],
        provider_id=facts.refund_id,
        prepared_at=at,
        asked_at=at,
        sent_at=at,
    )
    refund.refresh_from_db()
    lines = [line.pk for line in opened]
    trace(refund, "fees.refund_arrive", actor=None, at=at, data={"number": facts.refund_id, "opened": lines})
    if facts.arrived:
        mark_arrived(_locked(attempt.pk), known_from=facts.refund_id, at=at, opened=lines)
    return Settlement(APPLIED, "booked")


def _reject(attempt: RefundAttempt, words: str, at: datetime) -> Settlement:
    """The provider does not accept the refund: it never left, staff decide."""
    if attempt.failed_at is not None:
        return Settlement(IGNORED, "already failed")
    if attempt.provider_id:
        return Settlement(PARKED, f"the provider does not know {attempt.provider_id}: {words}")
    mark_failed(attempt, reason=words, at=at)
    return Settlement(APPLIED, "rejected")


# --- what happens to an attempt, whoever found out ----------------------------------------------------------


def mark_sent(attempt: RefundAttempt, *, at: datetime, actor: User | None = None) -> None:
    """The money left us; the caller holds the attempt."""
    refund = attempt.refund
    before = refund.state
    REFUND_MOVES.check("send", before)
    attempt.sent_at = at
    attempt.save(update_fields=["sent_at"])
    refund.sent_at = at
    refund.save(update_fields=["sent_at"])
    refund.refresh_from_db(fields=["state"])
    trace(refund, "fees.refund_send", actor=actor, at=at, before=before, data={"key": attempt.key})


def mark_arrived(
    attempt: RefundAttempt,
    *,
    known_from: str,
    at: datetime,
    actor: User | None = None,
    opened: Sequence[int] = (),
) -> None:
    """The money arrived: the reversing paper is issued with its number, and the payer is told (FEE-093).

    opened: the lines that are owed again because of it.
    """
    refund = attempt.refund
    before = refund.state
    REFUND_MOVES.check("settle", before)
    refund.paid_at = at
    refund.save(update_fields=["paid_at"])
    refund.refresh_from_db(fields=["state"])
    year = local_day(at).year
    attempt.settled_at, attempt.settled_by = at, known_from[:120]
    attempt.note_year, attempt.note_number = year, next_number(queries.NOTE, year)
    attempt.save(update_fields=["settled_at", "settled_by", "note_year", "note_number"])
    trace(
        refund,
        "fees.refund_pay",
        actor=actor,
        at=at,
        before=before,
        data={"key": attempt.key, "note": attempt.note},
    )
    paper = documents.refund_note_paper(attempt, refund.language)
    papers.issue(paper, about=attempt, number=attempt.note, at=at, actor=actor)
    name = "dispute_lost" if refund.origin == Refund.Origin.DISPUTE else "refund_paid"
    owed = _owed_again(refund, opened, at)
    for notice in notices.to_payer(refund, name, f"fees.{name}:{attempt.pk}", owed=owed):
        outbox.post(notice, at=at)


def _owed_again(refund: Refund, lines: Sequence[int], at: datetime) -> terms.Owed | None:
    account = refund.payment.enrolment_id
    if account is None or not lines:
        return None
    return terms.owed(
        account, Charge.objects.filter(pk__in=lines).select_related("fee_type").order_by("pk"), at
    )


def mark_failed(attempt: RefundAttempt, *, reason: str, at: datetime, actor: User | None = None) -> None:
    """The money did not arrive, or came back: staff decide how it goes on; an issued paper is void."""
    refund = attempt.refund
    before = refund.state
    REFUND_MOVES.check("fail", before)
    attempt.failed_at, attempt.failed_reason = at, reason[:300]
    attempt.save(update_fields=["failed_at", "failed_reason"])
    refund.failed_at, refund.reason = at, reason[:300]
    refund.save(update_fields=["failed_at", "reason"])
    refund.refresh_from_db(fields=["state"])
    trace(
        refund,
        "fees.refund_fail",
        actor=actor,
        at=at,
        before=before,
        reason=reason,
        data={"key": attempt.key},
    )
    if attempt.note_number and (paper := queries.note_of(attempt)):
        papers.revoke(paper, reason=reason[:200])
    for notice in notices.to_payer(refund, "refund_failed", f"fees.refund_failed:{attempt.pk}"):
        outbox.post(notice, at=at)


@transaction.atomic
def note_arrival(attempt_id: int, *, known_from: str, actor: User | None, at: datetime) -> Settlement:
    """A bank statement, or a clerk who read one, says that a transfer was made."""
    attempt = _locked(attempt_id)
    if attempt.settled_at is not None or attempt.way != Way.BANK:
        return Settlement(IGNORED, "already known")
    mark_arrived(attempt, known_from=known_from, at=at, actor=actor)
    return Settlement(APPLIED, "arrived")


@transaction.atomic
def note_failure(attempt_id: int, *, reason: str, actor: User | None, at: datetime) -> Settlement:
    """A transfer came back, or the bank refused it. Raises ValueError without a reason, MoveRefused."""
    if not reason.strip():
        raise ValueError("write the reason")
    attempt = _locked(attempt_id)
    if attempt.failed_at is not None:
        return Settlement(IGNORED, "already known")
    mark_failed(attempt, reason=reason.strip(), at=at, actor=actor)
    return Settlement(APPLIED, "failed")


def may_still_fail(refund: Refund) -> bool:
    """Whether a return can still be recorded."""
    return refund.state in (RefundState.SENT, RefundState.PAID)


def _locked(attempt_id: int) -> RefundAttempt:
    """The attempt under the locks of its account, payment and refund."""
    refund_id = RefundAttempt.objects.values_list("refund_id", flat=True).get(pk=attempt_id)
    refund = locked(refund_id)
    attempt = RefundAttempt.objects.select_for_update(of=("self",)).get(pk=attempt_id)
    attempt.refund = refund
    return attempt
