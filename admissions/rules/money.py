"""The processing fee, the tuition and its term, and the ministry's share of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from admissions.rules.dates import Term, days_late, make_term
from admissions.rules.states import Kind, art, derived
from fees.rules.refunds import NetRefund, admission_refund
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.money import Sum, rounded
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import gettext_lazy as _
from upt_portal.kernel.words import ngettext_lazy

ZERO = Decimal("0.00")
CURRENCY = "EUR"
FEE = art("art. 2")
STEPS = art("art. 9")
LAW_SHARE = art("art. 24")


# ---- the processing fee ------------------------------------------------------------------------------------


class FeeState(StrEnum):
    """Where the processing fee stands (§5.3)."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    SHORT = "short"
    WAIVED = "waived"


@dataclass(frozen=True)
class FeeStanding:
    """State of the fee and what is still missing, EUR."""

    state: FeeState
    short_by: Decimal = ZERO


@cites(
    STEPS,
    rule=("ADM-080", "ADM-085", "ADM-160"),
    words=_(
        "Every dossier has the same processing fee; a free re-application and a deferred entry have none."
    ),
)
def processing_fee(kind: str, amount: Decimal) -> Decimal:
    """The fee of a dossier, EUR. amount: PROCESSING_FEE_EUR.

    Examples:
        NEW, 100.00 -> 100.00
        REAPPLICATION, 100.00 -> 0.00
    """
    return amount if kind == Kind.NEW else ZERO


@cites(
    FEE,
    rule=("ADM-082", "ADM-084"),
    words=_(
        "The fee is confirmed when the sums credited reach it; the bank's commissions are the candidate's."
    ),
)
def fee_standing(kind: str, received: Iterable[Decimal], amount: Decimal) -> FeeStanding:
    """Where the fee stands. received: sums credited to the university's account, EUR.

    Examples:
        92.00 of 100.00 -> short by 8.00
        60.00 and 40.00 -> confirmed
    """
    if not processing_fee(kind, amount):
        return FeeStanding(FeeState.WAIVED)
    sums = list(received)
    if not sums:
        return FeeStanding(FeeState.DECLARED, amount)
    missing = amount - sum(sums, ZERO)
    return FeeStanding(FeeState.CONFIRMED) if missing <= 0 else FeeStanding(FeeState.SHORT, missing)


@cites(
    FEE,
    rule=("ADM-081", "ADM-171"),
    words=_("Only tuition received for the dossier can be given back, never the processing fee."),
)
def returnable(tuition: Iterable[Decimal], fee: Iterable[Decimal] = ()) -> Decimal:
    """What could be returned of all that was received, EUR: the tuition alone.

    Examples:
        tuition 3,000.00 and fee 100.00 -> 3,000.00
    """
    return sum(tuition, ZERO)


@cites(
    art("art. 8 (m)"),
    art("art. 11 (n)"),
    rule="ADM-086",
    words=_("Each dossier has its own text for the bank transfer."),
)
def payment_text(campaign_year: int, dossier: int) -> str:
    """What the candidate writes on a transfer.

    Examples:
        2026, dossier 123 -> UPT ADM 2026 000123
    """
    return f"UPT ADM {campaign_year} {dossier:06d}"


# ---- tuition -----------------------------------------------------------------------------------------------


@cites(
    STEPS,
    rule="ADM-126",
    words=_("The tuition is paid within 30 calendar days from the transmission of the acceptance letter."),
)
def tuition_term(transmitted_on: date, days: int = 30, *, closed: Collection[date] | None = None) -> Term:
    """The term for the tuition. days: TUITION_DAYS. closed: see `dates.term_end`.

    Examples:
        letter 10 July 2026 -> 9 August 2026, a Sunday, not moved
    """
    return make_term(transmitted_on, days, closed=closed)


@dataclass(frozen=True)
class Transfer:
    """A bank transfer. paid_on: its date of execution, as the proof shows it; amount: EUR."""

    paid_on: date
    amount: Decimal


@cites(
    STEPS,
    derived("ADM-128"),
    rule=("ADM-127", "ADM-128"),
    words=_(
        "The tuition counts as paid on the execution date of the transfer that completes the amount due, not "
        "on the day of upload or crediting."
    ),
)
def completed_on(transfers: Iterable[Transfer], due: Decimal) -> date | None:
    """The payment date of the transfer that completes the amount; None while it is not complete.

    Examples:
        1,000.00 on 1 August, 1,430.00 on 7 August, due 2,430.00 -> 7 August
    """
    total = ZERO
    for one in sorted(transfers, key=lambda transfer: transfer.paid_on):
        total += one.amount
        if total >= due:
            return one.paid_on
    return None


@dataclass(frozen=True)
class Received:
    """Of what arrived: tuition, what is missing, and what lies above the amount due (no tuition), EUR."""

    tuition: Decimal
    missing: Decimal
    above: Decimal


