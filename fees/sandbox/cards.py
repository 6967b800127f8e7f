"""The test cards and what each one does."""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Outcome(Enum):
    """What happens when a card is charged."""

    PAID = "paid"
    DECLINED = "declined"
    ASKS_BANK = "asks_bank"


@dataclass(frozen=True)
class Card:
    """A test card. decline_code: the provider's word for the refusal, empty when it pays.

    later: what becomes of its payment: "refund_late", "refund_fails", "disputed".
    """

    number: str
    brand: str
    outcome: Outcome
    decline_code: str = ""
    later: str = ""

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "visa", Outcome.PAID),
        Card("5555555555554444", "mastercard", Outcome.PAID),
        Card("4000000000000002", "visa", Outcome.DECLINED, "generic_decline"),
        Card("4000000000009995", "visa", Outcome.DECLINED, "insufficient_funds"),
        Card("4000002500003155", "visa", Outcome.ASKS_BANK),
        Card("4000000000007726", "visa", Outcome.PAID, later="refund_late"),
        Card("4000000000005126", "visa", Outcome.PAID, later="refund_fails"),
        Card("4000000000000259", "visa", Outcome.PAID, later="disputed"),
    )
}


def number_problem(text: str) -> str:
    """Key of the sentence that says what is wrong with a card number, empty when it is one of ours."""
    digits = re.sub(r"[\s-]", "", text)
    if not digits:
        return "number_empty"
    return "" if digits in CARDS else "number_unknown"


def expiry_problem(text: str, today: date) -> str:
    """The same for an expiry written as MM/YY or MM/YYYY."""
    match = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(\d{2}|\d{4})\s*", text)
    if match is None:
        return "expiry_form"
    year = int(match[2]) + (2000 if len(match[2]) == 2 else 0)
    return "expiry_past" if (year, int(match[1])) < (today.year, today.month) else ""


def code_problem(text: str) -> str:
    """The same for the security code."""
    return "" if re.fullmatch(r"\s*\d{3,4}\s*", text) else "code_form"


def card_of(text: str) -> Card:
    """The test card with this number. Raises KeyError for any other."""
    return CARDS[re.sub(r"[\s-]", "", text)]
