"""The papers of a refund request, the account it goes to, and the mandate of a third party."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from admissions.rules.refunds import FORCE_MAJEURE_GROUND, REFUNDS, VISA_GROUND, Ground
from admissions.rules.states import derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _


class Item(StrEnum):
    """What a request may need."""

    REQUEST = "annex_11"
    MISSION_MESSAGE = "mission_message"
    REFUSAL_PROOF = "refusal_proof"
    APPLICATION_PROOF = "application_proof"
    BANK_STATEMENT = "bank_statement"
    EVENT_PROOF = "event_proof"
    ACCOUNT_MANDATE = "account_mandate"
    REFUND_AGREEMENT = "annex_12"


ITEMS: Mapping[Item, Sentence] = {
    Item.REQUEST: _("refund request (Annex 11), signed and dated"),
    Item.MISSION_MESSAGE: _("message of the embassy or consulate on the outcome"),
    Item.REFUSAL_PROOF: _("official proof that the visa was refused"),
    Item.APPLICATION_PROOF: _("proof of the day on which the visa was applied for"),
    Item.BANK_STATEMENT: _("bank statement with bank, IBAN and SWIFT"),
    Item.EVENT_PROOF: _("proof of the event, from the police, another authority or a hospital"),
    Item.ACCOUNT_MANDATE: _("notarial mandate for the account of another person"),
    Item.REFUND_AGREEMENT: _("agreement on the refund conditions (Annex 12)"),
}

_OF_GROUND = {
    Ground.VISA: (
        Item.REQUEST,
        Item.MISSION_MESSAGE,
        Item.REFUSAL_PROOF,
        Item.APPLICATION_PROOF,
        Item.BANK_STATEMENT,
    ),
    Ground.FORCE_MAJEURE: (Item.REQUEST, Item.BANK_STATEMENT, Item.EVENT_PROOF),
}


@cites(
    VISA_GROUND,
    FORCE_MAJEURE_GROUND,
    rule=("ADM-174", "ADM-178", "ADM-181", "ADM-197"),
    words=_(
        "Each ground has its papers; another person's account adds a notarial mandate, and an agreement that "
        "is missing from the dossier is added too."
    ),
)
def required_items(ground: str, *, third_party: bool, agreement_signed: bool) -> tuple[Item, ...]:
    """The papers of a request, in order.

    third_party: see `is_third_party`. agreement_signed: Annex 12 is in the dossier.
    """
    items = _OF_GROUND[Ground(ground)]
    if third_party:
        items += (Item.ACCOUNT_MANDATE,)
    return items if agreement_signed else (*items, Item.REFUND_AGREEMENT)


class _Titles:
    """Items in one sentence, in the language in which it is shown."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = list(items)

    def __str__(self) -> str:
        return "; ".join(str(ITEMS[item]) for item in self._items)


@cites(
    VISA_GROUND,
    FORCE_MAJEURE_GROUND,
    rule=("ADM-174", "ADM-178", "ADM-186", "ADM-197"),
    words=_("A request is complete when each of its papers is there and none was found not conform."),
)
def check_items(required: Iterable[Item], conform: Collection[str]) -> Answer:
    """Whether everything is there. conform: items that are uploaded and were not refused."""
    missing = [item for item in required if item not in conform]
    if not missing:
        return YES
    return NO(_("Still missing: %(documents)s.") % {"documents": _Titles(missing)}, REFUNDS)


@cites(
    VISA_GROUND,
    FORCE_MAJEURE_GROUND,
    rule=("ADM-174", "ADM-178"),
    words=_("A request is filed signed and dated."),
)
def check_request(*, signed: bool, dated: bool) -> Answer:
    """Whether Annex 11 may be filed; without it nothing is (R02)."""
    if signed and dated:
        return YES
    return NO(
        _("The refund request must be signed and dated."),
        REFUNDS,
        _("Sign Annex 11, write the date and upload it."),
    )


# ---- the account -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """Where the money goes. without_iban: the department marked the country as one without IBAN."""

    holder: str
    bank: str
    number: str
    swift: str
    without_iban: bool = False


