"""States of a charge, a card payment and a refund, and the moves between them: data only.

The states are derived from facts by generated columns (`models`), so a state and its facts cannot disagree;
a service asks the table whether the move is open, then records the fact.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import BACK, NEW, SAME, Move, Moves

STUDENT = "student"
OFFICE = "office"  # the School Management Center
FINANCE = "finance"
SYSTEM = "system"
DEANERY = "deanery"

_SYSTEM = frozenset({SYSTEM})
_OFFICE = frozenset({OFFICE})
_OFFICE_OR_SYSTEM = frozenset({OFFICE, SYSTEM})


class ChargeState(TextChoices):
    """Where a charge stands (FeeLine, §4.2)."""

    CONFIGURED = "configured", _("Not open yet")
    DUE = "due", _("To pay")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    OVERDUE = "overdue", pgettext_lazy("sum", "Overdue")
    PAID = "paid", _("Paid")
    EXEMPTED = "exempted", pgettext_lazy("sum", "Exempted")
    CANCELLED = "cancelled", _("Cancelled")


_C = ChargeState

#: Something may still be paid on these.
PAYABLE = frozenset({_C.DUE, _C.PARTLY_PAID, _C.OVERDUE})

#: Nothing is owed on these any more.
CLOSED = frozenset({_C.PAID, _C.EXEMPTED, _C.CANCELLED})

CHARGE_MOVES = Moves(
    Move("post", frozenset({NEW}), _C.CONFIGURED, _OFFICE_OR_SYSTEM, _("Set the charge")),
    Move("release", frozenset({_C.CONFIGURED}), _C.DUE, _OFFICE_OR_SYSTEM, _("Open for payment")),
    Move("hide", PAYABLE, _C.CONFIGURED, _SYSTEM, _("Close for payment meanwhile")),
    Move("pay", PAYABLE | {_C.CONFIGURED}, _C.PAID, _SYSTEM, _("Record the payment")),
    Move(
        "pay_part", frozenset({_C.DUE, _C.PARTLY_PAID}), _C.PARTLY_PAID, _SYSTEM, _("Record a part payment")
    ),
    Move("pay_part", frozenset({_C.OVERDUE}), _C.OVERDUE, _SYSTEM, _("Record a part payment")),
    Move(
        "mark_overdue",
        frozenset({_C.DUE, _C.PARTLY_PAID}),
        _C.OVERDUE,
        _SYSTEM,
        pgettext_lazy("sum", "Mark as overdue"),
    ),
    Move(
        "extend",
        PAYABLE,
        BACK,
        _OFFICE_OR_SYSTEM,
        _("Move the due date"),
        back_to=frozenset({_C.DUE, _C.PARTLY_PAID}),
    ),
    Move(
        "exempt",
        PAYABLE | {_C.CONFIGURED},
        _C.EXEMPTED,
        _OFFICE,
        _("Record the exemption"),
        guard_note=_("the decision names the line"),
    ),
    Move("exempt_part", PAYABLE | {_C.CONFIGURED}, SAME, _OFFICE, _("Record the partial exemption")),
    Move(
        "restore",
        frozenset({_C.EXEMPTED}),
        BACK,
        _OFFICE,
        _("Take the exemption back"),
        guard_note=_("recorded by mistake, with a reason"),
        back_to=PAYABLE | {_C.CONFIGURED},
    ),
    Move(
        "close_short",
        frozenset({_C.PARTLY_PAID, _C.OVERDUE, _C.CONFIGURED}),
        _C.PAID,
        _OFFICE_OR_SYSTEM,
        _("Close at what was paid"),
        guard_note=_("the student interrupts or withdraws, the line is due later"),
    ),
    Move(
        "cancel",
        frozenset({_C.CONFIGURED, _C.DUE, _C.OVERDUE}),
        _C.CANCELLED,
        _OFFICE_OR_SYSTEM,
        _("Cancel the charge"),
        guard_note=_("nothing paid"),
    ),
    Move(
        "cancel_paid",
        frozenset({_C.PARTLY_PAID, _C.PAID, _C.EXEMPTED}),
        _C.CANCELLED,
        _OFFICE,
        _("Cancel the charge"),
        guard_note=_("the money becomes unallocated"),
    ),
)


class CardState(TextChoices):
    """Where a card payment stands (§4.3)."""

    INITIATED = "initiated", _("Begun")
    CONFIRMED = "confirmed", _("Confirmed")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")
    REVERSED = "reversed", _("Reversed")


_P = CardState

CARD_MOVES = Moves(
    Move("begin", frozenset({NEW}), _P.INITIATED, frozenset({STUDENT}), _("Pay by card")),
    # Money that came is booked, also when the portal had given the payment up.
    Move("confirm", frozenset({_P.INITIATED, _P.FAILED, _P.EXPIRED}), _P.CONFIRMED, _SYSTEM, _("Confirm")),
    Move("fail", frozenset({_P.INITIATED}), _P.FAILED, _SYSTEM, _("Record the refusal")),
    Move("expire", frozenset({_P.INITIATED}), _P.EXPIRED, _SYSTEM, _("Record the expiry")),
    Move("reverse", frozenset({_P.CONFIRMED}), _P.REVERSED, frozenset({FINANCE}), _("Reverse")),
)


class EntryState(TextChoices):
    """Where a bank entry stands: `WAITING` money is nobody's yet and stays visible."""

    WAITING = "waiting", pgettext_lazy("bank entry", "Waits for a decision")
    BOOKED = "booked", pgettext_lazy("bank entry", "Booked")
    TO_RETURN = "to_return", pgettext_lazy("bank entry", "To be sent back")
    RETURNED = "returned", pgettext_lazy("bank entry", "Sent back")
    CLOSED = "closed", pgettext_lazy("bank entry", "Closed")
    OUTGOING = "outgoing", pgettext_lazy("bank entry", "Paid out")


