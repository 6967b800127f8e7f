"""The scan beside the issued paper: what it must prove; a decision is bound to the bytes seen."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from contracting.admin.file import claim_quietly, note_read, short_meta, who_of
from contracting.admin.forms import ReturnForm
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
from contracting.models import SignableDocument, SignedFile, StudentContracting
from contracting.queries import casefile, papers, queue, scans, wording
from contracting.queries.queue import Choice, Place
from contracting.refusal import Refused
from contracting.services import scans as reading
from contracting.services import signing
from contracting.workflow import SignedDocumentState
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, dates, storage
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.jobs import NotYet
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, PageThumb
from upt_portal.kernel.uploads import UploadRefused, may_be_shown

A4 = (1200, 1698)
FOUND_SECONDS = 900


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, pk: int, signed: int) -> HttpResponse:
    """The workspace; a POST accepts the scan or returns it with a reason."""
    user, at = signed_in(request), clock.now()
    case = case_of(request, pk)
    scan = scans.file_of(case, signed)
    if scan is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, case, scan, user, at)
    return _page(request, case, scan, user, at, form=_form(case, scan))


def _form(case: StudentContracting, scan: SignedFile, data: Mapping[str, Any] | None = None) -> ReturnForm:
    student = case.enrolment.person.user
    language = student.language if student else "ro"
    return ReturnForm(data, initial={"seen_sha256": scan.stored.sha256}, language=language)


# ---- the decision ------------------------------------------------------------------------------------------


def _decide(
    request: HttpRequest, case: StudentContracting, scan: SignedFile, user: User, at: datetime
) -> HttpResponse:
    accepts = request.POST.get("verdict") == "accept"
    form = _form(case, scan, request.POST)
    if not accepts and not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, case, scan, user, at, form=form, status=status)
    seen = request.POST.get("seen_sha256", "")
    try:
        if accepts:
            signing.accept_file(scan.pk, seen_sha256=seen, actor=user, at=at)
        else:
            text = form.cleaned_data["text"]
            signing.reject_file(scan.pk, seen_sha256=seen, reason=text, actor=user, at=at)
    except (Refused, MoveRefused) as no:
        case, fresh = case_of(request, case.pk), scans.file_of(case, scan.pk)
        status = HTTPStatus.CONFLICT
        return _page(request, case, fresh or scan, user, at, form=form, no=no, status=status)
    words = _("%(who)s: the scan was accepted.") if accepts else _("%(who)s: the scan was returned.")
    messages.success(request, words % {"who": who_of(case)})
    return redirect(_onward(request, case))


def _onward(request: HttpRequest, case: StudentContracting) -> str:
    """Another scan of the same case first, then the next case of the queue, else the file."""
    choice = Choice.of(request.GET.dict())
    from_queue = is_from_queue(request)
    others = scans.waiting_files([case.pk]).get(case.pk)
    if others:
        return review_url(case, others[0].pk, choice if from_queue else None)
    return next_url(choice, case) if from_queue else file_url(case)


# ---- the page ----------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    case: StudentContracting,
    scan: SignedFile,
    user: User,
    at: datetime,
    *,
    form: ReturnForm,
    no: Refused | MoveRefused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    note_read(case, user, at)
    waits = scan.state == SignedDocumentState.UPLOADED
    held = claim_quietly(case, user, at) if waits and no is None else ""
    choice = Choice.of(request.GET.dict()) if is_from_queue(request) else None
    result = result_of(scan)
    number = _page_number(request, scan)
    context = frame(
        request,
        papers.title_of(scan.document),
        Crumb(who_of(case), file_url(case, choice)),
        case=case,
        scan=scan,
        who=who_of(case),
        meta=f"{short_meta(case)} · {papers.title_of(scan.document)}",
        seen=scans.seen_on(scan, result),
        values=_values(case, scan),
        form=form,
        waits=waits,
        decided=casefile.decided_words(scan),
        held=held,
        refused=str(no) if no else "",
        cure=str(no.answer.cure) if isinstance(no, Refused) else "",
        happened=casefile.last_event(case) if no else "",
        newer=_newer(case, scan, choice),
        history=casefile.history_of(case),
        back=queue_url(choice) if choice else file_url(case),
        file=file_url(case, choice),
        skip_url=reverse(f"{PREFIX}_skip", args=[case.pk]) + (choice or Choice(place=Place.UPLOADED)).query(),
        next_url=next_url(choice or Choice(place=Place.UPLOADED), case),
        due=_due(case, at),
        **_standing(user, case, choice, at),
        **_sheets(case, scan, number, choice, result),
    )
    return render(request, "contracting/admin/review.html", context, status=status)


def result_of(scan: SignedFile) -> Mapping[str, Any] | None:
    """What was read on a scan: by its job, or now when a reader was quicker than the worker."""
    found = scans.results_of([scan]).get(scan.pk)
    if found is not None or not may_be_shown(scan.stored):
        return found
    key = f"marks:{scan.stored.sha256}"
    kept: Mapping[str, Any] | None = cache.get(key)
    if kept is None:
        try:
            kept = reading.read(scan.pk)
        except NotYet:
            return None
        cache.set(key, kept, FOUND_SECONDS)
    return kept


def _page_number(request: HttpRequest, scan: SignedFile) -> int:
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isdecimal() and len(asked) < 5 else 1
    return max(1, min(number, scan.stored.pages))


def _standing(user: User, case: StudentContracting, choice: Choice | None, at: datetime) -> dict[str, Any]:
    """ "7 din 42": which of the waiting cases of the queue this one is."""
    if choice is None:
        return {"position": 0, "total": 0}
    found = queue.found(user, choice, at)
    total = found.count()
    before = Q(state_at__lt=case.state_at) | Q(state_at=case.state_at, pk__lt=case.pk)
    position = found.filter(before).count() + 1
    return {"position": min(position, total), "total": total}


def _due(case: StudentContracting, at: datetime) -> datetime | None:
    """The end of stage 4, while it lies ahead: until then a returned scan is replaced in time anyway."""
    end = end_of_day(case.campaign.stage4_until)
    return end if end > at else None


def _newer(case: StudentContracting, scan: SignedFile, choice: Choice | None) -> str:
    """Where the scan that replaced this one is looked at; empty when this is the last."""
    if scan.state != SignedDocumentState.SUPERSEDED:
        return ""
    waiting = scans.waiting_files([case.pk]).get(case.pk)
    return review_url(case, waiting[0].pk, choice) if waiting else ""


def _values(case: StudentContracting, scan: SignedFile) -> list[tuple[str, str]]:
    """What stands in the paper and is compared with the eye."""
    document = scan.document
    rows = [(_("Student"), who_of(case)), (_("Matriculation no."), case.enrolment.matriculation_number)]
    if document.annex is not None:
        rows.append((_("Credits"), str(document.annex.credits)))
        rows.append((_("To pay"), wording.money(document.annex.total, case)))
    rows.append((_("Check code"), document.paper.code))
    return rows


# ---- pages side by side ------------------------------------------------------------------------------------


def _sheets(
    case: StudentContracting,
    scan: SignedFile,
    number: int,
    choice: Choice | None,
    result: Mapping[str, Any] | None,
) -> dict[str, Any]:
    codes = scans.codes_of(result)
    paper = scan.document.paper
    scan_size = _size(scan, number)
    beside = _paper_page(scan, number, codes)
    pages = range(1, scan.stored.pages + 1)
    return {
        "shown": may_be_shown(scan.stored) and scan_size is not None,
        "page": number,
        "pages": scan.stored.pages,
        "scan_src": picture_url(case, scan, number),
        "scan_size": scan_size or A4,
        "marks": scans.marks_on(codes, number, scan_size or A4, paper.pages or 0, paper.code),
        "paper_src": paper_url(case, scan.document, beside),
        "paper_page": beside,
        "paper_size": A4,
        "paper_ready": paper.rendered_at is not None,
        "issued": dates.day(paper.issued_at, get_language() or "ro"),
        "thumbs": [
            PageThumb(
                number=one,
                src=picture_url(case, scan, one) + "?w=thumb",
                url=review_url(case, scan.pk, choice, one),
            )
            for one in pages
        ],
        "previous_page": review_url(case, scan.pk, choice, number - 1) if number > 1 else "",
        "next_page": review_url(case, scan.pk, choice, number + 1) if number < scan.stored.pages else "",
    }


def _paper_page(scan: SignedFile, number: int, codes: scans.Codes | None) -> int:
    """The page of the paper that belongs to a page of the scan: by its code, else the same number."""
    if codes:
        for at, code, _version, page in codes.found:
            if at == number and code == scan.document.paper.code:
                return page
    return min(number, scan.document.paper.pages or number)


def _size(scan: SignedFile, number: int) -> tuple[int, int] | None:
    """The pixels of a page's picture; None when it cannot be drawn."""
    if not may_be_shown(scan.stored):
        return None
    try:
        return scans.size_of(scans.scan_picture(scan.stored, number, scans.PAGE_WIDTH))
    except UploadRefused:
        return None


