"""The smaller machines of admissions (§5.3): campaign, fee, batch, certificate, deferral and the like."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from admissions.workflow.actors import CANDIDATE, DRI, ITSELF
from upt_portal.accounts.roles import ADMINISTRATOR, ADMISSIONS_ADMIN
from upt_portal.kernel.moves import NEW, Move, Moves

_ADMIN = frozenset({ADMISSIONS_ADMIN, ADMINISTRATOR})


def _move(name: str, sources: list[str], target: str, actors: frozenset[str], label: object) -> Move:
    return Move(name, frozenset(sources), target, actors, label)  # type: ignore[arg-type]


class CampaignState(TextChoices):
    """A campaign is prepared, opened once its calendar is approved, and closed (ADM-010)."""

    DRAFT = "draft", pgettext_lazy("admission campaign", "In preparation")
    OPEN = "open", pgettext_lazy("admission campaign", "Open")
    CLOSED = "closed", pgettext_lazy("admission campaign", "Closed")


CAMPAIGN_MOVES: Final = Moves(
    _move("prepare", [NEW], CampaignState.DRAFT, _ADMIN, _("Prepare the campaign")),
    _move("open", [CampaignState.DRAFT], CampaignState.OPEN, _ADMIN, _("Open the campaign")),
    _move("close", [CampaignState.OPEN], CampaignState.CLOSED, _ADMIN, _("Close the campaign")),
)


class FeeState(TextChoices):
    """The processing fee of a dossier (§5.3, ADM-082 to ADM-085)."""

    DUE = "due", pgettext_lazy("processing fee", "To be paid")
    DECLARED = "declared", pgettext_lazy("processing fee", "Declared as paid")
    SHORT = "short", pgettext_lazy("processing fee", "Too little received")
    CONFIRMED = "confirmed", pgettext_lazy("processing fee", "Received")
    WAIVED = "waived", pgettext_lazy("processing fee", "Not owed")


_F = FeeState
FEE_MOVES: Final = Moves(
    _move("require", [NEW], _F.DUE, CANDIDATE | DRI, _("Ask for the fee")),
    _move("waive", [NEW], _F.WAIVED, CANDIDATE | DRI, _("Waive the fee")),
    _move("declare", [_F.DUE], _F.DECLARED, CANDIDATE | DRI, _("Declare the payment")),
    _move("confirm", [_F.DECLARED, _F.SHORT], _F.CONFIRMED, DRI, _("Confirm the receipt")),
    _move("find_short", [_F.DECLARED, _F.SHORT], _F.SHORT, DRI, _("Record that money is missing")),
)


class BatchState(TextChoices):
    """A list on its way to the ministry (ADM-115 to ADM-120)."""

    OPEN = "open", pgettext_lazy("ministry list", "Being built")
    SENT = "sent", pgettext_lazy("ministry list", "Sent")
    ANSWERED = "answered", pgettext_lazy("ministry list", "Answered")


BATCH_MOVES: Final = Moves(
    _move("build", [NEW], BatchState.OPEN, DRI, _("Begin a list")),
    _move("send", [BatchState.OPEN], BatchState.SENT, DRI, _("Send the list")),
    _move("settle", [BatchState.SENT], BatchState.ANSWERED, DRI | ITSELF, _("Close the list")),
)


class ImpossibilityState(TextChoices):
    """A notice that a mission takes no appointments (ADM-142, ADM-143)."""

    RECEIVED = "received", pgettext_lazy("impossibility", "Received")
    ACCEPTED = "accepted", pgettext_lazy("impossibility", "Accepted")
    REFUSED = "refused", pgettext_lazy("impossibility", "Refused")


_I = ImpossibilityState
IMPOSSIBILITY_MOVES: Final = Moves(
    _move("receive", [NEW], _I.RECEIVED, CANDIDATE | DRI, _("Record the notice")),
    _move("accept", [_I.RECEIVED], _I.ACCEPTED, DRI, _("Accept and move the term")),
    _move("refuse", [_I.RECEIVED], _I.REFUSED, DRI | ITSELF, _("Refuse the notice")),
)


class CertificateState(TextChoices):
    """A certificate for a mission (ADM-135 to ADM-138)."""

    REQUESTED = "requested", pgettext_lazy("embassy certificate", "Asked for")
    ISSUED = "issued", pgettext_lazy("embassy certificate", "Issued")
    REFUSED = "refused", pgettext_lazy("embassy certificate", "Refused")


CERTIFICATE_MOVES: Final = Moves(
    _move("request", [NEW], CertificateState.REQUESTED, CANDIDATE | ITSELF, _("Ask for a certificate")),
    _move("issue", [CertificateState.REQUESTED], CertificateState.ISSUED, DRI, _("Issue the certificate")),
    _move("refuse", [CertificateState.REQUESTED], CertificateState.REFUSED, DRI, _("Refuse the certificate")),
)


class DeferralState(TextChoices):
    """The right to enter with priority a year later (ADM-157 to ADM-161)."""

    ACTIVE = "active", pgettext_lazy("deferral", "In force")
    USED = "used", pgettext_lazy("deferral", "Used")
    LAPSED = "lapsed", pgettext_lazy("deferral", "Lapsed")


DEFERRAL_MOVES: Final = Moves(
    _move("grant", [NEW], DeferralState.ACTIVE, CANDIDATE, _("Choose deferred entry")),
    _move("use", [DeferralState.ACTIVE], DeferralState.USED, CANDIDATE | ITSELF, _("Apply again")),
    _move("lapse", [DeferralState.ACTIVE], DeferralState.LAPSED, ITSELF, _("Let the deferral lapse")),
)


class MandateState(TextChoices):
    """A notarial mandate of a proxy (ADM-033, ADM-036)."""

    UPLOADED = "uploaded", pgettext_lazy("mandate", "To be checked")
    VERIFIED = "verified", pgettext_lazy("mandate", "Verified")
    REJECTED = "rejected", pgettext_lazy("mandate", "Rejected")


MANDATE_MOVES: Final = Moves(
    _move("upload", [NEW], MandateState.UPLOADED, CANDIDATE | DRI, _("Upload the mandate")),
    _move("verify", [MandateState.UPLOADED], MandateState.VERIFIED, DRI, _("Verify the mandate")),
    _move("reject", [MandateState.UPLOADED], MandateState.REJECTED, DRI, _("Reject the mandate")),
)


class ReturnState(TextChoices):
    """The hand-back of a paper dossier (ADM-220, ADM-221, ADM-223)."""

    OPEN = "open", pgettext_lazy("hand-back", "To be handed back")
    RETURNED = "returned", pgettext_lazy("hand-back", "Handed back")
    NOTHING_HELD = "nothing_held", pgettext_lazy("hand-back", "Nothing is held on paper")


RETURN_MOVES: Final = Moves(
    _move("open", [NEW], ReturnState.OPEN, ITSELF, _("Open the hand-back")),
    _move("hand_back", [ReturnState.OPEN], ReturnState.RETURNED, DRI, _("Record the hand-back")),
    _move("hold_nothing", [ReturnState.OPEN], ReturnState.NOTHING_HELD, DRI, _("Nothing is held")),
)


class Verdict(TextChoices):
    """What the office found of a document (ADM-091)."""

    PENDING = "pending", pgettext_lazy("verdict", "Not checked yet")
    CONFORM = "conform", pgettext_lazy("verdict", "Conform")
    NON_CONFORM = "non_conform", pgettext_lazy("verdict", "Not conform")
