"""What the bank told us, whose it may be, and what waits."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from fees.models import (
    BankAccount,
    BankEntry,
    Charge,
    EntryBooking,
    Payment,
    StatementFile,
    TransferReference,
)
from fees.queries import desk, finding
from fees.rules import matching, transfers
from fees.workflow import PAYABLE, EntryState
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel.names import search_key


def account_in_use(currency: str) -> BankAccount | None:
    """The account into which students pay a currency; None when there is none."""
    return BankAccount.objects.filter(currency=currency, active=True).first()


def reference_seen_by(user: User, code: str, enrolment_id: int) -> TransferReference | None:
    """A transfer reference of the user's own enrolment; None for anybody else's."""
    own = TransferReference.objects.filter(code=code, enrolment_id=enrolment_id, enrolment__person__user=user)
    return own.select_related("enrolment__person").first()


# --- what waits ---------------------------------------------------------------------------------------------


def waiting_entries() -> QuerySet[BankEntry]:
    """Money and movements of the bank that wait for a decision, oldest first."""
    return (
        BankEntry.objects.filter(state=EntryState.WAITING)
        .select_related("account")
        .order_by("booked_on", "pk")
    )


def unallocated_payments() -> QuerySet[Payment]:
    """Payments of students with money that pays no line, oldest first (FEE-005)."""
    spare = Payment.objects.filter(amount__gt=F("allocated") + F("refunded"), reversed_at__isnull=True)
    return spare.select_related("enrolment__person", "enrolment__programme").order_by("booked_at", "pk")


def entries_to_return() -> QuerySet[BankEntry]:
    """Money that the finance office decided to send back to its payer, and that was not sent yet."""
    return (
        BankEntry.objects.filter(state=EntryState.TO_RETURN).select_related("account").order_by("closed_at")
    )


# --- whose it may be ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What a bank entry says about where it belongs."""

    message: str
    end_to_end: str
    payer_name: str
    payer_iban: str

    @property
    def text(self) -> str:
        return f"{self.message} {self.end_to_end}"


@dataclass(frozen=True)
class Known:
    """What the portal knows about some entries at once, from a constant number of queries.

    references: by code. by_iban: accounts that an IBAN has paid for. by_name: accounts of people with that
    name. lines: what each of these accounts can pay, by account.
    """

    references: Mapping[str, TransferReference]
    by_iban: Mapping[str, frozenset[int]]
    by_name: Mapping[str, frozenset[int]]
    by_number: Mapping[str, int]
    lines: Mapping[int, list[matching.OpenLine]]

    def payer_accounts(self, told: Told) -> frozenset[int]:
        """The accounts that the payer of an entry may pay for."""
        found: set[int] = set(self.by_iban.get(told.payer_iban, ()))
        for reading in matching.name_readings(search_key(told.payer_name)):
            found |= self.by_name.get(reading, frozenset())
        found |= {self.by_number[number] for number in numbers_in(told.message) if number in self.by_number}
        return frozenset(found)


def numbers_in(text: str) -> set[str]:
    """Words of a text that may be matriculation numbers."""
    words = (word.strip(".,;:()") for word in text.upper().split())
    return {word for word in words if 3 <= len(word) <= 20 and any(letter.isdigit() for letter in word)}


def known_about(told: Collection[Told]) -> Known:
    """What is known about some entries: references, payers, open lines. Six queries, however many."""
    references = _references(told)
    by_iban = _by_iban({one.payer_iban for one in told} - {""})
    by_name = _by_name(
        {reading for one in told for reading in matching.name_readings(search_key(one.payer_name))}
    )
    by_number = dict(
        Enrolment.objects.filter(
            matriculation_number__in={number for one in told for number in numbers_in(one.message)}
        ).values_list("matriculation_number", "pk")
    )
    accounts = {reference.enrolment_id for reference in references.values()} | set(by_number.values())
    accounts |= {account for found in (by_iban, by_name) for each in found.values() for account in each}
    return Known(references, by_iban, by_name, by_number, open_lines(accounts))


def _references(told: Iterable[Told]) -> dict[str, TransferReference]:
    codes = {code for one in told for code in transfers.references_in(one.text)}
    found = TransferReference.objects.filter(code__in=codes).prefetch_related("lines")
    return {reference.code: reference for reference in found}


def _by_iban(ibans: set[str]) -> dict[str, frozenset[int]]:
    paid: dict[str, set[int]] = defaultdict(set)
    rows = EntryBooking.objects.filter(
        entry__payer_iban__in=ibans, payment__reversed_at__isnull=True, payment__enrolment__isnull=False
    )
    for iban, account in rows.values_list("entry__payer_iban", "payment__enrolment_id"):
        if account is not None:
            paid[iban].add(account)
    return {iban: frozenset(accounts) for iban, accounts in paid.items()}


