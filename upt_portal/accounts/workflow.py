"""The states of an account and the moves between them (REC catalogue, §4.2): data only."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts.roles import ADMINISTRATOR, SECRETARIAT, STUDENT
from upt_portal.kernel.moves import SAME, Move, Moves

SYSTEM: Final = "system"
#: Anybody with an account stands in the student's column: the owner of the account.
OWNER: Final = STUDENT


class AccountState(TextChoices):
    """Where an account stands."""

    NOT_ACTIVATED = "not_activated", _("Not activated")
    ACTIVATION_SENT = "activation_sent", _("Activation link sent")
    ACTIVE = "active", _("Active account")
    LOCKED = "locked", _("Locked")
    CLOSED = "closed", _("Closed account")


_STAFF = SECRETARIAT | {ADMINISTRATOR}
_OWNER, _SYSTEM = frozenset({OWNER}), frozenset({SYSTEM})

ACCOUNT_MOVES: Final = Moves(
    Move(
        "send",
        frozenset({AccountState.NOT_ACTIVATED}),
        AccountState.ACTIVATION_SENT,
        _OWNER | _STAFF,
        _("Send the activation link"),
        guard_note=_("Identity checked; the address is on file or approved, and used by no other account."),
    ),
    Move(
        "activate",
        frozenset({AccountState.ACTIVATION_SENT}),
        AccountState.ACTIVE,
        _OWNER,
        _("Activate the account"),
        guard_note=_("The newest link, once, in time; a real password or a passkey."),
    ),
    Move(
        "expire",
        frozenset({AccountState.ACTIVATION_SENT}),
        AccountState.NOT_ACTIVATED,
        _SYSTEM,
        _("Let the link expire"),
        guard_note=_("The time is over, or a newer link voids the older one."),
    ),
    Move(
        "reset",
        frozenset({AccountState.ACTIVE}),
        SAME,
        _OWNER,
        _("Set a new password"),
        guard_note=_("By the link sent to the address on file."),
    ),
    Move(
        "lock",
        frozenset({AccountState.ACTIVE}),
        AccountState.LOCKED,
        _STAFF | _SYSTEM,
        _("Lock the account"),
    ),
    Move(
        "unlock",
        frozenset({AccountState.LOCKED}),
        AccountState.ACTIVE,
        _STAFF | _SYSTEM,
        _("Unlock the account"),
    ),
    Move(
        "close",
        frozenset({AccountState.ACTIVE}),
        AccountState.CLOSED,
        _SYSTEM,
        _("Close the account"),
        guard_note=_("No enrolment is left for a year, or as long as the university says."),
    ),
)
