"""What the trace says of each act of admission, in words for the candidate and the office alike."""

from django.utils.translation import gettext_lazy as _

from admissions.workflow.dossier import DOSSIER_MOVES
from upt_portal.kernel.audit import register_act

SENTENCES = {
    # the campaign
    "open_campaign": _("The campaign was opened"),
    "close_campaign": _("The campaign was closed"),
    "change_window": _("A period of the calendar was changed"),
    # the dossier
    "save_profile": _("The data of the passport were saved"),
    "open": _("The dossier was opened"),
    "edit": _("The dossier was edited"),
    "upload": _("A document was uploaded"),
    "remove": _("A document was taken out"),
    "carry_documents": _("The documents of the earlier dossier were carried over"),
    "submit": _("The dossier was submitted"),
    "cancel": _("The draft was given up"),
    "ask": _("A clarification was asked"),
    "answer": _("The clarification was answered"),
    "close_question": _("The clarification was closed without an answer"),
    "declare_ineligible": _("The dossier was found not eligible"),
    "not_select": _("The candidate was not selected"),
    "transmit": _("The dossier was sent to the faculty"),
    "return_to_office": _("The faculty returned the dossier with a question"),
    "preaccept": _("The faculty pre-accepted the candidate"),
    "reject": _("The faculty rejected the candidate"),
    "reopen": _("A rejection was reopened after a clerical error"),
    # the check
    "assign": _("The responsible officer changed"),
    "judge": _("A document was checked"),
    "waive": _("A document was waived"),
    "tick": _("A condition was checked"),
    "prove": _("The proof of language was entered"),
    "verify_language": _("The proof of language was checked"),
    "record_fee": _("A sum for the processing fee was recorded"),
    "declare_fee": _("The processing fee was declared as paid"),
    "decide_mandate": _("A mandate was checked"),
}

for name, sentence in SENTENCES.items():
    register_act(f"admissions.{name}", sentence)
for move in DOSSIER_MOVES:
    if move.name not in SENTENCES:
        register_act(f"admissions.{move.name}", move.label)  # type: ignore[arg-type]
