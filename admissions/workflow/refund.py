"""The refund of tuition: R01 to R15 of the catalogue (§5.2), as data."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.workflow.actors import BOARD, CANDIDATE, DRI, ITSELF, MONEY
from upt_portal.kernel.moves import NEW, Move, Moves


class RefundState(TextChoices):
    """Where a request for the tuition stands."""

    DRAFT = "draft", pgettext_lazy("refund", "Draft")
    SUBMITTED = "submitted", pgettext_lazy("refund", "Filed, being checked")
    INCOMPLETE = "incomplete", pgettext_lazy("refund", "Incomplete")
    CLARIFICATION = "clarification", pgettext_lazy("refund", "Clarification asked")
    ON_HOLD_APPEAL = "on_hold_appeal", pgettext_lazy("refund", "On hold until the appeal is decided")
    AT_BOARD = "at_board", pgettext_lazy("refund", "At the Board")
    APPROVED = "approved", pgettext_lazy("refund", "Approved")
    PAID = "paid", pgettext_lazy("refund", "Paid")
    REJECTED = "rejected", pgettext_lazy("refund", "Rejected by the Board")
    INELIGIBLE = "ineligible", pgettext_lazy("refund", "Not completed in time")
    VOID = "void", pgettext_lazy("refund", "Void: the visa was granted")
    WITHDRAWN = "withdrawn", pgettext_lazy("refund", "Withdrawn")


_R = RefundState

#: Nothing runs any more; a live one stands at most once on a dossier (ADM-196).
REFUND_ENDED: Final = frozenset({_R.PAID, _R.REJECTED, _R.INELIGIBLE, _R.VOID, _R.WITHDRAWN})
REFUND_LIVE: Final = frozenset(_R) - REFUND_ENDED
#: Filed once: the choice for the refund is final (ADM-155, ADM-156).
FILED: Final = frozenset(_R) - {_R.DRAFT}


def _move(
    name: str, sources: list[str], target: str, actors: frozenset[str], label: object, note: str
) -> Move:
    return Move(name, frozenset(sources), target, actors, label, guard_note=note)  # type: ignore[arg-type]


REFUND_MOVES: Final = Moves(
    _move("open", [NEW], _R.DRAFT, CANDIDATE, _("Prepare a refund request"), "R01"),
    _move("file", [_R.DRAFT], _R.SUBMITTED, CANDIDATE | DRI, _("File the request"), "R02"),
    _move("find_incomplete", [_R.SUBMITTED], _R.INCOMPLETE, DRI | ITSELF, _("Mark as incomplete"), "R03"),
    _move("complete", [_R.INCOMPLETE], _R.SUBMITTED, CANDIDATE, _("Send what was missing"), "R04"),
    _move("miss_completion", [_R.INCOMPLETE], _R.INELIGIBLE, ITSELF, _("Close as not completed"), "R05"),
    _move("hold", [_R.SUBMITTED], _R.ON_HOLD_APPEAL, DRI, _("Hold until the appeal is decided"), "R06"),
    _move(
        "release",
        [_R.ON_HOLD_APPEAL],
        _R.SUBMITTED,
        CANDIDATE | DRI,
        _("Go on with the final refusal"),
        "R07",
    ),
    _move("void", [_R.ON_HOLD_APPEAL], _R.VOID, DRI, _("Close: the visa was granted"), "R08"),
    _move("ask", [_R.SUBMITTED], _R.CLARIFICATION, DRI, _("Ask for a clarification"), "R09"),
    _move("answer", [_R.CLARIFICATION], _R.SUBMITTED, CANDIDATE, _("Answer the clarification"), "R10"),
    _move("send_to_board", [_R.SUBMITTED], _R.AT_BOARD, DRI, _("Send to the Board"), "R11"),
    _move("approve", [_R.AT_BOARD], _R.APPROVED, BOARD, _("Record the approval"), "R12"),
    _move("reject", [_R.AT_BOARD], _R.REJECTED, BOARD, _("Record the rejection"), "R13"),
    _move("pay", [_R.APPROVED], _R.PAID, MONEY, _("Mark as paid"), "R14"),
    _move(
        "withdraw",
        [_R.DRAFT, _R.SUBMITTED, _R.INCOMPLETE, _R.CLARIFICATION, _R.ON_HOLD_APPEAL],
        _R.WITHDRAWN,
        CANDIDATE,
        _("Withdraw the request"),
        "R15",
    ),
)
