"""Paying by card, the way back, the receipt; and the provider's webhook."""

from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees import permissions
from fees.models import CardPayment, Charge, Payment
from fees.queries import accounts, refunds
from fees.services import provider, receipts
from fees.services.checkout import PaymentRefused, note_return, start_checkout
from fees.services.events import receive_event
from fees.workflow import CardState
from studentrecords.models import Enrolment
from studentrecords.requests import help_of, place_of
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, storage
from upt_portal.kernel.page import Crumb

FIRST_LOOK, LONGEST_PAUSE, MOST_LOOKS = 2, 15, 24  # the waiting page looks again: seconds, seconds, times
MOST_LINES = 100  # of one payment


def crumbs(enrolment: Enrolment, *labels: str) -> list[Crumb]:
    """Home, the financial page, and the page below it."""
    home = Crumb(_("Home"), reverse("student_home", args=[enrolment.pk]))
    financial = Crumb(_("Financial"), reverse("fees:financial", args=[enrolment.pk]) if labels else "")
    return [home, financial, *(Crumb(label) for label in labels)]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, enrolment: int) -> HttpResponse:
    """What is about to be paid, and the button that leads to the card page (FEE-062)."""
    place = place_of(request, enrolment)
    named = whole_numbers(request.GET.getlist("charge"))
    if accounts.replaced(place.enrolment, named):
        messages.warning(request, _("The sums have changed since you opened the page. Look at them again."))
        return redirect("fees:financial", enrolment=enrolment)
    charges = _chosen(place.enrolment, named)
    if request.method == "POST":
        return _begin(request, place.user, place.enrolment, charges, request.GET.get("total", ""))
    answer = permissions.may_pay(place.user, charges)
    attempt = accounts.last_attempt(charges) if charges else None
    total = sum((charge.left for charge in charges), Decimal(0))
    context = {
        "enrolment": place.enrolment,
        "charges": charges,
        "answer": answer,
        "total": total,
        "apart": _apart(place.enrolment, charges),
        "currency": charges[0].currency if charges else "",
        "due_at": min((charge.due_at for charge in charges if charge.left), default=None),
        "action": f"?{_address_query(charges, total)}",
        "attempt": attempt,
        "confirming": attempt is not None and _is_confirming(attempt),
        "declined": _was_declined(attempt),
        "now": clock.now(),
        "crumbs": crumbs(place.enrolment, _("Pay by card")),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "fees/pay.html", context)


def whole_numbers(texts: Sequence[str]) -> list[int]:
    """The keys named in an address; Http404 for anything else."""
    if len(texts) > MOST_LINES or not all(text.isdecimal() and len(text) < 19 for text in texts):
        raise Http404
    return [int(text) for text in texts]


def _chosen(account: Enrolment, ids: Sequence[int]) -> list[Charge]:
    """The named charges, or all that can be paid when none is named; Http404 for a foreign one."""
    if not ids:
        charges = list(accounts.payable_of(account))
        return [charge for charge in charges if charge.currency == charges[0].currency]
    charges = [charge for charge in accounts.charges_of(account) if charge.pk in set(ids)]
    if len(charges) != len(set(ids)):
        raise Http404
    return charges


def _apart(account: Enrolment, charges: Sequence[Charge]) -> list[tuple[str, Decimal, str]]:
    """Chosen lines of several currencies, each with its sum and its own address; none for one currency."""
    currencies = list(dict.fromkeys(charge.currency for charge in charges))
    if len(currencies) < 2:
        return []
    parts = [[charge for charge in charges if charge.currency == currency] for currency in currencies]
    sums = [sum((charge.left for charge in part), Decimal(0)) for part in parts]
    page = reverse("fees:pay", args=[account.pk])
    return [
        (currency, total, f"{page}?{_address_query(part, total)}")
        for currency, part, total in zip(currencies, parts, sums, strict=True)
    ]


def _address_query(charges: Sequence[Charge], total: Decimal) -> str:
    return urlencode([*(("charge", charge.pk) for charge in charges), ("total", total)])


def _begin(
    request: HttpRequest, user: User, account: Enrolment, charges: list[Charge], shown: str
) -> HttpResponse:
    """Lead to the card page, or back to the summary with the reason. shown: the sum the payer saw."""
    total = sum((charge.left for charge in charges), Decimal(0))
    here = f"{reverse('fees:pay', args=[account.pk])}?{_address_query(charges, total)}"
    if shown not in ("", str(total)):
        messages.warning(request, _("The sum has changed since you opened the page. Check it and pay again."))
        return redirect(here)
    try:
        address = start_checkout(
            {charge.pk for charge in charges}, payer=user, at=clock.now(), language=get_language() or "ro"
        )
    except PaymentRefused as refused:
        messages.error(request, str(refused))
        return redirect(here)
    return HttpResponse(status=303, headers={"Location": address})


