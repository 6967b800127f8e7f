"""The second tab: papers to download, scans to upload, and the files themselves."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracting import permissions
from contracting.forms import UploadForm
from contracting.models import SignableDocument, SignedFile, StudentContracting
from contracting.queries import frame, papers, standing, wording
from contracting.refusal import Refused
from contracting.services import signing
from contracting.views.visit import Visit, crumbs, still_owed, sums_to_pay, tab_context, visit
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, storage, uploads
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb
from upt_portal.kernel.uploads import Examined, UploadRefused

PURPOSE = "contracting.signed_document"


class _AlreadyHere(Exception):
    """The same bytes were sent a moment ago: this upload is undone, the first one stands."""


@login_required
@require_safe
def show(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The papers with what to do for each, or why there are none yet (CON-060)."""
    came = visit(request, enrolment)
    if came.case is None:
        return render(request, "contracting/none.html", {"enrolment": came.enrolment, "crumbs": crumbs(came)})
    case = came.case
    answer = frame.documents_visible(case, came.at)
    if not answer:
        context = tab_context(came, "documents") | {"refusal": wording.refusal(answer)}
        return render(request, "contracting/documents_closed.html", context)
    found = papers.papers_of(case, papers.documents_of(case), came.at)
    sums = sums_to_pay(case)
    terms = standing.Terms(came.at, found.upload_until, sums.due_at)
    context = tab_context(came, "documents", to_upload=found.to_upload, to_pay=sums.count) | {
        "papers": found,
        "follows": standing.what_follows(case, terms, owed=still_owed(case, sums)),
    }
    return render(request, "contracting/documents.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, enrolment: int, document: int) -> HttpResponse:
    """One signed paper: what is needed, the file, every reason why it is not kept (CON-061 to CON-065)."""
    came = visit(request, enrolment)
    case = came.own_case
    rows = papers.documents_of(case) if frame.documents_visible(case, came.at) else []
    row = next((one for one in rows if one.pk == document), None)
    if row is None:
        raise Http404
    wanted = papers.wanted_of(case, row, came.at)
    if request.method == "POST":
        return _receive(request, came, wanted)
    if not wanted.card.may_upload:
        return _closed(request, came, wanted)
    return _upload_page(request, came, wanted, UploadForm())


def _receive(request: HttpRequest, came: Visit, wanted: papers.Wanted) -> HttpResponse:
    """Examine the file first, which locks nothing; keep it and hand it in as one act."""
    if not wanted.card.may_upload:
        return _closed(request, came, wanted)
    try:
        _keep(uploads.examine(uploads.chosen(request, "file")), came, wanted.card.pk)
    except UploadRefused as refused:
        words = _("Select a file with the signed document") if refused.code == "missing" else str(refused)
        return _upload_page(request, came, wanted, UploadForm.refused(words))
    except _AlreadyHere:
        messages.info(request, _("This file is already here; nothing was sent twice."))
    except (Refused, MoveRefused) as no:
        messages.warning(request, _not_kept(no))
    else:
        messages.success(request, _("%(paper)s was sent.") % {"paper": wanted.card.title})
    return redirect("contracting:documents", enrolment=came.enrolment.pk)


@transaction.atomic
def _keep(examined: Examined, came: Visit, document: int) -> None:
    """The file and its place in the case, or nothing of either."""
    stored = uploads.keep(examined, owner=came.user, purpose=PURPOSE, at=came.at)
    signed = signing.upload(document, stored, actor=came.user, at=came.at)
    if signed.stored_id != stored.pk:
        raise _AlreadyHere


def _not_kept(no: Refused | MoveRefused) -> str:
    if isinstance(no, MoveRefused):
        return _("The signed documents are already with the secretariat; the new file was not kept.")
    cure = f" {no.answer.cure}" if no.answer.cure else ""
    return f"{no}{cure}"


def _upload_page(request: HttpRequest, came: Visit, wanted: papers.Wanted, form: UploadForm) -> HttpResponse:
    context = _below(came, wanted) | {"form": form}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "contracting/upload.html", context, status=status)


def _closed(request: HttpRequest, came: Visit, wanted: papers.Wanted) -> HttpResponse:
    """Why nothing can be uploaded for this paper now; a second click lands on the tab with its words."""
    if wanted.refusal is None:
        messages.info(request, _closed_words(wanted.card))
        return redirect("contracting:documents", enrolment=came.enrolment.pk)
    context = _below(came, wanted) | {"refusal": wanted.refusal, "now": came.at}
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    return render(request, "contracting/upload_closed.html", context, status=status)


def _below(came: Visit, wanted: papers.Wanted) -> dict[str, Any]:
    """Context of a page below the Documents tab."""
    documents = Crumb(_("Documents"), reverse("contracting:documents", args=[came.enrolment.pk]))
    return {
        "enrolment": came.enrolment,
        "crumbs": [*crumbs(came), documents],
        "card": wanted.card,
        "until": wanted.upload_until,
        "overdue": wanted.overdue,
        "help_box": came.help_box,
    }


def _closed_words(card: papers.PaperCard) -> str:
    if card.replaced:
        return _("This version was replaced by a newer one. Sign and upload the current version.")
    if card.preparing:
        return _("The document is still being prepared. Come back in a minute.")
    return _("The signed document is already with the secretariat; nothing was sent twice.")


# ---- the files themselves ----------------------------------------------------------------------------------


@login_required
@require_safe
def paper(request: HttpRequest, enrolment: int, document: int) -> HttpResponseBase:
    """The issued PDF, for its student and for the secretariat of the faculty; a 404 for everyone else."""
    user, at = signed_in(request), clock.now()
    rows = SignableDocument.objects.select_related(
        "paper", "contracting__campaign", "contracting__enrolment__programme__faculty",
        "contracting__enrolment__person__user",
    )  # fmt: skip
    row = get_object_or_404(rows, pk=document, contracting__enrolment=enrolment)
    case = row.contracting
    own = permissions.is_own(user, case)
    if not own and not permissions.may_review(user, case):
        raise Http404
    if row.paper.rendered_at is None or (own and not frame.documents_visible(case, at)):
        raise Http404
    _note_read(user, case)
    return storage.attachment(row.paper.file, filename=row.paper.filename, content_type="application/pdf")


@login_required
@require_safe
def file(request: HttpRequest, enrolment: int, file: UUID) -> HttpResponseBase:
    """The clean copy of an uploaded scan, for its owner and the faculty's secretariat (CON-068)."""
    user = signed_in(request)
    rows = SignedFile.objects.select_related(
        "stored", "document__contracting__enrolment__programme__faculty",
        "document__contracting__enrolment__person__user",
    )  # fmt: skip
    signed = get_object_or_404(rows, stored=file, document__contracting__enrolment=enrolment)
    if not permissions.may_see_file(user, signed) or not uploads.may_be_shown(signed.stored):
        raise Http404
    _note_read(user, signed.document.contracting)
    stored = signed.stored
    extension = storage.EXTENSIONS[stored.content_type]
    name = f"scan-{signed.pk}{extension}"
    return storage.attachment(stored.served, filename=name, content_type=stored.content_type)


def _note_read(user: User, case: StudentContracting) -> None:
    """Staff who open a student's papers are noted for the student."""
    if student := case.enrolment.person.user:
        audit.record_read(student, reader=user, what="contracting.documents", at=clock.now())
