"""The papers of fees: the receipt, as plain values of the day it was issued."""

from typing import Any

from django.utils import translation

from fees import queries
from fees.models import Payment
from upt_portal.kernel import dates
from upt_portal.kernel.documents import Paper
from upt_portal.kernel.money import format_money

TITLES = {"ro": "Chitanță", "en": "Receipt"}
FILE_NAMES = {"ro": "chitanta", "en": "receipt"}


def receipt_paper(payment: Payment, language: str) -> Paper:
    """The receipt of a payment, in the payer's language ("ro" or "en")."""
    return Paper(
        kind=queries.RECEIPT,
        template="fees/papers/receipt.html",
        title=TITLES[language],
        filename=f"{FILE_NAMES[language]}-{payment.receipt}.pdf",
        context=receipt_context(payment, language),
        language=language,
    )


def receipt_context(payment: Payment, language: str) -> dict[str, Any]:
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
        "paid_at_words": dates.moment(payment.paid_at, language),
        "reference": payment.reference,
        "lines": [
            {
                "what": part.charge.description_in(language),
                "year": str(part.charge.year),
                "amount": money(part.amount),
            }
            for part in queries.allocations_of(payment)
        ],
        "unallocated": money(payment.unallocated) if payment.unallocated else "",
    }


def method_in_words(payment: Payment, language: str) -> str:
    """ "card •••• 4242"."""
    with translation.override(language):
        return f"{payment.get_method_display()} •••• {payment.card_last4}".removesuffix(" •••• ")