_E = EntryState

#: A part may be booked more than once, each time for another student, while something is left.
ENTRY_MOVES = Moves(
    Move("read", frozenset({NEW}), _E.WAITING, frozenset({FINANCE, SYSTEM}), _("Read from a statement")),
    Move("book", frozenset({_E.WAITING}), _E.BOOKED, frozenset({FINANCE, SYSTEM}), _("Book for a student")),
    Move("book_part", frozenset({_E.WAITING}), _E.WAITING, frozenset({FINANCE}), _("Book a part")),
    Move(
        "send_back", frozenset({_E.WAITING}), _E.TO_RETURN, frozenset({FINANCE}), _("Send back to the payer")
    ),
    Move("close", frozenset({_E.WAITING}), _E.CLOSED, frozenset({FINANCE, SYSTEM}), _("Close the entry")),
    Move(
        "open_again",
        frozenset({_E.TO_RETURN, _E.CLOSED}),
        _E.WAITING,
        frozenset({FINANCE}),
        _("Open again"),
    ),
    Move("note_return", frozenset({_E.TO_RETURN}), _E.RETURNED, _SYSTEM, _("Record the return")),
    Move("unbook", frozenset({_E.BOOKED}), _E.WAITING, frozenset({FINANCE}), _("Reverse the payment")),
)


