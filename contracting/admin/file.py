"""A student's file: what is in it, what may be done now, and the page of each act."""

from datetime import datetime
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from contracting.admin.acts import ACTS, Act, acts_of
from contracting.admin.forms import ReasonForm
from contracting.admin.nav import (
    PREFIX,
    case_of,
    file_url,
    frame,
    is_from_queue,
    next_url,
    queue_url,
    review_url,
)
from contracting.models import OfferLine, StudentContracting
from contracting.queries import casefile, wording
from contracting.queries.queue import Choice, Place, placed
from contracting.refusal import Refused, refuse
from contracting.services import case as cases
from contracting.services import offers, review
from contracting.workflow import ContractingState
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.words import gettext_lazy

READ = "contracting.file"


def note_read(case: StudentContracting, user: User, at: datetime) -> None:
    """The student sees who of the staff opened the file."""
    if student := case.enrolment.person.user:
        audit.record_read(student, reader=user, what=READ, at=at)


def who_of(case: StudentContracting) -> str:
    """The student, family name first."""
    return str(case.enrolment.person)


def short_meta(case: StudentContracting) -> str:
    """Number, programme and year, beside the name."""
    enrolment = case.enrolment
    where = _("%(programme)s, year %(year)s") % {
        "programme": enrolment.programme.code,
        "year": enrolment.year_of_study,
    }
    return f"{enrolment.matriculation_number} · {where}"


def meta_of(case: StudentContracting) -> str:
    """The same with the campaign."""
    return f"{short_meta(case)} · {case.campaign.name}"


def place_of(case: StudentContracting, at: datetime) -> str:
    """Where the case waits, for the menu and the way back."""
    row = placed(StudentContracting.objects.filter(pk=case.pk), at).values_list("place", flat=True)
    return str(row[0])


# ---- the file ----------------------------------------------------------------------------------------------


@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The student's file."""
    user, at = signed_in(request), clock.now()
    case = case_of(request, pk)
    note_read(case, user, at)
    choice = Choice.of(request.GET.dict())
    file = casefile.file_of(case, at)
    kept = choice if is_from_queue(request) else None
    acts = acts_of(case, at, kept)
    waits = file.to_review
    context = frame(
        request,
        who_of(case),
        place=place_of(case, at),
        case=case,
        state=ContractingState.of(case.state),
        meta=meta_of(case),
        file=file,
        main=[one for one in acts if one.act.kind == "main"],
        others=[one for one in acts if one.act.kind == "secondary"],
        dangers=[one for one in acts if one.act.kind == "danger"],
        seen=seen_of(case),
        held=casefile.held_by_other(case, user, at),
        review=review_url(case, waits.pk, choice) if waits else "",
        next_url=next_url(choice, case) if is_from_queue(request) else "",
        skip_url=reverse(f"{PREFIX}_skip", args=[case.pk]) + choice.query(),
        back=queue_url(kept),
        may_mark=case.state == ContractingState.OFFERED,
        history_url=reverse(f"{PREFIX}_history", args=[case.pk]),
        figures=_figures(case),
    )
    return render(request, "contracting/admin/file.html", context)


def _figures(case: StudentContracting) -> dict[str, str]:
    return {
        "credits": wording.credit_words(case.credits),
        "tuition": wording.money(case.tuition, case),
        "rows": wording.money(case.rows_amount, case),
        "total": wording.money(case.total, case),
    }


