"""A request for another group and its moves (REC-458)."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import NEW, Move, Moves
from upt_portal.kernel.words import gettext_lazy as _

STUDENT, MANAGEMENT = "student", "management"


class GroupChangeState(TextChoices):
    """Where a request for another group stands."""

    ASKED = "asked", pgettext_lazy("information", "With the dean's office")
    GRANTED = "granted", pgettext_lazy("information", "Granted")
    REFUSED = "refused", pgettext_lazy("information", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("information", "Withdrawn")


_S = GroupChangeState

GROUP_MOVES = Moves(
    Move("ask", frozenset({NEW}), _S.ASKED, frozenset({STUDENT}), _("Ask for another group")),
    Move("grant", frozenset({_S.ASKED}), _S.GRANTED, frozenset({MANAGEMENT}), _("Grant it")),
    Move("refuse", frozenset({_S.ASKED}), _S.REFUSED, frozenset({MANAGEMENT}), _("Refuse it")),
    Move("withdraw", frozenset({_S.ASKED}), _S.WITHDRAWN, frozenset({STUDENT}), _("Withdraw the request")),
)
