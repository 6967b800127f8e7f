"""Paying by bank transfer: the reference for some lines, and the page that says what to write."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from stdnum import iban as ibans
from stdnum import iso11649

from fees.models import Charge
from fees.queries import accounts, bank
from fees.refusal import Refused
from fees.services import transfers
from fees.views.student import crumbs, whole_numbers
from studentrecords.requests import help_of, place_of
from upt_portal.kernel import clock


@login_required
@require_POST
def begin(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Give the chosen lines their reference and lead to what to write on the transfer."""
    place = place_of(request, enrolment)
    ids = whole_numbers(request.POST.getlist("charge"))
    own = accounts.payable_of(place.enrolment).filter(pk__in=ids).values_list("pk", flat=True)
    if set(own) != set(ids):
        messages.warning(request, _("The lines have changed since you opened the page. Choose them again."))
        return redirect("fees:financial", enrolment=enrolment)
    try:
        made = transfers.reference_for(ids, payer=place.user, at=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("fees:financial", enrolment=enrolment)
    return redirect("fees:transfer_slip", enrolment=enrolment, reference=made.code)


@login_required
@require_safe
def slip(request: HttpRequest, enrolment: int, reference: str) -> HttpResponse:
    """Beneficiary, account, sum, reference, by when: all that a transfer needs; made to be printed."""
    place = place_of(request, enrolment)
    found = bank.reference_seen_by(place.user, reference, enrolment)
    if found is None:
        raise Http404
    charges = list(Charge.objects.filter(transfer_references=found).select_related("year"))
    open_ids = {charge.pk for charge in accounts.payable_of(place.enrolment)}
    to_pay = [charge for charge in charges if charge.pk in open_ids]
    account = bank.account_in_use(found.currency)
    context = {
        "enrolment": place.enrolment,
        "reference": found,
        "iban": ibans.format(account.iban) if account else "",
        "spaced": iso11649.format(found.code),
        "charges": to_pay,
        "closed": len(charges) - len(to_pay),
        "total": sum((charge.left for charge in to_pay), Decimal(0)),
        "currency": found.currency,
        "due_at": min((charge.due_at for charge in to_pay), default=None),
        "bank_account": account,
        "now": clock.now(),
        "crumbs": [*crumbs(place.enrolment, _("Pay by transfer"))],
        "card_page": reverse("fees:pay", args=[enrolment])
        + "?"
        + "&".join(f"charge={charge.pk}" for charge in to_pay),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "fees/transfer.html", context)
