"""The states of a request about personal data and its table of moves (REC-032, REC-040, REC-043)."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import NEW, Move, Moves
from upt_portal.kernel.words import gettext_lazy as _

STUDENT, SECRETARIAT = "student", "secretariat"


class DataState(TextChoices):
    """Where a request about personal data stands."""

    WAITING = "waiting", pgettext_lazy("personal data", "Waits for the secretariat")
    RECORDED = "recorded", pgettext_lazy("personal data", "Recorded")
    REFUSED = "refused", pgettext_lazy("personal data", "Not recorded")


_WAITING = frozenset({DataState.WAITING})

DATA_MOVES = Moves(
    Move("ask", frozenset({NEW}), DataState.WAITING, frozenset({STUDENT}), _("Ask for a correction")),
    Move(
        "report",
        frozenset({NEW}),
        DataState.RECORDED,
        frozenset({STUDENT}),
        _("Report a change"),
        guard_note=_("a telephone number or an address; identity is decided by the secretariat"),
    ),
    Move("record", _WAITING, DataState.RECORDED, frozenset({SECRETARIAT}), _("Record the value")),
    Move("refuse", _WAITING, DataState.REFUSED, frozenset({SECRETARIAT}), _("Refuse the correction")),
)
