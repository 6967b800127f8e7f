"""The student answers the secretariat, or asks for a change of a validated list."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contracting.forms import AnswerForm, ChangeRequestForm
from contracting.queries import pages, standing, wording
from contracting.refusal import Refused
from contracting.services import changes, review
from contracting.views.visit import Visit, crumbs, visit
from contracting.workflow import ContractingState
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.moves import MoveRefused


@login_required
@require_POST
def answer(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The answer to an open question; an empty one comes back with its question (CON-050)."""
    came = visit(request, enrolment)
    case = came.own_case
    form = AnswerForm(request.POST)
    if not form.is_valid():
        context = {
            "enrolment": came.enrolment,
            "crumbs": crumbs(came, _("Your answer")),
            "questions": standing.questions_of(case),
            "form": form,
            "help_box": came.help_box,
        }
        return render(request, "contracting/answer.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        review.answer(case.pk, text=form.cleaned_data["text"], actor=came.user, at=came.at)
    except MoveRefused:
        messages.warning(request, _("The question was already answered; nothing was changed."))
    else:
        messages.success(request, _("Your answer was sent."))
    return redirect("contracting:contract", enrolment=enrolment)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_request(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Rows to add or leave out, with the reason; the dean's office decides (CON-051, CON-053)."""
    came = visit(request, enrolment)
    case = came.own_case
    allowed = standing.may_request_change(case, came.at)
    if allowed is None:
        if case.state == ContractingState.CHANGE_REQUESTED:
            messages.warning(request, _("A request for a change is already waiting for a decision."))
        return redirect("contracting:contract", enrolment=enrolment)
    if not allowed:
        return _not_now(request, came, allowed)
    lines = pages.lines_of(case)
    form = ChangeRequestForm(lines, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            changes.request(
                case.pk,
                text=given["text"],
                add=given.get("add", []),
                drop=given.get("drop", []),
                actor=came.user,
                at=came.at,
            )
        except MoveRefused:
            messages.warning(request, _("A request for a change is already waiting for a decision."))
        except Refused as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("Your request was sent to the secretariat."))
        if form.is_valid():
            return redirect("contracting:contract", enrolment=enrolment)
    context = {
        "enrolment": came.enrolment,
        "crumbs": crumbs(came, _("Ask for a change")),
        "form": form,
        "stage_end": case.change_until or case.campaign.stage2_until,
        "help_box": came.help_box,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "contracting/change.html", context, status=status)


def _not_now(request: HttpRequest, came: Visit, no: Answer) -> HttpResponse:
    """A page, not an error: why no change can be asked for, and what can be done."""
    context = {
        "enrolment": came.enrolment,
        "crumbs": crumbs(came, _("Ask for a change")),
        "refusal": wording.refusal(no),
        "due": came.own_case.change_until or came.own_case.campaign.stage2_until,
        "now": came.at,
        "help_box": came.help_box,
    }
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    return render(request, "contracting/change_closed.html", context, status=status)
