"""Appeals for the offices, the teachers and the commissions: what waits, one case, each step by its hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studentrecords import permissions
from studentrecords.forms import appeals as typed
from studentrecords.models import Appeal
from studentrecords.parameters import COMMISSION_SIZE
from studentrecords.queries import appeals as queries
from studentrecords.refusal import Refused
from studentrecords.rules import appeals as rules
from studentrecords.services import appeal_copies
from studentrecords.services import appeals as services
from studentrecords.views.appeals import READ_OR_SEND, in_words, timeline_of
from studentrecords.workflow.appeals import (
    APPEAL_MOVES,
    DEAN,
    INFOCENTER,
    MEMBER,
    SECRETARIAT,
    TEACHER,
    AppealState,
)
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, storage, uploads
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, Pill
from upt_portal.kernel.uploads import Examined, UploadRefused

A_PAGE = 50
READ = "studentrecords.appeal"  # what the student sees that was read


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The appeals of an office: those that wait for it, those that run, those that have ended."""
    user = signed_in(request)
    if not (answer := permissions.may_enter_appeals(user)):
        raise PermissionDenied(answer.reason)
    shown = request.GET.get("show", "waiting")
    rows = queries.of_offices(user)
    found = {
        "waiting": queries.waiting_for(user),
        "running": queries.running(rows),
        "all": rows.order_by("-received_at", "-pk"),
    }
    shown = shown if shown in found else "waiting"
    here = reverse("studentrecords:appeals_desk")
    words = {"waiting": _("Waiting for you"), "running": _("Under way"), "all": _("All")}
    context = {
        "pills": [
            Pill(
                words[one],
                f"{here}?show={one}",
                current=one == shown,
                count=found[one].count() if one == "waiting" else None,
            )
            for one in found
        ],
        "may_register": bool(permissions.may_register_appeals(user)),
        "title": _("Grade appeals"),
        "crumbs": [Crumb(_("Administration"), reverse("admin:index")), Crumb(_("Grade appeals"))],
        "keep": f"show={shown}&",
        **_lines(request, found[shown]),
    }
    return render(request, "studentrecords/appeals/desk.html", context)


def _lines(request: HttpRequest, rows: Any) -> dict[str, Any]:
    """A page of rows, each with its running term and whether that is late; two queries more."""
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    found, at = list(page), clock.now()
    terms = queries.terms_of(found)
    lines = []
    for one in found:
        term = queries.running_term(terms[one.pk])
        lines.append({"appeal": one, "term": term, "late": bool(term and queries.is_late(term, at))})
    return {"page": page, "lines": lines}


@login_required
@require_safe
def of_teacher(request: HttpRequest) -> HttpResponse:
    """The appeals a teacher answers, and the commissions a teacher sits in."""
    user = signed_in(request)
    if not (answer := permissions.may_answer_appeals(user)):
        raise PermissionDenied(answer.reason)
    waiting = request.GET.get("show") != "all"
    rows = queries.waiting_for_teacher(user) if waiting else queries.of_teacher(user).order_by("-pk")
    here = reverse("studentrecords:appeals_teacher")
    context = {
        "pills": [
            Pill(_("Waiting for you"), here, current=waiting),
            Pill(_("All"), f"{here}?show=all", current=not waiting),
        ],
        "title": _("Grade appeals"),
        "crumbs": [
            Crumb(_("Catalogues"), reverse("studentrecords:catalogues")),
            Crumb(_("Grade appeals")),
        ],
        "keep": "" if waiting else "show=all&",
        **_lines(request, rows),
    }
    return render(request, "studentrecords/appeals/desk.html", context)


def _found(request: HttpRequest, appeal: int) -> tuple[User, Appeal]:
    """The appeal of the address, if the reader may open it; its reading is noted. Http404 otherwise."""
    user = signed_in(request)
    found = queries.visible_to(user).filter(pk=appeal).first()
    if found is None:
        raise Http404
    if (student := found.enrolment.person.user) is not None:
        audit.record_read(student, reader=user, what=READ, at=clock.now())
    return user, found


@dataclass(frozen=True)
class Act:
    """A step: by whose hands, with which form, what it does, and what is said afterwards.

    quiet: drawn as a second button. needs: what the facts of the case must allow for it to be offered.
    """

    hands: tuple[str, ...]
    do: Callable[[Appeal, dict[str, Any], User, datetime, str], Any]
    done: Callable[[], str]
    form: Callable[..., forms.Form] | None = None
    needs: Callable[[Appeal, User], bool] = lambda appeal, user: True
    move: str = ""
    danger: bool = False
    quiet: bool = False


