"""The states of a catalogue and its table of moves (REC §4.4)."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import BACK, NEW, SAME, Move, Moves
from upt_portal.kernel.words import gettext_lazy as _

TEACHER, SECRETARIAT, MANAGEMENT, SYSTEM = "teacher", "secretariat", "management", "system"


class CatalogueState(TextChoices):
    """Where the catalogue of an exam stands."""

    PLANNED = "planned", pgettext_lazy("catalogue", "In the timetable")
    OPEN = "open", pgettext_lazy("catalogue", "Open")
    FILLED = "filled", pgettext_lazy("catalogue", "Complete")
    SIGNED = "signed", pgettext_lazy("catalogue", "Signed")
    PUBLISHED = "published", pgettext_lazy("catalogue", "Published")
    LOCKED = "locked", pgettext_lazy("catalogue", "Locked")
    CORRECTION = "correction", pgettext_lazy("catalogue", "In correction")


_S = CatalogueState
_DESK = frozenset({SECRETARIAT, MANAGEMENT})
_HANDS = frozenset({TEACHER, SECRETARIAT})

#: States in which results are written down.
WRITABLE = frozenset({_S.OPEN, _S.FILLED, _S.SIGNED, _S.PUBLISHED, _S.CORRECTION})
#: The list exists.
WITH_LIST = frozenset(set(_S) - {_S.PLANNED})

CATALOGUE_MOVES = Moves(
    Move("plan", frozenset({NEW}), _S.PLANNED, frozenset({SECRETARIAT}), _("Put the exam in the timetable")),
    Move(
        "replan",
        frozenset({_S.PLANNED, _S.OPEN}),
        SAME,
        frozenset({SECRETARIAT}),
        _("Change day, room or teachers"),
        guard_note=_("nothing entered"),
    ),
    Move("open", frozenset({_S.PLANNED}), _S.OPEN, _DESK | {SYSTEM}, _("Open the catalogue")),
    Move("list", frozenset({_S.OPEN, _S.FILLED}), _S.OPEN, _DESK | {SYSTEM}, _("Complete the list")),
    Move("enter", frozenset({_S.OPEN, _S.FILLED}), SAME, _HANDS, _("Enter results")),
    Move("fill", frozenset({_S.OPEN}), _S.FILLED, _HANDS, _("Enter the last result")),
    Move("clear", frozenset({_S.FILLED}), _S.OPEN, _HANDS, _("Take a result out")),
    Move(
        "change",
        frozenset({_S.SIGNED, _S.PUBLISHED}),
        _S.FILLED,
        _HANDS,
        _("Change a result"),
        guard_note=_("before the deadline; both sign again"),
    ),
    Move(
        "sign",
        frozenset({_S.FILLED, _S.LOCKED}),
        SAME,
        frozenset({TEACHER}),
        _("Sign"),
        guard_note=_("no empty row; the other teacher has not signed"),
    ),
    Move(
        "sign_second",
        frozenset({_S.FILLED, _S.LOCKED}),
        _S.SIGNED,
        frozenset({TEACHER}),
        _("Sign as the second teacher"),
        guard_note=_("no empty row; the other teacher has signed"),
    ),
    Move("publish", frozenset({_S.SIGNED}), _S.PUBLISHED, _HANDS, _("Publish")),
    Move(
        "lock",
        frozenset({_S.OPEN, _S.FILLED}),
        _S.LOCKED,
        frozenset({SYSTEM}),
        _("Lock"),
        guard_note=_("the deadline has passed; entries are kept"),
    ),
    Move(
        "correct",
        frozenset({_S.LOCKED, _S.PUBLISHED}),
        _S.CORRECTION,
        frozenset({SECRETARIAT}),
        _("Open a correction"),
        guard_note=_("after the deadline, with the dean's written approval"),
    ),
    Move("enter_correction", frozenset({_S.CORRECTION}), SAME, _HANDS, _("Enter the corrected results")),
    # What was never published goes back to be signed by both.
    Move(
        "finish",
        frozenset({_S.CORRECTION}),
        BACK,
        _HANDS | {SYSTEM},
        _("Close the correction"),
        guard_note=_("by itself when its term is over"),
        back_to=frozenset({_S.PUBLISHED, _S.LOCKED}),
    ),
)
