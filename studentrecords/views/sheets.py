"""Discipline sheets: published by teachers and secretariats, read by the students of the curriculum."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from studentrecords import permissions
from studentrecords.forms.sheets import SheetForm
from studentrecords.models import AcademicYear, SheetVersion
from studentrecords.queries import attendance
from studentrecords.queries import sheets as queries
from studentrecords.refusal import Refused
from studentrecords.requests import help_of, place_of
from studentrecords.rules.plans import votes_needed
from studentrecords.services import sheets as services
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, storage, uploads
from upt_portal.kernel.inspection.findings import PDF
from upt_portal.kernel.page import Crumb, Pill
from upt_portal.kernel.uploads import Examined, UploadRefused

# ---- teachers and secretariats ------------------------------------------------------------------


@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The sheets of a year: which are published, late or missing."""
    user, today = signed_in(request), clock.today()
    if not (answer := permissions.may_enter_catalogues(user)):
        raise PermissionDenied(answer.reason)
    years = queries.open_years(today)
    if not years:
        raise Http404
    year = next((one for one in years if one.name == request.GET.get("year")), years[0])
    words = request.GET.get("q", "")[:60].strip()
    lines = queries.lines_for(user, year, today, words)
    if missing := request.GET.get("show") == "missing":
        lines = [one for one in lines if one.current is None]
    here = reverse("studentrecords:sheets")
    context = {
        "lines": lines,
        "year": year,
        "words": words,
        "missing": missing,
        "searched": not permissions.teaches(user),
        "due_on": queries.due_of(year),
        "pills": [Pill(label=str(one), url=f"{here}?year={one.name}", current=one == year) for one in years],
        "crumbs": [
            Crumb(_("Catalogues"), reverse("studentrecords:catalogues")),
            Crumb(_("Discipline sheets")),
        ],
    }
    return render(request, "studentrecords/sheets/own.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, discipline: int, year: int) -> HttpResponse:
    """The versions of one sheet, and the form for the next one."""
    user, today = signed_in(request), clock.today()
    of = get_object_or_404(AcademicYear, pk=year)
    found = get_object_or_404(queries.disciplines_of(user, of), pk=discipline)
    line = queries.line_of(found, of, today)
    until = queries.discussed_until(found, of)
    sending = request.method == "POST"
    data = (request.POST, request.FILES) if sending else ()
    form = SheetForm(line.current, *data, voting=today > until)
    if sending and form.is_valid() and (file := _examined(request, form)) is not None:
        try:
            services.publish(
                found.pk,
                of,
                form.content(),
                file,
                seen=form.cleaned_data["seen"],
                actor=user,
                at=clock.now(),
            )
        except (Refused, UploadRefused) as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The sheet is published; students read it from now on."))
            return redirect("studentrecords:sheet", discipline=found.pk, year=of.pk)
    enrolled = len(attendance.students_of(found, of)) if line.current else 0
    above = f"{reverse('studentrecords:sheets')}?year={of.name}"
    context = {
        "discipline": found,
        "year": of,
        "line": line,
        "form": form,
        "until": until,
        "voting": "in_favour" in form.fields,
        "enrolled": enrolled,
        "needed": votes_needed(enrolled),
        "over": of.ends_on < today,
        "crumbs": [Crumb(_("Discipline sheets"), above), Crumb(_("Discipline sheet"))],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/sheets/publish.html", context, status=status)


def _examined(request: HttpRequest, form: SheetForm) -> Examined | None:
    """The file, examined before anything is locked; None with the reason on its field."""
    try:
        return uploads.examine(uploads.chosen(request, "file"), types=(PDF,))
    except UploadRefused as refused:
        form.add_error("file", str(refused))
        return None


@login_required
@require_safe
def file(request: HttpRequest, discipline: int, version: int) -> HttpResponseBase:
    """The file of a version, for who publishes it."""
    found = get_object_or_404(SheetVersion.objects.select_related("year", "stored"), pk=version)
    get_object_or_404(queries.disciplines_of(signed_in(request), found.year), pk=discipline)
    if found.discipline_id != discipline:
        raise Http404
    return _sent(found)


def _sent(version: SheetVersion) -> HttpResponseBase:
    if not uploads.may_be_shown(version.stored):
        raise Http404
    kind = version.stored.content_type
    name = f"fisa-{version.discipline_id}-{version.year.name}-v{version.number}{storage.EXTENSIONS[kind]}"
    return storage.attachment(version.stored.served, filename=name, content_type=kind)


# ---- the student --------------------------------------------------------------------------------


@login_required
@require_safe
def student(request: HttpRequest, enrolment: int, discipline: int) -> HttpResponse:
    """The sheet of a discipline of one's curriculum, with every version and its date (REC-078)."""
    place = place_of(request, enrolment)
    found = queries.sheets_of(place.enrolment, discipline)
    if found is None:
        raise Http404
    one, versions = found
    current = queries.current_of([one], clock.today()).get(one.pk)
    context = {
        "enrolment": place.enrolment,
        "discipline": one,
        "versions": versions,
        "current": current,
        "until": queries.discussed_until(one, current.year) if current else None,
        "crumbs": [
            Crumb(_("Home"), reverse("student_home", args=[enrolment])),
            Crumb(_("Disciplines"), reverse("studentrecords:disciplines", args=[enrolment])),
            Crumb(_("Discipline sheet")),
        ],
        "help_box": help_of(place.enrolment),
    }
    return render(request, "studentrecords/sheets/student.html", context)


@login_required
@require_safe
def student_file(request: HttpRequest, enrolment: int, discipline: int, version: int) -> HttpResponseBase:
    """The file of a version, for the students of the curriculum."""
    place = place_of(request, enrolment)
    found = queries.sheets_of(place.enrolment, discipline)
    of = next((row for row in found[1] if row.pk == version), None) if found else None
    if of is None:
        raise Http404
    return _sent(of)
