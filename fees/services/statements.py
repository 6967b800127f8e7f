"""Statement files of the bank: taken in, looked at, confirmed, booked by a job in small steps."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from fees.models import BankAccount, BankEntry, Payment, StatementFile
from fees.parameters import MATCH_BY_PAYER
from fees.queries import bank
from fees.refusal import refuse
from fees.rules import matching, transfers
from fees.services import booking, statement_files
from fees.services.statement_files import CAME_BACK, CREDIT, DEBIT, TAKEN_BACK, Movement, Reading, Said
from fees.workflow import EntryState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, jobs
from upt_portal.kernel.calendar import start_of_day
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Job

BOOK = "fees.book_statement"
STEP = 100  # entries of one transaction: short enough that no student waits for its locks

audit.register_act("fees.upload_statement", _("A bank statement was uploaded"))
audit.register_act("fees.confirm_statement", _("A bank statement was confirmed"))
audit.register_act("fees.discard_statement", _("A bank statement was given up"))

Why = BankEntry.Why


@dataclass(frozen=True)
class Verdict:
    """Where a movement belongs: to an account and its lines, or why somebody must look.

    chosen: lines in their order; how: "reference" or "payer".
    """

    movement: Movement
    account: int | None = None
    chosen: tuple[int, ...] = ()
    how: str = ""
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """What confirming a file would do. Faults: while there is one, it cannot be confirmed."""

    format: str
    matched: Sequence[Verdict]
    unclear: Sequence[Verdict]
    duplicates: Sequence[Movement]
    outgoing: Sequence[Movement]
    left_out: Sequence[Said]
    faults: Sequence[Said]

    @property
    def found(self) -> int:
        """How many movements the file tells."""
        return sum(map(len, (self.matched, self.unclear, self.duplicates, self.outgoing)))

    @property
    def fresh(self) -> int:
        """How many of them are new."""
        return self.found - len(self.duplicates)


# --- a file comes in ----------------------------------------------------------------------------------------


@transaction.atomic
def take_in(name: str, data: bytes, *, actor: User, at: datetime) -> tuple[StatementFile, bool]:
    """Keep a statement file for its look; the file that is there already, and False, when it came before.

    Raises NotAStatement, with nothing kept, when it cannot be read or speaks of no account of ours.
    """
    digest = statement_files.digest_of(data)
    known = StatementFile.objects.filter(digest=digest, discarded_at__isnull=True).first()
    if known is not None:
        return known, False
    reading = statement_files.read(data)
    ours = set(BankAccount.objects.values_list("iban", flat=True))
    if reading.movements and not any(one.iban in ours for one in reading.movements):
        told = reading.movements[0].iban
        raise statement_files.NotAStatement(
            say("The statement is of the account %(iban)s, which is not one of the university's.")
            % {"iban": told}
        )
    statement = StatementFile(
        name=name[-200:],
        digest=digest,
        format=reading.format,
        size=len(data),
        entries=len(reading.movements),
        uploaded_at=at,
        uploaded_by=actor,
    )
    suffix = "sta" if reading.format == "MT940" else "xml"
    statement.file.save(f"{digest[:32]}.{suffix}", ContentFile(data), save=False)
    statement.save()
    audit.record(statement, "fees.upload_statement", actor=actor, at=at, data={"sha256": digest})
    return statement, True


def read_again(statement: StatementFile) -> Reading:
    """What a kept file says; the same every time."""
    with statement.file.open("rb") as kept:
        return statement_files.read(kept.read())


def plan_of(statement: StatementFile, *, at: datetime) -> Plan:
    """What confirming the file would do as things stand now; nothing is written."""
    reading = read_again(statement)
    ours = {one.iban: one for one in BankAccount.objects.all()}
    mine, left_out = _of_ours(reading, ours)
    existing = _existing(mine, ours)
    seen: set[tuple[str, str]] = set()
    fresh: list[Movement] = []
    duplicates: list[Movement] = []
    for one in mine:
        (duplicates if (one.iban, one.key) in existing | seen else fresh).append(one)
        seen.add((one.iban, one.key))
    verdicts = judged(fresh, ours, at=at)
    return Plan(
        format=reading.format,
        matched=[one for one in verdicts if one.account is not None],
        unclear=[one for one in verdicts if one.why],
        duplicates=duplicates,
        outgoing=[one.movement for one in verdicts if one.account is None and not one.why],
        left_out=left_out,
        faults=reading.faults,
    )


def _of_ours(reading: Reading, ours: Mapping[str, BankAccount]) -> tuple[list[Movement], list[Said]]:
    """The movements on the university's accounts, and a word for each other one."""
    left_out = list(reading.left_out)
    mine = []
    for one in reading.movements:
        if one.iban in ours:
            mine.append(one)
        else:
            words = say("The account %(iban)s is not one of the university's.") % {"iban": one.iban or "?"}
            left_out.append(Said(one.line, words))
    return mine, left_out


