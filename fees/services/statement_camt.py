"""Reading CAMT.053 (ISO 20022, all versions from 2 on): direct children only, nothing by accident.

Of the libraries there are, none tells the line, refuses what it cannot read, or keeps the details of a batch
apart by their own sums; the parser below is lxml's with everything that reaches outside switched off.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

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

NAMESPACE = re.compile(
    r"urn:(?:iso:std:iso:20022:tech:xsd:|swift:xsd:\$?)(?P<name>camt\.\d{3}\.\d{3}\.\d{2})"
)
AMOUNT = re.compile(r"\d{1,15}(?:\.\d{1,5})?")
CENT = Decimal("0.01")


class _Unreadable(ValueError):
    """An entry that cannot be read; the message is for the reader."""


def read(data: bytes) -> Reading:
    """What a CAMT.053 file says. Raises NotAStatement when it is none."""
    root = _root(data)
    space = etree.QName(root).namespace or ""
    found = NAMESPACE.fullmatch(space)
    if found is None or etree.QName(root).localname != "Document":
        raise NotAStatement(_("The XML file is not a bank statement (CAMT.053)."))
    name = found["name"]
    if not name.startswith("camt.053."):
        raise NotAStatement(
            _("The file is %(name)s, a report of the day or a notice. Only CAMT.053 is final.")
            % {"name": name}
        )
    message = _child(root, "BkToCstmrStmt")
    statements = list(_children(message, "Stmt")) if message is not None else []
    if not statements:
        raise NotAStatement(_("The file holds no statement."))
    reading = Reading(format=name)
    for statement in statements:
        _read_statement(statement, reading)
    return reading


def _root(data: bytes) -> Any:
    """The document. Nothing outside the file is read, no entity is opened, a document type is refused."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        line = fault.lineno or 1
        raise NotAStatement(
            _("The XML file is damaged at line %(line)s. Download it again from the bank.") % {"line": line}
        ) from fault
    if root.getroottree().docinfo.doctype:
        raise NotAStatement(_("The XML file declares a document type; a bank's statement never does."))
    return root


def _child(parent: Any, *path: str) -> Any:
    """The element at a path of direct children, in the parent's namespace; None when there is none."""
    for name in path:
        parent = next(_children(parent, name), None)
        if parent is None:
            return None
    return parent


def _children(parent: Any, name: str) -> Iterator[Any]:
    space = parent.tag[: parent.tag.index("}") + 1]
    return parent.iterchildren(space + name)  # type: ignore[no-any-return]


def _text(parent: Any, *paths: str) -> str:
    """The text at the first of some paths ("Acct/Id/IBAN") that has one, blanks joined."""
    for path in paths:
        found = _child(parent, *path.split("/"))
        if found is not None and (text := " ".join((found.text or "").split())):
            return text
    return ""


