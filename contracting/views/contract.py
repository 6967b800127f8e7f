"""The first tab: choose, see the sums change, validate; afterwards the list as it was validated."""

from collections.abc import Collection
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from contracting.forms import AnswerForm
from contracting.models import StudentContracting
from contracting.queries import facts, frame, pages, standing, wording
from contracting.refusal import Refused
from contracting.rules import windows as rules
from contracting.services import selection
from contracting.views.visit import Visit, crumbs, still_owed, sums_to_pay, tab_context, visit
from contracting.workflow import ContractingState
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.moves import MoveRefused

LINE, RECALCULATE = "line", "recalculate"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The offer to choose from, or what became of it; a POST keeps the ticks and goes on."""
    came = visit(request, enrolment)
    if came.case is None:
        return render(request, "contracting/none.html", {"enrolment": came.enrolment, "crumbs": crumbs(came)})
    if request.method == "POST":
        return _keep_ticks(request, came)
    return _page_of_state(request, came)


@require_POST
def totals(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The figures after a tick, for the bar at the foot; the ticks are kept on the way (CON-040).

    A session that ended meanwhile sends the whole page to sign-in, not a sign-in form into the bar.
    """
    if not request.user.is_authenticated:
        page = reverse("contracting:contract", args=[enrolment])
        asked_by_htmx = "HX-Request" in request.headers
        return HttpResponseClientRedirect(page) if asked_by_htmx else redirect_to_login(page)
    user, typed = signed_in(request), request.POST.getlist(LINE)
    lines = pages.current_lines(user, enrolment)
    if not lines:
        raise Http404
    case, ticked, refusal = lines[0].contracting, pages.with_locked(lines, typed), None
    try:
        selection.tick(case.pk, typed, actor=user, at=clock.now())
    except (Refused, MoveRefused) as no:
        refusal, ticked = _why(no), facts.ticked_of(lines)
    context = {"foot": pages.foot_of(case, lines, ticked), "refusal": refusal}
    return render(request, "contracting/_totals.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def validate(request: HttpRequest, enrolment: int) -> HttpResponse:
    """What will be contracted, left out and owed; the button freezes it (CON-042)."""
    if request.method == "POST":
        return _validate(request, enrolment)
    came = visit(request, enrolment)
    case = came.own_case
    if case.state != ContractingState.OFFERED or not facts.may_validate_now(case, came.at):
        return redirect("contracting:contract", enrolment=enrolment)
    context = {
        "enrolment": came.enrolment,
        "case": case,
        "crumbs": crumbs(came, _("Check and validate")),
        "summary": pages.summary_of(case, pages.lines_of(case)),
        "until": frame.validation_until(case),
        "help_box": came.help_box,
    }
    return render(request, "contracting/validate.html", context)


@login_required
@require_safe
def history(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Everything that happened in this contracting, newest first."""
    came = visit(request, enrolment)
    context = {
        "enrolment": came.enrolment,
        "case": came.own_case,
        "crumbs": crumbs(came, _("History")),
        "events": standing.history_of(came.own_case),
        "help_box": came.help_box,
    }
    return render(request, "contracting/history.html", context)


# ---- the pages of the states -------------------------------------------------------------------------------


def _page_of_state(request: HttpRequest, came: Visit) -> HttpResponse:
    case = came.own_case
    if case.state == ContractingState.OFFERED:
        answer = facts.may_validate_now(case, came.at)
        if answer:
            return _offer_page(request, came)
        if _has_lapsed(came):
            return _late_page(request, came)
        return _list_page(request, came, closed=answer)
    if case.state == ContractingState.LAPSED:
        return _late_page(request, came)
    return _list_page(request, came)


def _has_lapsed(came: Visit) -> bool:
    case = came.own_case
    windows = facts.windows_of(case.campaign)
    return rules.has_lapsed(windows, came.at, extended_until=case.extended_until)


def _offer_page(
    request: HttpRequest,
    came: Visit,
    *,
    typed: Collection[str] | None = None,
    refusal: wording.Why | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The form of stage 1. typed: ticks as sent, when they are not those stored."""
    case = came.own_case
    context = tab_context(came, "contract") | {
        "offer": pages.offer_of(case, pages.lines_of(case), typed),
        "until": frame.validation_until(case),
        "refusal": refusal,
    }
    return render(request, "contracting/offer.html", context, status=status)


def _list_page(request: HttpRequest, came: Visit, *, closed: Answer | None = None) -> HttpResponse:
    """The list as it stands, after validation or before stage 1. closed: why nothing can be chosen yet."""
    case = came.own_case
    changes, lines = frame.changes_of(case), pages.lines_of(case)
    awaited = case.state == ContractingState.DOCUMENTS_READY
    upload_until = facts.upload_until(case, came.at) if awaited else None
    change = standing.may_request_change(case, came.at)
    sums = sums_to_pay(case)
    terms = standing.Terms(came.at, upload_until, sums.due_at)
    context = tab_context(came, "contract", changes=changes, to_pay=sums.count) | {
        "standing": standing.standing_of(case, terms),
        "closed": wording.refusal(closed) if closed is not None else None,
        "summary": pages.summary_of(case, lines),
        "to_accept": frame.to_accept(case),
        "questions": standing.questions_of(case),
        "answer_form": AnswerForm() if case.state == ContractingState.CLARIFICATION else None,
        "changes": standing.requests_of(changes.requests, lines),
        "may_change": bool(change),
        "no_change": wording.refusal(change) if change is not None and not change else None,
        "follows": standing.what_follows(case, terms, owed=still_owed(case, sums)),
    }
    return render(request, "contracting/list.html", context)


def _late_page(request: HttpRequest, came: Visit, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Stage 1 is over for this student: since when, what can still be done, what was kept (CON-046)."""
    case = came.own_case
    lines = pages.lines_of(case)
    everything = frozenset(line.key for line in lines)
    context = tab_context(came, "contract") | {
        "until": frame.validation_until(case),
        "summary": pages.summary_of(case, lines),
        "whole": pages.summary_of(case, lines, everything),
        "to_choose": sum(not line.mandatory for line in lines),
        "rule": wording.reason("", "CON-046"),
    }
    return render(request, "contracting/late.html", context, status=status)


# ---- acts --------------------------------------------------------------------------------------------------


def _keep_ticks(request: HttpRequest, came: Visit) -> HttpResponse:
    """Keep the ticks; go on to the confirmation, or stay when only the sums were asked for."""
    case, typed = came.own_case, request.POST.getlist(LINE)
    try:
        selection.tick(case.pk, typed, actor=came.user, at=came.at)
    except (Refused, MoveRefused) as no:
        return _refused(request, came, no, typed)
    if request.POST.get("act") == RECALCULATE:
        return redirect("contracting:contract", enrolment=came.enrolment.pk)
    if not (answer := pages.may_select(case, pages.lines_of(case))):
        return _refused(request, came, Refused(answer), typed)
    return redirect("contracting:validate", enrolment=came.enrolment.pk)


def _validate(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The busiest act of the year: what its page needs is read only when it is refused."""
    typed, fingerprint = request.POST.getlist(LINE), request.POST.get("fingerprint", "")
    try:
        selection.validate_own(
            enrolment, typed, fingerprint=fingerprint, actor=signed_in(request), at=clock.now()
        )
    except StudentContracting.DoesNotExist:
        raise Http404 from None
    except (Refused, MoveRefused) as no:
        return _refused(request, visit(request, enrolment), no, typed)
    messages.success(request, _("The list was validated."))
    return redirect("contracting:contract", enrolment=enrolment)


def _refused(
    request: HttpRequest, came: Visit, no: Refused | MoveRefused, typed: Collection[str]
) -> HttpResponse:
    """A page that says why, with the ticks as they were typed; never a bare error."""
    case: StudentContracting = came.own_case
    case.refresh_from_db(fields=["state", "fingerprint", "extended_until"])
    if case.state != ContractingState.OFFERED:
        messages.warning(
            request, _("The list is no longer open; nothing was changed. This is how it stands.")
        )
        return redirect("contracting:contract", enrolment=came.enrolment.pk)
    if _has_lapsed(came):
        return _late_page(request, came, status=HTTPStatus.CONFLICT)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(no, Refused) else HTTPStatus.CONFLICT
    return _offer_page(request, came, typed=typed, refusal=_why(no), status=status)


def _why(no: Refused | MoveRefused) -> wording.Why:
    if isinstance(no, Refused):
        return wording.refusal(no.answer)
    return wording.Why(_("The list is no longer open; nothing was changed."), cure=_("Load the page again."))