def _existing(movements: Iterable[Movement], ours: Mapping[str, BankAccount]) -> set[tuple[str, str]]:
    keys = [one.key for one in movements]
    rows = BankEntry.objects.filter(key__in=keys, account__in=[one.pk for one in ours.values()])
    return set(rows.values_list("account__iban", "key"))


# --- where it belongs ---------------------------------------------------------------------------------------


def judged(movements: Sequence[Movement], ours: Mapping[str, BankAccount], *, at: datetime) -> list[Verdict]:
    """Where each movement belongs: by its reference, then by payer and sum; a constant number of queries.

    A line found for one movement has so much less left for the next.
    """
    credits = [one for one in movements if one.kind == CREDIT]
    known = bank.known_about([_told(one) for one in credits])
    by_payer = MATCH_BY_PAYER.on(local_day(at))
    return [_verdict(one, ours[one.iban], known, by_payer) for one in movements]


def _told(movement: Movement) -> bank.Told:
    return bank.Told(movement.message, movement.end_to_end, movement.payer_name, movement.payer_iban)


def _verdict(one: Movement, account: BankAccount, known: bank.Known, by_payer: bool) -> Verdict:
    if one.kind == DEBIT:
        return Verdict(one)
    if one.kind in (TAKEN_BACK, CAME_BACK):
        return Verdict(one, why=Why.TAKEN_BACK if one.kind == TAKEN_BACK else Why.CAME_BACK)
    if one.unclear:
        return Verdict(one, why=Why.BATCH)
    if one.currency != account.currency:
        return Verdict(one, why=Why.CURRENCY)
    codes = transfers.references_in(_told(one).text)
    found = [known.references[code] for code in codes if code in known.references]
    if found:
        return _by_reference(one, found, known)
    if codes:
        return Verdict(one, why=Why.UNKNOWN)
    payers = known.payer_accounts(_told(one))
    if by_payer:
        lines = {payer: known.lines.get(payer, []) for payer in payers}
        fit = matching.fitting_account(one.amount, one.currency, lines)
        if fit is not None:
            return _matched(one, fit.account, fit.lines, "payer", known)
    if transfers.looks_mistyped(_told(one).text):
        return Verdict(one, why=Why.MISTYPED)
    return Verdict(one, why=Why.PAYER_SUM if payers else Why.NOBODY)


def _by_reference(one: Movement, found: Sequence[Any], known: bank.Known) -> Verdict:
    if len({reference.enrolment_id for reference in found}) > 1:
        return Verdict(one, why=Why.SEVERAL)
    if any(reference.currency != one.currency for reference in found):
        return Verdict(one, why=Why.CURRENCY)
    account = found[0].enrolment_id
    wanted = {line.charge_id for reference in found for line in reference.lines.all()}
    chosen = tuple(line.key for line in known.lines.get(account, []) if line.key in wanted)
    return _matched(one, account, chosen, "reference", known)


def _matched(one: Movement, account: int, chosen: tuple[int, ...], how: str, known: bank.Known) -> Verdict:
    """A match; its lines have so much less left for the movements that follow."""
    rest = one.amount
    kept = []
    for line in known.lines.get(account, []):
        part = min(rest, line.left) if line.key in chosen else Decimal(0)
        rest -= part
        if line.left > part:
            kept.append(matching.OpenLine(line.key, line.left - part, line.due_at, line.currency))
    known.lines[account][:] = kept
    return Verdict(one, account, chosen, how)


