"""Money of the demonstration beside the annexes: every state of an account, by acts of its people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape

from django.core.files.uploadedfile import SimpleUploadedFile

from fees.queries import accounts, bank
from fees.queries import books as book_queries
from fees.queries import staff as late_queries
from fees.rules.exemptions import Ground, Share
from fees.services import (
    books,
    cashdesk,
    charges,
    exemptions,
    other_fees,
    penalties,
    refunds,
    statements,
    transfers,
)
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.demo import scans
from upt_portal.demo.cast import CAST
from upt_portal.kernel import clock, jobs, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.dates import ROMANIA
from upt_portal.kernel.models import ParameterOverride

if TYPE_CHECKING:
    from fees.models import Charge, Payment

#: Whose account shows everything at once; the others are of the crowd.
EVERYTHING = "Sânziana Moldovan"
LATE_PROGRAMME = "AC-L-AIA"
WALLET = "RO91DEMO0000000000000042"
Made = TypeVar("Made")


@dataclass(frozen=True)
class Office:
    """Who does what: the finance office (two people, for refunds), fees, and the day it all leads to."""

    first: User
    second: User
    fees: User
    now: datetime

    def at(self, days: int, hour: int = 10) -> datetime:
        """An hour of a day so many days ago, never after now."""
        day = local_day(self.now) - timedelta(days=days)
        return min(datetime.combine(day, time(hour, 20), ROMANIA), self.now)

    def last_month(self, day: int) -> datetime:
        """A day of the month before, at ten."""
        first = book_queries.first_of(local_day(self.now))
        month = book_queries.first_of(first - timedelta(days=1))
        return datetime.combine(month.replace(day=day), time(10, 20), ROMANIA)


def _then(at: datetime, act: Callable[[], Made]) -> Made:
    """Do something at a moment of the past."""
    with clock.shifted(at):
        return act()


def tell_all(office: Office) -> None:
    """Lead accounts into every state; the month before is closed at the end."""
    everything = Enrolment.objects.get(
        person__first_name=EVERYTHING.split(" ")[0], person__last_name=EVERYTHING.split(" ")[1]
    )
    crowd = _crowd()
    _one_with_everything(everything, office)
    _late_with_penalty(crowd[0], office)
    _paid_in_cash(crowd[1], office)
    _by_transfer(crowd[2], crowd[3], office)
    _three_lines(crowd[4], office)
    _damages(crowd[5], "Duplicat diplomă de bacalaureat", "90.00", office.at(3), 30, office)
    _close_last_month(office)


def _three_lines(account: Enrolment, office: Office) -> None:
    """Three lines to pay at once."""
    for what, amount in (("Carte pierdută", "35.00"), ("Cheie pierdută", "60.00"), ("Calculator", "75.50")):
        _damages(account, what, amount, office.at(4), 30, office)


def _crowd() -> list[Enrolment]:
    """Fee-paying students who are not in the cast, in a fixed order; the first ones of the late programme."""
    cast = {role.last_name for role in CAST}
    rows = Enrolment.objects.exclude(person__last_name__in=cast).filter(person__user__isnull=False)
    rows = rows.select_related("person__user", "programme").order_by("matriculation_number")
    late = [row for row in rows if row.programme.code == LATE_PROGRAMME]
    return [late[0], *(row for row in rows if row.programme.code != LATE_PROGRAMME)]


def _damages(account: Enrolment, what: str, amount: str, at: datetime, days: int, office: Office) -> "Charge":
    """A sum by sanction decision, due so many days later (FEE-076)."""
    return _then(
        at,
        lambda: other_fees.set_sum(
            account.pk,
            "DAMAGES",
            token=f"demo-{account.pk}-{what}",
            due_on=local_day(at) + timedelta(days=days),
            what=what,
            actor=office.fees,
            at=at,
            amount=Decimal(amount),
            decision=f"214/{local_day(at):%d.%m.%Y}",
        ),
    )


def _cash(account: Enrolment, line: "Charge", amount: str, at: datetime, office: Office) -> "Payment":
    """Money over the counter for one line."""
    slip = uuid5(NAMESPACE_URL, f"demo:{account.matriculation_number}:{line.pk}:{amount}")
    person = account.person
    return _then(
        at,
        lambda: cashdesk.receive(
            account.pk,
            Decimal(amount),
            "RON",
            payer_name=f"{person.first_name} {person.last_name}",
            chosen=[line.pk],
            slip=slip,
            actor=office.first,
            at=at,
        ),
    )


def _one_with_everything(account: Enrolment, office: Office) -> None:
    """Tuition partly exempted and paid, money that pays nothing, a refund under way, a transfer awaited."""
    student = _user_of(account)
    card = _damages(account, "Legitimație pierdută", "40.00", office.last_month(8), 20, office)
    twice = _cash(account, card, "100.00", office.last_month(12), office)
    book = _damages(account, "Carte nerestituită la bibliotecă", "120.00", office.at(9), 25, office)
    _cash(account, book, "200.00", office.at(7), office)
    tuition = accounts.charges_of(account).get(fee_type__code="TUITION")
    _exempted(account, tuition, office)
    _cash(account, tuition, "1000.00", office.at(3), office)
    at = office.at(2)
    with clock.shifted(at):
        refund = refunds.request(
            refunds.Wish(
                payment=twice.pk,
                seen=twice.unallocated,
                ground="too_much",
                account=refunds.Account(iban=WALLET, holder=account.person.list_name),
            ),
            origin="student",
            actor=student,
            at=at,
        )
    _then(office.at(1), lambda: refunds.check(refund.pk, actor=office.first, at=office.at(1)))
    _then(
        office.at(1, 14),
        lambda: refunds.approve(refund.pk, seen=refund.amount, actor=office.second, at=office.at(1, 14)),
    )
    _then(office.at(0, 8), lambda: transfers.reference_for([tuition.pk], payer=student, at=office.at(0, 8)))


def _exempted(account: Enrolment, tuition: "Charge", office: Office) -> None:
    """A fifth of the tuition, by the dean's decision, for a scientific event (FEE-081)."""
    asked, decided = office.at(6), office.at(4)
    proof = uploads.examine(SimpleUploadedFile("adeverinta.pdf", scans.blank_page(), "application/pdf"))
    with clock.shifted(asked):
        request = exemptions.ask(
            account.pk, Ground.PARTICIPATION, [tuition.pk], actor=_user_of(account), at=asked, papers=[proof]
        )
    line = request.lines.get()
    with clock.shifted(decided):
        exemptions.decide(
            request.pk,
            {line.pk: Share(percent=Decimal(20))},
            decision_number="318",
            decision_on=local_day(decided),
            actor=office.fees,
            at=decided,
        )


