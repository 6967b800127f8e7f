"""Generated histories of an account: acts of the services in any order, with a purse that counts the cash.

An act names things by numbers taken modulo what there is, so every list of acts is a history; one
that the services refuse is part of it and must change nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from fees.models import Allocation, Charge, Payment, PaymentReversal, Reduction, Refund, RefundAttempt
from fees.queries import books, movements
from fees.queries.ledger import totals
from fees.queries.refunds import for_the_bank
from fees.refusal import Refused
from fees.services import cashdesk, charges, refund_batches, refund_sending, refunds, reversals
from fees.services.charges import ChargesDiffer, NewCharge
from studentrecords.models import Enrolment
from tests import factories
from tests.fees import refund_kit
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.money import instalments
from upt_portal.kernel.moves import MoveRefused

REFUSALS = (Refused, MoveRefused, ChargesDiffer)
CURRENCIES = ("RON", "EUR")
ZERO = Decimal("0.00")
NOTHING: dict[str, Decimal] = {"RON": ZERO, "EUR": ZERO}


class History:
    """One account from its first act on."""

    def __init__(self, account: Enrolment, office: refund_kit.Office) -> None:
        self.account, self.office = account, office
        self.at: datetime = factories.NOW
        self.cash = dict(NOTHING)
        self.posted = dict(NOTHING)
        self.done: list[str] = []
        self.refused = 0
        self._numbers = count(100)

    # ---- playing -------------------------------------------------------------------------------------------

    def play(self, act: tuple[str, int, int]) -> None:
        """Do one act a minute later; a refusal leaves everything as it was."""
        name, one, two = act
        self.at += timedelta(minutes=1)
        before = self.sums()
        try:
            with transaction.atomic():
                getattr(self, name)(one, two)
        except REFUSALS:
            self.refused += 1
            assert self.sums() == before, f"{act} was refused and changed the money"
        else:
            self.done.append(name)
        self.check()

    # ---- acts ----------------------------------------------------------------------------------------------

    def post(self, one: int, two: int) -> None:
        """A sum in instalments, in lei or in euro; sometimes not open yet."""
        currency, parts = (
            CURRENCIES[one % 2],
            instalments(Decimal(one % 99_991) / 100 + Decimal("0.01"), two % 4 + 1),
        )
        self._post(f"test.case:{next(self._numbers)}", parts, currency, released=two % 7 > 0)

    def _post(self, reference: str, parts: list[Decimal], currency: str, *, released: bool) -> None:
        made = charges.post_charges(
            reference,
            self.account,
            [self._line(place, part, currency) for place, part in enumerate(parts)],
            end_of_day(local_day(self.at) + timedelta(days=30)),
            actor=None,
            at=self.at,
            released=released,
        )
        assert sum((charge.amount for charge in made), ZERO) == sum(parts, ZERO)
        self.posted[currency] += sum(parts, ZERO)

    @staticmethod
    def _line(place: int, amount: Decimal, currency: str) -> NewCharge:
        words = f"rata {place}"
        return NewCharge(f"rata-{place}", "OTHER", amount, words, words, currency)

    def post_again(self, one: int, two: int) -> None:
        """The same case again: what stands is left as it is."""
        if (charge := self._pick(self._charges(), one)) is not None:
            lines = [
                NewCharge(same.line_key, "OTHER", same.amount, "x", "x", same.currency)
                for same in self._charges().filter(reference=charge.reference)
            ]
            charges.post_charges(charge.reference, self.account, lines, charge.due_at, actor=None, at=self.at)

    def reissue(self, one: int, two: int) -> None:
        """A case is issued anew: one line keeps its sum, the others are dropped, another comes."""
        if (charge := self._pick(self._charges(), one)) is None:
            return
        fresh = self._line(next(self._numbers), Decimal(two % 5_000) / 100 + Decimal("0.01"), charge.currency)
        same = NewCharge(charge.line_key, "OTHER", charge.amount, "x", "x", charge.currency)
        before = self._posted_rows()
        charges.reissue(
            charge.reference,
            charge.reference,
            self.account,
            [same, fresh],
            charge.due_at,
            reason="versiune nouă",
            actor=None,
            at=self.at,
        )
        for currency in CURRENCIES:
            self.posted[currency] += self._posted_rows()[currency] - before[currency]

    def release(self, one: int, two: int) -> None:
        if (charge := self._pick(self._charges(), one)) is not None:
            charges.release(charge.reference, charge.due_at, actor=None, at=self.at)

    def hide(self, one: int, two: int) -> None:
        if (charge := self._pick(self._charges(), one)) is not None:
            charges.hide(charge.reference, actor=None, at=self.at, reason="returnat")

    def cancel(self, one: int, two: int) -> None:
        if (charge := self._pick(self._charges(), one)) is not None:
            charges.cancel_unpaid(charge.reference, reason="cauza a dispărut", actor=None, at=self.at)

    def exempt(self, one: int, two: int) -> None:
        """A part of what is left, or all of it, is not asked for any more."""
        charge = self._pick(self._charges(), one)
        if charge is None or not charge.left:
            return
        part = charge.left if two % 2 else max((charge.left / 2).quantize(Decimal("0.01")), Decimal("0.01"))
        kind = "exemption" if two % 3 else "closing"
        Reduction.objects.create(charge=charge, kind=kind, amount=part, at=self.at, reason="Decizia 7")

    def pay(self, one: int, two: int) -> None:
        """Cash, on chosen lines or in the order of the university; maybe more than is owed."""
        charge = self._pick(self._charges(), one)
        exact = charge is not None and two % 2 and charge.left
        amount = charge.left if exact and charge else Decimal(two % 70_001) / 100
        currency = charge.currency if charge else CURRENCIES[one % 2]
        payment = cashdesk.receive(
            self.account.pk,
            amount,
            currency,
            payer_name="Andra Văleanu",
            chosen=[charge.pk] if charge and two % 3 else None,
            slip=UUID(int=next(self._numbers) << 96),  # its first digits are the reference
            actor=self.office.first,
            at=self.at,
        )
        self.cash[currency] += payment.amount

    def take_off(self, one: int, two: int) -> None:
        standing = Allocation.objects.filter(payment__enrolment=self.account).order_by("pk")
        if (found := self._pick(standing, one)) is not None:
            reversals.take_off(found.pk, reason="altă linie", actor=self.office.first, at=self.at)

    def put_on(self, one: int, two: int) -> None:
        payment, charge = self._pick(self._payments(), one), self._pick(self._charges(), two)
        if payment is None or charge is None:
            return
        amount = min(payment.unallocated, charge.left) if one % 3 else Decimal(two % 40_000) / 100
        reversals.put_on(payment.pk, charge.pk, amount, actor=self.office.first, at=self.at)

    def reverse(self, one: int, two: int) -> None:
        if (payment := self._pick(self._payments(), one)) is not None:
            reversals.reverse_payment(payment.pk, reason="alt cont", actor=self.office.first, at=self.at)
            self.cash[payment.currency] -= payment.amount

    def ask_back(self, one: int, two: int) -> None:
        """Some or all of the spare money of a payment back to a bank account."""
        payment = self._pick(self._payments(), one)
        if payment is None:
            return
        amount = payment.unallocated if two % 2 else (payment.unallocated / 2).quantize(Decimal("0.01"))
        wish = refund_kit.wish(payment, amount=amount, account=refund_kit.ACCOUNT)
        refunds.request(wish, origin=Refund.Origin.STUDENT, actor=self.account.person.user, at=self.at)

    def check_refund(self, one: int, two: int) -> None:
        if (refund := self._pick(self._refunds(), one)) is not None:
            refunds.check(refund.pk, actor=self.office.first, at=self.at)

    def approve(self, one: int, two: int) -> None:
        if (refund := self._pick(self._refunds(), one)) is not None:
            refunds.approve(refund.pk, seen=refund.amount, actor=self.office.second, at=self.at)

    def refuse(self, one: int, two: int) -> None:
        if (refund := self._pick(self._refunds(), one)) is not None:
            refunds.refuse_refund(refund.pk, reason="nu se poate", actor=self.office.second, at=self.at)

    def withdraw(self, one: int, two: int) -> None:
        if (refund := self._pick(self._refunds(), one)) is not None:
            refunds.withdraw(refund.pk, actor=self.account.person.user, at=self.at)

    def send(self, one: int, two: int) -> None:
        """The approved refunds go to the bank in a file."""
        currency = CURRENCIES[one % 2]
        waiting = list(for_the_bank(currency))
        if waiting:
            total = sum((refund.amount for refund in waiting), ZERO)
            refund_batches.make_batch(
                currency,
                seen_count=len(waiting),
                seen_total=total,
                execute_on=local_day(self.at),
                actor=self.office.first,
                at=self.at,
            )

    def arrive(self, one: int, two: int) -> None:
        if (attempt := self._pick(self._attempts().filter(settled_at__isnull=True), one)) is not None:
            told = refund_sending.note_arrival(
                attempt.pk, known_from="extras", actor=self.office.first, at=self.at
            )
            if told.outcome == "applied":
                self.cash[attempt.refund.currency] -= attempt.refund.amount

    def fail(self, one: int, two: int) -> None:
        """A transfer comes back, before or after it was thought to have arrived."""
        if (attempt := self._pick(self._attempts(), one)) is None:
            return
        arrived = attempt.settled_at is not None and attempt.failed_at is None
        told = refund_sending.note_failure(attempt.pk, reason="cont închis", actor=None, at=self.at)
        if told.outcome == "applied" and arrived:
            self.cash[attempt.refund.currency] += attempt.refund.amount

    def give_up(self, one: int, two: int) -> None:
        if (refund := self._pick(self._refunds(), one)) is not None:
            refunds.close(refund.pk, reason="nu răspunde", actor=self.office.first, at=self.at)

    # ---- what there is -------------------------------------------------------------------------------------

    @staticmethod
    def _pick(rows: Any, place: int) -> Any:
        found = list(rows)
        return found[place % len(found)] if found else None

    def _charges(self) -> Any:
        return Charge.objects.filter(enrolment=self.account, cancelled_at__isnull=True).order_by("pk")

    def _payments(self) -> Any:
        return Payment.objects.filter(enrolment=self.account).order_by("pk")

    def _refunds(self) -> Any:
        return Refund.objects.filter(payment__enrolment=self.account).order_by("pk")

    def _attempts(self) -> Any:
        rows = RefundAttempt.objects.filter(refund__payment__enrolment=self.account, sent_at__isnull=False)
        return rows.select_related("refund").order_by("pk")

    def _posted_rows(self) -> dict[str, Decimal]:
        found = Charge.objects.filter(enrolment=self.account).order_by().values_list("currency")
        return NOTHING | dict(found.annotate(sum=Sum("amount")))

    # ---- what must hold ------------------------------------------------------------------------------------

    def sums(self) -> tuple[Any, ...]:
        """Every row of money as it stands."""
        return (
            list(self._charges().values_list("pk", "amount", "reduced", "allocated", "state", "due_at")),
            list(self._payments().values_list("pk", "amount", "allocated", "refunded", "reversed_at")),
            Allocation.objects.filter(payment__enrolment=self.account).count(),
            list(self._refunds().values_list("pk", "state", "amount")),
            list(self._attempts().values_list("pk", "state")),
            PaymentReversal.objects.filter(payment__enrolment=self.account).count(),
        )

    def check(self) -> None:
        """No act made money appear or vanish; every total is the sum of its lines."""
        lines, money = list(self._charges()), list(self._payments())
        allocated = self._allocated()
        for line in Charge.objects.filter(enrolment=self.account):
            on_it = sum((part for (_p, charge), part in allocated.items() if charge == line.pk), ZERO)
            assert line.allocated == on_it
            assert ZERO <= line.allocated <= line.amount - line.reduced
            assert line.cancelled_at is None or not on_it
        for payment in money:
            spent = sum((part for (one, _c), part in allocated.items() if one == payment.pk), ZERO)
            assert payment.allocated == spent
            if payment.reversed_at is None:
                assert payment.allocated + payment.refunded + payment.unallocated == payment.amount
                assert min(payment.allocated, payment.refunded, payment.unallocated) >= 0
            else:
                assert (payment.allocated, payment.refunded, payment.unallocated) == (0, 0, 0)
        assert self._purse(money) == self.cash, "the purse and the ledger count the cash differently"
        assert self._posted_rows() == self.posted
        self._check_totals(lines)

    def _allocated(self) -> dict[tuple[int, int], Decimal]:
        rows = Allocation.objects.filter(payment__enrolment=self.account).order_by()
        found = rows.values_list("payment", "charge").annotate(sum=Sum("amount"))
        return {(payment, charge): amount for payment, charge, amount in found}

    def _purse(self, money: list[Payment]) -> dict[str, Decimal]:
        """What the office holds: payments that stand, less refunds that have arrived and stayed there."""
        held = dict(NOTHING)
        for payment in money:
            held[payment.currency] += payment.amount if payment.reversed_at is None else ZERO
        for attempt in self._attempts():
            if attempt.settled_at and not attempt.failed_at:
                held[attempt.refund.currency] -= attempt.refund.amount
        return held

    def _check_totals(self, lines: list[Charge]) -> None:
        """FEE-005: totals add the lines, by currency; nothing is added across currencies."""
        for one in totals(lines, self.at):
            own = [line for line in lines if line.currency == one.currency and line.released_at]
            assert one.balance.paid == sum((line.allocated for line in own), ZERO)
            assert one.left == sum((line.left for line in own), ZERO)
            assert one.balance.overdue <= one.left

    def check_books(self) -> None:
        """The movements of the account give what stands on its rows; two halves of its time join."""
        computed = {
            book.currency: book for book in books.books_of(factories.NOW, self.at + timedelta(minutes=1))
        }
        standing = books.standing()
        assert {currency: book.closing for currency, book in computed.items()} == {
            currency: standing.get(currency, ZERO) for currency in computed
        }
        rows = movements.of_account(self.account, "ro")
        middle = factories.NOW + (self.at - factories.NOW) / 2
        first = movements.statements(rows, movements.Period(factories.NOW, middle))
        second = movements.statements(rows, movements.Period(middle, self.at + timedelta(minutes=1)))
        closings = {one.currency: one.closing for one in first}
        assert all(one.opening == closings.get(one.currency, ZERO) for one in second)


ACTS: tuple[str, ...] = (
    "post", "post", "pay", "pay", "pay", "post_again", "reissue", "release", "hide", "cancel", "exempt",
    "take_off", "put_on", "put_on", "reverse", "ask_back", "ask_back", "check_refund", "approve", "refuse",
    "withdraw", "send", "arrive", "fail", "give_up",
)  # fmt: skip
assert all(isinstance(getattr(History, name), Callable) for name in ACTS)
