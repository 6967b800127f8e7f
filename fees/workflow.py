"""States of a charge and of a card payment, and the moves between them: data only.

Both states are derived from facts by generated columns (`models`), so a state and its facts cannot disagree;
a service asks the table whether the move is open, then records the fact.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import BACK, NEW, Move, Moves

STUDENT = "student"
OFFICE = "office"  # the School Management Center
FINANCE = "finance"
SYSTEM = "system"

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
    CANCELLED = "cancelled", _("Cancelled")


_C = ChargeState

#: Something may still be paid on these.
PAYABLE = frozenset({_C.DUE, _C.PARTLY_PAID, _C.OVERDUE})

#: Nothing is owed on these any more.
CLOSED = frozenset({_C.PAID, _C.CANCELLED})

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
        "cancel",
        frozenset({_C.CONFIGURED, _C.DUE, _C.OVERDUE}),
        _C.CANCELLED,
        _OFFICE_OR_SYSTEM,
        _("Cancel the charge"),
        guard_note=_("nothing paid"),
    ),
    Move(
        "cancel_paid",
        frozenset({_C.PARTLY_PAID, _C.PAID}),
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
