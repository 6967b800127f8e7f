"""Attendance: teachers record it, students see what it means and ask for less, the dean's office decides."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studentrecords import permissions
from studentrecords.forms.attendance import PROOFS, DecisionForm, ReductionForm, SheetForm, TaskForm
from studentrecords.models import (
    AcademicYear,
    ActivityKind,
    Attendance,
    AttendanceReduction,
    AttendanceSheet,
    Discipline,
    Enrolment,
    ReductionProof,
)
from studentrecords.queries import attendance as queries
from studentrecords.queries.core import academic_year_of
from studentrecords.refusal import Refused
from studentrecords.requests import help_of, place_of
from studentrecords.rules.attendance import Activity
from studentrecords.services import attendance as services
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import citations, clock, storage, uploads
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.uploads import Examined, UploadRefused

State = AttendanceReduction.State
BAD = HTTPStatus.UNPROCESSABLE_ENTITY


def _year() -> AcademicYear:
    """The academic year that runs; Http404 before the first one."""
    if (year := academic_year_of(clock.today())) is None:
        raise Http404
    return year


def _crumbs(*below: Crumb) -> list[Crumb]:
    return [Crumb(_("Attendance"), reverse("studentrecords:attendance_own")), *below]


# ---- teachers -----------------------------------------------------------------------------------


@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The disciplines whose attendance the reader keeps; of a secretariat those with something recorded."""
    user, year = signed_in(request), _year()
    if not (answer := permissions.may_enter_catalogues(user)):
        raise PermissionDenied(answer.reason)
    found = queries.disciplines_of(user, year)
    if not permissions.teaches(user):
        found = found.filter(attendance__year=year).distinct()
    rows = list(found.order_by("semester", "name_ro", "pk")[:300])
    kept = set(
        AttendanceSheet.objects.filter(discipline__in=rows, year=year, held__gt=0).values_list(
            "discipline", "activity"
        )
    )
    lines = [
        (one, [(kind, (one.pk, kind.value) in kept) for kind in ActivityKind if _hours(one, kind)])
        for one in rows
    ]
    context = {"lines": lines, "year": year}
    return render(request, "studentrecords/attendance/own.html", context)


def _hours(discipline: Discipline, kind: ActivityKind) -> bool:
    """Whether the plan has hours of this activity; all three are offered where it has none at all."""
    hours = {
        ActivityKind.COURSE: discipline.hours_course,
        ActivityKind.SEMINAR: discipline.hours_seminar,
        ActivityKind.APPLICATION: discipline.hours_lab
        + discipline.hours_project
        + discipline.hours_practice_semester,
    }
    return bool(hours[kind]) or not any(hours.values())


