"""The states of a file of students, enrolments or results on its way into the records, and its moves."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import NEW, Move, Moves
from upt_portal.kernel.words import gettext_lazy as _

STAFF, SYSTEM = "staff", "system"


class MovingState(TextChoices):
    """Where a file stands."""

    LOOKING = "looking", pgettext_lazy("moving in", "Being looked at")
    REFUSED = "refused", pgettext_lazy("moving in", "Cannot be read")
    LOOKED = "looked", pgettext_lazy("moving in", "Waits for your decision")
    WRITING = "writing", pgettext_lazy("moving in", "Being written")
    STOPPED = "stopped", pgettext_lazy("moving in", "Stopped")
    DONE = "done", pgettext_lazy("moving in", "Written")
    DROPPED = "dropped", pgettext_lazy("moving in", "Put away")


_S = MovingState
_STAFF, _SYSTEM = frozenset({STAFF}), frozenset({SYSTEM})

MOVING_MOVES = Moves(
    Move("receive", frozenset({NEW}), _S.LOOKING, _STAFF, _("Look at the file")),
    Move("refuse", frozenset({_S.LOOKING}), _S.REFUSED, _SYSTEM, _("Cannot be read")),
    Move("report", frozenset({_S.LOOKING}), _S.LOOKED, _SYSTEM, _("Report")),
    Move(
        "confirm",
        frozenset({_S.LOOKED}),
        _S.WRITING,
        _STAFF,
        _("Write the rows"),
        guard_note=_("at least one new row"),
    ),
    Move("stop", frozenset({_S.WRITING}), _S.STOPPED, _STAFF, _("Stop")),
    Move("resume", frozenset({_S.STOPPED}), _S.WRITING, _STAFF, _("Go on")),
    Move("finish", frozenset({_S.WRITING}), _S.DONE, _SYSTEM, _("Written to the end")),
    Move(
        "drop",
        frozenset({_S.LOOKING, _S.REFUSED, _S.LOOKED, _S.STOPPED}),
        _S.DROPPED,
        _STAFF | _SYSTEM,
        _("Put the file away"),
        guard_note=_("what was written stays"),
    ),
)