# ---- one act -----------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The page of one act: what it does, what it asks; the act itself by POST.

    An act on a page that is out of date is refused in words, with what happened meanwhile beside it and
    what was typed kept in the form.
    """
    case = case_of(request, pk)
    asked = ACTS.get(name)
    if asked is None:
        raise Http404
    user, at = signed_in(request), clock.now()
    if request.method != "POST":
        note_read(case, user, at)
        form = asked.form(initial={"seen": seen_of(case)}, **asked.arguments(case, at))
        return _act_page(request, case, asked, form, at)
    form = asked.form(request.POST, **asked.arguments(case, at))
    if not form.is_valid():
        return _act_page(request, case, asked, form, at, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        _do(case.pk, asked, form, user, at)
    except (Refused, MoveRefused) as no:
        case = case_of(request, pk)
        return _act_page(request, case, asked, form, at, no=no, status=HTTPStatus.CONFLICT)
    messages.success(request, str(asked.done) % {"who": who_of(case)})
    return redirect(_onward(request, case, asked))


@transaction.atomic
def _do(pk: int, asked: Act, form: forms.Form, user: User, at: datetime) -> None:
    """The act on the locked case, if it still is as the page showed it."""
    case = cases.lock(pk)
    demand_as_seen(case, form.cleaned_data["seen"])
    if not (answer := asked.may(case, at)):
        raise Refused(answer)
    asked.do(case, form.cleaned_data, user, at)


def seen_of(case: StudentContracting) -> str:
    """What a page shows of a case, to be sent back with the act: its state and since when it is in it."""
    return f"{case.state} {case.state_at.isoformat()}"


def demand_as_seen(case: StudentContracting, seen: str) -> None:
    """Raise Refused when the case moved after the page was opened. seen: as the page sent it."""
    if seen != seen_of(case):
        raise refuse(
            gettext_lazy("The case changed on %(at)s, after you opened it; nothing was recorded.")
            % {"at": case.state_at},
            cure=gettext_lazy("Look at it again before deciding."),
        )


def _onward(request: HttpRequest, case: StudentContracting, asked: Act) -> str:
    choice = Choice.of(request.GET.dict())
    if not is_from_queue(request):
        return file_url(case)
    return next_url(choice, case) if asked.onward else file_url(case, choice)


def _act_page(
    request: HttpRequest,
    case: StudentContracting,
    asked: Act,
    form: forms.Form,
    at: datetime,
    *,
    no: Refused | MoveRefused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    choice = Choice.of(request.GET.dict()) if is_from_queue(request) else None
    belongs = case.state in asked.open_in
    answer = asked.may(case, at) if belongs else None
    context = frame(
        request,
        str(asked.label),
        Crumb(who_of(case), file_url(case, choice)),
        place=place_of(case, at),
        case=case,
        who=who_of(case),
        meta=meta_of(case),
        state=ContractingState.of(case.state),
        act=asked,
        form=form,
        visible=[field for field in form if not field.is_hidden],
        possible=belongs and bool(answer),
        why=wording.refusal(answer) if answer is not None and not answer else None,
        refused=_words(no) if no else "",
        happened=casefile.last_event(case) if no or not belongs else "",
        requests=casefile.requests_of(case) if asked.name in {"decide", "apply"} else (),
        questions=casefile.questions_of(case) if asked.name in {"ask", "answer"} else (),
        danger=isinstance(form, ReasonForm) and asked.kind == "danger",
        total=wording.money(case.total, case),
        back=file_url(case, choice),
    )
    return render(request, "contracting/admin/act.html", context, status=status)


def _words(no: Refused | MoveRefused) -> str:
    cure = str(no.answer.cure) if isinstance(no, Refused) and no.answer.cure else ""
    return f"{no} {cure}".strip()


# ---- mandatory rows ----------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Make a row of an open offer mandatory, or free it again, with a reason (CON-024)."""
    case = case_of(request, pk)
    row = get_object_or_404(OfferLine, pk=line, contracting=case)
    user, at = signed_in(request), clock.now()
    wanted = not row.mandatory
    form = ReasonForm(request.POST or None, initial={"seen": seen_of(case)})
    refused = ""
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                _mark(case.pk, row.pk, form, request.POST.get("mandatory") == "yes", user, at)
            except (Refused, MoveRefused) as no:
                refused, status = _words(no), HTTPStatus.CONFLICT
            else:
                messages.success(
                    request, _("%(row)s: changed; the student's page is out of date.") % {"row": row}
                )
                return redirect(file_url(case))
    context = frame(
        request,
        _("I make the discipline mandatory") if wanted else _("I leave the discipline to the student"),
        Crumb(who_of(case), file_url(case)),
        place=Place.OFFERED,
        case=case,
        row=row,
        name=wording.name_of(row),
        meta=meta_of(case),
        wanted=wanted,
        form=form,
        refused=refused,
        possible=case.state == ContractingState.OFFERED,
        back=file_url(case),
    )
    return render(request, "contracting/admin/mark.html", context, status=status)


@transaction.atomic
def _mark(pk: int, line: int, form: ReasonForm, mandatory: bool, user: User, at: datetime) -> None:
    demand_as_seen(cases.lock(pk), form.cleaned_data["seen"])
    offers.set_mandatory(line, mandatory, actor=user, at=at, reason=form.cleaned_data["reason"])


def claim_quietly(case: StudentContracting, user: User, at: datetime) -> str:
    """Take the case for a quarter of an hour; the colleague who holds it, in words, when one does."""
    try:
        review.claim(case.pk, actor=user, at=at)
    except Refused as no:
        return _words(no)
    return ""
