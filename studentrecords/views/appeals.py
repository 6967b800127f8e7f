"""The student's appeals: what may be contested, the form, the course of each, re-evaluation, meeting."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studentrecords.forms.appeals import AgainForm, FileForm, MeetingForm
from studentrecords.models import Appeal, Enrolment
from studentrecords.queries import appeals as queries
from studentrecords.queries.appeals import Step
from studentrecords.refusal import Refused
from studentrecords.requests import StudentPlace, help_of, place_of
from studentrecords.rules import appeals as rules
from studentrecords.services import appeals as services
from studentrecords.workflow.appeals import AppealState
from upt_portal.kernel import clock, dates, deadlines
from upt_portal.kernel.calendar import in_time
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, TimelineItem

READ_OR_SEND = ["GET", "HEAD", "POST"]


def crumbs(enrolment: Enrolment, *below: Crumb) -> list[Crumb]:
    """Home, the appeals, and the pages below."""
    return [
        Crumb(_("Home"), reverse("student_home", args=[enrolment.pk])),
        Crumb(_("Grade appeals"), reverse("studentrecords:appeals", args=[enrolment.pk]) if below else ""),
        *below,
    ]


def timeline_of(steps: list[Step], language: str) -> list[TimelineItem]:
    """The course as a timeline: what was done and when, what comes next and until when."""
    items, now = [], False
    for step in steps:
        parts = []
        if step.at is not None:
            parts.append(dates.moment(step.at, language))
        if step.due_at is not None and (step.at is None or step.late):
            parts.append(_("term: %(until)s") % {"until": dates.deadline(step.due_at, language)})
        if step.late:
            parts.append(_("late"))
        if step.detail:
            parts.append(step.detail)
        state = "done" if step.at is not None else "later" if now else "now"
        now = now or step.at is None
        items.append(TimelineItem(step.title, state, " · ".join(parts)))  # type: ignore[arg-type]
    return items


def in_words(no: Refused | MoveRefused) -> str:
    """Why not, and what would help."""
    cure = no.answer.cure if isinstance(no, Refused) else ""
    return f"{no} {cure}".strip()


@login_required
@require_safe
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The student's appeals, and the results that may be contested now."""
    place, at = place_of(request, enrolment), clock.now()
    rows = list(queries.own_of(place.enrolment))
    terms = queries.terms_of(rows)
    context = {
        "enrolment": place.enrolment,
        "appeals": [(one, queries.running_term(terms[one.pk])) for one in rows],
        "open": queries.open_for(place.enrolment, at),
        "crumbs": crumbs(place.enrolment),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "studentrecords/appeals/own.html", context)


