"""What money is given back, how much of it, and how many people must agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from stdnum import iban
from stdnum.exceptions import ValidationError

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.money import rounded
from upt_portal.kernel.sources import ADMISSION_PROCEDURE, CODE, DERIVED, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)

#: Fees of taking a discipline or an exam again: never given back.
NEVER = frozenset({"RECONTRACT", "NEW_DISCIPLINE", "REEXAM"})
TUITION = "TUITION"
PROCESSING = "PROCESSING"

_NEVER_BACK = Article(CODE, "art. 27 (7)")
_TUITION_STAYS = Article(CODE, "art. 42 (9)")
_TUITION_PAID_AHEAD = Article(CODE, "art. 51 (10)")
_PROCESSING_STAYS = Article(ADMISSION_PROCEDURE, "art. 2")
_ADMISSION_ONLY = Article(ADMISSION_PROCEDURE, "art. 22")
_DIVISION = Article(ADMISSION_PROCEDURE, "art. 24")


@cites(
    _NEVER_BACK,
    rule=("FEE-037", "FEE-070"),
    words=_(
        "Re-contracting and re-examination fees are never given back, not even when the exam was not sat."
    ),
)
def activity_fee_may_be_returned(code: str) -> Answer:
    """Whether the rule on repeated activities lets a fee of this kind go back.

    Examples:
        REEXAM paid, exam not sat -> no, art. 27 (7)
    """
    if code in NEVER:
        return NO(
            _("Re-contracting and re-examination fees are not given back, even if the exam was not sat."),
            _NEVER_BACK,
        )
    return YES


@cites(
    _TUITION_STAYS,
    _TUITION_PAID_AHEAD,
    rule=("FEE-071", "FEE-073", "FEE-074"),
    words=_(
        "Tuition paid before asking for a transfer, and tuition paid ahead of an interruption or a "
        "withdrawal, is not given back."
    ),
)
def tuition_may_be_returned(code: str) -> Answer:
    """Whether tuition that pays a charge goes back; only the admission procedure has a way (FEE-091)."""
    if code == TUITION:
        return NO(
            _(
                "Tuition that was paid is not given back: not after a transfer was asked for, and not at an "
                "interruption or a withdrawal."
            ),
            _TUITION_STAYS,
        )
    return YES


@cites(
    _PROCESSING_STAYS,
    _ADMISSION_ONLY,
    rule="FEE-091",
    words=_(
        "The processing fee is never given back; tuition only in the cases of the admission procedure. "
        "Elsewhere refunds do not exist."
    ),
)
def may_be_returned(code: str, *, refundable: bool, by_admission: bool = False) -> Answer:
    """Whether money that pays a charge of this kind may go back.

    refundable: the kind of fee is marked so by the university. by_admission: the Board approved it under the
    admission procedure.

    Examples:
        PROCESSING, even by the Board -> no
        TUITION by the Board -> yes
        TUITION otherwise -> no, art. 42 (9)
        OTHER, not marked refundable -> no
    """
    if code == PROCESSING:
        return NO(_("The fee for processing the file is never given back."), _PROCESSING_STAYS)
    if by_admission:
        if code == TUITION:
            return YES
        return NO(_("The admission procedure gives back nothing but tuition."), _ADMISSION_ONLY)
    for answer in (activity_fee_may_be_returned(code), tuition_may_be_returned(code)):
        if not answer:
            return answer
    if not refundable:
        return NO(
            _("This kind of fee is not given back."),
            _ADMISSION_ONLY,
            _("If the cause of the fee is gone, ask the School Management Center to cancel the line first."),
        )
    return YES


@dataclass(frozen=True)
class NetRefund:
    """An admission refund, worked out. short: the deductions exceed the tuition, so nothing is paid."""

    tuition: Decimal
    ministry_share: Decimal
    commissions: Decimal
    net: Decimal
    short: bool = False


@cites(
    _DIVISION,
    rule=("FEE-092", "ADM-191", "ADM-192", "ADM-193"),
    words=_(
        "An approved refund is the tuition less the bank's commissions and less the ministry's share of "
        "the tuition; it is never below zero."
    ),
)
def admission_refund(
    tuition: Decimal, commissions: Sequence[Decimal], *, share_percent: Decimal
) -> NetRefund:
    """What is paid back of a candidate's tuition.

    tuition: as received, two decimals. commissions: each not negative. share_percent: of the tuition
    received; rounded half up to the cent, always deducted. Raises ValueError for a negative sum.

    Examples:
        3,000 with 15 of the bank, 5 % -> 3,000 - 15 - 150 = 2,835
        2,430 with 12.40, 5 % -> 2,430 - 12.40 - 121.50 = 2,296.10
    """
    if tuition < 0 or any(one < 0 for one in commissions):
        raise ValueError("sums of a refund are not negative")
    share = rounded(tuition * share_percent / HUNDRED)
    taken = sum(commissions, ZERO)
    net = tuition - share - taken
    return NetRefund(tuition, share, taken, max(net, ZERO), short=net < 0)


@cites(
    Article(DERIVED, "FEE-005"),
    rule=("FEE-005", "FEE-095"),
    words=_("No more goes back than is there, and never a sum that the reader has not seen."),
)
def may_ask_back(*, seen: Decimal, there: Decimal) -> Answer:
    """Whether the sum that the reader saw is still what can go back.

    seen: what the page showed. there: what can go back now.
    """
    if there <= 0:
        return NO(
            _("Nothing of this payment can be given back now: the money is used, or already on its way."),
            Article(DERIVED, "FEE-005"),
        )
    if seen != there:
        return NO(
            _("The sum has changed since you opened the page. Nothing was sent; look at it again."),
            Article(DERIVED, "FEE-005"),
        )
    return YES


@cites(
    Article(DERIVED, "B13"),
    rule="FEE-093",
    words=_("From the limit on, who approves a refund is another person than who asked for or checked it."),
)
def second_person_needed(amount: Decimal, limit: Decimal) -> bool:
    """Whether a refund needs two people.

    limit: the smallest sum that does.

    Examples:
        999.99 at a limit of 1,000 -> no
        1,000.00 at a limit of 1,000 -> yes
    """
    return amount >= limit


# --- the account ------------------------------------------------------------------------------------------

SWIFT = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


@cites(
    Article(ADMISSION_PROCEDURE, "art. 22"),
    rule=("FEE-093", "ADM-180"),
    words=_("The account is an IBAN with right check digits and, outside Romania, a SWIFT code of 8 or 11."),
)
def account_may_be_used(number: str, swift: str = "") -> Answer:
    """Whether money can be sent to this account; spaces and letter case make no difference.

    Examples:
        RO49 AAAA 1B31 0075 9384 0000 -> yes
        the same with a wrong digit -> no
    """
    bare = tidy_iban(number)
    if not bare:
        return NO(_("Enter the IBAN of the account"))
    try:
        iban.validate(bare)
    except ValidationError:
        return NO(_("The IBAN is not correct. Compare it with the one on your bank statement"))
    if swift and not SWIFT.fullmatch(tidy_iban(swift)):
        return NO(_("A SWIFT code has 8 or 11 letters and digits, for instance BTRLRO22"))
    if not bare.startswith("RO") and not swift:
        return NO(_("For an account outside Romania enter the bank's SWIFT code too"))
    return YES


@cites(
    Article(DERIVED, "FEE-093"),
    rule="FEE-093",
    words=_("Spaces and small letters in an account number make no difference."),
)
def tidy_iban(number: str) -> str:
    """The number as banks write it for machines: capitals, no spaces."""
    return re.sub(r"[\s-]", "", number).upper()


@cites(
    Article(DERIVED, "FEE-093"),
    rule="FEE-093",
    words=_("Of an account number only its beginning and its end are shown."),
)
def masked_iban(number: str) -> str:
    """ "RO49 •••• 0000": enough for its owner to know which account."""
    return f"{number[:4]} •••• {number[-4:]}" if len(number) >= 8 else ""
