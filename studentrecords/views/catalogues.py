"""Catalogues for teachers and secretariats: own lists, entering results, paste, sign, publish, correct."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studentrecords import permissions
from studentrecords.forms.catalogues import CorrectionForm, FraudForm, PasteForm, ResultsForm, shown
from studentrecords.importing import results as pasting
from studentrecords.models import Catalogue, CatalogueRow, Correction, FraudReport
from studentrecords.queries import catalogues as queries
from studentrecords.queries import exam_requests
from studentrecords.queries.attendance import unmet_in
from studentrecords.refusal import Refused
from studentrecords.rules import catalogues as rules
from studentrecords.rules import sessions
from studentrecords.services import catalogues as services
from studentrecords.services import corrections
from studentrecords.services.reads import LIST, note_list
from studentrecords.workflow.catalogues import (
    CATALOGUE_MOVES,
    MANAGEMENT,
    SECRETARIAT,
    TEACHER,
    WRITABLE,
    CatalogueState,
)
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, exports
from upt_portal.kernel.calendar import in_time
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, Pill
from upt_portal.kernel.sheets import TableRefused
from upt_portal.kernel.upload_handler import TooLargeFile

_S = CatalogueState
#: In which order the lists of a teacher stand: what is to be done comes first.
_ORDER = (_S.CORRECTION, _S.OPEN, _S.FILLED, _S.LOCKED, _S.SIGNED, _S.PLANNED)
A_PAGE = 50


@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The catalogues of a teacher, or of a secretariat's faculties, by what is to be done with them.

    Published ones, which ask for nothing any more, stand by academic year: `?year=2025-2026`.
    """
    user = signed_in(request)
    if not (answer := permissions.may_enter_catalogues(user)):
        raise PermissionDenied(answer.reason)
    allowed, at = permissions.catalogues_of(user), clock.now()
    years = queries.published_by_year(allowed)
    year = request.GET.get("year", "")
    shown = queries.with_counts(allowed)
    if year in years:
        shown = shown.filter(state=_S.PUBLISHED, session__year__name=year).order_by("held_on", "pk")
    else:
        rank = Case(*(When(state=state, then=place) for place, state in enumerate(_ORDER)))
        shown = shown.exclude(state=_S.PUBLISHED).order_by(rank, "held_on", "pk")
    page = Paginator(shown, A_PAGE).get_page(request.GET.get("page"))
    here = reverse("studentrecords:catalogues")
    pills = [Pill(_("Not published"), here, current=year not in years)] + [
        Pill(
            _("Published %(year)s") % {"year": name}, f"{here}?year={name}", current=name == year, count=count
        )
        for name, count in years.items()
    ]
    groups = [
        (state.label, [_line(one, at) for one in page if one.state == state])
        for state in (*_ORDER, _S.PUBLISHED)
        if any(one.state == state for one in page)
    ]
    context = {
        "groups": groups,
        "pills": pills if years else [],
        "page": page,
        "year": year if year in years else "",
        "title": _("Catalogues"),
        "now": at,
    }
    return render(request, "studentrecords/catalogue/own.html", context)


def _line(catalogue: Catalogue, at: Any) -> dict[str, Any]:
    waits = catalogue.state in (_S.OPEN, _S.FILLED)
    return {
        "catalogue": catalogue,
        "due": catalogue.enter_until if waits else None,
        "late": catalogue.state not in (_S.PUBLISHED, _S.SIGNED, _S.PLANNED)
        and rules.is_late(None, catalogue.sign_until, at),
    }


