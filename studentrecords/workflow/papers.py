"""The states of an application for a school document and its table of moves (REC §4.4)."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from upt_portal.kernel.moves import NEW, Move, Moves
from upt_portal.kernel.words import gettext_lazy as _

STUDENT, SECRETARIAT, SYSTEM = "student", "secretariat", "system"


class DocumentState(TextChoices):
    """Where an application for a document stands."""

    SUBMITTED = "submitted", pgettext_lazy("document request", "Submitted")
    REGISTERED = "registered", pgettext_lazy("document request", "Registered")
    READY = "ready", pgettext_lazy("document request", "Ready")
    DELIVERED = "delivered", pgettext_lazy("document request", "Delivered")


_S = DocumentState
#: Nobody has answered it.
OPEN = frozenset({_S.SUBMITTED, _S.REGISTERED})

DOCUMENT_MOVES = Moves(
    Move(
        "submit",
        frozenset({NEW}),
        _S.SUBMITTED,
        frozenset({STUDENT, SECRETARIAT}),
        _("Ask for the document"),
        guard_note=_("by the secretariat when it comes on paper"),
    ),
    Move(
        "register",
        frozenset({_S.SUBMITTED}),
        _S.REGISTERED,
        frozenset({SYSTEM}),
        _("Register"),
        guard_note=_("at once, with number and time"),
    ),
    Move(
        "ready",
        frozenset({_S.REGISTERED}),
        _S.READY,
        frozenset({SECRETARIAT, SYSTEM}),
        _("The document is ready"),
        guard_note=_("or the application is answered in writing"),
    ),
    Move(
        "deliver",
        frozenset({_S.READY}),
        _S.DELIVERED,
        frozenset({STUDENT, SECRETARIAT}),
        _("Delivered"),
        guard_note=_("downloaded or handed over"),
    ),
)
