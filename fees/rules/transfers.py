"""References that students write on transfers (ISO 11649), and how they are found in what a bank tells."""

from __future__ import annotations

import re

from stdnum import iban as ibans
from stdnum import iso11649
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import DERIVED, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

CHOSEN = Article(DERIVED, "FEE-006")
#: What stands in every reference of ours after RF and the check digits: letters, the account, the choice.
OURS = re.compile(r"RF\d{2}UPT\d{10,14}")
#: The same with an account and a choice, but wrongly copied: for telling the clerk what went wrong.
ALMOST = re.compile(r"(?:RF[0-9A-Z]{0,2})?UPT[0-9A-Z]{6,16}")
MEANT = re.compile(r"UPT(\d{7})\d{3}")
NOT_LETTERS = re.compile(r"[^0-9A-Z]")


@cites(
    CHOSEN,
    rule="FEE-006",
    words=_(
        "The lines chosen for a transfer have a reference with check digits (ISO 11649); whoever writes it "
        "on the transfer pays those lines."
    ),
)
def creditor_reference(enrolment: int, number: int) -> str:
    """The reference of the `number`-th choice of lines of an account, without blanks.

    enrolment: key of the account, at most seven digits. number: from 1.

    Examples:
        account 21, first choice -> RF34UPT0000021001
    """
    if not 0 < enrolment < 10**7 or number < 1:
        raise ValueError(f"no reference can be made of account {enrolment}, number {number}")
    body = f"UPT{enrolment:07d}{number:03d}"
    return f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"


@cites(
    CHOSEN,
    rule="FEE-006",
    words=_(
        "A reference is recognised anywhere in the text of a transfer, with blanks or without, when its "
        "check digits are right."
    ),
)
def references_in(text: str) -> list[str]:
    """The references of ours in a text, each once, in their order; wrong check digits do not count.

    Examples:
        "plata taxa RF34 UPT0 0000 2100 1" -> RF34UPT0000021001
    """
    found: list[str] = []
    for match in OURS.finditer(_bare(text)):
        # digits of something else may follow without a blank: the shortest one with right digits counts
        whole = match.group()
        for length in range(17, len(whole) + 1):
            if iso11649.is_valid(whole[:length]):
                if whole[:length] not in found:
                    found.append(whole[:length])
                break
    return found


@cites(
    CHOSEN,
    rule="FEE-006",
    words=_("A reference that was copied wrongly is shown to the finance office; no money is booked by it."),
)
def looks_mistyped(text: str) -> bool:
    """Whether a text holds something like a reference of ours that is not one.

    Examples:
        "RF43 UPT0 0000 2100 1" (check digits 34) -> yes
    """
    return bool(ALMOST.search(_bare(text))) and not references_in(text)


@cites(
    CHOSEN,
    rule="FEE-006",
    words=_("Where a reference was copied wrongly, the account it seems to name is suggested, never booked."),
)
def accounts_meant(text: str) -> set[int]:
    """The accounts that references in a text seem to name, whatever their check digits; for suggestions only.

    Examples:
        "RF43 UPT0 0000 2100 1" (check digits 34) -> account 21
    """
    return {int(found[1]) for found in MEANT.finditer(_bare(text))} - {0}


@cites(
    CHOSEN,
    rule="FEE-006",
    words=_("An account number (IBAN) is taken only when its length and check digits are right."),
)
def iban_answer(number: str) -> Answer:
    """Whether a number is an IBAN; blanks make no difference.

    Examples:
        RO49 AAAA 1B31 0075 9384 0000 -> yes; with 50 for 49 -> no
    """
    try:
        ibans.validate(number)
    except ValidationError:
        return NO(
            _("The IBAN is not correct. Compare its letters and digits with the bank's document."), CHOSEN
        )
    return YES


def _bare(text: str) -> str:
    return NOT_LETTERS.sub("", text.upper())
