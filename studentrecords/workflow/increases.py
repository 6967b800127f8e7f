"""The states of a request for a grade increase and its table of moves (REC §4.4)."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import NEW, Move, Moves
from upt_portal.kernel.words import gettext_lazy as _

STUDENT, MANAGEMENT, SYSTEM = "student", "management", "system"


class IncreaseState(TextChoices):
    """Where a request for a grade increase stands."""

    REQUESTED = "requested", pgettext_lazy("grade increase", "Asked for")
    LISTED = "listed", pgettext_lazy("grade increase", "In the catalogue")
    HELD = "held", pgettext_lazy("grade increase", "Held")
    ABSENT = "absent", pgettext_lazy("grade increase", "Missed")
    CANCELLED = "cancelled", pgettext_lazy("grade increase", "Cancelled")


_S = IncreaseState

INCREASE_MOVES = Moves(
    Move("ask", frozenset({NEW}), _S.REQUESTED, frozenset({STUDENT}), _("Ask for an increase")),
    Move(
        "cancel",
        frozenset({_S.REQUESTED}),
        _S.CANCELLED,
        frozenset({STUDENT}),
        _("Cancel the request"),
        guard_note=_("before it is listed"),
    ),
    Move(
        "list",
        frozenset({_S.REQUESTED}),
        _S.LISTED,
        frozenset({MANAGEMENT, SYSTEM}),
        _("List in the catalogue"),
    ),
    Move(
        "hold", frozenset({_S.LISTED, _S.ABSENT}), _S.HELD, frozenset({SYSTEM}), _("Take the posted result")
    ),
    Move("miss", frozenset({_S.LISTED, _S.HELD}), _S.ABSENT, frozenset({SYSTEM}), _("Take the absence")),
)
