"""In confidence: the student's form, the vice-rector's pages, what reaches a dean's office (REC-051).

None of it stands in the administration, whose superusers see every table registered there.
"""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studentrecords.forms.communication import AnswerForm, SendOnForm, TellForm
from studentrecords.models import ConfidentialNotice
from studentrecords.permissions import may_read_confidential, may_read_sent_on
from studentrecords.queries import communication as queries
from studentrecords.refusal import Refused
from studentrecords.requests import help_of, place_of, posted
from studentrecords.services import confidential as services
from studentrecords.views.personal import crumbs
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock
from upt_portal.kernel.page import Crumb


@sensitive_post_parameters("text")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The form, open all year, and what became of what one told."""
    place = place_of(request, enrolment)
    form = TellForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        made = services.tell(form.cleaned_data["text"], author=place.user, at=clock.now())
        messages.success(request, _("The vice-rector has it; number %(number)s.") % {"number": made})
        return redirect("studentrecords:confidential", enrolment=enrolment)
    context = {
        "enrolment": place.enrolment,
        "form": form,
        "told": list(queries.own_confidential(place.user)),
        "crumbs": crumbs(place.enrolment, Crumb(_("In confidence"))),
        "help_box": help_of(place.enrolment),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/person/confidential.html", context, status=status)


# ---- the vice-rector ---------------------------------------------------------------------------------------


def _vice_rector(request: HttpRequest) -> User:
    user = signed_in(request)
    if not (answer := may_read_confidential(user)):
        raise PermissionDenied(answer.reason)
    return user


@login_required
@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What was told to the vice-rector, newest first; the text stands on its own page."""
    user = _vice_rector(request)
    rows = list(queries.confidential_for(user)[:200])
    context = {"rows": rows, "today": clock.today(), "part": _("In confidence")}
    return render(request, "studentrecords/confidential/desk.html", context)


@login_required
@never_cache
@require_safe
def one(request: HttpRequest, notice: int) -> HttpResponse:
    """One notification, with its author: the vice-rector alone reads it."""
    user = _vice_rector(request)
    return _page(request, get_object_or_404(queries.confidential_for(user), pk=notice))


def _page(request: HttpRequest, found: ConfidentialNotice, **bound: forms.Form) -> HttpResponse:
    context: dict[str, Any] = {
        "found": found,
        "author": User.objects.filter(pk=int(found.author)).first(),
        "forwarded": list(found.forwarded.all()),
        "send_on": SendOnForm(),
        "answer": AnswerForm(),
        "open": found.state != ConfidentialNotice.State.CLOSED,
        "part": _("In confidence"),
        "crumbs": [
            Crumb(_("In confidence"), reverse("studentrecords:confidential_desk")),
            Crumb(str(found)),
        ],
        **bound,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if bound else HTTPStatus.OK
    return render(request, "studentrecords/confidential/one.html", context, status=status)


@sensitive_post_parameters("text", "answer")
@login_required
@require_POST
def act(request: HttpRequest, notice: int, act: str) -> HttpResponse:
    """Send a notification on, or answer it."""
    user, at = _vice_rector(request), clock.now()
    found = get_object_or_404(queries.confidential_for(user), pk=notice)
    kinds: dict[str, type[SendOnForm] | type[AnswerForm]] = {"send-on": SendOnForm, "answer": AnswerForm}
    if act not in kinds:
        raise Http404
    form = kinds[act](request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            if act == "send-on":
                services.send_on(
                    found.pk,
                    given["text"],
                    faculty=given["faculty"],
                    department=given["department"],
                    actor=user,
                    at=at,
                )
                messages.success(request, _("Sent on, without identity."))
            else:
                services.answer(found.pk, given["answer"], actor=user, at=at)
                messages.success(request, _("The answer stands on the student's page."))
            return redirect("studentrecords:confidential_one", notice=found.pk)
        except Refused as no:
            form.add_error(None, str(no))
    return _page(request, found, **{"send_on" if act == "send-on" else "answer": form})


# ---- a dean's office ---------------------------------------------------------------------------------------


def _deanery(request: HttpRequest) -> User:
    user = signed_in(request)
    if not (answer := may_read_sent_on(user)):
        raise PermissionDenied(answer.reason)
    return user


@login_required
@never_cache
@require_safe
def sent_on(request: HttpRequest) -> HttpResponse:
    """What the vice-rector sent on to one's faculty."""
    user = _deanery(request)
    context = {"rows": list(queries.sent_on_to(user)[:200]), "part": _("Dean's office")}
    return render(request, "studentrecords/confidential/sent_on.html", context)


@sensitive_post_parameters("answer")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sent_on_one(request: HttpRequest, forwarded: int) -> HttpResponse:
    """One matter sent on, and what was done."""
    user = _deanery(request)
    found = get_object_or_404(queries.sent_on_to(user), pk=forwarded)
    form = AnswerForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.report_back(found.pk, form.cleaned_data["answer"], actor=user, at=clock.now())
        except Refused as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The vice-rector was told."))
            return redirect("studentrecords:sent_on")
    context = {
        "found": found,
        "form": form,
        "part": _("Dean's office"),
        "crumbs": [
            Crumb(_("Sent on by the vice-rector"), reverse("studentrecords:sent_on")),
            Crumb(f"{found.sent_at:%d.%m.%Y}"),
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/confidential/sent_on_one.html", context, status=status)