def _is_confirming(attempt: CardPayment) -> bool:
    """The payer came back from the card page, or staff must look: nothing is to be paid again meanwhile."""
    return attempt.state == CardState.INITIATED and bool(attempt.returned_at or attempt.parked_reason)


def _was_declined(attempt: CardPayment | None) -> bool:
    return attempt is not None and attempt.declined_at is not None and attempt.confirmed_at is None


@login_required
@require_safe
def return_page(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Back from the card page: says what is known, books nothing, looks again by itself (§4.3)."""
    place = place_of(request, enrolment)
    attempt = accounts.session_seen_by(place.user, request.GET.get("session_id", ""), enrolment)
    if attempt is None:
        raise Http404
    if attempt.payment_id:
        receipt_page = reverse("fees:receipt", args=[enrolment, attempt.payment_id])
        return redirect(f"{receipt_page}?registered=1")
    note_return(attempt.pk, at=clock.now())
    waiting = attempt.state == CardState.INITIATED and not attempt.parked_reason
    looks = min(
        int(request.GET.get("look", "0") if request.GET.get("look", "0").isdecimal() else 0), MOST_LOOKS
    )
    again = f"?{urlencode({'session_id': attempt.session_id, 'look': looks + 1})}"
    context = {
        "enrolment": place.enrolment,
        "attempt": attempt,
        "waiting": waiting,
        "long": looks >= MOST_LOOKS,
        "again": again,
        "retry": f"?{urlencode([('charge', line.charge_id) for line in attempt.lines.all()])}",
        "crumbs": crumbs(place.enrolment, _("Payment")),
        "help_box": help_of(place.enrolment),
    }
    response = render(request, "fees/return.html", context)
    if waiting and looks < MOST_LOOKS:
        response["Refresh"] = f"{min(FIRST_LOOK + looks, LONGEST_PAUSE)}; url={again}"
    return response


def _own_payment(request: HttpRequest, enrolment: int, payment: int) -> Payment:
    found = accounts.payment_seen_by(signed_in(request), payment, enrolment)
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def receipt(request: HttpRequest, enrolment: int, payment: int) -> HttpResponse:
    """The receipt of one payment: what it paid, when, how."""
    place = place_of(request, enrolment)
    found = _own_payment(request, enrolment, payment)
    context = {
        "enrolment": place.enrolment,
        "payment": found,
        "parts": accounts.allocations_of(found),
        "paper": accounts.receipt_paper_of(found),
        "refunds": refunds.back_on([found]).get(found.pk, []),
        "state": refunds.state_of(found),
        "payee": settings.INSTITUTION_NAME,
        "registered": request.GET.get("registered") == "1",
        "mailed_to": _masked(place.user.email),
        "crumbs": crumbs(place.enrolment, _("Receipt")),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "fees/receipt.html", context)


def _masked(address: str) -> str:
    """ "a••••@student.upt.ro": enough to know which mailbox."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}••••@{host}"


@login_required
@require_safe
def receipt_pdf(request: HttpRequest, enrolment: int, payment: int) -> HttpResponseBase:
    """The receipt as a file; while it is being prepared, the page that says so."""
    paper = accounts.receipt_paper_of(_own_payment(request, enrolment, payment))
    if paper is None or not paper.file:
        messages.warning(request, _("The PDF is being prepared. Try again in a minute."))
        return redirect("fees:receipt", enrolment=enrolment, payment=payment)
    return storage.attachment(paper.file, filename=paper.filename, content_type="application/pdf")


@login_required
@require_POST
def receipt_mail(request: HttpRequest, enrolment: int, payment: int) -> HttpResponse:
    """Send the mail about the payment once more."""
    found = _own_payment(request, enrolment, payment)
    user = signed_in(request)
    if receipts.mail_again(found.pk, user, at=clock.now()):
        messages.success(
            request, _("The message was sent to %(address)s.") % {"address": _masked(user.email)}
        )
    else:
        messages.warning(request, _("The message was already sent several times. Look under Messages."))
    return redirect("fees:receipt", enrolment=enrolment, payment=payment)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Events of the card provider. 400: not signed by it; 503: to be sent again; 200: kept."""
    length = request.headers.get("Content-Length", "0")
    if not length.isdecimal() or int(length) > provider.LARGEST_EVENT:
        return HttpResponse(status=400)
    try:
        receive_event(request.body, request.headers.get("Stripe-Signature", ""), at=clock.now())
    except provider.Forged:
        return HttpResponse(status=400)
    except provider.Unreachable:
        return HttpResponse(status=503)
    return HttpResponse(status=200)
