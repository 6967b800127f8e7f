"""The matching queue: money of the bank that is nobody's yet, and money that pays no line."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees.forms.money import ReasonForm, SpreadForm, typed_sum
from fees.models import BankEntry, Payment
from fees.queries import bank, finding
from fees.refusal import Refused
from fees.services import entries
from fees.views.desk import asked, show, typed
from fees.workflow import EntryState
from studentrecords.models import Enrolment
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock
from upt_portal.kernel.money import NotASum, parse_money
from upt_portal.kernel.moves import MoveRefused
from upt_portal.kernel.page import Crumb, Pill

PAGE = 50


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; what was closed or is to be sent back, by its pill."""
    asked(request)
    groups = [
        (EntryState.WAITING, _("Wait for a decision")),
        (EntryState.TO_RETURN, _("To be sent back")),
        (EntryState.RETURNED, _("Sent back")),
        (EntryState.CLOSED, _("Closed entries")),
    ]
    shown = request.GET.get("show", "")
    shown = shown if shown in {state.value for state, _label in groups} else EntryState.WAITING
    rows = BankEntry.objects.filter(state=shown).select_related("account").order_by("booked_on", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "shown": shown,
        "rest": f"show={shown}&",
        "today": clock.today(),
        "pills": [Pill(label, f"?show={state}", current=state == shown) for state, label in groups],
    }
    return show(request, "fees/desk/matching.html", context, title=_("Matching queue"))


@login_required
@require_safe
def unallocated(request: HttpRequest) -> HttpResponse:
    """Payments whose money pays no line, oldest first (FEE-005)."""
    asked(request)
    page = Paginator(bank.unallocated_payments(), PAGE).get_page(request.GET.get("page"))
    return show(request, "fees/desk/unallocated.html", {"page": page}, title=_("Unallocated money"))


def _entry(entry: int) -> BankEntry:
    rows = BankEntry.objects.select_related("account", "statement", "closed_by", "takes_back")
    return get_object_or_404(rows, pk=entry)


@login_required
@require_safe
def entry(request: HttpRequest, entry: int) -> HttpResponse:
    """One bank entry: what the bank said, who it may be, and how it falls on the lines of a student."""
    user = asked(request)
    return _entry_page(request, user, _entry(entry), _account(user, request.GET.get("account", "")))


def _account(user: User, text: str) -> Enrolment | None:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return None
    return finding.accounts_for(user).filter(pk=int(text)).first()


def _entry_page(
    request: HttpRequest,
    user: User,
    found: BankEntry,
    account: Enrolment | None,
    form: SpreadForm | None = None,
    reason: ReasonForm | None = None,
) -> HttpResponse:
    words = typed(request)
    waits = found.state == EntryState.WAITING and found.kind == BankEntry.Kind.CREDIT
    if account is not None and form is None:
        lines = bank.lines_of_account(account.pk, found.currency)
        form = SpreadForm(lines, initial=_shared_out(found.left, lines))
    if account is not None and account.person.user is not None:
        audit.record_read(account.person.user, reader=user, what="fees.account", at=clock.now())
    context = {
        "entry": found,
        "waits": waits,
        "account": account,
        "form": form,
        "reason_form": reason or ReasonForm(),
        "words": words,
        "found": bank.students_found(words, user) if words else [],
        "suggested": bank.suggested_accounts(found, user) if waits and not words and account is None else [],
        "bookings": found.bookings.select_related("payment__enrolment__person"),
        "taken": _taken_payments(found),
        "trail": audit.trail(found),
    }
    failed = bool((form and form.errors) or (reason and reason.errors))
    return show(
        request,
        "fees/desk/entry.html",
        context,
        title=_("Bank entry"),
        above=[Crumb(_("Matching queue"), reverse("fees:matching"))],
        status=HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK,
    )


def _shared_out(money: Decimal, lines: Any) -> dict[str, Any]:
    """The sums a form begins with: the oldest line first, until the money is used up."""
    given: dict[str, Any] = {"amount": typed_sum(money)}
    for line in lines:
        part = min(money, line.left)
        if part:
            given[f"line_{line.pk}"] = typed_sum(part)
        money -= part
    return given


def _taken_payments(found: BankEntry) -> list[Payment]:
    """The payments made of the transfer that the bank took back, still standing."""
    if found.takes_back is None or found.state != EntryState.WAITING:
        return []
    rows = Payment.objects.filter(entry_booking__entry=found.takes_back, reversed_at__isnull=True)
    return list(rows.select_related("enrolment__person"))


@login_required
@require_POST
def give(request: HttpRequest, entry: int) -> HttpResponse:
    """Book the entry, or a part of it, for the student of the form."""
    user = asked(request)
    found = _entry(entry)
    account = _account(user, request.POST.get("account", ""))
    if account is None:
        messages.error(request, _("Find the student first."))
        return redirect("fees:matching_entry", entry=found.pk)
    form = SpreadForm(bank.lines_of_account(account.pk, found.currency), request.POST)
    if not form.is_valid():
        return _entry_page(request, user, found, account, form)
    try:
        payment = entries.give_to(
            found.pk,
            account.pk,
            form.cleaned_data["amount"],
            chosen=form.chosen,
            sums=form.sums,
            seen=_seen(request),
            actor=user,
            at=clock.now(),
        )
    except (MoveRefused, Refused) as refused:
        messages.error(request, str(refused))
        return redirect("fees:matching_entry", entry=found.pk)
    messages.success(
        request,
        _("Booked for %(who)s under receipt %(receipt)s.")
        % {"who": account.person.list_name, "receipt": payment.receipt},
    )
    found.refresh_from_db()
    if found.state == EntryState.WAITING:
        return redirect("fees:matching_entry", entry=found.pk)
    return redirect("fees:matching")


def _seen(request: HttpRequest) -> Decimal | None:
    """What was left of the entry when the page was drawn."""
    try:
        return parse_money(request.POST.get("seen", ""))
    except NotASum:
        return None


ACTS = {"send-back": entries.send_back, "close": entries.close_entry}


@login_required
@require_http_methods(["POST"])
def end(request: HttpRequest, entry: int, act: str) -> HttpResponse:
    """Decide that the money goes back to its payer, or close the entry, with the reason."""
    user = asked(request)
    if act not in ACTS:
        raise Http404
    found = _entry(entry)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _entry_page(request, user, found, None, reason=form)
    try:
        ACTS[act](found.pk, reason=form.cleaned_data["reason"], actor=user, at=clock.now())
    except (MoveRefused, Refused) as refused:
        messages.error(request, str(refused))
        return redirect("fees:matching_entry", entry=found.pk)
    if act == "close":
        messages.success(request, _("The entry was closed."))
    else:
        messages.success(request, _("The money is to be sent back; the refunds desk pays it out."))
    return redirect("fees:matching")


@login_required
@require_POST
def open_again(request: HttpRequest, entry: int) -> HttpResponse:
    """Have a closed entry wait again."""
    user = asked(request)
    found = _entry(entry)
    try:
        entries.open_again(found.pk, actor=user, at=clock.now())
    except (MoveRefused, Refused) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The entry waits for a decision again."))
    return redirect("fees:matching_entry", entry=found.pk)
