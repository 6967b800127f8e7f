"""The student's pages about money that goes back: what can, asking for it, following it to its end."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees.forms.refunds import RefundForm
from fees.models import Payment, Refund, Way
from fees.queries import refunds as queries
from fees.refusal import Refused
from fees.services import refunds as services
from fees.workflow import REFUND_MOVES, STUDENT, RefundState
from studentrecords.models import Enrolment
from studentrecords.requests import StudentPlace, help_of, place_of
from upt_portal.kernel import citations, clock, dates, storage, uploads
from upt_portal.kernel.models import StoredFile
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, TimelineItem
from upt_portal.kernel.uploads import Examined, UploadRefused

PURPOSE = "fees.refund_proof"


def _crumbs(enrolment: Enrolment, *labels: str) -> list[Crumb]:
    home = Crumb(_("Home"), reverse("student_home", args=[enrolment.pk]))
    financial = Crumb(_("Financial"), reverse("fees:financial", args=[enrolment.pk]))
    refunds = Crumb(_("Refunds"), reverse("fees:refunds", args=[enrolment.pk]) if labels else "")
    return [home, financial, refunds, *(Crumb(label) for label in labels)]


@login_required
@require_safe
def refunds(request: HttpRequest, enrolment: int) -> HttpResponse:
    """What can go back and why not the rest, and every refund of the account."""
    account = place_of(request, enrolment).enrolment
    found = queries.returnables(account)
    context = {
        "enrolment": account,
        "returnable": [one for one in found if one.answer],
        "kept": [
            (one, citations.short(one.answer.article), citations.address(one.answer.article))
            for one in found
            if not one.answer
        ],
        "refunds": list(queries.refunds_of(account)),
        "crumbs": _crumbs(account),
        "help_box": help_of(account),
    }
    return render(request, "fees/refunds.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def refund_new(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Ask for one sum back: ground, where to, proof; the sum is the ledger's."""
    place = place_of(request, enrolment)
    wanted = _wanted(request, place.enrolment)
    by_card = wanted.payment.method == Payment.Method.CARD
    if request.method == "POST":
        form = RefundForm(request.POST, request.FILES, by_card=by_card)
        if form.is_valid() and (made := _ask(form, place, wanted)) is not None:
            messages.success(request, _("Your request for a refund was sent."))
            return redirect("fees:refund", enrolment=enrolment, refund=made.pk)
    else:
        form = RefundForm(by_card=by_card, initial={"seen": wanted.amount, "way": "card"})
    context = {
        "enrolment": place.enrolment,
        "wanted": wanted,
        "by_card": by_card,
        "form": form,
        "crumbs": _crumbs(place.enrolment, _("Ask for a refund")),
        "help_box": help_of(place.enrolment),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "fees/refund_new.html", context, status=status)


def _wanted(request: HttpRequest, account: Enrolment) -> queries.Returnable:
    """The sum named in the address; Http404 for what is not one's own or cannot be asked for."""
    payment, charge = request.GET.get("payment", ""), request.GET.get("charge", "")
    for one in queries.returnables(account):
        names = (str(one.payment.pk), str(one.charge.pk) if one.charge else "")
        if names == (payment, charge) and one.answer:
            return one
    raise Http404


def _ask(form: RefundForm, place: StudentPlace, wanted: queries.Returnable) -> Refund | None:
    """Send the request, the file examined before anything is locked; None with the reason on the form."""
    given = form.cleaned_data
    wish = services.Wish(
        payment=wanted.payment.pk,
        charge=wanted.charge.pk if wanted.charge else None,
        seen=given["seen"],
        ground=given["ground"],
        explanation=given["explanation"],
        account=form.account,
        language=get_language() or "ro",
    )
    try:
        examined = uploads.examine(given["proof"]) if given.get("proof") else None
        return _request(wish, place, examined)
    except UploadRefused as refused:
        form.add_error("proof", str(refused))
    except Refused as no:
        form.add_error(None, str(no))
    return None


@transaction.atomic
def _request(wish: services.Wish, place: StudentPlace, examined: Examined | None) -> Refund:
    """The request and its file, or nothing of either."""
    at = clock.now()
    proof: StoredFile | None = None
    if examined is not None:
        proof = uploads.keep(examined, owner=place.user, purpose=PURPOSE, at=at)
    return services.request(wish, origin=Refund.Origin.STUDENT, actor=place.user, at=at, proof=proof)


def _own(request: HttpRequest, enrolment: int, refund: int) -> tuple[StudentPlace, Refund]:
    place = place_of(request, enrolment)
    found = queries.refund_seen_by(place.user, refund, enrolment)
    if found is None:
        raise Http404
    return place, found


