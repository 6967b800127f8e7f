"""Statements of the bank at the finance desk: upload, look, confirm, see what became of them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fees.forms.money import StatementForm
from fees.models import BankAccount, BankEntry, StatementFile
from fees.refusal import Refused
from fees.services import statement_files, statements
from fees.views.desk import asked, show
from fees.workflow import EntryState
from studentrecords.models import Enrolment
from upt_portal.kernel import clock
from upt_portal.kernel.models import Job
from upt_portal.kernel.page import Crumb, Pill
from upt_portal.kernel.upload_handler import TooLargeFile, takes_files_of

PAGE = 50
STATEMENTS = 25


@takes_files_of(statement_files.LARGEST)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The statements that were uploaded, newest first, and the form for another."""
    user = asked(request)
    sending = request.method == "POST"
    form = StatementForm(request.POST, request.FILES) if sending else StatementForm()
    if sending and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            if isinstance(sent, TooLargeFile):
                raise statement_files.NotAStatement(_("The file is larger than a statement may be (20 MB)."))
            kept, fresh = statements.take_in(sent.name or "", sent.read(), actor=user, at=clock.now())
        except statement_files.NotAStatement as fault:
            form.add_error("file", str(fault))
        else:
            if not fresh:
                messages.warning(request, _("This very file was uploaded before. Nothing was added."))
            return redirect("fees:bank_statement", statement=kept.pk)
    rows = StatementFile.objects.filter(discarded_at__isnull=True).select_related("uploaded_by")
    context = {
        "form": form,
        "page": Paginator(rows, STATEMENTS).get_page(request.GET.get("page")),
        "accounts": BankAccount.objects.filter(active=True),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show(request, "fees/desk/statements.html", context, title=_("Bank statements"), status=status)


def _found(statement: int) -> StatementFile:
    rows = StatementFile.objects.select_related("uploaded_by", "confirmed_by")
    return get_object_or_404(rows, pk=statement, discarded_at__isnull=True)


@login_required
@require_safe
def statement(request: HttpRequest, statement: int) -> HttpResponse:
    """Before it is confirmed: what the file would do. Afterwards: what became of its entries."""
    asked(request)
    found = _found(statement)
    context = _result(request, found) if found.confirmed_at else _look(request, found)
    above = [Crumb(_("Bank statements"), reverse("fees:bank"))]
    template = "fees/desk/statement_done.html" if found.confirmed_at else "fees/desk/statement_look.html"
    return show(request, template, {"statement": found, **context}, title=found.name, above=above)


def _look(request: HttpRequest, found: StatementFile) -> dict[str, Any]:
    plan = statements.plan_of(found, at=clock.now())
    groups: list[tuple[str, str, Sequence[Any]]] = [
        ("matched", _("Find their student"), plan.matched),
        ("unclear", _("Wait for a decision"), plan.unclear),
        ("duplicates", _("Known already"), plan.duplicates),
        ("outgoing", _("Paid out"), plan.outgoing),
        ("left_out", _("Set aside"), plan.left_out),
    ]
    shown = request.GET.get("show", "")
    shown = (
        shown
        if shown in {code for code, _label, _rows in groups}
        else next((code for code, _label, rows in groups if rows), "matched")
    )
    page = Paginator(next(rows for code, _label, rows in groups if code == shown), PAGE).get_page(
        request.GET.get("page")
    )
    return {
        "plan": plan,
        "shown": shown,
        "rows": _look_rows(shown, list(page.object_list)),
        "page": page,
        "rest": f"{urlencode({'show': shown})}&",
        "pills": [
            Pill(label, f"?show={code}", current=code == shown, count=len(rows))
            for code, label, rows in groups
            if rows or code == shown
        ],
        "confirm_words": ngettext("Book %(count)s entry", "Book %(count)s entries", plan.fresh)
        % {"count": plan.fresh},
    }


def _look_rows(shown: str, items: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows of one group, each with its movement and the words about it."""
    if shown == "left_out":
        return [{"line": said.line, "words": said.words} for said in items]
    if shown in ("duplicates", "outgoing"):
        return [{"line": one.line, "movement": one} for one in items]
    ids = {one.account for one in items if one.account}
    accounts = Enrolment.objects.select_related("person").in_bulk(ids)
    how = {"reference": _("by its reference"), "payer": _("by payer and sum")}
    return [
        {
            "line": one.movement.line,
            "movement": one.movement,
            "account": accounts.get(one.account),
            "words": BankEntry.Why(one.why).label if one.why else how[one.how],
            "lines": len(one.chosen),
        }
        for one in items
    ]


def _result(request: HttpRequest, found: StatementFile) -> dict[str, Any]:
    entries = BankEntry.objects.filter(statement=found)
    counts = dict(entries.order_by().values_list("state").annotate(Count("pk")))
    states = [state for state in EntryState if counts.get(state)]
    shown = request.GET.get("show", "")
    shown = shown if shown in counts else next(iter(states), EntryState.BOOKED)
    rows = (
        entries.filter(state=shown)
        .prefetch_related("bookings__payment__enrolment__person")
        .order_by("line", "pk")
    )
    return {
        "job": Job.objects.filter(key=statements.job_key(found.pk)).first(),
        "pills": [
            Pill(str(state.label), f"?show={state}", current=state == shown, count=counts[state])
            for state in states
        ],
        "shown": shown,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "rest": f"{urlencode({'show': shown})}&",
        "waiting": counts.get(EntryState.WAITING, 0),
        "known": found.entries - sum(counts.values()),
    }


@login_required
@require_POST
def confirm(request: HttpRequest, statement: int) -> HttpResponse:
    """Have the statement booked; the page shows how far the work is."""
    user = asked(request)
    found = _found(statement)
    try:
        statements.confirm(found.pk, actor=user, at=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The statement is being booked."))
    return redirect("fees:bank_statement", statement=found.pk)


@login_required
@require_POST
def discard(request: HttpRequest, statement: int) -> HttpResponse:
    """Give up a statement that was not confirmed."""
    user = asked(request)
    found = _found(statement)
    try:
        statements.discard(found.pk, actor=user, at=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("fees:bank_statement", statement=found.pk)
    messages.success(request, _("The statement was given up. Nothing of it was booked."))
    return redirect("fees:bank")
