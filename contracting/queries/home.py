"""What contracting puts on the student's home: tasks by group, and the names of its terms."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracting.models import OfferLine, StudentContracting
from contracting.queries import dues, facts, frame
from contracting.rules import windows as rules
from contracting.workflow import SIGNED_DOCUMENTS_IN, ContractingState
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.page import Task

_S = ContractingState


def next_steps(case: StudentContracting, at: datetime) -> list[Task]:
    """The student's steps in this campaign, done ones included; a constant number of queries."""
    if case.state == _S.CANCELLED:
        return [_done(_("Contracting %(year)s, cancelled") % {"year": case.campaign.year}, case, "contract")]
    return [*_validation(case, at), *_check(case), *_upload(case, at), *_payment(case, at)]


def term_name(kind: str) -> str:
    """What a running term of contracting is called on the home page; empty for another room's."""
    return {
        "contracting.validate": _("List of disciplines"),
        "contracting.upload": _("Signed documents"),
        "contracting.pay": _("Payment of the annex"),
        "contracting.answer": _("Answer to the secretariat"),
    }.get(kind, "")


# ---- validation --------------------------------------------------------------------------------------------


def _validation(case: StudentContracting, at: datetime) -> list[Task]:
    if not frame.to_accept(case):
        return []
    title = _("Validate the disciplines of year %(year)s") % {"year": case.enrolment.year_of_study}
    if case.state not in {_S.OFFERED, _S.LAPSED}:
        return [_done(_("List of disciplines validated"), case, "contract")]
    windows = facts.windows_of(case.campaign)
    until = frame.validation_until(case)
    if case.state == _S.LAPSED or rules.has_lapsed(windows, at, extended_until=case.extended_until):
        late, why = _("The list of disciplines was not validated in time"), _("See what you can still do.")
        button = _("See what you can do")
        url = _url(case, "contract")
        return [Task(title, "now", url, due=until, button=button, late=late, why=why)]
    if not facts.may_validate_now(case, at):
        opens = _("opens on %(day)s") % {"day": frame.short_day(windows.stage_1.first)}
        return [Task(title, "later", hint=opens, state="cannot_start")]
    button = _("Choose the disciplines") if case.situation == "S1" else _("See and validate the list")
    return [Task(title, "now", _url(case, "contract"), _to_choose(case), due=until, button=button)]


def _to_choose(case: StudentContracting) -> str:
    free = OfferLine.objects.filter(contracting=case, mandatory=False).count()
    if not free:
        return _("There is nothing to choose; the list is validated as it stands.")
    return ngettext(
        "%(count)d discipline may be left out. The rest of the list is complete.",
        "%(count)d disciplines may be left out. The rest of the list is complete.",
        free,
    ) % {"count": free}


# ---- the office's part -------------------------------------------------------------------------------------


def _check(case: StudentContracting) -> list[Task]:
    if case.state == _S.CLARIFICATION:
        return [
            Task(
                _("Answer the secretariat's question"),
                "now",
                _url(case, "contract"),
                _("the check goes on after your answer"),
                button=_("Read and answer"),
            )
        ]
    if case.state == _S.CHANGE_REQUESTED:
        if frame.change_granted(case):
            title, day = _("Your request for a change, approved"), frame.short_day(case.campaign.stage3_until)
            hint = _("the secretariat updates the annex until %(day)s") % {"day": day}
            return [Task(title, "waiting", _url(case, "contract"), hint)]
        hint = _("the dean's office decides; you find the answer here and by e-mail")
        return [Task(_("Your request for a change"), "waiting", _url(case, "contract"), hint, state="sent")]
    if case.state == _S.VALIDATED:
        hint = _("the secretariat checks it until %(day)s") % {
            "day": frame.short_day(case.campaign.stage2_until)
        }
        return [Task(_("Check of your list"), "waiting", _url(case, "contract"), hint, state="sent")]
    return []


# ---- signing -----------------------------------------------------------------------------------------------


def _upload(case: StudentContracting, at: datetime) -> list[Task]:
    title = _("Sign and upload the annex")
    if case.state in SIGNED_DOCUMENTS_IN:
        return [_sent_documents(case)]
    if case.state != _S.DOCUMENTS_READY:
        window = frame.short_window(facts.windows_of(case.campaign).stage_4)
        hint = _("%(window)s, after the secretariat approves the list") % {"window": window}
        return [Task(title, "later", hint=hint, state="cannot_start")]
    if not frame.documents_visible(case, at) or not frame.is_upload_open(case, at):
        day = case.campaign.stage4_from
        return [
            Task(
                title,
                "later",
                hint=_("opens on %(day)s") % {"day": frame.short_day(day)},
                state="cannot_start",
            )
        ]
    return [_open_upload(case, title, at)]


def _open_upload(case: StudentContracting, title: str, at: datetime) -> Task:
    url, until = _url(case, "documents"), facts.upload_until(case, at)
    returned = facts.returned_file(case)
    hint = _("printed and signed by hand, then scanned or photographed in colour")
    due = end_of_day(until)
    if returned is not None:
        late = _("The signed document must be corrected")
        button = _("Upload it again")
        why = returned.reason
        return Task(title, "now", url, hint, "needs_correction", due, button, late, why)
    if rules.upload_overdue(at, until):
        late, why = _("The signed documents were not uploaded in time"), _("See what you can still do.")
        return Task(title, "now", url, hint, "to_upload", due, _("See the documents"), late, why)
    return Task(title, "now", url, hint, "to_upload", due, _("Download and sign the annex"))


def _sent_documents(case: StudentContracting) -> Task:
    if case.state == _S.SIGNED_UPLOADED:
        hint = _("the secretariat is checking them")
        return Task(
            _("Check of the signed documents"), "waiting", _url(case, "documents"), hint, state="sent"
        )
    return _done(_("Signed documents accepted"), case, "documents")


# ---- payment -----------------------------------------------------------------------------------------------


def _payment(case: StudentContracting, at: datetime) -> list[Task]:
    if not case.total:
        return []
    title = _("Pay the sums of the annex")
    if case.state not in SIGNED_DOCUMENTS_IN:
        words = _("after uploading, until %(day)s") % {"day": frame.short_day(case.campaign.payment_until)}
        return [Task(title, "later", hint=words, state="cannot_start")]
    found = dues.dues_of(case, at)
    if not found.left_amount:
        return [_done(_("Sums of the annex paid"), case, "payments")]
    url = _url(case, "payments")
    hint = _("%(sum)s, by card") % {"sum": found.left}
    if found.confirming:
        return [Task(title, "waiting", url, hint, "confirming_payment", found.due_at)]
    late = _("The term of payment has passed") if any(line.late for line in found.lines) else ""
    why = _("%(sum)s left to pay.") % {"sum": found.left} if late else ""
    button = _("Pay %(sum)s") % {"sum": found.left}
    return [Task(title, "now", url, hint, "to_pay", found.due_at, button, late, why)]


# ---- helpers -----------------------------------------------------------------------------------------------


def _done(title: str, case: StudentContracting, page: str) -> Task:
    return Task(title, "done", _url(case, page))


def _url(case: StudentContracting, page: str) -> str:
    return reverse(f"contracting:{page}", args=[case.enrolment_id])
