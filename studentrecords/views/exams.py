"""The student's exams: what may be sat and at what cost, requests about exams; the offices that decide."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studentrecords import permissions
from studentrecords.forms.exam_requests import PROOFS, AskForm, DateForm, DecideForm
from studentrecords.models import AcademicYear, ExamRequest, ExamRequestProof
from studentrecords.queries import exam_requests as queries
from studentrecords.queries.core import academic_year_of
from studentrecords.queries.presenting import presenting_of
from studentrecords.queries.taking import Cost
from studentrecords.refusal import Refused
from studentrecords.requests import help_of, place_of
from studentrecords.services import exam_requests as services
from studentrecords.services import presenting
from studentrecords.views.appeals import in_words
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, storage, uploads
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.uploads import Examined, UploadRefused

Kind, State = ExamRequest.Kind, ExamRequest.State
BAD = HTTPStatus.UNPROCESSABLE_ENTITY


# ---- the student --------------------------------------------------------------------------------


@login_required
@require_safe
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """What may be sat, in which session, free or paid, with what is still needed (REC-112, REC-113)."""
    place = place_of(request, enrolment)
    found = presenting_of(place.enrolment, clock.now())
    context = {
        "enrolment": place.enrolment,
        "found": found,
        "articles": ("REC-112", "REC-113", "REC-120", "REC-048"),
        "requests": list(queries.requests_of(place.enrolment)),
        "crumbs": _crumbs(enrolment),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "studentrecords/exams/own.html", context)


def _crumbs(enrolment: int, *below: Crumb) -> list[Crumb]:
    here = reverse("studentrecords:exams", args=[enrolment]) if below else ""
    return [Crumb(_("Home"), reverse("student_home", args=[enrolment])), Crumb(_("Exams"), here), *below]


@login_required
@require_POST
def ask(request: HttpRequest, enrolment: int, discipline: int, session: str) -> HttpResponse:
    """File the form, and the fee with it; twice changes nothing."""
    place = place_of(request, enrolment)
    try:
        option = presenting.file(place.enrolment.pk, discipline, session, actor=place.user, at=clock.now())
    except Refused as no:
        messages.error(request, in_words(no))
    else:
        words = _("%(discipline)s, session %(session)s: asked for. Pay the fee in its term to be listed.")
        if option.offer is not None and option.offer.cost is Cost.KEPT:
            words = _("%(discipline)s, session %(session)s: asked for. The fee paid earlier serves.")
        messages.success(request, words % {"discipline": option.discipline.name, "session": session})
    return redirect("studentrecords:exams", enrolment=enrolment)


@login_required
@require_POST
def cancel(request: HttpRequest, enrolment: int, discipline: int, session: str) -> HttpResponse:
    """Take back what is not listed yet."""
    place = place_of(request, enrolment)
    try:
        done = presenting.cancel(place.enrolment.pk, discipline, session, actor=place.user, at=clock.now())
    except Refused as no:
        messages.error(request, in_words(no))
    else:
        if done:
            messages.success(request, _("The request was taken back."))
        else:
            messages.info(request, _("There was nothing to take back."))
    return redirect("studentrecords:exams", enrolment=enrolment)


def _year() -> AcademicYear:
    if (year := academic_year_of(clock.today())) is None:
        raise Http404
    return year


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request: HttpRequest, enrolment: int, kind: str) -> HttpResponse:
    """Ask for an open session (REC-098) or another form of the exam (REC-122), with papers."""
    place, year = place_of(request, enrolment), _year()
    if kind not in Kind.values:
        raise Http404
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AskForm(kind, queries.disciplines_to_sit(place.enrolment), *given)
    if form.is_bound and form.is_valid():
        proofs = _examined(request, form)
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.ask(
                    place.enrolment.pk,
                    year,
                    kind,
                    data["ground"],
                    disciplines=list(data["disciplines"]),
                    words=data["words"],
                    proofs=proofs,
                    actor=place.user,
                    at=clock.now(),
                )
            except Refused as no:
                form.add_error(None, in_words(no))
            else:
                messages.success(request, _("Your request was sent to the dean's office."))
                return redirect("studentrecords:exams", enrolment=enrolment)
    label = Kind(kind).label
    context = {
        "enrolment": place.enrolment,
        "kind": kind,
        "label": label,
        "form": form,
        "proofs": [form[name] for name in PROOFS],
        "crumbs": _crumbs(enrolment, Crumb(str(label))),
        "help_box": help_of(place.enrolment),
    }
    status = BAD if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/exams/ask.html", context, status=status)


def _examined(request: HttpRequest, form: AskForm) -> list[Examined]:
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
    return _file(ExamRequestProof.objects.filter(request__enrolment=place.enrolment, pk=proof).first())


def _file(proof: ExamRequestProof | None) -> HttpResponseBase:
    if proof is None or not uploads.may_be_shown(proof.stored):
        raise Http404
    kind = proof.stored.content_type
    name = f"dovada-{proof.pk}{storage.EXTENSIONS[kind]}"
    return storage.attachment(proof.stored.served, filename=name, content_type=kind)


# ---- the offices --------------------------------------------------------------------------------


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Requests about exams: for the dean's office those to decide, for the secretariat those to date."""
    user = signed_in(request)
    if not (answer := permissions.may_open_exam_requests(user)):
        raise PermissionDenied(answer.reason)
    rows = queries.requests_for(user)
    context = {
        "waiting": list(rows.filter(state=State.ASKED)[:200]),
        "undated": list(queries.without_exam(rows, clock.today())[:200]),
        "decided": list(rows.exclude(state=State.ASKED).order_by("-decided_at")[:50]),
        "decides": queries.may_decide(user),
    }
    return render(request, "studentrecords/exams/desk.html", context)


