"""Files for the bank: approved transfers become one pain.001, valid against the bank's schema, made once.

Money of nobody that is to be sent back to its payer leaves with the same file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy
from sepaxml import SepaTransfer

from fees.models import BankAccount, BankEntry, RefundAttempt, RefundBatch
from fees.queries import bank
from fees.queries import refunds as queries
from fees.refusal import refuse
from fees.services import refund_sending
from fees.services.entries import note_returned
from fees.services.provider import hundredths
from fees.services.refund_case import locked, two_people_from
from fees.services.settlement import APPLIED
from fees.workflow import EntryState, RefundState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.numbers import next_number
from upt_portal.kernel.words import gettext_lazy as _

SCHEMA = "pain.001.001.09"
MOST = 500  # transfers of one file

audit.register_act("fees.refund_batch", gettext_lazy("A bank file of refunds was made"))
audit.register_act("fees.refund_download", gettext_lazy("A bank file of refunds was downloaded"))


@dataclass(frozen=True)
class Order:
    """One transfer of a file. key: ours, which the bank repeats; amount: two decimals."""

    key: str
    name: str
    iban: str
    amount: Decimal
    words: str
    bic: str = ""


def returns_for(currency: str, actor: User, *, at: datetime) -> list[BankEntry]:
    """Entries that go back to their payers with the next file this person makes, the oldest decision first.

    From the sum on that asks for two people (FEE-093), who decided a return does not send it himself.
    """
    limit = two_people_from(currency, at)
    rows = bank.entries_to_return().filter(currency=currency)
    return [one for one in rows[:MOST] if one.left < limit or one.closed_by_id != actor.pk]


@transaction.atomic
def make_batch(
    currency: str, *, seen_count: int, seen_total: Decimal, execute_on: date, actor: User, at: datetime
) -> RefundBatch:
    """One bank file of every approved transfer and return in a currency; each is then on its way.

    seen_…: what the page showed; when it is no longer so, nothing happens. execute_on: the day the bank is
    to pay. Raises Refused, in words.
    """
    if execute_on < local_day(at):
        raise refuse(_("The day of payment lies in the past."))
    debtor = BankAccount.objects.filter(currency=currency, active=True).first()
    if debtor is None:
        raise refuse(_("No account of the university in this currency is in use; set one first."))
    wanted = [entry.pk for entry in returns_for(currency, actor, at=at)]
    locked_entries = BankEntry.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    returns = [entry for entry in locked_entries if entry.state == EntryState.TO_RETURN]
    ids = list(queries.for_the_bank(currency).values_list("pk", flat=True)[:MOST])
    rows = [refund for refund in (locked(pk) for pk in sorted(ids)) if refund.state == RefundState.APPROVED]
    amounts = [refund.amount for refund in rows] + [entry.left for entry in returns]
    total = sum(amounts, Decimal("0.00"))
    if not amounts or (len(amounts), total) != (seen_count, seen_total):
        raise refuse(_("The list has changed since you opened the page. Nothing was made; look at it again."))
    attempts = [refund_sending.prepare(refund, at=at) for refund in rows]
    year = local_day(at).year
    number = next_number(queries.BATCH, year)
    message_id = f"RAMB-{year}-{number:04d}-{currency}"
    back = {entry.pk: _return_of(entry) for entry in returns}
    orders = [_order_of(one) for one in attempts] + list(back.values())
    xml = _pain001(debtor, orders, message_id, execute_on)
    batch = RefundBatch.objects.create(
        year=year,
        number=number,
        message_id=message_id,
        currency=currency,
        execute_on=execute_on,
        total=total,
        count=len(orders),
        xml=xml,
        sha256=sha256(xml.encode()).hexdigest(),
        made_at=at,
        made_by=actor,
    )
    for attempt, refund in zip(attempts, rows, strict=True):
        attempt.refund, attempt.batch = refund, batch
        attempt.save(update_fields=["batch"])
        refund_sending.mark_sent(attempt, at=at, actor=actor)
    for entry_id, order in back.items():
        note_returned(entry_id, f"{message_id} {order.key}", actor=actor, at=at)
    data = {"count": len(orders), "total": f"{total} {currency}"}
    audit.record(batch, "fees.refund_batch", actor=actor, at=at, data=data)
    return batch


def _order_of(attempt: RefundAttempt) -> Order:
    refund = attempt.refund
    words = f"Rambursare {refund.payment.receipt} {attempt.key}"
    return Order(attempt.key, refund.holder, refund.iban, refund.amount, words, refund.swift)


def _return_of(entry: BankEntry) -> Order:
    """Back to the payer, with the bank's reference of what came, by which he knows it."""
    key = f"RETURN-{entry.pk}"
    words = f"Returnare {entry.bank_reference or entry.booked_on.isoformat()} {key}"
    return Order(key, entry.payer_name[:70] or entry.payer_iban, entry.payer_iban, entry.left, words[:140])