def _read_statement(statement: Any, reading: Reading) -> None:
    iban = _text(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id").replace(" ", "").upper()
    moved, whole = Decimal(0), True
    for entry in _children(statement, "Ntry"):
        try:
            if not _is_booked(entry):
                words = _("The bank has not booked this entry yet; it comes with a later statement.")
                reading.left_out.append(Said(entry.sourceline, words))
                continue
            amount, currency = _amount(entry, "Amt")
            moved += amount if _is_credit(entry) else -amount
            if amount:
                reading.movements += _movements(entry, iban, amount, currency)
            else:
                reading.left_out.append(Said(entry.sourceline, _("The sum of this entry is zero.")))
        except _Unreadable as fault:
            whole = False
            reading.faults.append(Said(entry.sourceline, str(fault)))
    opening, closing = _balances(statement)
    if whole and (missing := balance_fault(statement.sourceline, opening, moved, closing)):
        reading.faults.append(missing)


def _is_booked(entry: Any) -> bool:
    status = _text(entry, "Sts/Cd", "Sts")
    if status not in ("BOOK", "PDNG", "INFO", "FUTR"):
        raise _Unreadable(_("The entry does not say whether it is booked."))
    return status == "BOOK"


def _is_credit(element: Any) -> bool:
    sign = _text(element, "CdtDbtInd")
    if sign not in ("CRDT", "DBIT"):
        raise _Unreadable(_("The entry does not say whether money came in or went out."))
    return sign == "CRDT"


def _amount(element: Any, *paths: str) -> tuple[Decimal, str]:
    """Sum and currency at the first path there is."""
    found = next((one for path in paths if (one := _child(element, *path.split("/"))) is not None), None)
    if found is None:
        raise _Unreadable(_("The entry has no sum."))
    text, currency = (found.text or "").strip(), found.get("Ccy", "")
    if not AMOUNT.fullmatch(text) or len(currency) != 3:
        raise _Unreadable(_("The sum “%(sum)s” cannot be read.") % {"sum": f"{text} {currency}".strip()[:40]})
    try:
        amount = Decimal(text)
    except InvalidOperation as fault:
        raise _Unreadable(_("The sum “%(sum)s” cannot be read.") % {"sum": text[:40]}) from fault
    if amount != amount.quantize(CENT) or amount >= 10**10:
        raise _Unreadable(_("The sum “%(sum)s” has parts of a cent, or is too large.") % {"sum": text})
    return amount.quantize(CENT), currency


def _day(entry: Any, name: str) -> date | None:
    text = _text(entry, f"{name}/Dt", f"{name}/DtTm")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date() if "T" in text else date.fromisoformat(text[:10])
    except ValueError as fault:
        raise _Unreadable(_("The date “%(date)s” cannot be read.") % {"date": text[:30]}) from fault


def _movements(entry: Any, iban: str, amount: Decimal, currency: str) -> list[Movement]:
    """The movements of an entry: one, or one for each detail of a batch whose sums add up."""
    booked_on = _day(entry, "BookgDt") or _day(entry, "ValDt")
    if booked_on is None:
        raise _Unreadable(_("The entry has no date."))
    value_on = _day(entry, "ValDt") or booked_on
    credit = _is_credit(entry)
    details = [one for group in _children(entry, "NtryDtls") for one in _children(group, "TxDtls")]
    whole = Movement(
        line=entry.sourceline,
        iban=iban,
        kind=_kind(entry, details, credit),
        amount=amount,
        currency=currency,
        booked_on=booked_on,
        value_on=value_on,
        bank_reference=reference_or_none(_text(entry, "AcctSvcrRef")),
        message=_text(entry, "AddtlNtryInf")[:600],
    )
    if len(details) == 1:
        return [_with_detail(whole, details[0], credit)]
    if not details:
        return [whole]
    parts = [_part(whole, detail, credit, place) for place, detail in enumerate(details, 1)]
    made = [part for part in parts if part is not None]
    if len(made) != len(parts) or sum((one.amount for one in made), Decimal(0)) != amount:
        words = _("A batch of %(count)s transfers whose sums do not add up to it.") % {"count": len(details)}
        return [replace(whole, unclear=words)]
    return made


def _kind(entry: Any, details: list[Any], credit: bool) -> str:
    if _text(entry, "RvslInd") in ("true", "1"):
        return CAME_BACK if credit else TAKEN_BACK
    if credit and details and all(_child(one, "RtrInf") is not None for one in details):
        return CAME_BACK
    return CREDIT if credit else DEBIT


def _part(whole: Movement, detail: Any, credit: bool, place: int) -> Movement | None:
    """One detail of a batch as a movement of its own; None when it does not tell its sum."""
    try:
        amount, currency = _amount(detail, "Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
    except _Unreadable:
        return None
    if currency != whole.currency or not amount:
        return None
    part = _with_detail(whole, detail, credit)
    kind = part.kind
    if kind == CREDIT and _child(detail, "RtrInf") is not None:
        kind = CAME_BACK
    return replace(part, amount=amount, part=place, kind=kind, line=detail.sourceline)


def _with_detail(whole: Movement, detail: Any, credit: bool) -> Movement:
    """The movement with what its detail says: payer, message, references."""
    side = "Dbtr" if credit else "Cdtr"
    parties = _child(detail, "RltdPties")
    name = account = ""
    if parties is not None:
        name = _text(parties, f"{side}/Nm", f"{side}/Pty/Nm", f"Ultmt{side}/Nm", f"Ultmt{side}/Pty/Nm")
        account = _text(parties, f"{side}Acct/Id/IBAN", f"{side}Acct/Id/Othr/Id")
    end_to_end = reference_or_none(_text(detail, "Refs/EndToEndId"))
    return replace(
        whole,
        payer_name=name[:200],
        payer_iban=account.replace(" ", "").upper()[:34],
        message=(_remittance(detail) or whole.message)[:600],
        bank_reference=whole.bank_reference
        or reference_or_none(_text(detail, "Refs/AcctSvcrRef", "Refs/TxId")),
        end_to_end=end_to_end,
    )


def _remittance(detail: Any) -> str:
    """Everything the payer wrote: the structured reference first, then the free lines."""
    info = _child(detail, "RmtInf")
    if info is None:
        return _text(detail, "AddtlTxInf")
    structured = [_text(one, "CdtrRefInf/Ref") for one in _children(info, "Strd")]
    free = [" ".join((one.text or "").split()) for one in _children(info, "Ustrd")]
    return " ".join(part for part in (*structured, *free) if part)


def _balances(statement: Any) -> tuple[Decimal | None, Decimal | None]:
    """The first booked balance and the last, signed; None where the bank gives none."""
    found: dict[str, Decimal] = {}
    for balance in _children(statement, "Bal"):
        code = _text(balance, "Tp/CdOrPrtry/Cd")
        try:
            amount, _currency = _amount(balance, "Amt")
            found.setdefault(code, amount if _is_credit(balance) else -amount)
        except _Unreadable:
            continue
    opening = found.get("OPBD", found.get("PRCD"))
    return opening, found.get("CLBD")
