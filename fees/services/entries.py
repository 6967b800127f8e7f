"""What the finance office does with a bank entry: gives it to students, sends it back, closes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fees.models import BankEntry, Payment
from fees.models.tariff import Currency
from fees.refusal import refuse
from fees.services import booking
from fees.services.reversals import close
from fees.services.statements import money_of
from fees.workflow import ENTRY_MOVES
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

audit.register_act("fees.book_entry", _("Money of a bank entry was given to a student"))
audit.register_act("fees.send_back", _("Money is to be sent back to its payer"))
audit.register_act("fees.close_entry", _("A bank entry was closed"))
audit.register_act("fees.open_entry", _("A bank entry was opened again"))
audit.register_act("fees.entry_returned", _("Money was sent back to its payer"))


@transaction.atomic
def give_to(
    entry_id: int,
    account_id: int,
    amount: Decimal,
    *,
    chosen: Sequence[int] | None,
    sums: Mapping[int, Decimal] | None = None,
    seen: Decimal | None = None,
    actor: User,
    at: datetime,
) -> Payment:
    """Book an entry, or a part of it, as a payment of a student (FEE-005, FEE-006).

    amount: at most what is left of the entry. chosen: lines in their order, with at most `sums` on each; None
    follows the order of the university. What no line takes stays unallocated in the account.
    seen: what was left when the clerk looked; of two clerks the second is refused.
    Raises MoveRefused when the entry does not wait any more, Refused for a sum or currency that cannot be.
    """
    entry = BankEntry.objects.select_for_update(of=("self",)).select_related("account").get(pk=entry_id)
    ENTRY_MOVES.check("book", entry.state)
    if entry.kind != BankEntry.Kind.CREDIT:
        raise refuse(_("This movement is no money of a student."))
    if seen is not None and seen != entry.left:
        raise refuse(_("Somebody else booked a part of this transfer meanwhile. Look at it again."))
    if not 0 < amount <= entry.left:
        raise refuse(_("The sum is not within what is left of the transfer."))
    if entry.currency not in Currency.values:
        raise refuse(_("The portal keeps no accounts in this currency. Send the money back."))
    nth = entry.bookings.count() + 1
    money = money_of(entry, account=account_id, chosen=chosen, how="clerk", amount=amount, sums=sums, nth=nth)
    payment = booking.book([money], actor=actor, at=at)[0]
    data = {"payment": payment.pk, "amount": f"{amount} {entry.currency}"}
    audit.record(entry, "fees.book_entry", actor=actor, at=at, data=data)
    return payment


@transaction.atomic
def send_back(entry_id: int, *, reason: str, actor: User, at: datetime) -> BankEntry:
    """Decide that what is left of an entry goes back to its payer; the refunds desk pays it out.

    Raises MoveRefused when the entry does not wait any more, Refused without a reason or a payer's account.
    """
    entry = _waiting(entry_id, reason)
    if not entry.payer_iban:
        raise refuse(
            _("The bank does not tell the payer's account. Find the payer first, then close the entry.")
        )
    close(entry, BankEntry.Closing.RETURN, reason.strip(), actor, at)
    audit.record(entry, "fees.send_back", actor=actor, at=at, reason=reason.strip()[:300])
    return entry


@transaction.atomic
def close_entry(entry_id: int, *, reason: str, actor: User, at: datetime) -> BankEntry:
    """Close an entry that is no money of a student, or that is dealt with elsewhere, with the reason.

    Raises MoveRefused when the entry does not wait any more, Refused without a reason.
    """
    entry = _waiting(entry_id, reason)
    close(entry, BankEntry.Closing.OTHER, reason.strip(), actor, at)
    audit.record(entry, "fees.close_entry", actor=actor, at=at, reason=reason.strip()[:300])
    return entry


@transaction.atomic
def open_again(entry_id: int, *, actor: User, at: datetime) -> BankEntry:
    """Have a closed entry wait again. Raises MoveRefused when it was sent back or never closed."""
    entry = BankEntry.objects.select_for_update().get(pk=entry_id)
    ENTRY_MOVES.check("open_again", entry.state)
    if entry.closing == BankEntry.Closing.UNDONE:
        raise refuse(_("The bank itself took this money back."))
    entry.closing, entry.closed_at, entry.closed_by, entry.closed_note = "", None, None, ""
    entry.save(update_fields=["closing", "closed_at", "closed_by", "closed_note"])
    entry.refresh_from_db(fields=["state"])
    audit.record(entry, "fees.open_entry", actor=actor, at=at)
    return entry


@transaction.atomic
def note_returned(entry_id: int, reference: str, *, actor: User | None, at: datetime) -> BankEntry:
    """Record that the money of an entry was sent back, as the refunds desk did it.

    reference: of the order to the bank. Raises MoveRefused when the entry was not to be sent back.
    """
    entry = BankEntry.objects.select_for_update().get(pk=entry_id)
    ENTRY_MOVES.check("note_return", entry.state)
    entry.returned_at, entry.returned_reference = at, reference[:80]
    entry.save(update_fields=["returned_at", "returned_reference"])
    entry.refresh_from_db(fields=["state"])
    audit.record(entry, "fees.entry_returned", actor=actor, at=at, data={"reference": reference})
    return entry


def _waiting(entry_id: int, reason: str) -> BankEntry:
    entry = BankEntry.objects.select_for_update().get(pk=entry_id)
    ENTRY_MOVES.check("close", entry.state)
    if not reason.strip():
        raise refuse(_("Write the reason. It stays in the trace."))
    return entry