@login_required
@require_http_methods(READ_OR_SEND)
def new(request: HttpRequest, enrolment: int, attempt: int) -> HttpResponse:
    """Contest a result: everything but ground and reasons is filled in (REC-190 to REC-192)."""
    place, at = place_of(request, enrolment), clock.now()
    found = queries.attempts_of(place.enrolment).filter(pk=attempt).first()
    if found is None:
        raise Http404
    if hasattr(found, "appeal"):
        messages.info(request, _("You have contested this result; each result is contested once."))
        return redirect("studentrecords:appeal", enrolment=enrolment, appeal=found.appeal.pk)
    due_at = queries.due_of(found)
    context: dict[str, Any] = {
        "enrolment": place.enrolment,
        "attempt": found,
        "catalogue": found.row.catalogue,
        "person": place.enrolment.person,
        "due_at": due_at,
        "received": rules.received_at(
            at,
            found.posted_at,
            queries.closed_around(clock.local_day(found.posted_at)),
            queries.hours_on(clock.local_day(found.posted_at)),
        ),
        "crumbs": crumbs(place.enrolment, Crumb(_("New appeal"))),
        "help_box": help_of(place.enrolment),
    }
    answer = queries.contestable(found, place.enrolment)
    if not answer or not in_time(at, due_at):
        context["answer"] = answer if not answer else rules.lodging_answer(at, due_at)
        return render(request, "studentrecords/appeals/closed.html", context)
    form = FileForm(found.row.catalogue.oral, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.file(place.enrolment, found.pk, **form.cleaned_data, actor=place.user, at=at)
        except Refused as no:
            form.add_error(None, in_words(no))
        else:
            messages.success(request, _("Your appeal was sent to the InfoCenter."))
            return redirect("studentrecords:appeal", enrolment=enrolment, appeal=made.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/appeals/new.html", {**context, "form": form}, status=status)


def _own(request: HttpRequest, enrolment: int, appeal: int) -> tuple[StudentPlace, Appeal]:
    place = place_of(request, enrolment)
    found = queries.own_of(place.enrolment).filter(pk=appeal).prefetch_related("members__teacher").first()
    if found is None:
        raise Http404
    return place, found


@login_required
@require_safe
def one(request: HttpRequest, enrolment: int, appeal: int) -> HttpResponse:
    """One appeal: its content with the CNP in full, its course with dates, what can be done now."""
    place, found = _own(request, enrolment, appeal)
    return _page(request, place, found)


def _page(
    request: HttpRequest, place: StudentPlace, found: Appeal, bound: dict[str, forms.Form] | None = None
) -> HttpResponse:
    at, bound = clock.now(), bound or {}
    terms = queries.terms_of([found])[found.pk]
    again_until = deadlines.effective(found, "appeal.again")
    may_ask = found.state == AppealState.COMMUNICATED and again_until is not None and in_time(at, again_until)
    answer = rules.meeting_answer(
        reported=found.reported_at is not None, asked=found.meeting_asked_at is not None
    )
    context = {
        **queries.context_of(found),
        "enrolment": place.enrolment,
        "person": place.enrolment.person,
        "timeline": timeline_of(queries.course(found, terms, at), request.LANGUAGE_CODE),
        "again_until": again_until if may_ask else None,
        "again_form": bound.get("again", AgainForm()) if may_ask else None,
        "meeting_form": bound.get("meeting", MeetingForm()) if answer else None,
        "crumbs": crumbs(place.enrolment, Crumb(str(found.number or _("Appeal")))),
        "help_box": help_of(place.enrolment),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if any(one.errors for one in bound.values()) else HTTPStatus.OK
    return render(request, "studentrecords/appeals/one.html", context, status=status)


def _do(
    request: HttpRequest,
    enrolment: int,
    appeal: int,
    name: str,
    form: forms.Form,
    act: Callable[[StudentPlace, Appeal], Any],
    done: str,
) -> HttpResponse:
    place, found = _own(request, enrolment, appeal)
    if not form.is_valid():
        return _page(request, place, found, {name: form})
    try:
        act(place, found)
    except MoveRefused as no:
        messages.warning(request, str(no))
    except Refused as no:
        form.add_error(None, in_words(no))
        return _page(request, place, found, {name: form})
    else:
        messages.success(request, done)
    return redirect("studentrecords:appeal", enrolment=enrolment, appeal=appeal)


@login_required
@require_POST
def again(request: HttpRequest, enrolment: int, appeal: int) -> HttpResponse:
    """Ask for a re-evaluation on a good reason (REC-195)."""
    form = AgainForm(request.POST)

    def act(place: StudentPlace, found: Appeal) -> None:
        services.ask_again(found.pk, **form.cleaned_data, actor=place.user, at=clock.now())

    return _do(request, enrolment, appeal, "again", form, act, _("Your request was sent to the InfoCenter."))


@login_required
@require_POST
def meeting(request: HttpRequest, enrolment: int, appeal: int) -> HttpResponse:
    """Ask for a meeting with the commission (REC-200)."""
    form = MeetingForm(request.POST)

    def act(place: StudentPlace, found: Appeal) -> None:
        services.ask_meeting(found.pk, form.cleaned_data["words"], actor=place.user, at=clock.now())

    return _do(request, enrolment, appeal, "meeting", form, act, _("Your request for a meeting was sent."))
