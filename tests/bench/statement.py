"""A statement of 5,000 entries: read, looked at and booked, beside bare inserts of the same rows.

    python -m tests.bench.statement [--entries 5000] [--accounts 1000]

Nine entries of ten carry the reference of a line; of the rest half find their student by name and sum, half
wait in the queue. The bare side reads nothing and decides nothing: it inserts as many rows as the booking
leaves behind (entry, payment, allocation, link, trace, paper, mail, jobs), in the same steps of 100.
"""

import argparse
import time
from decimal import Decimal
from typing import Any

from tests.bench import world

ROWS_AN_ENTRY = 8
GOAL = 30  # seconds for 5,000 entries


def main() -> None:
    """Make the accounts, book the file, insert the same rows bare, say the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=5000)
    arguments.add_argument("--accounts", type=int, default=1000)
    given = arguments.parse_args()
    with world.servers():
        data, clerk = _world(given.entries, given.accounts)
        print(f"{given.entries} entries, {len(data) / 1e6:.1f} MB, {given.accounts} accounts")
        _measure(data, clerk, given.entries)


def _measure(data: bytes, clerk: Any, entries: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from fees.models import BankEntry, Payment
    from fees.services import statements
    from upt_portal.kernel import clock, jobs

    (statement, _fresh), took = _timed(
        lambda: statements.take_in("extras.xml", data, actor=clerk, at=clock.now())
    )
    print(f"read and kept            {took:6.2f} s")
    plan, took = _timed(lambda: statements.plan_of(statement, at=clock.now()))
    print(f"the look                 {took:6.2f} s: {len(plan.matched)} matched, {len(plan.unclear)} unclear")
    job = statements.confirm(statement.pk, actor=clerk, at=clock.now())
    spent = time.process_time()
    done, booked = _timed(lambda: jobs.run(str(job.pk), at=clock.now()))
    spent = time.process_time() - spent
    if not done:
        raise RuntimeError("the statement was not booked")
    print(
        f"booked                   {booked:6.2f} s, {entries / booked:.0f} entries a second (goal {GOAL} s)"
    )
    print(f"of it, this process      {spent:6.2f} s; the rest is PostgreSQL, and others on the machine")
    print(f"payments {Payment.objects.count()}, waiting {BankEntry.objects.filter(state='waiting').count()}")
    _again, took = _timed(lambda: statements.book_statement(job))
    print(f"the same file again      {took:6.2f} s, payments {Payment.objects.count()}")
    bare, took = _timed(lambda: _bare(entries))
    print(f"bare inserts             {took:6.2f} s for {bare} rows; booking: {booked / took:.1f} times that")
    with CaptureQueriesContext(connection) as caught:
        part = statements.read_again(statement).movements[: statements.STEP]
        statements.book_part(statement, part, at=clock.now())
    print(f"queries of a step that finds everything known: {len(caught)}")


def _timed(work: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def _bare(entries: int) -> int:
    """The rows of `entries` entries, inserted in steps of 100, each a transaction."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_row (id bigserial PRIMARY KEY, at timestamptz, sum numeric, body text)"
        )
        for _step in range(entries // 100):
            with transaction.atomic():
                for _kind in range(ROWS_AN_ENTRY):
                    cursor.executemany(
                        "INSERT INTO bench_row (at, sum, body) VALUES (now(), %s, %s)",
                        [(Decimal("335.00"), "x" * 300)] * 100,
                    )
    return entries * ROWS_AN_ENTRY


def _world(entries: int, accounts: int) -> tuple[bytes, Any]:
    """Accounts with open lines, each line with its reference, and the statement that pays them."""
    from django.test.utils import override_settings

    from fees.models import Charge, TransferLine, TransferReference
    from fees.rules import transfers
    from tests import factories
    from tests.fees import ledger_kit, statement_kit
    from tests.fees.statement_kit import camt

    factories.academic_year()
    statement_kit.bank_account()
    plan = factories.curriculum(filled=False)
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        made = [factories.enrolment(programme=plan.programme, curriculum=plan) for _n in range(accounts)]
    pattern = ledger_kit.charge(made[0], line_key="pattern")
    lines = Charge.objects.bulk_create(
        _line(pattern, made[number % accounts], number, f"{100 + number // accounts}.50")
        for number in range(entries)
    )
    named = [(number, line) for number, line in enumerate(lines) if number % 10 != 9]
    references = TransferReference.objects.bulk_create(
        TransferReference(
            enrolment=line.enrolment,
            number=number // accounts + 1,
            code=transfers.creditor_reference(line.enrolment_id, number // accounts + 1),
            currency="RON",
            choice=str(number),
            made_at=factories.NOW,
        )
        for number, line in named
    )
    TransferLine.objects.bulk_create(
        TransferLine(reference=reference, charge=line)
        for reference, (_number, line) in zip(references, named, strict=True)
    )
    codes = {line.pk: reference.code for reference, (_n, line) in zip(references, named, strict=True)}
    return camt(*(_moved(number, line, codes) for number, line in enumerate(lines))), statement_kit.clerk()


def _line(pattern: Any, account: Any, number: int, amount: str) -> Any:
    """A line like the pattern, of another account."""
    from fees.models import Charge

    same = ("fee_type", "year", "posted_at", "due_at", "released_at")
    return Charge(
        enrolment=account,
        reference=f"bench:{number}",
        line_key="1",
        description_ro=f"Linia {number}",
        description_en=f"Line {number}",
        amount=Decimal(amount),
        **{name: getattr(pattern, name) for name in same},
    )


def _moved(number: int, line: Any, codes: dict[int, str]) -> Any:
    """The transfer that pays a line: with its reference, by name and sum, or by nobody known."""
    from tests.fees.statement_kit import Moved

    person = line.enrolment.person
    name = f"{person.first_name} {person.last_name}"
    if line.pk in codes:
        return Moved(str(line.amount), message=f"taxa {codes[line.pk]}", name=name)
    return Moved(str(line.amount), name=name if number % 20 == 9 else "Firma SRL", iban="")


if __name__ == "__main__":
    main()