def _kept(request: HttpRequest, discipline: int) -> tuple[User, Discipline, AcademicYear]:
    user, year = signed_in(request), _year()
    found = queries.disciplines_of(user, year).filter(pk=discipline).first()
    if found is None:
        raise Http404
    return user, found, year


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest, discipline: int) -> HttpResponse:
    """How every student stands, the separate tasks, and the mark of unmet standards (REC-096, REC-137)."""
    user, found, year = _kept(request, discipline)
    students = queries.students_of(found, year)
    form = TaskForm(students, request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.set_task(
                found, given["student"], year, given["words"], done=given["done"], actor=user, at=clock.now()
            )
        except Refused as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The task was recorded."))
            return redirect("studentrecords:attendance_overview", discipline=found.pk)
    standings = {one.enrolment.pk: one for one in queries.standings(students, year, clock.today(), [found])}
    lines = [(one, standings.get(one.pk)) for one in students]
    context = {
        "discipline": found,
        "year": year,
        "lines": lines,
        "unmet": sum(1 for _one, standing in lines if standing is not None and not standing.answer),
        "kinds": [kind for kind in ActivityKind if _hours(found, kind)],
        "form": form,
        "crumbs": _crumbs(Crumb(found.name)),
    }
    status = BAD if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/attendance/overview.html", context, status=status)


@login_required
@require_POST
def mark(request: HttpRequest, discipline: int) -> HttpResponse:
    """Mark at the end of the semester who has not met the standards."""
    user, found, year = _kept(request, discipline)
    count = services.mark_standards(found, year, actor=user, at=clock.now())
    words = ngettext(
        "%(count)s student is marked as not having met the standards.",
        "%(count)s students are marked as not having met the standards.",
        count,
    )
    messages.success(request, words % {"count": count})
    return redirect("studentrecords:attendance_overview", discipline=found.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, discipline: int, activity: str) -> HttpResponse:
    """One activity: meetings held by group, and numbers for each student, typed by keyboard."""
    user, found, year = _kept(request, discipline)
    if activity not in ActivityKind.values:
        raise Http404
    students = queries.students_of(found, year)
    sheets = queries.sheets_of(found, year, activity)
    rows = {row.enrolment_id: row for row in Attendance.objects.filter(sheet__in=sheets.values())}
    sending = request.method == "POST"
    form = SheetForm(students, sheets, rows, request.POST if sending else None)
    status, refused = HTTPStatus.OK, ""
    if sending:
        read = form.read()
        if read is None:
            status, refused = BAD, form.error
        else:
            held, given, minimum = read
            try:
                count = services.record(
                    found,
                    year,
                    Activity(activity),
                    held,
                    given,
                    minimum=minimum,
                    actor=user,
                    at=clock.now(),
                )
            except services.Faulty as faulty:
                status = BAD
                _tell(form, faulty.reasons)
            except services.Overtaken as overtaken:
                status = HTTPStatus.CONFLICT
                words = _("Somebody wrote here meanwhile. Open the page again to see it.")
                _tell(form, dict.fromkeys(overtaken.enrolments, words))
            except Refused as no:
                status, refused = BAD, str(no)
            else:
                words = ngettext("%(count)s line was saved.", "%(count)s lines were saved.", count)
                messages.success(request, words % {"count": count})
                return redirect("studentrecords:attendance_overview", discipline=found.pk)
    label = str(ActivityKind(activity).label)
    context = {
        "discipline": found,
        "activity": activity,
        "label": label,
        "is_application": activity == ActivityKind.APPLICATION,
        "form": form,
        "refused": refused,
        "year": year,
        "crumbs": _crumbs(
            Crumb(found.name, reverse("studentrecords:attendance_overview", args=[found.pk])), Crumb(label)
        ),
    }
    return render(request, "studentrecords/attendance/sheet.html", context, status=status)


def _tell(form: SheetForm, reasons: dict[int, str]) -> None:
    for line in form.lines:
        line.error = reasons.get(line.enrolment.pk, "")


# ---- the student --------------------------------------------------------------------------------


def _above(enrolment: Enrolment, *below: Crumb) -> list[Crumb]:
    return [Crumb(_("Home"), reverse("student_home", args=[enrolment.pk])), *below]


@login_required
@require_safe
def student(request: HttpRequest, enrolment: int) -> HttpResponse:
    """What was recorded for the student, what it means by the rules, and the requests for less."""
    place, year = place_of(request, enrolment), _year()
    context = {
        "enrolment": place.enrolment,
        "year": year,
        "standings": queries.standings([place.enrolment], year, clock.today()),
        "reductions": list(queries.reductions_of(place.enrolment)),
        "articles": [(rule, citations.address("", rule)) for rule in ("REC-090", "REC-095", "REC-101")],
        "crumbs": _above(place.enrolment, Crumb(_("Attendance"))),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "studentrecords/attendance/student.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Ask for a reduction of the minima, with proofs (REC-092)."""
    place, year = place_of(request, enrolment), _year()
    taken = Discipline.objects.filter(
        curriculum=place.enrolment.curriculum_id, year=place.enrolment.year_of_study
    ).order_by("semester", "name_ro")
    form = ReductionForm(taken, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        proofs = _examined(request, form)
        if form.is_valid():
            given = form.cleaned_data
            try:
                services.ask_reduction(
                    place.enrolment.pk,
                    year,
                    given["ground"],
                    given["event_on"],
                    discipline=given["discipline"],
                    words=given["words"],
                    proofs=proofs,
                    actor=place.user,
                    at=clock.now(),
                )
            except (Refused, UploadRefused) as no:
                form.add_error(None, _in_words(no))
            else:
                messages.success(request, _("Your request was sent to the dean's office."))
                return redirect("studentrecords:attendance", enrolment=enrolment)
    above = Crumb(_("Attendance"), reverse("studentrecords:attendance", args=[enrolment]))
    context = {
        "enrolment": place.enrolment,
        "form": form,
        "proofs": [form[name] for name in PROOFS],
        "crumbs": _above(place.enrolment, above, Crumb(_("Ask for a reduction"))),
        "help_box": help_of(place.enrolment),
    }
    status = BAD if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/attendance/ask.html", context, status=status)


def _in_words(no: Refused | UploadRefused) -> str:
    if isinstance(no, Refused) and no.answer.cure:
        return f"{no} {no.answer.cure}"
    return str(no)


def _examined(request: HttpRequest, form: ReductionForm) -> list[Examined]:
    """The papers that were sent, examined; a reason on the field of each that cannot be kept."""
    found = []
    for name in PROOFS:
        if name not in request.FILES:
            continue
        try:
            found.append(uploads.examine(uploads.chosen(request, name)))
        except UploadRefused as refused:
            form.add_error(name, str(refused))
    return found


@login_required
@require_safe
def own_proof(request: HttpRequest, enrolment: int, proof: int) -> HttpResponseBase:
    """A paper of one's own request."""
    place = place_of(request, enrolment)
    return _file(ReductionProof.objects.filter(reduction__enrolment=place.enrolment, pk=proof).first())


def _file(proof: ReductionProof | None) -> HttpResponseBase:
    if proof is None or not uploads.may_be_shown(proof.stored):
        raise Http404
    kind = proof.stored.content_type
    name = f"dovada-{proof.pk}{storage.EXTENSIONS[kind]}"
    return storage.attachment(proof.stored.served, filename=name, content_type=kind)


# ---- the dean's office --------------------------------------------------------------------------


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Requests for reductions: those that wait first, then the decided ones."""
    user = signed_in(request)
    if not (answer := permissions.may_decide_reductions(user)):
        raise PermissionDenied(answer.reason)
    rows = queries.reductions_for(user)
    context: dict[str, Any] = {
        "waiting": list(rows.filter(state=State.ASKED)[:200]),
        "decided": list(rows.exclude(state=State.ASKED).order_by("-decided_at")[:50]),
    }
    return render(request, "studentrecords/attendance/desk.html", context)


def _asked(request: HttpRequest, reduction: int) -> tuple[User, AttendanceReduction]:
    user = signed_in(request)
    found = queries.reductions_for(user).filter(pk=reduction).first()
    if found is None:
        raise Http404
    return user, found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, reduction: int) -> HttpResponse:
    """One request with its papers, and the dean's decision recorded."""
    user, found = _asked(request, reduction)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        granted = given["granted"] == "yes"
        try:
            services.decide_reduction(
                found.pk,
                percent=given["percent"] if granted else None,
                decision=given["decision"],
                answer=given["answer"],
                fifth_month_shown=given["fifth_month"],
                actor=user,
                at=clock.now(),
            )
        except Refused as no:
            form.add_error(None, _in_words(no))
        else:
            messages.success(request, _("The decision was recorded."))
            return redirect("studentrecords:attendance_desk")
    context = {
        "reduction": found,
        "proofs": list(found.proofs.select_related("stored")),
        "form": form,
        "crumbs": [
            Crumb(_("Reductions of attendance"), reverse("studentrecords:attendance_desk")),
            Crumb(found.enrolment.person.list_name),
        ],
    }
    status = BAD if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/attendance/decide.html", context, status=status)


@login_required
@require_safe
def proof(request: HttpRequest, reduction: int, proof: int) -> HttpResponseBase:
    """A paper of a request the dean's office decides."""
    _user, found = _asked(request, reduction)
    return _file(found.proofs.select_related("stored").filter(pk=proof).first())