def _of(request: HttpRequest, pk: int) -> tuple[User, Catalogue]:
    """The catalogue of the address, if the reader may open it; Http404 otherwise."""
    user = signed_in(request)
    found = permissions.catalogues_of(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return user, found


def hand_of(user: User, catalogue: Catalogue) -> str:
    """By whose hand the reader acts on the catalogue."""
    if user.pk in (catalogue.holder_id, catalogue.second_id):
        return TEACHER
    return SECRETARIAT if has_role(user, *roles.SECRETARIAT) else MANAGEMENT


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def catalogue(request: HttpRequest, catalogue: int) -> HttpResponse:
    """The list of an exam: results are typed into its rows and kept together."""
    user, found = _of(request, catalogue)
    sending = request.method == "POST"
    rows = queries.rows_of(found)
    open_rows = _open_rows(user, found, rows)
    unmet = unmet_in(found, [row.enrolment for row in rows]) if open_rows else {}
    form = ResultsForm(rows, found.scale, open_rows, request.POST if sending else None, unmet)
    if not sending:
        return _page(request, user, found, form)
    written = form.written()
    if form.errors:
        return _page(request, user, found, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        count = services.enter(
            found.pk, written, reason=request.POST.get("reason", ""), actor=user, at=clock.now()
        )
    except services.Changed as changed:
        return _page(request, user, found, _clashed(form, changed), status=HTTPStatus.CONFLICT)
    except (Refused, MoveRefused) as no:
        return _page(request, user, found, form, refused=str(no), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    words = ngettext("%(count)s result was saved.", "%(count)s results were saved.", count)
    messages.success(request, words % {"count": count} if count else _("Nothing had changed."))
    return redirect("studentrecords:catalogue", catalogue=found.pk)


def _clashed(form: ResultsForm, changed: services.Changed) -> ResultsForm:
    """What was typed stays; each row that another hand changed says so and starts from what stands now."""
    clashes = {one.row: one for one in changed.clashes}
    for line in form.lines:
        if (clash := clashes.get(line.row.pk)) is not None:
            line.was = clash.found
            words = _("%(who)s wrote “%(found)s” meanwhile. Save again to keep yours.")
            line.error = words % {"who": clash.by or _("Somebody"), "found": shown(clash.found) or "–"}
    return form


def _open_rows(user: User, found: Catalogue, rows: list[CatalogueRow]) -> frozenset[int]:
    """The rows that can be written now."""
    at = clock.now()
    if found.state == _S.CORRECTION:
        correction = queries.open_correction(found)
        return frozenset(row.pk for row in correction.rows.all()) if correction else frozenset()
    writes = hand_of(user, found) != MANAGEMENT
    in_term = rules.held_answer(found.held_on, clock.local_day(at)) and in_time(at, found.enter_until)
    if not writes or found.state not in WRITABLE or not in_term:
        return frozenset()
    return frozenset(row.pk for row in rows if not row.fixed)


def _page(
    request: HttpRequest,
    user: User,
    found: Catalogue,
    form: ResultsForm,
    *,
    refused: str = "",
    correction_form: CorrectionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    hand, at = hand_of(user, found), clock.now()
    results = [line.row.result for line in form.lines]
    complete = rules.complete_answer(results)
    documents = rules.documents_answer(
        [(line.row.result, line.row.card_shown, line.row.identity_shown) for line in form.lines]
    )
    present = sum(result not in ("", "absent", "not_admitted") for result in results)
    methods = exam_requests.methods_in(found, [line.row.enrolment_id for line in form.lines])
    for line in form.lines:
        line.method = methods.get(line.row.enrolment_id, "")
    moves = {move.name for move in CATALOGUE_MOVES.open_from(found.state, hand)}
    may_correct = "correct" in moves and not in_time(at, found.enter_until)
    if may_correct and correction_form is None:
        correction_form = CorrectionForm([line.row for line in form.lines])
    context = {
        "catalogue": found,
        "form": form,
        "refused": refused,
        "can_write": any(line.open for line in form.lines),
        "proposed": sum(bool(line.proposed) for line in form.lines),
        "posted": found.posted_at is not None,
        "complete": complete,
        "documents": documents,
        "duration": exam_requests.duration_of(found),
        "written": sum(result != "" for result in results),
        "moves": moves,
        "may_sign": bool({"sign", "sign_second"} & moves)
        and complete
        and documents
        and user.pk not in found.signed_by,
        "has_signed": user.pk in found.signed_by,
        "may_correct": may_correct,
        "correction_form": correction_form if may_correct else None,
        "held": rules.held_answer(found.held_on, clock.local_day(at)),
        "frauds": FraudReport.objects.filter(row__catalogue=found).select_related("row__enrolment__person"),
        "may_report": hand != MANAGEMENT and bool(form.lines),
        "correction": queries.open_correction(found) if found.state == _S.CORRECTION else None,
        "corrections": Correction.objects.filter(catalogue=found).select_related("opened_by"),
        "presence": sessions.presence_answer(present, len(results)),
        "late": _line(found, at)["late"],
        "crumbs": [Crumb(_("Catalogues"), reverse("studentrecords:catalogues")), Crumb(str(found))],
        "now": at,
    }
    return render(request, "studentrecords/catalogue/catalogue.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest, catalogue: int) -> HttpResponse:
    """Results from a spreadsheet: what they would change is shown first, nothing is written here."""
    user, found = _of(request, catalogue)
    rows = queries.rows_of(found)
    open_rows = _open_rows(user, found, rows)
    sending = request.method == "POST"
    form = PasteForm(request.POST, request.FILES) if sending else PasteForm()
    reading = None
    if sending and form.is_valid():
        try:
            reading = pasting.read(_lines(form), [row for row in rows if row.pk in open_rows], found.scale)
        except TableRefused as fault:
            form.add_error("file", str(fault))
    context = {
        "catalogue": found,
        "form": form,
        "reading": reading,
        "found": [(one, shown(one.row.result), shown(one.now)) for one in reading.found] if reading else [],
        "can_write": bool(open_rows),
        "posted": found.posted_at is not None,
        "crumbs": [
            Crumb(_("Catalogues"), reverse("studentrecords:catalogues")),
            Crumb(str(found), reverse("studentrecords:catalogue", args=[found.pk])),
            Crumb(_("From a spreadsheet")),
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/catalogue/paste.html", context, status=status)


def _lines(form: PasteForm) -> Any:
    sent = form.cleaned_data["file"]
    if sent is None:
        return pasting.pasted(form.cleaned_data["text"])
    if isinstance(sent, TooLargeFile):
        raise TableRefused(_("The file is larger than 5 MB."))
    return pasting.of_file(sent.read())


def _version(request: HttpRequest) -> int:
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else -1


def _sign(request: HttpRequest, found: Catalogue, user: User) -> str:
    services.sign(found.pk, version=_version(request), actor=user, at=clock.now())
    return _("You have signed the catalogue.")


def _publish(request: HttpRequest, found: Catalogue, user: User) -> str:
    services.publish(found.pk, actor=user, at=clock.now())
    return _("The catalogue is published.")


def _open(request: HttpRequest, found: Catalogue, user: User) -> str:
    count = services.open_catalogue(found.pk, actor=user, at=clock.now())
    words = ngettext(
        "The catalogue is open, with %(count)s student.",
        "The catalogue is open, with %(count)s students.",
        count,
    )
    return words % {"count": count}


def _list(request: HttpRequest, found: Catalogue, user: User) -> str:
    count = services.complete_list(found.pk, actor=user, at=clock.now())
    words = ngettext(
        "%(count)s student was added to the list.", "%(count)s students were added to the list.", count
    )
    return words % {"count": count}


def _finish(request: HttpRequest, found: Catalogue, user: User) -> str:
    corrections.finish(found.pk, actor=user, at=clock.now())
    return _("The correction is closed.")


ACTS: dict[str, tuple[tuple[str, ...], Callable[[HttpRequest, Catalogue, User], str]]] = {
    "sign": (("sign", "sign_second"), _sign),
    "publish": (("publish",), _publish),
    "open": (("open",), _open),
    "list": (("list",), _list),
    "finish": (("finish",), _finish),
}


@login_required
@require_POST
def act(request: HttpRequest, catalogue: int, name: str) -> HttpResponse:
    """One press: sign, publish, open, complete the list, close a correction. A stale page changes nothing."""
    user, found = _of(request, catalogue)
    if name not in ACTS:
        raise Http404
    moves, do = ACTS[name]
    hand = hand_of(user, found)
    if not any(hand in move.actors for move in CATALOGUE_MOVES if move.name in moves):
        raise PermissionDenied(_("This is done by somebody else."))
    try:
        messages.success(request, do(request, found, user))
    except (Refused, MoveRefused) as no:
        messages.error(request, str(no))
    return redirect("studentrecords:catalogue", catalogue=found.pk)


@login_required
@require_POST
def correct(request: HttpRequest, catalogue: int) -> HttpResponse:
    """Open a correction with the dean's recorded approval, for named students."""
    user, found = _of(request, catalogue)
    if hand_of(user, found) != SECRETARIAT:
        raise PermissionDenied(_("Corrections are opened by the secretariat."))
    rows = queries.rows_of(found)
    form = CorrectionForm(rows, request.POST)
    results = ResultsForm(rows, found.scale, frozenset(), None)
    if not form.is_valid():
        return _page(
            request, user, found, results, correction_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    given = form.cleaned_data
    try:
        corrections.open_correction(found.pk, given.pop("rows"), **given, actor=user, at=clock.now())
    except (Refused, MoveRefused) as no:
        messages.error(request, str(no))
    else:
        messages.success(request, _("The correction is open; the teacher can enter the results."))
    return redirect("studentrecords:catalogue", catalogue=found.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def fraud(request: HttpRequest, catalogue: int) -> HttpResponse:
    """Write down a fraud at the exam: who, and what happened (REC-156)."""
    user, found = _of(request, catalogue)
    if hand_of(user, found) == MANAGEMENT:
        raise PermissionDenied(_("Frauds are reported by the teachers of the exam."))
    form = FraudForm(queries.rows_of(found), request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.report_fraud(given["row"], given["facts"], actor=user, at=clock.now())
        except Refused as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, _("The report was recorded and goes to the dean's office."))
            return redirect("studentrecords:catalogue", catalogue=found.pk)
    context = {
        "catalogue": found,
        "form": form,
        "held": rules.held_answer(found.held_on, clock.today()),
        "crumbs": [
            Crumb(_("Catalogues"), reverse("studentrecords:catalogues")),
            Crumb(str(found), reverse("studentrecords:catalogue", args=[found.pk])),
            Crumb(_("Report of a fraud")),
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "studentrecords/catalogue/fraud.html", context, status=status)


@login_required
@require_safe
def download(request: HttpRequest, catalogue: int) -> HttpResponse:
    """The list of the exam as a spreadsheet, to be filled and pasted back; who took it is recorded."""
    user, found = _of(request, catalogue)
    rows = queries.rows_of(found)
    services.record_download(found, len(rows), actor=user, at=clock.now())
    note_list([row.enrolment_id for row in rows], reader=user, what=LIST, at=clock.now())
    headings = [_("Matriculation no."), _("Student"), _("Group"), _("Attempt"), _("Result")]
    cells = [
        [
            row.enrolment.matriculation_number,
            row.enrolment.person.list_name,
            row.enrolment.group,
            row.get_kind_display(),
            int(row.result) if row.result.isdecimal() else shown(row.result),
        ]
        for row in rows
    ]
    return exports.download(f"catalog-{found.pk}", headings, cells, as_csv="csv" in request.GET)