@cites(
    FEE,
    STEPS,
    rule=("ADM-129", "ADM-160"),
    words=_(
        "The tuition is confirmed when the sums credited reach the amount due; what lies above is no tuition."
    ),
)
def tuition_received(received: Iterable[Decimal], due: Decimal) -> Received:
    """What the money in the account means for the tuition.

    due: 0.00 for a deferred dossier, whose tuition is carried over whatever the amount became.

    Examples:
        2,415.00 of 2,430.00 -> missing 15.00
    """
    total = sum(received, ZERO)
    return Received(min(total, due), max(due - total, ZERO), max(total - due, ZERO))


@cites(
    STEPS,
    derived("ADM-130"),
    rule=("ADM-129", "ADM-130"),
    words=_(
        "A receipt is confirmed when the amount is complete and was paid in time; a late payment needs the "
        "reason of the head of the International Relations Department."
    ),
)
def may_confirm_tuition(
    received: Iterable[Decimal],
    due: Decimal,
    *,
    paid_on: date | None,
    due_on: date,
    accepted_late: str = "",
) -> Answer:
    """Whether the tuition may be confirmed.

    paid_on: see `completed_on`. due_on: last day of the term. accepted_late: the head's reason, or empty.

    Examples:
        due 9 August 2026, paid 10 August -> no, late by 1 day
    """
    found = tuition_received(received, due)
    if found.missing:
        return NO(
            _("%(missing)s is missing of the tuition.") % {"missing": Sum(found.missing, CURRENCY)},
            STEPS,
            _("Ask the candidate for the difference; the bank's commissions are the candidate's."),
        )
    if paid_on is None:
        return NO(
            _("The transfers on the proof do not reach the tuition."), STEPS, _("Ask for the missing proof.")
        )
    if (late := days_late(paid_on, due_on)) and not accepted_late.strip():
        return NO(
            ngettext_lazy(
                "The tuition was paid late by %(count)s day.",
                "The tuition was paid late by %(count)s days.",
                late,
            ),
            STEPS,
            _("The head of the department may accept it, with a reason."),
        )
    return YES


@cites(
    art("art. 17"),
    derived("ADM-160"),
    rule="ADM-160",
    words=_("A deferred dossier pays no new tuition, even when the amount rose."),
)
def tuition_to_pay(amount: Decimal, carried_over: Decimal | None = None) -> Decimal:
    """The tuition that a dossier still has to pay, EUR.

    carried_over: tuition of the source dossier of a deferral; it is inherited by a re-application after a
    rejected deferred dossier. None: nothing is carried over.

    Examples:
        deferred with 2,430.00, amount of the year 2,700.00 -> 0.00
    """
    return amount if carried_over is None else ZERO


@cites(
    art("art. 17"),
    rule="ADM-022",
    words=_("The tuition of an offer is at least the legal minimum and names the decision of the Senate."),
)
def check_tuition_amount(amount: Decimal | None, minimum: Decimal, decision: str) -> Answer:
    """Whether an offer's amount, EUR, may be kept and a letter recorded for it."""
    article = art("art. 17")
    if amount is None:
        return NO(_("The offer has no tuition yet."), article, _("Enter it with the decision of the Senate."))
    if amount < minimum:
        return NO(
            _("The tuition is below the legal minimum, %(minimum)s.") % {"minimum": Sum(minimum, CURRENCY)},
            article,
        )
    if not decision.strip():
        return NO(_("The tuition has no decision of the Senate."), article, _("Enter its reference."))
    return YES


# ---- giving back, and the ministry's share -----------------------------------------------------------------


@cites(
    LAW_SHARE,
    rule=("ADM-191", "ADM-192", "ADM-193"),
    words=_(
        "The net refund is the tuition received less the ministry's share and the bank's commissions, never "
        "below zero."
    ),
)
def net_refund(tuition: Decimal, commissions: Sequence[Decimal], share_percent: Decimal) -> NetRefund:
    """The sums of a refund, EUR; as `fees.rules.refunds.admission_refund`, which Finance works with.

    Examples:
        2,430.00, commission 25.00, 5 % -> share 121.50, net 2,283.50
    """
    return admission_refund(tuition, commissions, share_percent=share_percent)


@dataclass(frozen=True)
class ShareReport:
    """Receipts of a period, the share on their total, and the refunds beside it, EUR."""

    total: Decimal
    share: Decimal
    refunds: Decimal


@cites(
    art("art. 1 (f)"),
    LAW_SHARE,
    rule="ADM-199",
    words=_(
        "The ministry's share is reported on the total of tuition received in a period; refunds are listed "
        "apart and not deducted."
    ),
)
def ministry_report(
    receipts: Iterable[Decimal], refunds: Iterable[Decimal], share_percent: Decimal
) -> ShareReport:
    """The report on tuition received in a period; the share is rounded once, on the total.

    Examples:
        2,430.00 and 2,250.00, 5 % -> total 4,680.00, share 234.00
    """
    total = sum(receipts, ZERO)
    return ShareReport(total, rounded(total * share_percent / 100), sum(refunds, ZERO))