def _late_with_penalty(account: Enrolment, office: Office) -> None:
    """A sum past its due date, with the penalty of a decision for this programme (FEE-063)."""
    for name, value in (("PENALTY_POLICY", "daily"), ("PENALTY_RATE", "0.1"), ("PENALTY_CAP", "10")):
        ParameterOverride.objects.create(
            name=name,
            value=value,
            scope_kind=ParameterOverride.ScopeKind.PROGRAMME,
            scope_ref=LATE_PROGRAMME,
            first_day=local_day(office.now) - timedelta(days=200),
            decision="HS demonstrativ nr. 12",
            created_by=office.fees,
        )
    _damages(account, "Echipament de laborator deteriorat", "450.00", office.last_month(2), 14, office)
    for charge in late_queries.past_due(office.now):
        charges.mark_overdue(charge, at=office.now)
    penalties.post_penalties(account.pk, at=office.now)


def _paid_in_cash(account: Enrolment, office: Office) -> None:
    """Paid whole at the cash desk, in the month before."""
    line = _damages(account, "Duplicat cheie laborator", "60.00", office.last_month(5), 20, office)
    _cash(account, line, "60.00", office.last_month(6), office)


def _by_transfer(account: Enrolment, other: Enrolment, office: Office) -> None:
    """A statement of this morning: one transfer found its lines, three wait for somebody to look."""
    line = _damages(account, "Duplicat carnet de student", "150.00", office.at(5), 25, office)
    reference = _then(
        office.at(4), lambda: transfers.reference_for([line.pk], payer=_user_of(account), at=office.at(4))
    )
    wrong = reference.code[:-1] + ("1" if reference.code[-1] != "1" else "2")
    moved = [
        ("150.00", account.person.list_name, reference.code),
        ("150.00", other.person.list_name, f"taxa {wrong}"),
        ("420.00", "Popescu Ion", "taxa scolarizare anul 2"),
        ("75.50", "SC Exemplu SRL", "factura 1187"),
    ]
    at = office.at(0, 7)
    data = _statement(moved, local_day(at))
    with clock.shifted(at):
        taken, _fresh = statements.take_in("extras-lei.xml", data, actor=office.first, at=at)
        job = statements.confirm(taken.pk, actor=office.first, at=at)
        jobs.run(str(job.pk), at=at)


def _statement(moved: list[tuple[str, str, str]], day: date) -> bytes:
    """A CAMT.053 file of credits on the account in lei: sum, payer, message."""
    account = bank.account_in_use("RON")
    assert account is not None  # noqa: S101  the university opened it
    total = sum((Decimal(amount) for amount, _name, _words in moved), Decimal(0))
    entries = "".join(
        f'<Ntry><Amt Ccy="RON">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>DEMO{n:06d}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr>"
        f"<Nm>{escape(name)}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>{escape(words)}</Ustrd></RmtInf></TxDtls>"
        f"</NtryDtls></Ntry>"
        for n, (amount, name, words) in enumerate(moved, 1)
    )
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="RON">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
        for code, amount in (("OPBD", Decimal("1000.00")), ("CLBD", Decimal("1000.00") + total))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>DEMO</MsgId><CreDtTm>{day}T06:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>DEMO</Id><CreDtTm>{day}T06:00:00</CreDtTm><Acct><Id><IBAN>{account.iban}</IBAN></Id>"
        f"<Ccy>RON</Ccy></Acct>{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _close_last_month(office: Office) -> None:
    """The books of the month before, closed by the finance office early in this one."""
    first = book_queries.first_of(local_day(office.now))
    month = book_queries.first_of(first - timedelta(days=1))
    at = min(datetime.combine(first + timedelta(days=2), time(9), ROMANIA), office.now)
    seen = books.digest_of(books.figures_of(month), "")
    with clock.shifted(at):
        books.close_month(month, seen=seen, note="", actor=office.first, at=at)


def _user_of(account: Enrolment) -> User:
    user = account.person.user
    assert user is not None  # noqa: S101  every student of the demonstration has an account
    return user
