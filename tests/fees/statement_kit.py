"""Statement files as banks write them, from a list of movements; and an account of the university."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from xml.sax.saxutils import escape

from fees.models import BankAccount, BankEntry, StatementFile, TransferReference
from fees.services import statements, transfers
from studentrecords.models import Enrolment
from tests import factories
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import jobs

IBAN, IBAN_EUR = "RO49AAAA1B31007593840000", "RO09BCYP0000001234567890"
PAYER = "RO66BACX0000001234567890"
DAY = date(2026, 11, 19)
NOW = factories.NOW
_numbers = count(1)


@dataclass
class Moved:
    """One movement of a made-up statement. parts: the details of a batch."""

    amount: str = "335.00"
    message: str = ""
    credit: bool = True
    name: str = "Văleanu Andra"
    iban: str = PAYER
    reference: str | None = None
    end_to_end: str = "NOTPROVIDED"
    currency: str = "RON"
    structured: str = ""
    status: str = "BOOK"
    reversal: bool = False
    returned: bool = False
    day: date = DAY
    parts: Sequence["Moved"] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.reference is None:
            self.reference = f"BR{next(_numbers):08d}"


def camt(
    *moved: Moved, version: str = "02", iban: str = IBAN, currency: str = "RON", closing: str | None = None
) -> bytes:
    """A CAMT.053 file of one statement, its balances right unless `closing` says otherwise."""
    booked = [one for one in moved if one.status == "BOOK"]
    total = sum((Decimal(one.amount) * (1 if one.credit else -1) for one in booked), Decimal(0))
    end = closing or str(Decimal("1000.00") + total)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">
<BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-20T06:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><CreDtTm>2026-11-20T06:00:00</CreDtTm>
<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>
{_balance("OPBD", "1000.00", currency)}
{_balance("CLBD", end, currency)}
{"".join(_entry(one, version) for one in moved)}</Stmt>
</BkToCstmrStmt>
</Document>
""".encode()


def _balance(code: str, amount: str, currency: str) -> str:
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount.lstrip("-")}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<Dt><Dt>{DAY}</Dt></Dt></Bal>"
    )


def _entry(one: Moved, version: str) -> str:
    late = int(version) >= 7
    status = f"<Cd>{one.status}</Cd>" if late else one.status
    details = "".join(_detail(part, late, amount=True) for part in one.parts) or _detail(
        one, late, amount=False
    )
    reference = f"<AcctSvcrRef>{one.reference}</AcctSvcrRef>" if one.reference else ""
    return (
        f'\n<Ntry><Amt Ccy="{one.currency}">{one.amount}</Amt>'
        f"<CdtDbtInd>{'CRDT' if one.credit else 'DBIT'}</CdtDbtInd>"
        + ("<RvslInd>true</RvslInd>" if one.reversal else "")
        + f"<Sts>{status}</Sts><BookgDt><Dt>{one.day}</Dt></BookgDt><ValDt><Dt>{one.day}</Dt></ValDt>"
        f"{reference}<BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>\n<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _detail(one: Moved, late: bool, *, amount: bool) -> str:
    side = "Dbtr" if one.credit else "Cdtr"
    name = f"<Nm>{escape(one.name)}</Nm>"
    person = f"<Pty>{name}</Pty>" if late else name
    money = f'<Amt Ccy="{one.currency}">{one.amount}</Amt>'
    if not late:
        money = f"<AmtDtls><TxAmt>{money}</TxAmt></AmtDtls>"
    strd = f"<Strd><CdtrRefInf><Ref>{one.structured}</Ref></CdtrRefInf></Strd>" if one.structured else ""
    free = f"<Ustrd>{escape(one.message)}</Ustrd>" if one.message else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{one.end_to_end}</EndToEndId></Refs>{money if amount else ''}"
        f"<RltdPties><{side}>{person}</{side}><{side}Acct><Id><IBAN>{one.iban}</IBAN></Id></{side}Acct></RltdPties>"
        f"<RmtInf>{free}{strd}</RmtInf>"
        + ("<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>" if one.returned else "")
        + "</TxDtls>\n"
    )


def mt940(*moved: Moved, iban: str = IBAN, currency: str = "RON", closing: str | None = None) -> bytes:
    """The same as an MT940 file, with numbered parts in field 86."""
    total = sum((Decimal(one.amount) * (1 if one.credit else -1) for one in moved), Decimal(0))
    end = closing or str(Decimal("1000.00") + total)
    lines = [":20:STARTUMS", f":25:{iban}", ":28C:00123/001", f":60F:C261118{currency}1000,00"]
    for one in moved:
        sign = ("RC" if one.reversal else "D") if not one.credit else ("RD" if one.reversal else "C")
        text = one.message or one.structured
        lines += [
            f":61:{one.day:%y%m%d}{one.day:%m%d}{sign}{one.amount.replace('.', ',')}NTRF"
            f"{one.end_to_end[:16]}//{one.reference or 'NONREF'}",
            f":86:?20{text[:27]}?21{text[27:54]}?31{one.iban}?32{one.name}",
        ]
    lines += [f":62F:C261119{currency}{end.replace('.', ',')}", "-"]
    return "\r\n".join(lines).encode()


def bank_account(currency: str = "RON", **fields: object) -> BankAccount:
    """The university's account in use for a currency."""
    values = {
        "iban": IBAN if currency == "RON" else IBAN_EUR,
        "bic": "AAAAROBU",
        "bank": "Banca de probă",
        "beneficiary": "Universitatea Politehnica Timișoara",
    }
    return BankAccount.objects.get_or_create(currency=currency, active=True, defaults=values | fields)[0]


def clerk(**fields: object) -> User:
    """Somebody of the finance office."""
    return factories.user(roles.FINANCE, **fields)


def reference(account: Enrolment, *charge_ids: int, at: datetime = NOW) -> TransferReference:
    """The reference the student of the account is given for these lines."""
    return transfers.reference_for(charge_ids, payer=account.person.user, at=at)


def uploaded(data: bytes, actor: User, name: str = "extras.xml") -> StatementFile:
    """The file, taken in and not confirmed."""
    return statements.take_in(name, data, actor=actor, at=NOW)[0]


def booked(data: bytes, actor: User) -> StatementFile:
    """The file, confirmed and booked."""
    statement = uploaded(data, actor)
    job = statements.confirm(statement.pk, actor=actor, at=NOW)
    assert jobs.run(str(job.pk), at=NOW)
    statement.refresh_from_db()
    return statement


def entry() -> BankEntry:
    """The only bank entry there is."""
    return BankEntry.objects.get()
