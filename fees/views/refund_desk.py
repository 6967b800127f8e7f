"""The finance desk about money that goes back: queue, one refund, bank files, disputes."""

from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees.forms.refunds import BankSaysForm, BatchForm, ReasonForm, RetryForm, SeenForm
from fees.models import Currency, Payment, Refund, RefundAttempt, RefundBatch, Way
from fees.models.disputes import Dispute
from fees.queries import refunds as queries
from fees.queries.calendar import closed_days
from fees.refusal import Refused
from fees.rules import refunds as rules
from fees.services import disputes as dispute_services
from fees.services import refund_batches, refund_sending
from fees.services import refunds as services
from fees.views.desk import asked, show, typed
from fees.views.refunds import served_proof, timeline
from fees.workflow import FINANCE, REFUND_MOVES, RefundState
from studentrecords.services.reads import note_list
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, storage
from upt_portal.kernel.calendar import add_working_days
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, Pill

A_PAGE = 50
PARKED = "outcome__exact=parked&handled_at__isnull=True"


def _above() -> Crumb:
    return Crumb(_("Refunds"), reverse("fees:refunds_desk"))


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Refunds by what is to be done with them; the longest waiting first."""
    asked(request)
    tab = request.GET.get("tab", "check")
    if tab not in queries.TABS:
        raise Http404
    words = typed(request)
    rows = queries.search(queries.in_tab(tab), words) if words else queries.in_tab(tab)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "tab": tab, "words": words, "pills": _pills(tab), "now": clock.now()}
    return show(request, "fees/desk/refunds.html", context, title=_("Refunds"))


def _pills(tab: str) -> list[Pill]:
    counts, page = queries.counts(), reverse("fees:refunds_desk")
    return [
        Pill(str(words), f"{page}?tab={name}", current=name == tab, count=counts.get(name))
        for name, words in queries.TAB_WORDS.items()
    ]


def _found(refund: int) -> Refund:
    found = queries.with_everything(refund)
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def refund(request: HttpRequest, refund: int) -> HttpResponse:
    """One refund with everything that decides about it, and the buttons that are open."""
    user = asked(request)
    found = _found(refund)
    account = found.payment.enrolment
    if account is not None and account.person.user is not None:
        audit.record_read(account.person.user, reader=user, what="fees.account", at=clock.now())
    return _page(request, found)


def _page(request: HttpRequest, found: Refund, **forms_with_errors: forms.Form) -> HttpResponse:
    by_card = found.payment.method == Payment.Method.CARD
    names = {move.name for move in REFUND_MOVES.open_from(found.state, FINANCE)}
    context: dict[str, Any] = {
        "refund": found,
        "payment": found.payment,
        "came_from": [
            (line, rules.may_be_returned(line.fee_type.code, refundable=True))
            for line in queries.came_from(found.payment)
        ],
        "others": found.payment.refunds.exclude(pk=found.pk),
        "disputes": found.payment.disputes.all(),
        "timeline": timeline(found),
        "moves": names - {"send", "settle", "fail"},
        "own_check": found.needs_two
        and signed_in(request).pk in (found.checked_by_id, found.requested_by_id),
        "attempts": [
            (one, one.way == Way.BANK and one.state == "sent", refund_sending.may_still_fail(found))
            for one in found.attempts.all()
            if one.failed_at is None
        ],
        "past": [one for one in found.attempts.all() if one.failed_at is not None],
        "reason_form": ReasonForm(),
        "said_form": BankSaysForm(),
        "retry_form": RetryForm(by_card=by_card, initial={"way": found.way, "holder": found.holder}),
        "trail": [(audit.sentence_of(one), one) for one in audit.trail(found)],
        **forms_with_errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if forms_with_errors else HTTPStatus.OK
    title = _("Refund of receipt %(receipt)s") % {"receipt": found.payment.receipt}
    return show(request, "fees/desk/refund.html", context, title=title, above=[_above()], status=status)


@login_required
@require_POST
def act(request: HttpRequest, refund: int, name: str) -> HttpResponse:
    """Check, approve, refuse, prepare again or give up; a stale page changes nothing."""
    user = asked(request)
    found = _found(refund)
    if name not in ACTS:
        raise Http404
    form = ACTS[name][0](request, found)
    if isinstance(form, SeenForm) and not form.is_valid():
        messages.error(request, _("The page did not send the sum it showed. Nothing was done; try again."))
        return redirect("fees:refund_desk", refund=found.pk)
    if not form.is_valid():
        which = "retry_form" if name == "retry" else "reason_form"
        return _page(request, found, **{which: form})
    try:
        ACTS[name][1](found.pk, form, user)
    except (Refused, MoveRefused) as no:
        messages.error(request, str(no))
    else:
        messages.success(request, str(DONE[name]()))
    return redirect("fees:refund_desk", refund=found.pk)


def _seen(request: HttpRequest, found: Refund) -> forms.Form:
    return SeenForm(request.POST)


def _reason(request: HttpRequest, found: Refund) -> forms.Form:
    return ReasonForm(request.POST)


def _retry(request: HttpRequest, found: Refund) -> forms.Form:
    return RetryForm(request.POST, by_card=found.payment.method == Payment.Method.CARD)


def _approve(pk: int, form: forms.Form, user: User) -> None:
    services.approve(pk, seen=form.cleaned_data["seen"], actor=user, at=clock.now())


def _again(pk: int, form: forms.Form, user: User) -> None:
    assert isinstance(form, RetryForm)  # noqa: S101  for the type checker
    given = form.cleaned_data
    services.retry(pk, account=form.account, reason=given["reason"], actor=user, at=clock.now())


ACTS: dict[str, tuple[Callable[[HttpRequest, Refund], forms.Form], Callable[[int, Any, User], object]]] = {
    "check": (_seen, lambda pk, form, user: services.check(pk, actor=user, at=clock.now())),
    "approve": (_seen, _approve),
    "refuse": (
        _reason,
        lambda pk, form, user: services.refuse_refund(
            pk, reason=form.cleaned_data["reason"], actor=user, at=clock.now()
        ),
    ),
    "retry": (_retry, _again),
    "close": (
        _reason,
        lambda pk, form, user: services.close(
            pk, reason=form.cleaned_data["reason"], actor=user, at=clock.now()
        ),
    ),
}
DONE = {
    "check": lambda: _("The refund was checked and waits for its approval."),
    "approve": lambda: _("The refund was approved."),
    "refuse": lambda: _("The refund was refused; the student was told."),
    "retry": lambda: _("The refund is ready to be sent again, once it is approved."),
    "close": lambda: _("The refund was given up; the money is unallocated again."),
}


@login_required
@require_safe
def proof(request: HttpRequest, refund: int) -> HttpResponseBase:
    """The file that came with a request."""
    asked(request)
    return served_proof(_found(refund))


@login_required
@require_POST
def attempt_end(request: HttpRequest, attempt: int, end: str) -> HttpResponse:
    """A clerk read in the bank's own pages that a transfer arrived, or came back."""
    user = asked(request)
    one = get_object_or_404(RefundAttempt.objects.select_related("refund"), pk=attempt, way=Way.BANK)
    form = BankSaysForm(request.POST)
    if not form.is_valid():
        return _page(request, _found(one.refund_id), said_form=form)
    words, at = form.cleaned_data["said"], clock.now()
    try:
        if end == "arrived":
            refund_sending.note_arrival(one.pk, known_from=words, actor=user, at=at)
            messages.success(request, _("It was recorded that the money arrived."))
        elif end == "failed":
            refund_sending.note_failure(one.pk, reason=words, actor=user, at=at)
            messages.success(request, _("It was recorded that the money did not arrive."))
        else:
            raise Http404
    except MoveRefused as no:
        messages.error(request, str(no))
    return redirect("fees:refund_desk", refund=one.refund_id)


