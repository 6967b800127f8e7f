"""The status dictionary: one word, one drawing and one tone for each state that a reader may see."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Status:
    """label: the word of the dictionary, `{n}` stands for a page number.

    tone: "todo", "prog", "wait", "fix", "ok", "mute" draw a tag; "plain" is text with a small drawing;
    "none" shows nothing, because the deadline beside it says enough.
    """

    label: Promise
    icon: str
    tone: str


STATUSES = {
    # documents
    "to_upload": Status(_("To upload"), "upload", "todo"),
    "in_progress": Status(_("In progress"), "pen", "prog"),
    "sent": Status(_("Sent, being checked"), "clock", "wait"),
    "needs_correction": Status(_("Needs correction"), "triangle", "fix"),
    "accepted": Status(_("Accepted"), "check", "plain"),
    "cannot_start": Status(_("Cannot start yet"), "lock", "mute"),
    "not_required": Status(_("Not required"), "dash", "plain"),
    # tasks: the deadline is enough
    "to_do": Status(_("To do"), "", "none"),
    # scans
    "scan_matches": Status(_("Matches the annex"), "check", "ok"),
    "page_missing": Status(_("Page {n} missing"), "triangle", "fix"),
    "version_replaced": Status(_("Replaced version"), "triangle", "fix"),
    "unreadable": Status(_("Cannot be read"), "triangle", "fix"),
    # disciplines
    "passed": Status(_("Passed"), "check", "plain"),
    "overdue": Status(_("Overdue"), "undo", "mute"),
    "recontract": Status(_("Re-contract"), "", "plain"),
    "reexamination": Status(_("Re-examination"), "", "plain"),
    # dossiers
    "complete_not_sent": Status(_("Complete, not sent"), "triangle", "fix"),
    # money
    "to_pay": Status(_("To pay"), "card", "todo"),
    "confirming_payment": Status(_("Confirming payment"), "clock", "wait"),
    "paid": Status(_("Paid"), "check", "plain"),
    "exempted": Status(pgettext_lazy("sum", "Exempted"), "check", "plain"),
    "payment_failed": Status(_("Payment failed"), "triangle", "fix"),
    "refund_in_progress": Status(_("Refund in progress"), "clock", "wait"),
    "refunded": Status(_("Refunded"), "undo", "plain"),
    "partly_refunded": Status(_("Partly refunded"), "undo", "plain"),
    # appointments
    "requested": Status(_("Requested"), "", "plain"),
    "confirmed": Status(_("Confirmed"), "", "plain"),
    "cancelled": Status(_("Cancelled"), "", "plain"),
    "held": Status(_("Held"), "", "plain"),
}