class RefundState(TextChoices):
    """Where money on its way back stands."""

    REQUESTED = "requested", pgettext_lazy("refund", "Requested")
    CHECKED = "checked", pgettext_lazy("refund", "Checked")
    APPROVED = "approved", pgettext_lazy("refund", "Approved")
    SENT = "sent", pgettext_lazy("refund", "Sent")
    PAID = "paid", pgettext_lazy("refund", "Given back")
    FAILED = "failed", pgettext_lazy("refund", "Did not arrive")
    REFUSED = "refused", pgettext_lazy("refund", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("refund", "Withdrawn")
    CLOSED = "closed", pgettext_lazy("refund", "Given up")


_R = RefundState

#: Somebody still has something to do, or waits.
REFUND_LIVE = frozenset({_R.REQUESTED, _R.CHECKED, _R.APPROVED, _R.SENT, _R.FAILED})

_FINANCE = frozenset({FINANCE})
_FINANCE_OR_SYSTEM = frozenset({FINANCE, SYSTEM})

REFUND_MOVES = Moves(
    Move(
        "request", frozenset({NEW}), _R.REQUESTED, frozenset({STUDENT, FINANCE}), _("Ask for the money back")
    ),
    # Made in the provider's own pages, taken by a bank in a dispute, or approved by the Board.
    Move("arrive", frozenset({NEW}), _R.SENT, _SYSTEM, _("Record money that went back")),
    Move("check", frozenset({_R.REQUESTED}), _R.CHECKED, _FINANCE, _("Check the request")),
    Move(
        "approve",
        frozenset({_R.CHECKED}),
        _R.APPROVED,
        _FINANCE,
        _("Approve the refund"),
        guard_note=_("from the limit on by a second person"),
    ),
    Move(
        "refuse",
        frozenset({_R.REQUESTED, _R.CHECKED, _R.APPROVED}),
        _R.REFUSED,
        _FINANCE,
        _("Refuse the refund"),
    ),
    Move(
        "withdraw",
        frozenset({_R.REQUESTED, _R.CHECKED}),
        _R.WITHDRAWN,
        frozenset({STUDENT}),
        _("Withdraw the request"),
    ),
    Move("send", frozenset({_R.APPROVED}), _R.SENT, _FINANCE_OR_SYSTEM, _("Send the money")),
    Move("settle", frozenset({_R.SENT}), _R.PAID, _FINANCE_OR_SYSTEM, _("Record that the money arrived")),
    Move(
        "fail",
        frozenset({_R.APPROVED, _R.SENT, _R.PAID}),
        _R.FAILED,
        _FINANCE_OR_SYSTEM,
        _("Record that the money did not arrive"),
    ),
    Move(
        "retry",
        frozenset({_R.FAILED}),
        _R.CHECKED,
        _FINANCE,
        _("Prepare it to be sent again"),
        guard_note=_("it is approved anew"),
    ),
    Move("close", frozenset({_R.FAILED}), _R.CLOSED, _FINANCE, _("Give the refund up")),
)


class ProposalState(TextChoices):
    """Where a proposal of expulsion for unpaid fees stands (FEE-075, FEE-077)."""

    PROPOSED = "proposed", pgettext_lazy("proposal", "Waits for the rector")
    REMOVED = "removed", pgettext_lazy("proposal", "Paid meanwhile, to be reviewed")
    REVIEWED = "reviewed", pgettext_lazy("proposal", "Paid meanwhile, reviewed")
    WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "Withdrawn")
    EXPELLED = "expelled", pgettext_lazy("proposal", "Expulsion decided")
    KEPT = "kept", pgettext_lazy("proposal", "Not expelled")


_N = ProposalState
_STAFF = frozenset({OFFICE, FINANCE})

PROPOSAL_MOVES = Moves(
    Move("propose", frozenset({NEW}), _N.PROPOSED, _STAFF | {SYSTEM}, _("Propose the expulsion")),
    Move("remove", frozenset({_N.PROPOSED}), _N.REMOVED, _SYSTEM, _("Remove the proposal")),
    Move("review", frozenset({_N.REMOVED}), _N.REVIEWED, _STAFF, _("Note the review")),
    Move("withdraw", frozenset({_N.PROPOSED}), _N.WITHDRAWN, _STAFF, _("Withdraw the proposal")),
    Move("expel", frozenset({_N.PROPOSED}), _N.EXPELLED, _OFFICE, _("Record the expulsion")),
    Move("keep", frozenset({_N.PROPOSED}), _N.KEPT, _OFFICE, _("Record that nobody is expelled")),
)


class ExemptionState(TextChoices):
    """Where a request for an exemption stands (§5.7)."""

    ASKED = "asked", pgettext_lazy("exemption", "Waits for the decision")
    GRANTED = "granted", pgettext_lazy("exemption", "Granted")
    REFUSED = "refused", pgettext_lazy("exemption", "Not granted")
    WITHDRAWN = "withdrawn", pgettext_lazy("exemption", "Withdrawn")


_X = ExemptionState
_DECIDERS = frozenset({DEANERY, OFFICE})

EXEMPTION_MOVES = Moves(
    Move("ask", frozenset({NEW}), _X.ASKED, _DECIDERS | {STUDENT}, _("Ask for the exemption")),
    Move("grant", frozenset({_X.ASKED}), _X.GRANTED, _DECIDERS, _("Record the exemption")),
    Move("refuse", frozenset({_X.ASKED}), _X.REFUSED, _DECIDERS, _("Record the refusal")),
    Move("withdraw", frozenset({_X.ASKED}), _X.WITHDRAWN, frozenset({STUDENT}), _("Withdraw the request")),
)
