"""Money on its way back, in tests: a paid account, people of the finance office, what each of them does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from fees.models import BankAccount, BankEntry, Payment, Refund, RefundAttempt, StatementFile
from fees.models.disputes import Dispute
from fees.services import refund_batches, refund_sending, refunds
from fees.services.refunds import Account, Wish
from tests import factories
from tests.fees.cards_kit import Cardholder, hand_over
from tests.fees.ledger_kit import charge
from upt_portal.accounts import roles
from upt_portal.accounts.models import User

NOW = factories.NOW
IBAN = "RO49 AAAA 1B31 0075 9384 0000"
ACCOUNT = Account(iban=IBAN, holder="Andra Văleanu")
_numbers = count(1)


def finance(**fields: Any) -> User:
    """Somebody of the finance office."""
    return factories.user(roles.FINANCE, **fields)


def paid_by_card(holder: Cardholder, *sums: str) -> Payment:
    """A card payment of lines of these sums, booked from the provider's event."""
    lines = [charge(holder.account, one) for one in sums or ("335.00",)]
    holder.pays(*lines)
    hand_over(holder.events("checkout.session.completed")[-1])
    return Payment.objects.latest("pk")


def spare(holder: Cardholder, amount: str = "335.00") -> Payment:
    """Money paid by card that pays nothing any more: its line was cancelled by the office."""
    from fees.services import charges

    payment = paid_by_card(holder, amount)
    line = payment.allocations.get().charge
    charges.take_back(line, "cauza a dispărut", NOW)
    payment.refresh_from_db()
    return payment


def wish(payment: Payment, **fields: Any) -> Wish:
    """All the spare money of a payment back to its card."""
    payment.refresh_from_db()
    values: dict[str, Any] = {
        "payment": payment.pk,
        "seen": payment.unallocated,
        "ground": Refund.Ground.TWICE,
    }
    return Wish(**(values | fields))


def asked(payment: Payment, actor: User | None = None, at: datetime = NOW, **fields: Any) -> Refund:
    """A refund as the student asks for it."""
    student = actor or payment.payer
    assert student is not None
    return refunds.request(wish(payment, **fields), origin=Refund.Origin.STUDENT, actor=student, at=at)


@dataclass
class Office:
    """Two people of the finance office and what they do with a refund."""

    first: User = field(default_factory=finance)
    second: User = field(default_factory=finance)

    def approves(self, refund: Refund, at: datetime = NOW) -> Refund:
        """Checked by one, approved by the other; a card refund has its attempt and its job."""
        refunds.check(refund.pk, actor=self.first, at=at)
        return refunds.approve(refund.pk, seen=refund.amount, actor=self.second, at=at)

    def sends(self, refund: Refund, at: datetime = NOW) -> RefundAttempt:
        """Approved and sent to the card, as the job does it."""
        self.approves(refund, at)
        attempt = refund.attempts.latest("number")
        refund_sending.send_attempt(attempt.pk, at=at)
        attempt.refresh_from_db()
        return attempt


def state_of(refund: Refund) -> str:
    return str(Refund.objects.values_list("state", flat=True).get(pk=refund.pk))


def money_of(payment: Payment) -> tuple[Decimal, Decimal, Decimal]:
    """Allocated, given back or on its way, unallocated."""
    payment.refresh_from_db()
    return payment.allocated, payment.refunded, payment.unallocated


def bank_account(currency: str = "RON") -> BankAccount:
    """An account of the university."""
    numbers = {"RON": "RO66BACX0000001234567890", "EUR": "RO09BCYP0000001234567890"}
    return BankAccount.objects.get_or_create(
        currency=currency,
        active=True,
        defaults={
            "iban": numbers[currency],
            "bic": "BACXROBU",
            "bank": "Banca de probă",
            "beneficiary": "Universitatea Politehnica Timișoara",
        },
    )[0]


def entry(kind: str, amount: str, **fields: Any) -> BankEntry:
    """A movement of a statement of today."""
    n = next(_numbers)
    account = fields.pop("account", None) or bank_account()
    statement = StatementFile.objects.create(
        name=f"extras-{n}.xml",
        digest=f"{n:064d}",
        format="camt.053",
        size=1,
        entries=1,
        file=f"statements/{n}.xml",
        uploaded_at=NOW,
        uploaded_by=finance(),
    )
    values: Mapping[str, Any] = {
        "account": account,
        "statement": statement,
        "key": f"key-{n}",
        "line": n,
        "kind": kind,
        "amount": Decimal(amount),
        "currency": account.currency,
        "booked_on": NOW.date(),
        "value_on": NOW.date(),
        "read_at": NOW,
    }
    return BankEntry.objects.create(**(dict(values) | fields))


def sent_by_bank(refund: Refund) -> RefundAttempt:
    """A transfer approved by two people and put into a bank file."""
    office = Office()
    bank_account(refund.currency)
    office.approves(refund)
    refund_batches.make_batch(
        refund.currency,
        seen_count=1,
        seen_total=refund.amount,
        execute_on=NOW.date(),
        actor=office.first,
        at=NOW,
    )
    return RefundAttempt.objects.get(refund=refund)


def dispute_of(payment: Payment) -> Dispute:
    """An open dispute of a whole payment."""
    return Dispute.objects.create(
        dispute_id=f"dp_{next(_numbers)}",
        payment=payment,
        amount=payment.amount,
        currency=payment.currency,
        status="needs_response",
        opened_at=NOW,
    )
