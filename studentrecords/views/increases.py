"""Grade increases: the student's page, and the teachers' list with their remarks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from studentrecords import permissions
from studentrecords.queries import increases as queries
from studentrecords.refusal import Refused
from studentrecords.requests import help_of, place_of
from studentrecords.services import increases as services
from studentrecords.views.appeals import in_words
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb


@login_required
@require_safe
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """What may be increased, why not, how many are used, what was asked (REC-170 to REC-179)."""
    place = place_of(request, enrolment)
    found = queries.increases_of(place.enrolment, clock.now())
    context = {
        "enrolment": place.enrolment,
        "found": found,
        "open": [one for one in found.possible if one.answer],
        "closed": [one for one in found.possible if not one.answer],
        "crumbs": [
            Crumb(_("Home"), reverse("student_home", args=[enrolment])),
            Crumb(_("Grade increases")),
        ],
        "help_box": help_of(place.enrolment),
    }
    return render(request, "studentrecords/increases/own.html", context)


@login_required
@require_POST
def ask(request: HttpRequest, enrolment: int, discipline: int) -> HttpResponse:
    """Ask for an increase; twice changes nothing."""
    place = place_of(request, enrolment)
    try:
        services.ask(place.enrolment.pk, discipline, actor=place.user, at=clock.now())
    except Refused as no:
        messages.error(request, in_words(no))
    else:
        messages.success(request, _("Your request was registered; you will be listed in the catalogue."))
    return redirect("studentrecords:increases", enrolment=enrolment)


@login_required
@require_POST
def cancel(request: HttpRequest, enrolment: int, increase: int) -> HttpResponse:
    """Cancel a request before it is listed."""
    place = place_of(request, enrolment)
    found = queries.own_of(place.enrolment).filter(pk=increase).first()
    if found is None:
        raise Http404
    try:
        services.cancel(found.pk, actor=place.user, at=clock.now())
    except MoveRefused:
        messages.warning(request, _("The request is in the catalogue already, or has ended."))
    else:
        messages.success(request, _("The request was cancelled; it uses up nothing."))
    return redirect("studentrecords:increases", enrolment=enrolment)


@login_required
@require_safe
def of_teacher(request: HttpRequest) -> HttpResponse:
    """The increases in a teacher's catalogues, with what came of them and the remark (REC-175, REC-180)."""
    user = signed_in(request)
    if not (answer := permissions.may_answer_appeals(user)):
        raise PermissionDenied(answer.reason)
    context = {
        "rows": list(queries.of_teacher(user)[:200]),
        "title": _("Grade increases"),
        "crumbs": [
            Crumb(_("Catalogues"), reverse("studentrecords:catalogues")),
            Crumb(_("Grade increases")),
        ],
    }
    return render(request, "studentrecords/increases/teacher.html", context)


@login_required
@require_POST
def remark(request: HttpRequest, increase: int) -> HttpResponse:
    """Keep a teacher's remark."""
    user = signed_in(request)
    if queries.of_teacher(user).filter(pk=increase).first() is None:
        raise Http404
    try:
        services.remark(increase, request.POST.get("remark", ""), actor=user, at=clock.now())
    except Refused as no:
        messages.error(request, in_words(no))
    else:
        messages.success(request, _("Your remark is kept."))
    return redirect("studentrecords:increases_teacher")