# --- files for the bank -------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bank(request: HttpRequest) -> HttpResponse:
    """Approved transfers by currency, the button that makes their file, and the files made before."""
    user = asked(request)
    form = BatchForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            made = refund_batches.make_batch(**form.cleaned_data, actor=user, at=clock.now())
        except Refused as no:
            messages.error(request, str(no))
            return redirect("fees:refund_bank")
        messages.success(request, _("The bank file %(number)s was made.") % {"number": made})
        return redirect("fees:refund_batch", batch=made.pk)
    ready = [_ready(one, form, user) for one in Currency.values]
    context = {"ready": ready, "batches": queries.batches()[:A_PAGE]}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form is not None else HTTPStatus.OK
    return show(
        request, "fees/desk/refund_bank.html", context, title=_("Bank files"), above=[_above()], status=status
    )


def _ready(currency: str, sent: BatchForm | None, user: User) -> dict[str, Any]:
    rows = list(queries.for_the_bank(currency))
    returns = refund_batches.returns_for(currency, user, at=clock.now())
    total = sum([one.amount for one in rows] + [one.left for one in returns], Decimal("0.00"))
    today = clock.today()
    next_day = add_working_days(today, 1, closed_days(today))
    form = BatchForm.of(currency, len(rows) + len(returns), total, next_day)
    if sent is not None and sent.data.get("currency") == currency:
        form = sent
    count = len(rows) + len(returns)
    return {
        "currency": currency,
        "rows": rows,
        "returns": returns,
        "count": count,
        "total": total,
        "form": form,
    }


