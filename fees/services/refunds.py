"""A refund from the request to the decision (FEE-091, FEE-093); `refund_sending` has the money's way.

The account is locked first, then the payment, then the refund. The sum comes from the ledger; the caller says
what the reader saw, and when that is no longer so, nothing happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy

from fees import notices
from fees.models import Charge, Payment, Refund, Way
from fees.models.disputes import Dispute
from fees.queries import refunds as queries
from fees.refusal import demand, refuse
from fees.rules import refunds as rules
from fees.services import refund_sending
from fees.services.charges import take_back
from fees.services.refund_case import lock_payment, locked, trace, two_people_from
from fees.workflow import REFUND_MOVES
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox
from upt_portal.kernel.models import StoredFile
from upt_portal.kernel.money import format_money
from upt_portal.kernel.words import gettext_lazy as _

audit.register_act("fees.refund_request", gettext_lazy("A refund was asked for"))
audit.register_act("fees.refund_check", gettext_lazy("A refund was checked"))
audit.register_act("fees.refund_approve", gettext_lazy("A refund was approved"))
audit.register_act("fees.refund_refuse", gettext_lazy("A refund was refused"))
audit.register_act("fees.refund_withdraw", gettext_lazy("The request for a refund was withdrawn"))
audit.register_act("fees.refund_retry", gettext_lazy("A refund was prepared to be sent again"))
audit.register_act("fees.refund_close", gettext_lazy("A refund that did not arrive was given up"))


@dataclass(frozen=True)
class Account:
    """Where money goes that does not go back to a card."""

    iban: str
    holder: str
    swift: str = ""


@dataclass(frozen=True)
class Wish:
    """What is asked for.

    seen: the sum that the page showed as what can go back. amount: a part of it; None for all.
    charge: the paid line whose money goes back; None for money that pays nothing. account: None for the card.
    case: a case of a room above ("admissions.refund:3").
    """

    payment: int
    seen: Decimal
    ground: str
    explanation: str = ""
    amount: Decimal | None = None
    charge: int | None = None
    account: Account | None = None
    case: str = ""
    language: str = "ro"


@transaction.atomic
def request(
    wish: Wish,
    *,
    origin: str,
    actor: User,
    at: datetime,
    proof: StoredFile | None = None,
    working: Mapping[str, str] | None = None,
) -> Refund:
    """Ask for money back; the sum of spare money is set aside at once, so that nothing else can use it.

    working: how the sum was found, by language; by default what the payment says.
    Raises Refused: the rule says no, the sum is no longer the one that was seen, the account is not one.
    """
    payment = lock_payment(wish.payment)
    charge = _line_of(payment, wish.charge) if wish.charge else None
    there = queries.refundable(payment, charge)
    if charge is not None:
        demand(rules.may_be_returned(charge.fee_type.code, refundable=charge.fee_type.refundable))
    demand(rules.may_ask_back(seen=wish.seen, there=there))
    amount = wish.amount if wish.amount is not None else there
    if not 0 < amount <= there:
        raise refuse(_("The sum is not within what can be given back."))
    _refuse_disputed(payment)
    way = _checked_way(payment, wish.account)
    REFUND_MOVES.check("request", "")
    refund = Refund(
        payment=payment,
        charge=charge,
        origin=origin,
        ground=wish.ground,
        explanation=wish.explanation.strip()[:1000],
        case=wish.case,
        proof=proof,
        amount=amount,
        currency=payment.currency,
        two_people_from=two_people_from(payment.currency, at),
        way=way,
        language="en" if wish.language.startswith("en") else "ro",
        requested_by=actor,
        requested_at=at,
        held_at=None if charge else at,
    )
    refund.working_ro, refund.working_en = (
        (working or {}).get(language) or _working(payment, charge, amount, language)
        for language in ("ro", "en")
    )
    if wish.account is not None:
        _put_account(refund, wish.account)
    _insert(refund)
    trace(refund, "fees.refund_request", actor=actor, at=at)
    return refund


def _insert(refund: Refund) -> None:
    """Write the row; a second live request of the same money is refused by the database, and told so."""
    try:
        with transaction.atomic():
            refund.save(force_insert=True)
    except IntegrityError as fault:
        if "refund_of_" in str(fault):
            raise refuse(_("A refund of this payment is already under way. Wait for its end.")) from fault
        raise
    refund.refresh_from_db()


@transaction.atomic
def check(refund_id: int, *, actor: User, at: datetime) -> Refund:
    """A member of the finance office has checked the request, its ground and proof."""
    refund = locked(refund_id)
    REFUND_MOVES.check("check", refund.state)
    _refuse_own(refund, actor)
    return _keep(refund, "fees.refund_check", actor, at, checked_by=actor, checked_at=at)


@transaction.atomic
def approve(refund_id: int, *, seen: Decimal, actor: User, at: datetime) -> Refund:
    """Approve a checked refund; back to a card it leaves at once, to an account with the next bank file.

    seen: the sum on the approver's page. From the limit on the approver is another person than who checked
    or asked (B13); the database holds that too. Raises MoveRefused, Refused.
    """
    refund = locked(refund_id)
    REFUND_MOVES.check("approve", refund.state)
    _refuse_own(refund, actor)
    demand(rules.may_ask_back(seen=seen, there=refund.amount))
    if refund.needs_two and actor.pk in (refund.checked_by_id, refund.requested_by_id):
        words = _("From %(limit)s on, a refund is approved by another person than who checked it.")
        raise refuse(words % {"limit": format_money(refund.two_people_from, refund.currency, _language())})
    _refuse_disputed(refund.payment)
    if refund.charge is not None and refund.held_at is None:
        _release_line(refund, at)
    _keep(
        refund,
        "fees.refund_approve",
        actor,
        at,
        approved_by=actor,
        approved_at=at,
        held_at=refund.held_at or at,
    )
    if refund.way == Way.CARD:
        refund_sending.prepare(refund, at=at)
    return refund


@transaction.atomic
def refuse_refund(refund_id: int, *, reason: str, actor: User, at: datetime) -> Refund:
    """Say no, with the reason the student reads; the money is there again. Raises MoveRefused, ValueError."""
    refund = locked(refund_id)
    REFUND_MOVES.check("refuse", refund.state)
    _refuse_own(refund, actor)
    if refund.attempts.filter(failed_at__isnull=True).exists():
        raise refuse(_("The money is already being sent. Wait for the answer."))
    words = _needed(reason)
    _keep(refund, "fees.refund_refuse", actor, at, reason=words, refused_at=at)
    for notice in notices.to_payer(refund, "refund_refused", f"fees.refund_refused:{refund.pk}"):
        outbox.post(notice, at=at)
    return refund


@transaction.atomic
def withdraw(refund_id: int, *, actor: User, at: datetime) -> Refund:
    """The student takes the request back before it is approved; the money is there again."""
    refund = locked(refund_id)
    REFUND_MOVES.check("withdraw", refund.state)
    return _keep(refund, "fees.refund_withdraw", actor, at, withdrawn_at=at)


@transaction.atomic
def retry(refund_id: int, *, account: Account | None, reason: str, actor: User, at: datetime) -> Refund:
    """Prepare a refund that did not arrive to be sent again, to the card or to an account.

    It is approved anew, because where the money goes may have changed. reason: what was found out.
    """
    refund = locked(refund_id)
    REFUND_MOVES.check("retry", refund.state)
    _refuse_own(refund, actor)
    refund.way = _checked_way(refund.payment, account)
    refund.set_account()
    if account is not None:
        _put_account(refund, account)
    return _keep(
        refund,
        "fees.refund_retry",
        actor,
        at,
        note=_needed(reason),
        checked_by=actor,
        checked_at=at,
        approved_by=None,
        approved_at=None,
        sent_at=None,
        paid_at=None,
        failed_at=None,
        reason="",
        way=refund.way,
        holder=refund.holder,
        iban=refund.iban,
        iban_masked=refund.iban_masked,
        swift=refund.swift,
    )


@transaction.atomic
def close(refund_id: int, *, reason: str, actor: User, at: datetime) -> Refund:
    """Give up a refund that did not arrive; its money is unallocated again, for staff."""
    refund = locked(refund_id)
    REFUND_MOVES.check("close", refund.state)
    _refuse_own(refund, actor)
    return _keep(refund, "fees.refund_close", actor, at, note=_needed(reason), closed_at=at)


def _keep(
    refund: Refund, act: str, actor: User | None, at: datetime, *, note: str = "", **facts: Any
) -> Refund:
    before = refund.state
    for name, value in facts.items():
        setattr(refund, name, value)
    refund.save(update_fields=list(facts))
    refund.refresh_from_db(fields=["state"])
    trace(refund, act, actor=actor, at=at, before=before, reason=note or refund.reason)
    return refund


def _line_of(payment: Payment, charge_id: int) -> Charge:
    rows = Charge.objects.select_for_update(of=("self",)).select_related("fee_type")
    return rows.get(pk=charge_id, enrolment_id=payment.enrolment_id or 0)


def _release_line(refund: Refund, at: datetime) -> None:
    """Cancel the line, so that its money is unallocated and can be set aside for the refund."""
    line = Charge.objects.select_for_update(of=("self",)).get(pk=refund.charge_id or 0)
    demand(rules.may_ask_back(seen=refund.amount, there=queries.refundable(refund.payment, refund.charge)))
    take_back(line, gettext("The money is given back to the payer."), at)
    refund.payment.refresh_from_db()


def _refuse_disputed(payment: Payment) -> None:
    if Dispute.objects.filter(payment=payment, closed_at__isnull=True).exists():
        raise refuse(
            _("The cardholder's bank has taken this payment back and the dispute is open; wait for its end.")
        )


def _refuse_own(refund: Refund, actor: User) -> None:
    """Nobody decides about own money."""
    person = refund.payment.enrolment.person if refund.payment.enrolment else None
    if actor.pk in (refund.payment.payer_id, person.user_id if person else None):
        raise refuse(_("This is your own money: a colleague decides about it."))


def _checked_way(payment: Payment, account: Account | None) -> str:
    if account is not None:
        demand(rules.account_may_be_used(account.iban, account.swift))
        if not account.holder.strip():
            raise refuse(_("Enter the holder of the account"))
        return Way.BANK
    if payment.method != Payment.Method.CARD:
        raise refuse(_("This payment was not made by card: enter the account the money goes to."))
    return Way.CARD


def _put_account(refund: Refund, account: Account) -> None:
    refund.set_account(
        iban=rules.tidy_iban(account.iban),
        holder=account.holder.strip(),
        swift=rules.tidy_iban(account.swift),
    )


def _needed(reason: str) -> str:
    if not reason.strip():
        raise ValueError("write the reason")
    return reason.strip()[:300]


def _language() -> str:
    return translation.get_language() or "ro"


def _working(payment: Payment, charge: Charge | None, amount: Decimal, language: str) -> str:
    """How the sum was found, in words: what was paid less what is used."""

    def money(sum_: Decimal) -> str:
        return format_money(sum_, payment.currency, language)

    with translation.override(language):
        if charge is not None:
            words = gettext("%(sum)s paid for %(what)s")
            return words % {"sum": money(amount), "what": charge.description_in(language)}
        used = payment.allocated
        back = payment.refunded
        spare = payment.amount - used - back
        words = gettext("%(paid)s paid − %(used)s used = %(spare)s")
        if back:
            words = gettext("%(paid)s paid − %(used)s used − %(back)s given back or on its way = %(spare)s")
        text = words % {
            "paid": money(payment.amount), "used": money(used), "back": money(back), "spare": money(spare),
        }  # fmt: skip
        return (
            text if amount == spare else gettext("%(part)s of %(all)s") % {"part": money(amount), "all": text}
        )