@login_required
@require_safe
def refund(request: HttpRequest, enrolment: int, refund: int) -> HttpResponse:
    """One refund: the sum and its working, where it stands, what comes next."""
    place, found = _own(request, enrolment, refund)
    context: dict[str, Any] = {
        "enrolment": place.enrolment,
        "refund": found,
        "timeline": timeline(found),
        "notes": [(one, queries.note_of(one)) for one in found.attempts.all() if one.note_number],
        "may_withdraw": found.origin == Refund.Origin.STUDENT
        and any(move.name == "withdraw" for move in REFUND_MOVES.open_from(found.state, STUDENT)),
        "crumbs": _crumbs(place.enrolment, _("Refund")),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "fees/refund.html", context)


def timeline(refund: Refund) -> list[TimelineItem]:
    """What happened to a refund, and what comes next."""

    def at(moment: Any) -> str:
        return dates.moment(moment, get_language() or "ro")

    foreign = refund.origin in (Refund.Origin.PROVIDER, Refund.Origin.DISPUTE)
    first = refund.get_origin_display() if foreign else pgettext("refund", "Asked for")
    items = [TimelineItem(str(first)[:1].upper() + str(first)[1:], detail=at(refund.requested_at))]
    if refund.checked_at:
        items.append(TimelineItem(_("Checked by the finance office"), detail=at(refund.checked_at)))
    if refund.approved_at:
        items.append(TimelineItem(pgettext("refund", "Approved"), detail=at(refund.approved_at)))
    for attempt in refund.attempts.all():
        if attempt.sent_at:
            where = attempt.account or _("to the card")
            items.append(
                TimelineItem(
                    pgettext("refund", "Sent, %(where)s") % {"where": where}, detail=at(attempt.sent_at)
                )
            )
        if attempt.settled_at:
            items.append(TimelineItem(_("Given back, note %(number)s") % {"number": attempt.note},
                                      detail=at(attempt.settled_at)))  # fmt: skip
        if attempt.failed_at:
            items.append(TimelineItem(_("The money did not arrive"), detail=at(attempt.failed_at)))
    ends = {
        RefundState.REFUSED: (pgettext("refund", "Refused"), refund.refused_at),
        RefundState.WITHDRAWN: (pgettext("refund", "Withdrawn by you"), refund.withdrawn_at),
        RefundState.CLOSED: (pgettext("refund", "Given up"), refund.closed_at),
    }
    if refund.state in ends:
        words, moment = ends[RefundState(refund.state)]
        items.append(TimelineItem(words, detail=at(moment)))
    elif refund.state != RefundState.PAID:
        words = NEXT[RefundState(refund.state)]()
        if refund.state == RefundState.APPROVED and refund.way == Way.CARD:
            words = _("The money leaves for the card within a minute")
        items.append(TimelineItem(words, state="now"))
    return items


NEXT = {
    RefundState.REQUESTED: lambda: _("The finance office checks the request"),
    RefundState.CHECKED: lambda: _("The refund waits for its approval"),
    RefundState.APPROVED: lambda: _("The money leaves with the next bank file"),
    RefundState.SENT: lambda: _("The bank is moving the money"),
    RefundState.FAILED: lambda: _("The finance office finds out why and sends it again"),
}


@login_required
@require_POST
def refund_withdraw(request: HttpRequest, enrolment: int, refund: int) -> HttpResponse:
    """Take a request back before it is approved."""
    place, found = _own(request, enrolment, refund)
    try:
        services.withdraw(found.pk, actor=place.user, at=clock.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The request was withdrawn. The money is on your account as before."))
    return redirect("fees:refund", enrolment=enrolment, refund=refund)


@login_required
@require_safe
def refund_note(request: HttpRequest, enrolment: int, refund: int, attempt: int) -> HttpResponseBase:
    """The reversing paper as a file; while it is being prepared, the page that says so."""
    _place, found = _own(request, enrolment, refund)
    one = found.attempts.filter(pk=attempt, note_number__isnull=False).first()
    if one is None:
        raise Http404
    paper = queries.note_of(one)
    if paper is None or not paper.file:
        messages.warning(request, _("The PDF is being prepared. Try again in a minute."))
        return redirect("fees:refund", enrolment=enrolment, refund=refund)
    return storage.attachment(paper.file, filename=paper.filename, content_type="application/pdf")


@login_required
@require_safe
def refund_proof(request: HttpRequest, enrolment: int, refund: int) -> HttpResponseBase:
    """The file the student sent with the request."""
    _place, found = _own(request, enrolment, refund)
    return served_proof(found)


def served_proof(refund: Refund) -> HttpResponseBase:
    """The clean copy of a proof as a download; Http404 without one."""
    if refund.proof is None or not uploads.may_be_shown(refund.proof):
        raise Http404
    stored = refund.proof
    name = f"dovada-{refund.pk}{storage.EXTENSIONS[stored.content_type]}"
    return storage.attachment(stored.served, filename=name, content_type=stored.content_type)
