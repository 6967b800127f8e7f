"""Money that can go back, and money on its way: for its student, for the queue, for the clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fees.models import Charge, Payment, ProviderEvent, Refund, RefundAttempt, RefundBatch, Way
from fees.models.disputes import Dispute
from fees.queries import desk
from fees.rules import refunds as rules
from fees.workflow import REFUND_LIVE, RefundState
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.models import IssuedPaper
from upt_portal.kernel.references import reference

NOTE = "fees.refund_note"  # kind of the issued paper, and name of its series of numbers
BATCH = "fees.refund_batch"  # series of the bank files
ZERO = Decimal("0.00")


def refundable(payment: Payment, charge: Charge | None = None) -> Decimal:
    """What of a payment can go back now: its spare money, or what stands on one of its lines."""
    if charge is None:
        return payment.unallocated
    standing = payment.allocations.filter(charge=charge, reverses__isnull=True, reversed_by__isnull=True)
    return standing.aggregate(sum=Sum("amount"))["sum"] or ZERO


@dataclass(frozen=True)
class Returnable:
    """One thing a student may ask back, or why not. charge: None for money that pays nothing."""

    payment: Payment
    charge: Charge | None
    amount: Decimal
    answer: Answer

    @property
    def address(self) -> str:
        """What follows the "?" of the page that asks for it."""
        return f"payment={self.payment.pk}" + (f"&charge={self.charge.pk}" if self.charge else "")


def returnables(enrolment: Enrolment) -> list[Returnable]:
    """What can go back of an account and why not the rest (ux: refund request); two queries."""
    rows = Payment.objects.filter(enrolment=enrolment, reversed_at__isnull=True)
    found: list[Returnable] = []
    live = live_of(enrolment)
    for payment in rows.prefetch_related("allocations__charge__fee_type", "allocations__reversed_by"):
        if payment.unallocated > 0 and (payment.pk, None) not in live:
            yes = rules.may_ask_back(seen=payment.unallocated, there=payment.unallocated)
            found.append(Returnable(payment, None, payment.unallocated, yes))
        for charge, amount in _paid_by(payment).items():
            if (payment.pk, charge.pk) in live:
                continue
            kind = charge.fee_type
            answer = rules.may_be_returned(kind.code, refundable=kind.refundable)
            found.append(Returnable(payment, charge, amount, answer))
    return found


def _paid_by(payment: Payment) -> dict[Charge, Decimal]:
    sums: dict[Charge, Decimal] = {}
    for part in payment.allocations.all():
        sums[part.charge] = sums.get(part.charge, ZERO) + part.amount
    return {charge: amount for charge, amount in sums.items() if amount > 0}


def live_of(enrolment: Enrolment) -> set[tuple[int, int | None]]:
    """Payment and line of every refund of an account that is under way."""
    rows = Refund.objects.filter(payment__enrolment=enrolment, state__in=REFUND_LIVE)
    return set(rows.values_list("payment_id", "charge_id"))


def refunds_of(enrolment: Enrolment) -> QuerySet[Refund]:
    """The refunds of an account, newest first."""
    rows = Refund.objects.filter(payment__enrolment=enrolment)
    return rows.select_related("payment", "charge").prefetch_related("attempts")


def back_on(payments: Iterable[Payment]) -> dict[int, list[Refund]]:
    """Refunds by payment, for receipts that show them as own lines below; one query."""
    found: dict[int, list[Refund]] = {}
    seen = Refund.objects.filter(payment__in=list(payments)).exclude(
        state__in=[RefundState.WITHDRAWN, RefundState.REFUSED, RefundState.CLOSED]
    )
    for refund in seen.prefetch_related("attempts").order_by("pk"):
        found.setdefault(refund.payment_id, []).append(refund)
    return found


def state_of(payment: Payment) -> str:
    """The state of a receipt in the status dictionary: paid, on its way back, refunded in part or whole."""
    back = payment.refunds.filter(state=RefundState.PAID).aggregate(sum=Sum("amount"))["sum"] or ZERO
    if back >= payment.amount:
        return "refunded"
    if payment.refunded > back:
        return "refund_in_progress"
    return "partly_refunded" if back else "paid"


def refund_seen_by(user: User, refund_id: int, enrolment_id: int) -> Refund | None:
    """A refund of the user's own account; None for anybody else's."""
    own = Refund.objects.filter(
        pk=refund_id, payment__enrolment_id=enrolment_id, payment__enrolment__person__user=user
    )
    return own.select_related("payment__enrolment__programme__faculty", "charge", "proof").first()


def note_of(attempt: RefundAttempt) -> IssuedPaper | None:
    """The reversing paper of an attempt that arrived."""
    return IssuedPaper.objects.filter(about=reference(attempt), kind=NOTE).first()


def notes_of(refund: Refund) -> dict[str, IssuedPaper]:
    """The reversing papers of a refund by their number."""
    about = [reference(attempt) for attempt in refund.attempts.all() if attempt.note_number]
    return {paper.number: paper for paper in IssuedPaper.objects.filter(about__in=about, kind=NOTE)}


# --- the queue ----------------------------------------------------------------------------------------------

#: The tabs of the queue: what each holds, by name.
TABS: dict[str, frozenset[str]] = {
    "check": frozenset({RefundState.REQUESTED}),
    "approve": frozenset({RefundState.CHECKED}),
    "send": frozenset({RefundState.APPROVED}),
    "sent": frozenset({RefundState.SENT}),
    "failed": frozenset({RefundState.FAILED}),
    "ended": frozenset({RefundState.PAID, RefundState.REFUSED, RefundState.WITHDRAWN, RefundState.CLOSED}),
}
TAB_WORDS = {
    "check": _("To check"),
    "approve": _("To approve"),
    "send": _("To send"),
    "sent": _("On the way"),
    "failed": pgettext_lazy("refund", "Did not arrive"),
    "ended": pgettext_lazy("refund", "Ended"),
}


def in_tab(tab: str) -> QuerySet[Refund]:
    """The refunds of a tab with what its table shows; the longest waiting first, ended ones newest first."""
    rows = Refund.objects.filter(state__in=TABS[tab]).select_related("payment__enrolment__person", "charge")
    return rows.order_by("-requested_at", "-pk") if tab == "ended" else rows.order_by("requested_at", "pk")


def search(rows: QuerySet[Refund], words: str) -> QuerySet[Refund]:
    """Those whose student, payer, matriculation number, receipt or key holds these words."""
    for word in words.split():
        rows = rows.filter(
            Q(payment__enrolment__person__search__icontains=word)
            | Q(payment__payer_name__icontains=word)
            | Q(payment__enrolment__matriculation_number__iexact=word)
            | Q(payment__reference__iexact=word)
            | Q(attempts__key__iexact=word)
        )
    return rows.distinct()


def counts() -> dict[str, int]:
    """How many refunds stand in each tab; one query."""
    states = Refund.objects.values_list("state", flat=True)
    found = list(states.filter(state__in=REFUND_LIVE))
    return {tab: sum(state in held for state in found) for tab, held in TABS.items() if tab != "ended"}


def waiting(user: User) -> QuerySet[Refund]:
    """Refunds that wait for somebody at the desk."""
    return Refund.objects.filter(
        Q(state__in=[RefundState.REQUESTED, RefundState.CHECKED, RefundState.FAILED])
        | Q(state=RefundState.APPROVED, way=Way.BANK)
    )


def with_everything(refund_id: int) -> Refund | None:
    """One refund as its page at the desk shows it."""
    rows = Refund.objects.select_related(
        "payment__enrolment__person__user",
        "payment__enrolment__programme__faculty",
        "charge__fee_type",
        "proof",
        "requested_by",
        "checked_by",
        "approved_by",
    )
    return rows.prefetch_related("attempts__batch").filter(pk=refund_id).first()


def came_from(payment: Payment) -> list[Charge]:
    """The lines that lost this money, so that it is spare now; staff look whether it may go back."""
    off = payment.allocations.filter(reverses__isnull=False).values("charge")
    return list(Charge.objects.filter(pk__in=off).select_related("fee_type"))


# --- the bank ---------------------------------------------------------------------------------------------


def for_the_bank(currency: str) -> QuerySet[Refund]:
    """Approved refunds that wait for a bank file, the longest waiting first."""
    rows = Refund.objects.filter(state=RefundState.APPROVED, way=Way.BANK, currency=currency)
    return rows.select_related("payment__enrolment__person").order_by("approved_at", "pk")


def batches() -> QuerySet[RefundBatch]:
    return RefundBatch.objects.select_related("made_by").defer("xml")


def open_bank_attempts() -> QuerySet[RefundAttempt]:
    """Attempts that the bank has and whose end is not known, or may still be undone by a return."""
    return RefundAttempt.objects.filter(way=Way.BANK, batch__isnull=False, failed_at__isnull=True)


# --- the clock --------------------------------------------------------------------------------------------


def attempts_to_ask(before: datetime) -> list[int]:
    """Card refunds begun before a moment whose end is not known; oldest first."""
    rows = RefundAttempt.objects.filter(way=Way.CARD, state__in=["prepared", "sent"], prepared_at__lt=before)
    return list(rows.order_by("prepared_at").values_list("pk", flat=True))


def open_disputes_to_ask() -> list[str]:
    """The provider's numbers of disputes that are open here."""
    return list(Dispute.objects.filter(closed_at__isnull=True).values_list("dispute_id", flat=True))