def _by_name(readings: set[str]) -> dict[str, frozenset[int]]:
    named: dict[str, set[int]] = defaultdict(set)
    rows = Enrolment.objects.filter(person__search__in=readings)
    for search, account in rows.values_list("person__search", "pk"):
        named[search].add(account)
    return {search: frozenset(accounts) for search, accounts in named.items()}


def open_lines(accounts: Collection[int]) -> dict[int, list[matching.OpenLine]]:
    """What some accounts can pay, by account; one query."""
    lines: dict[int, list[matching.OpenLine]] = {account: [] for account in accounts}
    rows = Charge.objects.filter(enrolment__in=accounts, state__in=PAYABLE).order_by("due_at", "pk")
    left = F("amount") - F("reduced") - F("allocated")
    for account, *line in rows.values_list("enrolment_id", "pk", left, "due_at", "currency"):
        lines[account].append(matching.OpenLine(*line))
    return lines


# --- the finance office looks for a student -----------------------------------------------------------------

MOST_FOUND = 20


def students_found(words: str, user: User) -> list[Enrolment]:
    """Enrolments by name, matriculation number or transfer reference, at most twenty."""
    if codes := transfers.references_in(words):
        rows = finding.accounts_for(user).filter(transfer_references__code__in=codes).distinct()
        return list(rows[:MOST_FOUND])
    return list(finding.named(words, user)[:MOST_FOUND])


@dataclass(frozen=True)
class Suggestion:
    """A student whose money an entry may be. due: what is left to pay, in the currency of the entry."""

    account: Enrolment
    due: Decimal
    fits: bool


def suggested_accounts(entry: BankEntry, user: User) -> list[Suggestion]:
    """Students whom an entry may come from: by reference (wrongly copied too), payer, numbers in the text.

    Those whose open lines the sum fits stand first.
    """
    told = Told(entry.message, entry.end_to_end, entry.payer_name, entry.payer_iban)
    known = known_about([told])
    ids = set(known.payer_accounts(told)) | {one.enrolment_id for one in known.references.values()}
    ids |= transfers.accounts_meant(told.text)
    accounts = finding.accounts_for(user).filter(pk__in=ids)
    lines = open_lines(ids)
    found = []
    for account in accounts.order_by("person__sort", "pk")[:MOST_FOUND]:
        own = [line for line in lines[account.pk] if line.currency == entry.currency]
        due = sum((line.left for line in own), Decimal(0))
        fits = matching.fitting_account(entry.left, entry.currency, {account.pk: own}) is not None
        found.append(Suggestion(account, due, fits))
    return sorted(found, key=lambda one: not one.fits)


def due_by_account(accounts: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """What is left to pay on open lines, by account and currency; one query."""
    sums: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for account, lines in open_lines(accounts).items():
        for line in lines:
            sums[account][line.currency] = sums[account].get(line.currency, Decimal(0)) + line.left
    return sums


# --- one payment as the office sees it ----------------------------------------------------------------------


def payment_with_all(payment_id: int) -> Payment | None:
    """A payment with its account, reversal and bank entry; None when there is none."""
    rows = Payment.objects.select_related(
        "enrolment__person__user",
        "enrolment__programme__faculty",
        "reversal__by",
        "entry_booking__entry__account",
    )
    return rows.filter(pk=payment_id).first()


def lines_of_account(enrolment_id: int, currency: str = "") -> list[Charge]:
    """What an account can pay, oldest due first; of one currency when named."""
    lines = Charge.objects.filter(enrolment=enrolment_id, state__in=PAYABLE).select_related("year")
    return list((lines.filter(currency=currency) if currency else lines).order_by("due_at", "pk"))


def _waiting(user: User) -> QuerySet[BankEntry]:
    return waiting_entries()


def _waiting_statements(user: User) -> QuerySet[StatementFile]:
    return StatementFile.objects.filter(confirmed_at__isnull=True, discarded_at__isnull=True)


def _unallocated(user: User) -> QuerySet[Payment]:
    return unallocated_payments()


desk.register_page(
    desk.DeskPage(
        "fees:matching",
        _("Matching queue"),
        desk.Group.PAYMENTS,
        waiting=_waiting,
        place=10,
        below=("fees:matching_entry", "fees:matching_give", "fees:matching_end"),
    )
)
desk.register_page(
    desk.DeskPage(
        "fees:unallocated", _("Unallocated money"), desk.Group.PAYMENTS, waiting=_unallocated, place=15
    )
)
desk.register_page(
    desk.DeskPage(
        "fees:bank",
        _("Bank statements"),
        desk.Group.PAYMENTS,
        waiting=_waiting_statements,
        place=20,
        below=("fees:bank_statement",),
    )
)
desk.register_page(
    desk.DeskPage("fees:cash", _("Cash desk"), desk.Group.PAYMENTS, place=30, below=("fees:cash_receive",))
)