# --- confirmed and booked -----------------------------------------------------------------------------------


@transaction.atomic
def confirm(statement_id: int, *, actor: User, at: datetime) -> Job:
    """Have the file booked by a job; a second click gives the same job.

    Raises Refused when the file was given up or has faults.
    """
    statement = StatementFile.objects.select_for_update().get(pk=statement_id)
    if statement.discarded_at is not None:
        raise refuse(_("This statement was given up. Upload the file again."))
    if statement.confirmed_at is None:
        reading = read_again(statement)
        if reading.faults:
            raise refuse(
                _("The file has faults, so nothing of it is booked. Download it again from the bank.")
            )
        statement.confirmed_at, statement.confirmed_by = at, actor
        statement.save(update_fields=["confirmed_at", "confirmed_by"])
        audit.record(statement, "fees.confirm_statement", actor=actor, at=at)
    return jobs.enqueue(
        BOOK,
        job_key(statement.pk),
        {"statement": statement.pk},
        actor=actor,
        total=statement.entries,
        queue="bulk",
        at=at,
    )


def job_key(statement_id: int) -> str:
    """The key of the job that books a statement."""
    return f"{BOOK}:{statement_id}"


@transaction.atomic
def discard(statement_id: int, *, actor: User, at: datetime) -> None:
    """Give up a file that was not confirmed; its row stays. Raises Refused when it was confirmed."""
    statement = StatementFile.objects.select_for_update().get(pk=statement_id)
    if statement.confirmed_at is not None:
        raise refuse(_("This statement is confirmed. Payments are taken back one by one."))
    if statement.discarded_at is None:
        statement.discarded_at = at
        statement.save(update_fields=["discarded_at"])
        audit.record(statement, "fees.discard_statement", actor=actor, at=at)


@jobs.handler(BOOK)
def book_statement(job: Job) -> Mapping[str, Any]:
    """Book a confirmed file in steps; what a killed worker had booked is found there and left."""
    statement = StatementFile.objects.select_related("confirmed_by").get(pk=job.payload["statement"])
    reading = read_again(statement)
    ours = {one.iban: one for one in BankAccount.objects.all()}
    mine, _left_out = _of_ours(reading, ours)
    at = clock.now()
    done, booked = 0, 0
    for part in _parts_of(mine):
        booked += book_part(statement, part, at=at)
        done += len(part)
        jobs.step(job, min(done, job.total))
    StatementFile.objects.filter(pk=statement.pk, finished_at__isnull=True).update(finished_at=at)
    return {"entries": done, "payments": booked}


def _parts_of(movements: Sequence[Movement]) -> Iterable[list[Movement]]:
    source = iter(movements)
    while part := list(islice(source, STEP)):
        yield part


@transaction.atomic
def book_part(statement: StatementFile, movements: Collection[Movement], *, at: datetime) -> int:
    """Take some movements into the books, each once; returns how many payments came of them.

    The accounts of the bank are locked first, so two files that tell the same movement wait for each other.
    """
    wanted = {one.iban for one in movements}
    locked = BankAccount.objects.select_for_update().filter(iban__in=wanted).order_by("pk")
    ours = {one.iban: one for one in locked}
    existing = _existing(movements, ours)
    fresh = list(
        {(one.iban, one.key): one for one in movements if (one.iban, one.key) not in existing}.values()
    )
    verdicts = judged(fresh, ours, at=at)
    now = [one for one in verdicts if one.movement.kind != TAKEN_BACK]
    entries = BankEntry.objects.bulk_create(_entry(one, statement, ours, at) for one in now)
    moneys = [
        money_of(entry, account=verdict.account, chosen=verdict.chosen, how=verdict.how)
        for entry, verdict in zip(entries, now, strict=True)
        if verdict.account is not None
    ]
    made = booking.book(moneys, actor=statement.confirmed_by, at=at)
    _take_back([one for one in verdicts if one.movement.kind == TAKEN_BACK], statement, ours, at)
    return len(made)