def _appoint_form(appeal: Appeal, *args: Any) -> forms.Form:
    size = COMMISSION_SIZE.on(clock.today())
    return typed.AppointForm(list(queries.commission_choices(appeal)), size, *args)


def _plain(form: Callable[..., forms.Form]) -> Callable[..., forms.Form]:
    return lambda appeal, *args: form(*args)


def _decides(appeal: Appeal, user: User) -> bool:
    return bool(queries.decider_answer(user, appeal))


def _has_marked(appeal: Appeal, user: User) -> bool:
    return all(one.mark for one in appeal.members.all())


def _may_sign(appeal: Appeal, user: User) -> bool:
    mine = next((one for one in appeal.members.all() if one.teacher_id == user.pk), None)
    return bool(appeal.report) and _has_marked(appeal, user) and mine is not None and mine.signed_at is None


def _asks_correction(appeal: Appeal, user: User) -> bool:
    return appeal.correction_id is None and rules.changes_by_correction(
        appeal.answer_result,
        appeal.attempt.row.result,
        clock.now(),
        appeal.attempt.row.catalogue.enter_until,
    )


ACTS: dict[str, Act] = {
    "register": Act(
        (INFOCENTER,),
        lambda one, given, user, at, hand: services.register(one.pk, actor=user, at=at),
        lambda: _("The appeal is registered and with the secretariat."),
    ),
    "send": Act(
        (SECRETARIAT,),
        lambda one, given, user, at, hand: services.send(one.pk, actor=user, at=at),
        lambda: _("The appeal is with the teacher."),
    ),
    "answer": Act(
        (TEACHER, SECRETARIAT),
        lambda one, given, user, at, hand: services.answer(
            one.pk, given["words"], result=given["result"], by_office=hand == SECRETARIAT, actor=user, at=at
        ),
        lambda: _("The answer is with the InfoCenter."),
        form=typed.AnswerForm,
    ),
    "communicate": Act(
        (INFOCENTER,),
        lambda one, given, user, at, hand: services.communicate(one.pk, actor=user, at=at),
        lambda: _("The student has the answer."),
    ),
    "correct": Act(
        (SECRETARIAT,),
        lambda one, given, user, at, hand: services.correct(one.pk, **given, actor=user, at=at),
        lambda: _("The correction is open; the teacher can enter the results."),
        form=_plain(typed.CorrectForm),
        needs=_asks_correction,
        move="-",
    ),
    "ask_again": Act(
        (INFOCENTER,),
        lambda one, given, user, at, hand: services.ask_again(
            one.pk,
            reason=given["reason"],
            words=given["words"],
            arrived_at=given["arrived_at"],
            actor=user,
            at=at,
        ),
        lambda: _("The request on paper is registered."),
        form=_plain(typed.AgainPaperForm),
    ),
    "forward": Act(
        (INFOCENTER,),
        lambda one, given, user, at, hand: services.forward(one.pk, actor=user, at=at),
        lambda: _("Request and answer are with the secretariat."),
        needs=lambda one, user: one.forwarded_at is None,
    ),
    "put_before_dean": Act(
        (SECRETARIAT,),
        lambda one, given, user, at, hand: services.put_before_dean(one.pk, actor=user, at=at),
        lambda: _("Request and answer are before the dean."),
        needs=lambda one, user: one.forwarded_at is not None,
    ),
    "appoint": Act(
        (DEAN,),
        lambda one, given, user, at, hand: services.appoint(
            one.pk, given["members"], decision=given["decision"], actor=user, at=at
        ),
        lambda: _("The commission is appointed; student and members were told."),
        form=_appoint_form,
        needs=_decides,
    ),
    "reject": Act(
        (DEAN,),
        lambda one, given, user, at, hand: services.reject(one.pk, **given, actor=user, at=at),
        lambda: _("The request was rejected; the student was told."),
        form=_plain(typed.RejectForm),
        needs=_decides,
        danger=True,
    ),
    "hand_over": Act(
        (SECRETARIAT,),
        lambda one, given, user, at, hand: appeal_copies.hand_over(
            one.pk, given["copies"], on_paper=given["on_paper"], actor=user, at=at
        ),
        lambda: _("The commission has the copy of the paper; its term runs."),
        form=_plain(typed.HandOverForm),
        needs=lambda one, user: one.papers_at is None,
    ),
    "add_copy": Act(
        (SECRETARIAT,),
        lambda one, given, user, at, hand: appeal_copies.hand_over(
            one.pk, given["copies"], actor=user, at=at
        ),
        lambda: _("The commission has this file too; signatures given before are void."),
        form=_plain(typed.CopyForm),
        needs=lambda one, user: one.papers_at is not None and one.state == AppealState.COMMISSION,
        move="-",
        quiet=True,
    ),
    "mark": Act(
        (MEMBER,),
        lambda one, given, user, at, hand: services.mark(
            one.pk, given["mark"], given["words"], actor=user, at=at
        ),
        lambda: _("Your mark is kept."),
        form=typed.MarkForm,
        needs=lambda one, user: one.papers_at is not None,
    ),
    "report": Act(
        (MEMBER,),
        lambda one, given, user, at, hand: services.report(
            one.pk, given["result"], given["words"], version=given["version"] or 0, actor=user, at=at
        ),
        lambda: _("The report is kept; each member signs it."),
        form=typed.ReportForm,
        needs=_has_marked,
    ),
    "sign": Act(
        (MEMBER,),
        lambda one, given, user, at, hand: services.sign(
            one.pk, version=given["version"] or 0, actor=user, at=at
        ),
        lambda: _("You have signed the report."),
        needs=_may_sign,
    ),
    "finish": Act(
        (INFOCENTER,),
        lambda one, given, user, at, hand: services.finish(one.pk, actor=user, at=at),
        lambda: _("The grade is recorded and the student was told."),
    ),
    "set_meeting": Act(
        (SECRETARIAT,),
        lambda one, given, user, at, hand: services.set_meeting(one.pk, given["note"], actor=user, at=at),
        lambda: _("The meeting is set; student and commission were told."),
        form=_plain(typed.MeetingSetForm),
        needs=lambda one, user: one.meeting_asked_at is not None,
    ),
}
#: Acts whose label is not that of a move.
LABELS = {
    "correct": lambda: _("Open the correction of the grade"),
    "add_copy": lambda: _("Add a file of the paper"),
}