@cites(
    REFUNDS,
    derived("ADM-180"),
    rule="ADM-180",
    words=_(
        "An account has a holder, a bank, an IBAN with right check digits (or a local number from a country "
        "without IBAN) and a SWIFT code of 8 or 11 characters."
    ),
)
def check_account(account: Account) -> Answer:
    """Whether money can be sent to the account; spaces and letter case make no difference."""
    if not account.holder.strip():
        return NO(_("Enter the holder of the account."), REFUNDS)
    if not account.bank.strip():
        return NO(_("Enter the name of the bank."), REFUNDS)
    if not account.number.strip():
        return NO(_("Enter the number of the account."), REFUNDS)
    if not account.without_iban:
        try:
            iban.validate(account.number)
        except ValidationError:
            return NO(
                _("The IBAN is not correct."), REFUNDS, _("Compare it with the one on your bank statement.")
            )
    try:
        bic.validate(account.swift)
    except ValidationError:
        return NO(
            _("The SWIFT code has 8 or 11 letters and digits."),
            REFUNDS,
            _("You find it on your bank statement, or ask your bank."),
        )
    return YES


@cites(
    REFUNDS,
    rule="ADM-181",
    words=_(
        "An account is another person's when the candidate is neither its holder nor one of its co-holders."
    ),
)
def is_third_party(holders: Iterable[str], candidate: str) -> bool:
    """Whether a mandate is needed. holders: all names on the account; order of names and case do not matter.

    Examples:
        "FATHER NAME and CANDIDATE NAME" as two holders -> no
    """
    return not any(_words_of(holder) == _words_of(candidate) for holder in holders)


def _words_of(name: str) -> frozenset[str]:
    return frozenset(name.casefold().replace("-", " ").split())


class MandateItem(StrEnum):
    """What the mandate for another person's account must state."""

    NAME = "name"
    ADDRESS = "address"
    BANK = "bank"
    IBAN = "iban"
    SWIFT = "swift"
    TAX_CODE = "tax_code"
    VAT_CODE = "vat_code"


MANDATE_ITEMS: Mapping[MandateItem, Sentence] = {
    MandateItem.NAME: _("full name or name of the company"),
    MandateItem.ADDRESS: _("address"),
    MandateItem.BANK: _("bank"),
    MandateItem.IBAN: _("IBAN"),
    MandateItem.SWIFT: _("SWIFT"),
    MandateItem.TAX_CODE: _("tax registration code"),
    MandateItem.VAT_CODE: _("VAT code, or that it is not registered for VAT"),
}


@cites(
    REFUNDS,
    rule=("ADM-182", "ADM-183"),
    words=_(
        "A mandate states name, address, bank, IBAN and SWIFT; for a company also the tax code and the VAT "
        "code, or that there is none."
    ),
)
def mandate_items(*, legal_person: bool) -> tuple[MandateItem, ...]:
    """What the mandate must state, in order."""
    natural = tuple(MandateItem)[:5]
    return tuple(MandateItem) if legal_person else natural


@dataclass(frozen=True)
class Mandate:
    """A mandate as the department has read it.

    ticked: items found in it. holder, bank, number, swift: what it says.
    """

    verified: bool
    ticked: frozenset[str]
    holder: str
    bank: str
    number: str
    swift: str
    legal_person: bool = False


class _MandateTitles:
    """Items of a mandate in one sentence."""

    def __init__(self, items: Iterable[MandateItem]) -> None:
        self._items = list(items)

    def __str__(self) -> str:
        return ", ".join(str(MANDATE_ITEMS[item]) for item in self._items)


@cites(
    REFUNDS,
    rule=("ADM-181", "ADM-182", "ADM-183"),
    words=_(
        "A mandate for another person's account is verified, states every item, and agrees with the account."
    ),
)
def check_mandate(mandate: Mandate | None, account: Account) -> Answer:
    """Whether a third party's account may be used. mandate: None is none uploaded.

    Examples:
        account of the father, mandate verified with all items -> yes
    """
    if mandate is None:
        return NO(
            _("The account belongs to another person."),
            REFUNDS,
            _("Upload your notarial mandate for this account, or enter an account of your own."),
        )
    missing = [
        item for item in mandate_items(legal_person=mandate.legal_person) if item not in mandate.ticked
    ]
    if missing:
        return NO(_("The mandate does not state: %(items)s.") % {"items": _MandateTitles(missing)}, REFUNDS)
    differing = [
        item
        for item, mine, theirs in (
            (MandateItem.NAME, mandate.holder, account.holder),
            (MandateItem.BANK, mandate.bank, account.bank),
            (MandateItem.IBAN, mandate.number, account.number),
            (MandateItem.SWIFT, mandate.swift, account.swift),
        )
        if _bare(mine) != _bare(theirs)
    ]
    if differing:
        return NO(
            _("The mandate and the account differ in: %(items)s.") % {"items": _MandateTitles(differing)},
            REFUNDS,
        )
    if not mandate.verified:
        return NO(_("The mandate is not verified yet."), REFUNDS)
    return YES


def _bare(text: str) -> str:
    return "".join(text.casefold().replace("-", "").split())