def last_event_at() -> datetime | None:
    """When the provider made the youngest event that is known here."""
    youngest = ProviderEvent.objects.exclude(created_at__isnull=True).order_by("-created_at").first()
    return youngest.created_at if youngest else None


def disputes_to_handle(user: User) -> QuerySet[Dispute]:
    """Disputes on which staff have something to do or to note."""
    return Dispute.objects.filter(handled_at__isnull=True)


def disputes() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("payment__enrolment__person", "refund", "handled_by")


# --- the desk's search --------------------------------------------------------------------------------------


def found(words: str, user: User) -> list[desk.Hit]:
    """Refunds by name, receipt or key, for the search of the desk."""
    if not has_role(user, *desk.FINANCE_ROLES):
        return []
    rows = search(Refund.objects.select_related("payment__enrolment__person"), words)[: desk.A_SEARCH]
    return [
        desk.Hit(
            label=f"{one.payment.payer_name}, {one.payment.receipt}",
            detail=one.get_state_display(),
            url=reverse("fees:refund_desk", args=[one.pk]),
        )
        for one in rows
    ]


desk.register_page(
    desk.DeskPage(
        "fees:refunds_desk",
        _("Refunds"),
        desk.Group.REFUNDS,
        waiting=waiting,
        place=10,
        below=("fees:refund_desk", "fees:refund_act"),
    )
)
desk.register_page(
    desk.DeskPage(
        "fees:refund_bank", _("Bank files"), desk.Group.REFUNDS, place=20, below=("fees:refund_batch",)
    )
)
desk.register_page(
    desk.DeskPage("fees:disputes", _("Disputes"), desk.Group.REFUNDS, waiting=disputes_to_handle, place=30)
)
desk.register_search(_("Refunds"), found)