@login_required
@require_safe
def batch(request: HttpRequest, batch: int) -> HttpResponse:
    """One bank file: its transfers and where each stands."""
    asked(request)
    found = get_object_or_404(queries.batches(), pk=batch)
    attempts = found.attempts.select_related("refund__payment__enrolment__person")
    returned = refund_batches.returned_with(found)
    context = {"batch": found, "attempts": attempts.order_by("pk"), "returned": returned}
    above = [_above(), Crumb(_("Bank files"), reverse("fees:refund_bank"))]
    title = _("Bank file %(number)s") % {"number": found}
    return show(request, "fees/desk/refund_batch.html", context, title=title, above=above)


@login_required
@require_safe
def batch_file(request: HttpRequest, batch: int) -> HttpResponse:
    """The file for the bank, always the same bytes; its download is traced."""
    user = asked(request)
    found = get_object_or_404(RefundBatch, pk=batch)
    refund_batches.note_download(found.pk, actor=user, at=clock.now())
    sent_to = found.attempts.order_by().values_list("refund__payment__enrolment", flat=True)
    note_list(sent_to, reader=user, what="fees.export", at=clock.now())
    answer = HttpResponse(found.xml.encode(), content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{found.filename}"'
    return storage.made_private(answer)


# --- disputes -----------------------------------------------------------------------------------------------


@login_required
@require_safe
def disputes(request: HttpRequest) -> HttpResponse:
    """Money that cardholders' banks took back, open ones first, and what was done about it."""
    asked(request)
    rows = list(queries.disputes()[:200])
    context = {
        "open": [one for one in rows if one.handled_at is None],
        "past": [one for one in rows if one.handled_at is not None],
        "form": ReasonForm(),
        "events": f"{reverse('admin:fees_providerevent_changelist')}?{PARKED}",
    }
    return show(request, "fees/desk/disputes.html", context, title=_("Disputes"), above=[_above()])


@login_required
@require_POST
def dispute_handle(request: HttpRequest, dispute: int) -> HttpResponse:
    """Write down what was done about a dispute."""
    user = asked(request)
    get_object_or_404(Dispute, pk=dispute)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write what was done about the dispute."))
        return redirect("fees:disputes")
    try:
        dispute_services.handle(dispute, note=form.cleaned_data["reason"], actor=user, at=clock.now())
    except Dispute.DoesNotExist:
        messages.warning(request, _("A colleague has already dealt with this dispute."))
    else:
        messages.success(request, _("It was recorded what was done."))
    return redirect("fees:disputes")


def state_tone(state: str) -> str:
    """How a state is drawn."""
    if state == RefundState.FAILED:
        return "fix"
    return "wait" if state in (RefundState.SENT, RefundState.APPROVED) else "plain"
