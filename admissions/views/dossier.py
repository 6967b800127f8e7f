"""The candidate's dossiers: where each stands, what was handed in, what is asked (ADM-092, ADM-103)."""

from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from admissions import parameters
from admissions.forms.clarification import AnswerForm
from admissions.models import ClarificationItem, Dossier
from admissions.queries import dossiers as queries
from admissions.queries import figures, own
from admissions.refusal import Refused
from admissions.services import documents, review
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, HelpBox
from upt_portal.kernel.uploads import UploadRefused


@login_required
@require_safe
def dossiers(request: HttpRequest) -> HttpResponse:
    """The candidate's dossiers, the newest first; somebody who is no candidate finds nothing."""
    user = signed_in(request)
    return render(request, "admissions/dossier/list.html", {"rows": own.dossiers_of(user)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def dossier(request: HttpRequest, dossier: int) -> HttpResponse:
    """State, decisions with their reasons, receipt, documents; the answer while something is asked."""
    user = signed_in(request)
    found = own.dossier_of(user, dossier)
    if found is None:
        raise Http404
    asked = queries.open_clarification(found)
    items = list(asked.items.all()) if asked else []
    if request.method == "POST" and asked is None:
        messages.info(request, _("Nothing is asked now: the answer was sent, or the question was closed."))
        return redirect("admissions:dossier", dossier=found.pk)
    form = AnswerForm(items, request.POST or None, request.FILES or None)
    sent = request.method == "POST" and asked is not None and form.is_valid()
    if sent and _answer(found, form, user, clock.now()):
        messages.success(request, _("Your answer was sent to the International Relations Department."))
        return redirect("admissions:dossier", dossier=found.pk)
    today = clock.today()
    context = {
        "dossier": found,
        "asked": asked,
        "form": form,
        "steps": own.steps(found),
        "documents": own.documents_of(found),
        "decision": own.decision(found),
        "crumbs": [Crumb(_("My dossiers"), reverse("admissions:dossiers")), Crumb(str(found))],
        "help_box": HelpBox(
            office=_("International Relations Department"),
            mail=figures.figure(parameters.DRI_EMAIL, found.campaign, today),
            note=figures.figure(parameters.DRI_OFFICE, found.campaign, today),
            reference=found.number or "",
        ),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "admissions/dossier/dossier.html", context, status=status)


def _answer(found: Dossier, form: AnswerForm, user: User, at: datetime) -> bool:
    """Keep the files, then send the answer; a reason on the form when something is refused.

    A file that was kept stays kept: the next attempt does not ask for it again.
    """
    for item in form.items:
        if item.kind == ClarificationItem.Kind.DOCUMENT and not _put(found, item, form, user, at):
            return False
    try:
        review.answer(found.pk, text=form.cleaned_data["text"], answers=form.answers(), actor=user, at=at)
    except (Refused, MoveRefused) as no:
        form.add_error(None, in_words(no))
        return False
    return True


def _put(found: Dossier, item: ClarificationItem, form: AnswerForm, user: User, at: datetime) -> bool:
    sent = form.files_of(item)
    if not sent:
        return True
    kept = {}
    for slot, file in sent.items():
        try:
            kept[slot] = documents.receive(found, file, owner=user, at=at)
        except UploadRefused as no:
            form.add_error(f"{slot}_{item.pk}", str(no))
            return False
    try:
        documents.put(
            found.pk,
            item.document_kind,
            actor=user,
            at=at,
            files=kept,
            translation_language=form.cleaned_data.get(f"into_{item.pk}", ""),
            form_filled=True,
            annex=own.consent_annex(found),
        )
    except Refused as no:
        form.add_error(f"original_{item.pk}", in_words(no))
        return False
    return True


def in_words(no: Refused | MoveRefused) -> str:
    """Why not, and what would help."""
    if isinstance(no, Refused) and no.answer.cure:
        return f"{no} {no.answer.cure}"
    return str(no)
