"""Public documents and texts for everybody; tutor, hours, materials and counters for the student."""

from http import HTTPStatus
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studentrecords.forms.information import GroupForm
from studentrecords.models import Faculty, PublicDocument
from studentrecords.queries import curriculum
from studentrecords.queries import information as queries
from studentrecords.refusal import Refused
from studentrecords.requests import StudentPlace, help_of, place_of
from studentrecords.services import information as services
from studentrecords.workflow.information import GroupChangeState
from upt_portal.kernel import clock
from upt_portal.kernel.page import Crumb


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Documents in force and information texts, of the university or of one faculty; no sign-in asked."""
    today = clock.today()
    faculty = Faculty.objects.filter(code=request.GET.get("faculty", "")[:12]).first()
    pk = faculty.pk if faculty else None
    found = queries.documents(today, pk)
    context = {
        "faculty": faculty,
        "faculties": list(Faculty.objects.order_by("name_ro")),
        "documents": [(kind, list(rows)) for kind, rows in groupby(found, _kind_of)],
        "texts": list(queries.texts(today, pk)),
    }
    return render(request, "studentrecords/information/index.html", context)


def _kind_of(one: PublicDocument) -> str:
    return str(one.get_kind_display())


@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One edition of a document in full text, with its other editions and languages (REC-450)."""
    today = clock.today()
    found = queries.published(today)
    one = get_object_or_404(found, pk=pk)
    same = Q(kind=one.kind, faculty=one.faculty_id)
    context = {
        "one": one,
        "former": bool(one.in_force_until and one.in_force_until < today),
        "others": list(found.filter(same).exclude(pk=pk).defer("text")[:20]),
        "crumbs": [
            Crumb(_("Rights, documents, services"), reverse("studentrecords:information")),
            Crumb(one.name),
        ],
    }
    return render(request, "studentrecords/information/document.html", context)


def _frame(place: StudentPlace, title: str) -> dict[str, Any]:
    home = Crumb(_("Home"), reverse("student_home", args=[place.enrolment.pk]))
    return {"place": place, "crumbs": [home, Crumb(title)], "help_box": help_of(place.enrolment)}


@login_required
@require_safe
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """What concerns this student: tutor, hours, materials, scholarships, rewards, texts."""
    place = place_of(request, enrolment)
    today, student = clock.today(), place.enrolment
    year = queries.year_on(today)
    context = {
        **_frame(place, _("Useful for you")),
        "tutors": queries.tutors_of(student, year),
        "hours": queries.hours_of(student, year, today),
        "materials": queries.materials_of(student, year),
        "scholarships": queries.scholarships_of(student, today),
        "rewards": list(student.rewards.all()),
        "elsewhere": list(student.finishing_elsewhere.all()),
        "representations": list(student.representations.select_related("body")),
        "texts": list(queries.texts(today, student.programme.faculty_id)),
        "coordinators": curriculum.coordinators_of(student),
        "equivalences": curriculum.equivalences_of(student),
    }
    return render(request, "studentrecords/information/own.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The request for another group and what became of earlier ones (REC-458)."""
    place = place_of(request, enrolment)
    form = GroupForm(request.POST if request.method == "POST" else None)
    refused = ""
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            services.ask_group(enrolment, given["wanted"], given["reasons"], actor=place.user, at=clock.now())
        except Refused as no:
            refused = str(no)
        else:
            messages.success(request, _("Your request is with the dean's office."))
            return redirect("studentrecords:group_change", enrolment=enrolment)
    asked = queries.group_changes_of(place.enrolment)
    context = {
        **_frame(place, _("Ask for another group")),
        "form": form,
        "refused": refused,
        "open": next((one for one in asked if one.state == GroupChangeState.ASKED), None),
        "past": [one for one in asked if one.state != GroupChangeState.ASKED],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors or refused else HTTPStatus.OK
    return render(request, "studentrecords/information/group.html", context, status=status)


@login_required
@require_POST
def withdraw(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Take the open request back."""
    place = place_of(request, enrolment)
    try:
        services.withdraw_group(enrolment, actor=place.user, at=clock.now())
    except Refused as no:
        messages.error(request, str(no))
    else:
        messages.success(request, _("Your request was withdrawn."))
    return redirect("studentrecords:group_change", enrolment=enrolment)