def money_of(
    entry: BankEntry,
    *,
    account: int,
    chosen: Sequence[int] | None,
    how: str,
    amount: Decimal | None = None,
    sums: Mapping[int, Decimal] | None = None,
    nth: int = 1,
) -> booking.Money:
    """A bank entry, or a part of it, as money of an account. nth: counts the payments made of the entry."""
    paid_on = min(entry.value_on, entry.booked_on)
    told = entry.bank_reference[:60] or f"{entry.booked_on:%Y%m%d}"
    return booking.Money(
        account=account,
        method=Payment.Method.BANK,
        amount=entry.left if amount is None else amount,
        currency=entry.currency,
        payer_name=entry.payer_name or entry.payer_iban or "–",
        reference=f"{told}/{entry.pk}" + (f"-{nth}" if nth > 1 else ""),
        paid_at=start_of_day(paid_on),
        chosen=chosen,
        sums=sums or {},
        entry=entry,
        how=how,
    )


def _entry(
    verdict: Verdict,
    statement: StatementFile,
    ours: Mapping[str, BankAccount],
    at: datetime,
    takes_back: BankEntry | None = None,
) -> BankEntry:
    one = verdict.movement
    return BankEntry(
        account=ours[one.iban],
        statement=statement,
        key=one.key,
        line=one.line,
        kind=one.kind,
        amount=one.amount,
        currency=one.currency,
        booked_on=one.booked_on,
        value_on=one.value_on,
        payer_name=one.payer_name,
        payer_iban=one.payer_iban,
        message=one.message,
        bank_reference=one.bank_reference,
        end_to_end=one.end_to_end,
        takes_back=takes_back,
        why=verdict.why,
        read_at=at,
    )


def _take_back(
    verdicts: Sequence[Verdict], statement: StatementFile, ours: Mapping[str, BankAccount], at: datetime
) -> None:
    """Transfers that the bank took back: one that was nobody's yet is closed with it, the others wait."""
    if not verdicts:
        return
    originals = _originals([one.movement for one in verdicts], ours)
    entries, undone = [], []
    for verdict in verdicts:
        one = verdict.movement
        original = next(iter(originals.pop((one.iban, one.key), [])), None)
        why = Why.TAKEN_BACK if original is not None else Why.TAKEN_UNKNOWN
        untouched = original is not None and not original.booked and original.state == EntryState.WAITING
        entry = _entry(Verdict(one, why=why), statement, ours, at, takes_back=original)
        if original is not None and untouched:
            for closed in (entry, original):
                closed.closing, closed.closed_at = BankEntry.Closing.UNDONE, at
                closed.closed_note = f"{one.booked_on:%d.%m.%Y} {one.bank_reference}".strip()
            undone.append(original)
        entries.append(entry)
    BankEntry.objects.bulk_create(entries)
    BankEntry.objects.bulk_update(undone, ["closing", "closed_at", "closed_note"])


def _originals(
    movements: Sequence[Movement], ours: Mapping[str, BankAccount]
) -> dict[tuple[str, str], list[BankEntry]]:
    """The credit that each movement takes back: same account, sum, currency and a reference they share."""
    references = {one.bank_reference for one in movements} - {""}
    ends = {one.end_to_end for one in movements} - {""}
    rows = (
        BankEntry.objects.select_for_update()
        .filter(Q(bank_reference__in=references) | Q(end_to_end__in=ends), kind=BankEntry.Kind.CREDIT)
        .filter(account__in=[one.pk for one in ours.values()])
        .exclude(pk__in=BankEntry.objects.filter(takes_back__isnull=False).values("takes_back"))
        .order_by("-booked_on", "-pk")
    )
    by_facts: dict[tuple[object, ...], list[BankEntry]] = defaultdict(list)
    for row in rows:
        for shared in {("bank", row.bank_reference), ("end", row.end_to_end)}:
            if shared[1]:
                by_facts[(row.account_id, row.amount, row.currency, *shared)].append(row)
    used: set[int] = set()
    found: dict[tuple[str, str], list[BankEntry]] = {}
    for one in movements:
        facts = (ours[one.iban].pk, one.amount, one.currency)
        fitting = [
            *by_facts[(*facts, "bank", one.bank_reference)],
            *by_facts[(*facts, "end", one.end_to_end)],
        ]
        free = [row for row in fitting if row.pk not in used]
        if free:
            used.add(free[0].pk)
            found[(one.iban, one.key)] = [free[0]]
    return found