def picture_url(case: StudentContracting, scan: SignedFile, page: int) -> str:
    """The picture of a page of a scan."""
    return reverse(f"{PREFIX}_scan_page", args=[case.pk, scan.stored_id, page])


def paper_url(case: StudentContracting, document: SignableDocument, page: int) -> str:
    """The picture of a page of the issued paper."""
    return reverse(f"{PREFIX}_paper_page", args=[case.pk, document.pk, page])


@never_cache
@require_safe
def scan_page(request: HttpRequest, pk: int, file: UUID, page: int) -> HttpResponse:
    """One page of a scan as a picture, for the secretariat of the student's faculty (CON-068)."""
    case = case_of(request, pk)
    scan = get_object_or_404(
        SignedFile.objects.select_related("stored"), stored=file, document__contracting=case
    )
    if not may_be_shown(scan.stored):
        raise Http404
    try:
        return storage.picture(scans.scan_picture(scan.stored, page, _width(request)))
    except UploadRefused as no:
        raise Http404 from no


@never_cache
@require_safe
def paper_page(request: HttpRequest, pk: int, document: int, page: int) -> HttpResponse:
    """One page of an issued paper as a picture, for the same readers."""
    case = case_of(request, pk)
    row = get_object_or_404(
        SignableDocument.objects.select_related("paper").defer("paper__context"),
        pk=document,
        contracting=case,
    )
    if row.paper.rendered_at is None:
        raise Http404
    try:
        return storage.picture(scans.paper_picture(row.paper, page, _width(request)))
    except UploadRefused as no:
        raise Http404 from no


def _width(request: HttpRequest) -> int:
    return scans.THUMB_WIDTH if request.GET.get("w") == "thumb" else scans.PAGE_WIDTH