def _asked(request: HttpRequest, asked: int) -> tuple[User, ExamRequest]:
    user = signed_in(request)
    found = queries.requests_for(user).filter(pk=asked).first()
    if found is None:
        raise Http404
    return user, found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, asked: int) -> HttpResponse:
    """One request: the dean's decision is recorded, then the exams of an open session are dated."""
    user, found = _asked(request, asked)
    decides, sending = queries.may_decide(user), request.method == "POST"
    exams = list(found.exams.select_related("discipline", "holder", "second"))
    open_ones = found.disciplines.exclude(pk__in=[one.discipline_id for one in exams])
    decide_form = date_form = None
    if found.state == State.ASKED and decides:
        decide_form = DecideForm(found.kind, request.POST if sending else None)
    elif found.state == State.GRANTED and found.kind == Kind.OPEN and queries.may_date(user):
        date_form = DateForm(open_ones, request.POST if sending else None) if open_ones.exists() else None
    form: Any = decide_form or date_form
    if sending and form is None:
        raise PermissionDenied(_("This is done by somebody else."))
    if sending and form.is_valid():
        try:
            done = _decide(found, form, user) if decide_form else _date(found, form, user)
        except Refused as no:
            form.add_error(None, in_words(no))
        else:
            messages.success(request, done)
            return redirect("studentrecords:exam_request", asked=found.pk)
    context = {
        "asked": found,
        "exams": exams,
        "decides": decides,
        "proofs": list(found.proofs.select_related("stored")) if decides else [],
        "form": form,
        "dating": date_form is not None,
        "crumbs": [
            Crumb(_("Requests about exams"), reverse("studentrecords:exam_requests")),
            Crumb(found.enrolment.person.list_name),
        ],
    }
    status = BAD if form is not None and form.errors else HTTPStatus.OK
    return render(request, "studentrecords/exams/case.html", context, status=status)


def _decide(found: ExamRequest, form: DecideForm, user: User) -> str:
    given = dict(form.cleaned_data)
    granted = given.pop("granted") == "yes"
    services.decide(found.pk, granted=granted, **given, actor=user, at=clock.now())
    return _("The decision was recorded.")


def _date(found: ExamRequest, form: DateForm, user: User) -> str:
    given = dict(form.cleaned_data)
    discipline, held_on = given.pop("discipline"), given.pop("held_on")
    services.date_exam(found.pk, discipline, held_on, **given, actor=user, at=clock.now())
    return _("The exam is in the timetable, and its list is open.")


@login_required
@require_safe
def proof(request: HttpRequest, asked: int, proof: int) -> HttpResponseBase:
    """A paper of a request, for the dean's office alone."""
    user, found = _asked(request, asked)
    if not queries.may_decide(user):
        raise Http404
    return _file(found.proofs.select_related("stored").filter(pk=proof).first())
