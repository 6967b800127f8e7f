"""School documents of a student: asked for, listed, downloaded."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from studentrecords.documents.elmo import elmo_file
from studentrecords.documents.papers import file_number
from studentrecords.forms.papers import CertificateForm, PaperForm, PreparedForm, TranscriptForm
from studentrecords.models import ACTIVE_STATUSES, DocumentRequest, Enrolment
from studentrecords.queries import papers as queries
from studentrecords.queries.pricing import duplicate_price
from studentrecords.refusal import Refused
from studentrecords.requests import help_of, place_of
from studentrecords.services import papers as services
from upt_portal.kernel import clock, storage
from upt_portal.kernel.page import Crumb

Forms = dict[str, PaperForm]
_FORMS: dict[str, type[PaperForm]] = {
    "certificate": CertificateForm,
    "transcript": TranscriptForm,
    "prepared": PreparedForm,
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The student's documents, and the forms that ask for new ones."""
    place = place_of(request, enrolment)
    sent = request.POST.get("act", "") if request.method == "POST" else ""
    bound = _forms(request, sent)
    if request.method != "POST":
        return _page(request, place.enrolment, bound)
    if sent not in bound:
        messages.warning(request, _("Choose a document"))
        return redirect("studentrecords:papers", enrolment=enrolment)
    form = bound[sent]
    if not form.is_valid():
        return _page(request, place.enrolment, bound, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        asked = services.ask(enrolment, form.wish(), actor=place.user, at=clock.now())
    except Refused as no:
        return _page(request, place.enrolment, bound, refused=no, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if asked.self_service:
        words = _("“%(document)s” was issued, no. %(number)s. The PDF is ready within a minute.")
    else:
        words = _("Your application for “%(document)s” is registered, no. %(number)s.")
    said = {"document": asked.get_kind_display(), "number": asked.number}
    messages.success(request, words % said)
    return redirect("studentrecords:papers", enrolment=enrolment)


def _forms(request: HttpRequest, sent: str) -> Forms:
    """The three forms; the one whose button was pressed holds what was typed."""
    language = {"language": "en" if (get_language() or "").startswith("en") else "ro"}
    return {
        name: kind(request.POST if name == sent else None, initial=language, prefix=name)
        for name, kind in _FORMS.items()
    }


def _page(
    request: HttpRequest,
    enrolment: Enrolment,
    bound: Forms,
    *,
    refused: Refused | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    asked = queries.requests_of(enrolment)
    context = {
        "enrolment": enrolment,
        "enrolled": enrolment.status in ACTIVE_STATUSES,
        **{f"{name}_form": form for name, form in bound.items()},
        "faulty": [form for form in bound.values() if form.errors],
        "refused": refused,
        "asked": asked,
        "price": duplicate_price(enrolment, clock.today()),
        "preparing": any(one.preparing for one in asked),
        "now": clock.now(),
        "crumbs": [
            Crumb(_("Home"), reverse("student_home", args=[enrolment.pk])),
            Crumb(_("Documents")),
        ],
        "help_box": help_of(enrolment),
    }
    return render(request, "studentrecords/papers.html", context, status=status)


@login_required
@require_safe
def own_file(request: HttpRequest, enrolment: int, asked: int) -> HttpResponseBase:
    """One of the student's own documents as a file; the first download counts as delivery."""
    place = place_of(request, enrolment)
    row = get_object_or_404(DocumentRequest, pk=asked, enrolment=place.enrolment)
    answer = paper_file(row)
    if request.method == "GET":
        services.received(row.pk, actor=place.user, at=clock.now())
    return answer


@login_required
@require_safe
def own_elmo(request: HttpRequest, enrolment: int, asked: int) -> HttpResponse:
    """A transcript of one's own as the file that other universities read, the sealed paper inside."""
    place = place_of(request, enrolment)
    row = get_object_or_404(DocumentRequest, pk=asked, enrolment=place.enrolment)
    paper = queries.paper_of(row)
    if paper is None or not paper.file or not queries.is_transcript(paper):
        raise Http404
    with paper.file.open("rb") as stored:
        data = elmo_file(
            paper.context["facts"],
            number=paper.number,
            title=paper.title,
            language=paper.language,
            pdf=stored.read(),
        )
    response = storage.made_private(HttpResponse(data, content_type="application/xml"))
    name = f"elmo-{file_number(paper.number)}.xml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def paper_file(row: DocumentRequest) -> HttpResponseBase:
    """The paper of an application as a download; Http404 while it has no bytes."""
    paper = queries.paper_of(row)
    if paper is None or not paper.file:
        raise Http404
    return storage.attachment(paper.file, filename=paper.filename, content_type="application/pdf")