def label_of(name: str) -> str:
    """The words of a button."""
    if name in LABELS:
        return LABELS[name]()
    return str(next(move.label for move in APPEAL_MOVES if move.name == name))


def _offered(found: Appeal, user: User, hands: frozenset[str]) -> list[str]:
    """The acts that this reader may do now, in the order of the table."""
    return [
        name
        for name, act in ACTS.items()
        if hands & set(act.hands)
        and (act.move == "-" or APPEAL_MOVES.is_open(name, found.state))
        and act.needs(found, user)
    ]


@login_required
@require_safe
def case(request: HttpRequest, appeal: int) -> HttpResponse:
    """One appeal as the staff sees it: content, course, and the steps of the reader's hand."""
    user, found = _found(request, appeal)
    return _page(request, user, found)


def _page(
    request: HttpRequest, user: User, found: Appeal, name: str = "", bound: forms.Form | None = None
) -> HttpResponse:
    at, hands = clock.now(), queries.hands_of(user, found)
    terms = queries.terms_of([found])[found.pk]
    offered = []
    for one in _offered(found, user, hands):
        make = ACTS[one].form
        form = bound if one == name and bound is not None else make(found) if make else None
        if form is not None:
            form.auto_id = f"{one}_%s"  # several forms stand on one page
        offered.append(
            {"name": one, "label": label_of(one), "form": form, "danger": ACTS[one].danger,
             "version": found.report_version if one == "sign" else None,
             "quiet": ACTS[one].quiet, "files": form is not None and form.is_multipart()}
        )  # fmt: skip
    office = bool(permissions.may_enter_appeals(user))
    above = (
        Crumb(_("Grade appeals"), reverse("studentrecords:appeals_desk"))
        if office
        else Crumb(_("Grade appeals"), reverse("studentrecords:appeals_teacher"))
    )
    decider = queries.decider_answer(user, found) if DEAN in hands and found.state == "with_dean" else None
    context = {
        **queries.context_of(found),
        "acts": offered,
        "bound": bound,
        "term": queries.running_term(terms),
        "timeline": timeline_of(queries.course(found, terms, at), request.LANGUAGE_CODE),
        "members": found.members.all(),
        "copies": found.copies.select_related("stored"),
        "sees_copy": bool(permissions.may_see_copy(user, found)),
        "sees_marks": MEMBER in hands or found.reported_at is not None,
        "decider": decider,
        "change_in_catalogue": TEACHER in hands
        and bool(found.answer_result)
        and found.answer_result != found.attempt.row.result,
        "history": [(audit.sentence_of(row), row.at, row.actor) for row in audit.trail(found)],
        "crumbs": [above, Crumb(found.number or found.student_name)],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if bound is not None and bound.errors else HTTPStatus.OK
    return render(request, "studentrecords/appeals/case.html", context, status=status)


@login_required
@require_POST
def act(request: HttpRequest, appeal: int, name: str) -> HttpResponse:
    """One step by its hand. A stale page changes nothing and says so."""
    user, found = _found(request, appeal)
    step = ACTS.get(name)
    if step is None:
        raise Http404
    hands = queries.hands_of(user, found)
    hand = next((one for one in step.hands if one in hands), "")
    if not hand:
        raise PermissionDenied(_("This is done by somebody else."))
    if step.move != "-" and not APPEAL_MOVES.is_open(name, found.state):
        try:
            APPEAL_MOVES.check(name, found.state)
        except MoveRefused as no:
            messages.warning(request, str(no))
        return redirect("studentrecords:appeal_case", appeal=appeal)
    given: dict[str, Any] = {}
    form = None
    if name == "sign":
        sent = request.POST.get("version", "")
        given = {"version": int(sent) if sent.isdecimal() and len(sent) < 10 else -1}
    elif step.form is not None:
        form = step.form(found, request.POST, request.FILES)
        if not form.is_valid():
            return _page(request, user, found, name, form)
        given = form.cleaned_data
        if "copy" in form.fields:
            given["copies"] = _copies(request, form)
            if form.errors:
                return _page(request, user, found, name, form)
    try:
        step.do(found, given, user, clock.now(), hand)
    except (Refused, MoveRefused) as no:
        if form is None:
            messages.error(request, in_words(no))
            return redirect("studentrecords:appeal_case", appeal=appeal)
        form.add_error(None, in_words(no))
        return _page(request, user, found, name, form)
    messages.success(request, step.done())
    return redirect("studentrecords:appeal_case", appeal=appeal)


def _copies(request: HttpRequest, form: forms.Form) -> list[Examined]:
    """The file that was sent, examined; the reason on its field when it cannot be kept."""
    if "copy" not in request.FILES:
        return []
    try:
        return [uploads.examine(uploads.chosen(request, "copy"))]
    except UploadRefused as refused:
        form.add_error("copy", str(refused))
        return []


@login_required
@require_safe
def copy(request: HttpRequest, appeal: int, copy: int) -> HttpResponseBase:
    """A file of the contested paper; 404 for everybody whose eyes it is not for (REC-198)."""
    user, found = _found(request, appeal)
    one = found.copies.select_related("stored").filter(pk=copy).first()
    if one is None or not permissions.may_see_copy(user, found) or not uploads.may_be_shown(one.stored):
        raise Http404
    kind = one.stored.content_type
    name = f"lucrare-{one.pk}{storage.EXTENSIONS[kind]}"
    return storage.attachment(one.stored.served, filename=name, content_type=kind)


@login_required
@require_http_methods(READ_OR_SEND)
def paper(request: HttpRequest) -> HttpResponse:
    """An appeal on paper or by e-mail, entered with the time of its arrival (REC-193)."""
    user, at = signed_in(request), clock.now()
    if not (answer := permissions.may_register_appeals(user)):
        raise PermissionDenied(answer.reason)
    find = typed.FindForm(request.GET if "number" in request.GET else None)
    student = find.cleaned_data["number"] if find.is_bound and find.is_valid() else None
    form = None
    if student is not None:
        attempts = [one for one in queries.attempts_of(student)[:60] if queries.contestable(one, student)]
        form = typed.PaperForm(attempts, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = services.register_paper(student, actor=user, at=at, **_paper_of(form.cleaned_data))
            except Refused as no:
                form.add_error(None, in_words(no))
            else:
                messages.success(request, _("The appeal is registered and with the secretariat."))
                return redirect("studentrecords:appeal_case", appeal=made.pk)
    wrong = (form is not None and form.errors) or (find.is_bound and find.errors)
    context = {
        "find": find,
        "form": form,
        "student": student,
        "title": _("An appeal on paper"),
        "crumbs": [
            Crumb(_("Grade appeals"), reverse("studentrecords:appeals_desk")),
            Crumb(_("An appeal on paper")),
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, "studentrecords/appeals/paper.html", context, status=status)


def _paper_of(given: dict[str, Any]) -> dict[str, Any]:
    names = ("ground", "reasons", "arrived_at", "channel", "late_reason")
    return {"attempt_id": int(given["attempt"]), **{name: given[name] for name in names}}
