"""The cash desk: find the student, register what was received, hand over the receipt."""

import uuid
from decimal import Decimal
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from fees import permissions
from fees.forms.money import CashForm, typed_sum
from fees.models.tariff import Currency
from fees.queries import bank
from fees.refusal import Refused
from fees.services import cashdesk
from fees.views.desk import account_of, asked, show, typed
from upt_portal.kernel import clock
from upt_portal.kernel.page import Crumb


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Find the student who stands at the counter."""
    user = asked(request)
    words = typed(request)
    found = bank.students_found(words, user) if words else []
    context = {"words": words, "found": found, "due": bank.due_by_account([one.pk for one in found])}
    return show(request, "fees/desk/cash.html", context, title=_("Cash desk"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Register cash of a student and lead to the payment with its receipt."""
    user = asked(request, permissions.works_at_finance)
    account = account_of(request, enrolment)
    lines = bank.lines_of_account(account.pk)
    currencies = [(code, label) for code, label in Currency.choices]
    if request.method == "POST":
        form = CashForm(lines, currencies, request.POST)
        if form.is_valid():
            try:
                payment = cashdesk.receive(
                    account.pk,
                    form.cleaned_data["amount"],
                    form.cleaned_data["currency"],
                    payer_name=form.cleaned_data["payer_name"],
                    chosen=form.chosen,
                    sums=form.sums,
                    slip=form.cleaned_data["slip"],
                    actor=user,
                    at=clock.now(),
                )
            except Refused as refused:
                form.add_error("amount", str(refused))
            else:
                messages.success(
                    request, _("Registered under receipt %(receipt)s.") % {"receipt": payment.receipt}
                )
                return redirect("fees:desk_payment", payment=payment.pk)
    else:
        currency = lines[0].currency if lines else Currency.RON
        total = sum((line.left for line in lines if line.currency == currency), Decimal(0))
        initial = {
            "amount": typed_sum(total) if total else "",
            "currency": currency,
            "payer_name": account.person.list_name,
            "slip": uuid.uuid4(),
        }
        form = CashForm(lines, currencies, initial=initial)
    context = {"account": account, "form": form}
    return show(
        request,
        "fees/desk/cash_receive.html",
        context,
        title=account.person.list_name,
        above=[Crumb(_("Cash desk"), reverse("fees:cash"))],
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )
