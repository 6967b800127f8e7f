"""A request for equivalence and its moves (REC-075, REC-076)."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import NEW, Move, Moves
from upt_portal.kernel.words import gettext_lazy as _

SECRETARIAT, COMMISSION = "secretariat", "commission"


class EquivalenceState(TextChoices):
    """Where a request for equivalence stands."""

    ASKED = "asked", pgettext_lazy("equivalence", "With the commission")
    RECOGNISED = "recognised", pgettext_lazy("equivalence", "Recognised")
    REFUSED = "refused", pgettext_lazy("equivalence", "Not recognised")


_S = EquivalenceState

EQUIVALENCE_MOVES = Moves(
    Move("ask", frozenset({NEW}), _S.ASKED, frozenset({SECRETARIAT}), _("Record the request")),
    Move("recognise", frozenset({_S.ASKED}), _S.RECOGNISED, frozenset({COMMISSION}), _("Recognise them")),
    Move("refuse", frozenset({_S.ASKED}), _S.REFUSED, frozenset({COMMISSION}), _("Do not recognise them")),
)
