"""The papers of fees, as plain values of the day of issue: receipt, statement, certificate, refund note."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import translation

from fees.models import Allocation, Charge, Payment, RefundAttempt
from fees.queries import accounts, movements, refunds
from studentrecords.models import Enrolment
from upt_portal.kernel import dates
from upt_portal.kernel.calendar import start_of_day
from upt_portal.kernel.documents import Paper
from upt_portal.kernel.money import format_money

TITLES = {"ro": "Chitanță", "en": "Receipt"}
FILE_NAMES = {"ro": "chitanta", "en": "receipt"}


def receipt_paper(payment: Payment, language: str, parts: Sequence[Allocation] | None = None) -> Paper:
    """The receipt of a payment, in the payer's language ("ro" or "en").

    parts: what it paid, when the caller has it at hand; otherwise it is looked up.
    """
    return Paper(
        kind=accounts.RECEIPT,
        template="fees/papers/receipt.html",
        title=TITLES[language],
        filename=f"{FILE_NAMES[language]}-{payment.receipt}.pdf",
        context=receipt_context(payment, language, parts),
        language=language,
    )


def receipt_context(
    payment: Payment, language: str, parts: Sequence[Allocation] | None = None
) -> dict[str, Any]:
    """What the receipt says, in words of the language: payer, sum, method, what each part paid, the rest."""
    account = payment.enrolment
    faculty = account.programme.faculty if account else None

    def money(amount: Any) -> str:
        return format_money(amount, payment.currency, language)

    return {
        "receipt": payment.receipt,
        "payer": payment.payer_name,
        "faculty": faculty.name_in(language) if faculty else "",
        "matriculation_number": account.matriculation_number if account else "",
        "programme": account.programme.name_in(language) if account else "",
        "amount": money(payment.amount),
        "method_words": method_in_words(payment, language),
        "paid_at_words": paid_in_words(payment, language),
        "reference": payment.reference,
        "lines": [
            {
                "what": part.charge.description_in(language),
                "year": str(part.charge.year),
                "amount": money(part.amount),
            }
            for part in (accounts.allocations_of(payment) if parts is None else parts)
        ],
        "unallocated": money(payment.unallocated) if payment.unallocated else "",
    }


def paid_in_words(payment: Payment, language: str) -> str:
    """The moment of the payment; of a transfer the bank tells the day only."""
    if payment.method == Payment.Method.BANK:
        return dates.day_long(payment.paid_at, language)
    return dates.moment(payment.paid_at, language)


def method_in_words(payment: Payment, language: str) -> str:
    """ "card •••• 4242"."""
    with translation.override(language):
        return f"{payment.get_method_display()} •••• {payment.card_last4}".removesuffix(" •••• ")


# ---- the account on paper ----------------------------------------------------------------------------------

ACCOUNT_PAPERS = {
    (accounts.STATEMENT, "ro"): ("Extras de cont", "extras-de-cont.pdf"),
    (accounts.STATEMENT, "en"): ("Statement of account", "statement.pdf"),
    (accounts.CERTIFICATE, "ro"): ("Adeverință privind obligațiile financiare", "adeverinta-obligatii.pdf"),
    (accounts.CERTIFICATE, "en"): ("Certificate of financial obligations", "certificate-obligations.pdf"),
}


def _holder(account: Enrolment, language: str) -> dict[str, Any]:
    """Whose account it is, as the head of a paper says it."""
    programme = account.programme
    with translation.override(language):
        financing = str(account.get_financing_display())
    return {
        "student": account.person.list_name,
        "matriculation_number": account.matriculation_number,
        "programme": programme.name_in(language),
        "faculty": programme.faculty.name_in(language) if programme.faculty else "",
        "financing": financing,
    }


def statement_paper(account: Enrolment, first: date, last: date, language: str) -> Paper:
    """The statement of an account over a period: opening balance, movements, closing balance, by currency.

    first, last: local days, both inside the period.
    """
    with translation.override(language):
        context = statement_context(account, first, last, language)
    return _account_paper(accounts.STATEMENT, "fees/papers/statement.html", context, language)


def _account_paper(kind: str, template: str, context: dict[str, Any], language: str) -> Paper:
    title, filename = ACCOUNT_PAPERS[kind, language]
    return Paper(kind, template, title, filename, context, language)


def statement_context(account: Enrolment, first: date, last: date, language: str) -> dict[str, Any]:
    """What the statement says; sums of different currencies stand apart (FEE-017)."""
    period = movements.Period(start_of_day(first), start_of_day(last + timedelta(days=1)))
    found = movements.statements(movements.of_account(account, language), period)
    return {
        **_holder(account, language),
        "first": dates.day(first, language),
        "last": dates.day(last, language),
        "parts": [_statement_part(one, language) for one in found],
    }


def _statement_part(statement: movements.Statement, language: str) -> dict[str, Any]:
    def money(amount: Decimal) -> str:
        return format_money(amount, statement.currency, language)

    return {
        "currency": statement.currency,
        "opening": money(statement.opening),
        "entries": [
            {
                "day": dates.day(entry.movement.at, language),
                "what": entry.movement.what,
                "document": entry.movement.document,
                "raised": money(entry.movement.amount) if entry.movement.amount > 0 else "",
                "lowered": money(-entry.movement.amount) if entry.movement.amount < 0 else "",
                "balance": money(entry.balance),
            }
            for entry in statement.entries
            if entry.movement.amount
        ],
        "raised": money(statement.raised),
        "lowered": money(statement.lowered),
        "closing": money(statement.closing),
        "in_favour": money(-statement.closing) if statement.closing < 0 else "",
        "owed": money(statement.closing) if statement.closing > 0 else "",
    }


def certificate_paper(account: Enrolment, at: datetime, language: str) -> Paper:
    """The certificate of debts at a moment: that there are none, or which ones there are."""
    with translation.override(language):
        context = certificate_context(account, at, language)
    return _account_paper(accounts.CERTIFICATE, "fees/papers/certificate.html", context, language)


def certificate_context(account: Enrolment, at: datetime, language: str) -> dict[str, Any]:
    """What the certificate says: what is past its due date is a debt; what falls due later stands apart."""
    left = [charge for charge in accounts.payable_of(account) if charge.left]
    late = [charge for charge in left if charge.due_at < at]
    later = [charge for charge in left if charge.due_at >= at]
    return {
        **_holder(account, language),
        "day": dates.day_long(at, language),
        "debts": [_debt(charge, language) for charge in late],
        "debts_total": _totals_in_words(late, language),
        "later": [_debt(charge, language) for charge in later],
        "later_total": _totals_in_words(later, language),
    }


def _debt(charge: Charge, language: str) -> dict[str, str]:
    return {
        "what": charge.description_in(language),
        "year": str(charge.year),
        "due": dates.day(charge.due_at, language),
        "left": format_money(charge.left, charge.currency, language),
    }


def _totals_in_words(charges: Sequence[Charge], language: str) -> list[str]:
    """The sum left in each currency, lei first."""
    sums: dict[str, Decimal] = {}
    for charge in charges:
        sums[charge.currency] = sums.get(charge.currency, Decimal(0)) + charge.left
    return [
        format_money(sums[currency], currency, language)
        for currency in sorted(sums, key=lambda currency: currency != "RON")
    ]


# ---- money that goes back ----------------------------------------------------------------------------------

NOTE_TITLES = {"ro": "Notă de rambursare", "en": "Refund note"}
NOTE_FILES = {"ro": "nota-rambursare", "en": "refund-note"}


def refund_note_paper(attempt: RefundAttempt, language: str) -> Paper:
    """The reversing paper of a refund that arrived (FEE-093): what went back, of which receipt, where to."""
    refund = attempt.refund
    payment = refund.payment
    account = payment.enrolment
    faculty = account.programme.faculty if account else None
    with translation.override(language):
        way = refund.get_way_display()
        named = f"{way}: {attempt.account}, {refund.holder}"
        where = named if attempt.account else f"{way} {card_in_words(payment)}"
        foreign = refund.origin in (refund.Origin.PROVIDER, refund.Origin.DISPUTE)
        ground = str(refund.get_origin_display() if foreign else refund.get_ground_display())
    return Paper(
        kind=refunds.NOTE,
        template="fees/papers/refund_note.html",
        title=NOTE_TITLES[language],
        filename=f"{NOTE_FILES[language]}-{attempt.note}.pdf",
        context={
            "number": attempt.note,
            "receipt": payment.receipt,
            "payer": payment.payer_name,
            "faculty": faculty.name_in(language) if faculty else "",
            "matriculation_number": account.matriculation_number if account else "",
            "programme": account.programme.name_in(language) if account else "",
            "amount": format_money(refund.amount, refund.currency, language),
            "paid": format_money(payment.amount, payment.currency, language),
            "paid_at_words": dates.moment(payment.paid_at, language),
            "back_at_words": dates.moment(attempt.settled_at or refund.requested_at, language),
            "where": where.strip(),
            "reference": attempt.provider_id or attempt.key,
            "working": refund.working_en if language == "en" else refund.working_ro,
            "ground": ground,
            "line": refund.charge.description_in(language) if refund.charge else "",
        },
        language=language,
    )


def card_in_words(payment: Payment) -> str:
    return f"•••• {payment.card_last4}" if payment.card_last4 else ""