def returned_with(batch: RefundBatch) -> list[BankEntry]:
    """Entries that were sent back with a file."""
    rows = BankEntry.objects.filter(returned_reference__startswith=f"{batch.message_id} ")
    return list(rows.order_by("pk"))


def _pain001(debtor: BankAccount, orders: Sequence[Order], message_id: str, execute_on: date) -> str:
    """The file's text; the library checks it against the schema before it gives it away."""
    config = {
        "name": debtor.beneficiary or settings.INSTITUTION_NAME,
        "IBAN": debtor.iban,
        "batch": True,
        "currency": debtor.currency,
        # outside euro there is no SEPA service level
        "domestic": debtor.currency != "EUR",
    }
    if debtor.bic:
        config["BIC"] = debtor.bic
    transfer = SepaTransfer(config, schema=SCHEMA)
    transfer.msg_id = message_id
    header = transfer._xml.find("CstmrCdtTrfInitn/GrpHdr/MsgId")
    header.text = message_id
    for order in orders:
        payment = {
            "name": order.name,
            "IBAN": order.iban,
            "amount": hundredths(order.amount),
            "execution_date": execute_on,
            "description": order.words,
            "endtoend_id": order.key,
        }
        if order.bic:
            payment["BIC"] = order.bic
        transfer.add_payment(payment)
    made: bytes = transfer.export(validate=True)
    return made.decode()


@transaction.atomic
def note_download(batch_id: int, *, actor: User, at: datetime) -> None:
    """Trace that somebody took the file: it holds account numbers."""
    batch = RefundBatch.objects.select_for_update().defer("xml").get(pk=batch_id)
    audit.record(batch, "fees.refund_download", actor=actor, at=at)


def match_statements(*, at: datetime) -> int:
    """Settle transfers that a bank statement shows: paid out, or come back; returns how many. May run twice.

    A movement belongs to an attempt when the bank repeats our key.
    """
    moved = 0
    open_ones = {one.key: one for one in queries.open_bank_attempts().select_related("refund")}
    rows = BankEntry.objects.filter(
        end_to_end__in=list(open_ones), kind__in=[BankEntry.Kind.DEBIT, BankEntry.Kind.CAME_BACK]
    )
    for entry in rows.order_by("booked_on", "pk"):
        attempt = open_ones[entry.end_to_end]
        refund = attempt.refund
        if (entry.amount, entry.currency) != (refund.amount, refund.currency):
            continue  # the daily proof names it
        known_from = f"{entry.account.iban[-4:]} {entry.booked_on:%d.%m.%Y} {entry.bank_reference}".strip()
        if entry.kind == BankEntry.Kind.DEBIT:
            done = refund_sending.note_arrival(attempt.pk, known_from=known_from, actor=None, at=at)
        else:
            reason = f"{_('The bank sent the transfer back.')} {entry.message}".strip()
            done = refund_sending.note_failure(attempt.pk, reason=reason, actor=None, at=at)
        moved += done.outcome == APPLIED
    return moved
