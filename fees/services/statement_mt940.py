"""Reading MT940, by the library mt-940; what it passes over in silence is found again by counting lines."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from stdnum import iban as ibans

from fees.services.statement_files import (
    CAME_BACK,
    CREDIT,
    DEBIT,
    TAKEN_BACK,
    Movement,
    NotAStatement,
    Reading,
    Said,
    balance_fault,
    reference_or_none,
)

KINDS = {"C": CREDIT, "D": DEBIT, "RC": TAKEN_BACK, "RD": CAME_BACK}
SUBFIELD = re.compile(r"([?~+<>])(\d\d)")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
CENT = Decimal("0.01")


def read(data: bytes) -> Reading:
    """What an MT940 file says. Raises NotAStatement when it cannot be read."""
    import mt940  # few banks still send it: loaded with the first such file

    text = _decoded(data)
    starts = [number for number, line in enumerate(text.split("\n"), 1) if line.startswith(":61:")]
    try:
        statements = mt940.parse_statements(text)
    except Exception as fault:
        # whatever a damaged file makes the library stumble over, the file is refused whole
        raise NotAStatement(_("The MT940 file is damaged. Download it again from the bank.")) from fault
    if not statements:
        raise NotAStatement(_("The file holds no statement."))
    reading = Reading(format="MT940")
    lines = iter(starts)
    for statement in statements:
        _read_statement(statement, lines, reading)
    if (missed := len(starts) - sum(len(one.transactions) for one in statements)) > 0:
        words = _("Entries that cannot be read: %(count)s.") % {"count": missed}
        reading.faults.append(Said(starts[-1], words))
    return reading


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1250", "latin-1"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise NotAStatement(_("The MT940 file is damaged. Download it again from the bank."))


def _read_statement(statement: Any, lines: Iterator[int], reading: Reading) -> None:
    told = statement.data
    iban = re.sub(r"[^A-Z0-9]", "", str(told.get("account_identification", "")).upper().split("/")[-1])
    moved, first = Decimal(0), 0
    for transaction in statement.transactions:
        line = next(lines, 0)
        first = first or line
        movement = _movement(transaction.data, iban, line)
        if isinstance(movement, Said):
            reading.faults.append(movement)
            continue
        moved += movement.amount if movement.kind in (CREDIT, CAME_BACK) else -movement.amount
        reading.movements.append(movement)
    opening, closing = _balance(told, "opening"), _balance(told, "closing")
    if fault := balance_fault(first, opening, moved, closing):
        reading.faults.append(fault)


def _balance(told: Any, which: str) -> Decimal | None:
    found = told.get(f"final_{which}_balance") or told.get(f"intermediate_{which}_balance")
    return Decimal(found.amount.amount).quantize(CENT) if found is not None and found.amount else None


def _movement(said: Any, iban: str, line: int) -> Movement | Said:
    status, money, day = said.get("status"), said.get("amount"), said.get("date")
    if status not in KINDS or money is None or day is None or money.amount is None:
        return Said(line, _("The entry has no sum, no sign or no date."))
    amount = abs(Decimal(money.amount))
    if amount != amount.quantize(CENT) or not amount:
        return Said(line, _("The sum “%(sum)s” cannot be read.") % {"sum": money.amount})
    booked = said.get("entry_date") or day
    message, name, account = _details(str(said.get("transaction_details") or ""), said, iban)
    return Movement(
        line=line,
        iban=iban,
        kind=KINDS[status],
        amount=amount.quantize(CENT),
        currency=str(money.currency),
        booked_on=date(booked.year, booked.month, booked.day),
        value_on=date(day.year, day.month, day.day),
        payer_name=name[:200],
        payer_iban=account[:34],
        message=message[:600],
        bank_reference=reference_or_none(said.get("bank_reference")),
        end_to_end=reference_or_none(said.get("end_to_end_reference") or said.get("customer_reference")),
    )


def _details(text: str, said: Any, own: str) -> tuple[str, str, str]:
    """Message, payer and payer's account of a movement: from numbered parts, or from free text."""
    if said.get("purpose") or said.get("applicant_name"):  # the library took the parts asunder
        return (
            _joined(said.get("purpose")),
            _joined(said.get("applicant_name")),
            _joined(said.get("applicant_iban")).replace(" ", ""),
        )
    text = " ".join(text.split("\n"))
    parts: dict[str, str] = {}
    marks = list(SUBFIELD.finditer(text))
    if marks and len({mark[1] for mark in marks}) == 1:
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        for mark, end in zip(marks, ends, strict=True):
            parts[mark[2]] = parts.get(mark[2], "") + text[mark.end() : end]
    if parts:
        message = "".join(
            parts[code] for code in sorted(parts) if code[0] == "2" or code in ("60", "61", "62", "63")
        )
        name = " ".join(parts.get(code, "").strip() for code in ("32", "33")).strip()
        return message.strip(), name, parts.get("31", "").replace(" ", "").upper()
    accounts = (found.group().replace(" ", "") for found in IBAN.finditer(text.upper()))
    return text.strip(), "", next((one for one in accounts if one != own and ibans.is_valid(one)), "")


def _joined(value: Any) -> str:
    return " ".join(str(value or "").split())
