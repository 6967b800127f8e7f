"""One payment at the finance desk: what it paid, money moved between lines, the payment taken back."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees.forms.money import PutOnForm, ReasonForm, typed_sum
from fees.models import Allocation, BankEntry, Payment
from fees.queries import accounts, bank, finding
from fees.refusal import Refused
from fees.services import reversals
from fees.views.desk import asked, show
from upt_portal.kernel import audit, clock, storage
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb


def _found(request: HttpRequest, payment: int) -> Payment:
    """The payment; the opening of the account behind it is noted."""
    user = asked(request)
    found = bank.payment_with_all(payment)
    if found is None:
        raise Http404
    if found.enrolment is not None and found.enrolment.person.user is not None:
        audit.record_read(found.enrolment.person.user, reader=user, what="fees.account", at=clock.now())
    return found


def _above(payment: Payment) -> list[Crumb]:
    if payment.enrolment is None:
        return []
    return [*finding.account_crumbs(payment.enrolment, "")[:-1]]


@login_required
@require_safe
def payment(request: HttpRequest, payment: int) -> HttpResponse:
    """What was received, what it paid, what can still be done with it."""
    return _page(request, _found(request, payment))


def _page(request: HttpRequest, found: Payment, form: PutOnForm | None = None) -> HttpResponse:
    lines = []
    if found.unallocated and found.enrolment_id:
        lines = bank.lines_of_account(found.enrolment_id, found.currency)
    context = {
        "payment": found,
        "parts": accounts.allocations_of(found),
        "moved": found.allocations.filter(reverses__isnull=False).select_related("charge"),
        "paper": accounts.receipt_paper_of(found),
        "reversal": getattr(found, "reversal", None),
        "booking": getattr(found, "entry_booking", None),
        "lines": lines,
        "form": form
        or (PutOnForm(lines, initial={"amount": typed_sum(found.unallocated)}) if lines else None),
    }
    return show(
        request,
        "fees/desk/payment.html",
        context,
        title=_("Receipt %(number)s") % {"number": found.receipt},
        above=_above(found),
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form and form.errors else HTTPStatus.OK,
    )


@login_required
@require_safe
def receipt_pdf(request: HttpRequest, payment: int) -> HttpResponseBase:
    """The receipt as a file, to be printed at the counter."""
    found = _found(request, payment)
    paper = accounts.receipt_paper_of(found)
    if paper is None or not paper.file:
        messages.warning(request, _("The PDF is being prepared. Try again in a minute."))
        return redirect("fees:desk_payment", payment=payment)
    return storage.attachment(paper.file, filename=paper.filename, content_type="application/pdf")


@login_required
@require_POST
def put_on(request: HttpRequest, payment: int) -> HttpResponse:
    """Put unallocated money of the payment on a line of its account."""
    found = _found(request, payment)
    lines = bank.lines_of_account(found.enrolment_id, found.currency) if found.enrolment_id else []
    form = PutOnForm(lines, request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    amount = form.cleaned_data["amount"]
    charge = next(line for line in lines if str(line.pk) == form.cleaned_data["charge"])
    try:
        reversals.put_on(found.pk, charge.pk, amount, actor=asked(request), at=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The money was put on the line."))
    return redirect("fees:desk_payment", payment=payment)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take_off(request: HttpRequest, payment: int, allocation: int) -> HttpResponse:
    """Take money off a line, with the reason; it stays in the account."""
    found = _found(request, payment)
    part = get_object_or_404(accounts.allocations_of(found), pk=allocation)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reversals.take_off(
                part.pk, reason=form.cleaned_data["reason"], actor=asked(request), at=clock.now()
            )
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("The money was taken off the line and is unallocated now."))
        return redirect("fees:desk_payment", payment=payment)
    return _question(request, found, form, part=part, title=_("Take money off a line"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reverse_payment(request: HttpRequest, payment: int) -> HttpResponse:
    """Take the whole payment back, with the reason (§4.3). `entry`: the bank entry that took it back."""
    found = _found(request, payment)
    taken = _taken_back(request, found)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reversals.reverse_payment(
                found.pk,
                reason=form.cleaned_data["reason"],
                actor=asked(request),
                at=clock.now(),
                bank_entry=taken.pk if taken else None,
            )
        except (Refused, MoveRefused) as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("The payment was taken back."))
        return redirect("fees:desk_payment", payment=payment)
    return _question(request, found, form, taken=taken, title=_("Take a payment back"))


def _taken_back(request: HttpRequest, found: Payment) -> BankEntry | None:
    """The movement named in the address, if it took back the transfer this payment was made of."""
    text = request.GET.get("entry", "")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return None
    return BankEntry.objects.filter(
        pk=int(text), kind=BankEntry.Kind.TAKEN_BACK, takes_back__bookings__payment=found
    ).first()


def _question(
    request: HttpRequest,
    found: Payment,
    form: ReasonForm,
    *,
    title: str,
    part: Allocation | None = None,
    taken: BankEntry | None = None,
) -> HttpResponse:
    context = {
        "payment": found,
        "form": form,
        "allocation": part,
        "taken": taken,
        "parts": accounts.allocations_of(found),
        "from_bank": found.method == Payment.Method.BANK and taken is None,
        "here": request.get_full_path(),
    }
    own = Crumb(found.receipt, reverse("fees:desk_payment", args=[found.pk]))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show(
        request, "fees/desk/take_back.html", context, title=title, above=[*_above(found), own], status=status
    )
