"""What the trace says of each act of contracting, in words for the student and the secretariat alike."""

from django.utils.translation import gettext_lazy as _

from upt_portal.kernel.audit import register_act

SENTENCES = {
    # the campaign
    "publish": _("The campaign was published"),
    "reschedule": _("The dates of the campaign were changed"),
    "close": _("The campaign was closed"),
    # the list
    "offer": _("The list of disciplines was offered"),
    "open_documents": _("The documents were made at once; there was nothing to validate"),
    "set_mandatory": _("The secretariat changed which disciplines are mandatory"),
    "validate": _("The list was validated"),
    "lapse": _("The term passed without validation"),
    "extend": _("The term of validation was extended"),
    "validate_for": _("The secretariat validated the whole list in the student's name"),
    # check and change
    "ask": _("The secretariat asked a question"),
    "answer": _("The question was answered"),
    "approve": _("The secretariat approved the list; the documents are being made"),
    "request_change": _("A change of the list was asked for"),
    "extend_change": _("The term of change requests was extended"),
    "approve_change": _("The dean's office approved the change"),
    "refuse_change": _("The dean's office refused the change"),
    "apply_change": _("The change was worked into a new version of the annex"),
    "reissue": _("The annex was issued anew"),
    # signing and paying
    "upload_file": _("A signed document was uploaded"),
    "upload": _("All signed documents are in"),
    "extend_upload": _("The term of upload was extended"),
    "accept_file": _("A signed document was accepted"),
    "reject_file": _("A signed document was returned"),
    "accept": _("All signed documents were accepted; the disciplines are contracted"),
    "settle": _("Nothing is left to pay; the year is settled"),
    "reopen": _("Money was taken back; something is to be paid again"),
    "cancel": _("The contracting was cancelled"),
}

for name, sentence in SENTENCES.items():
    register_act(f"contracting.{name}", sentence)
