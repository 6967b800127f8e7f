"""The books at the desk: a month with its proofs, closing it, and files for the accountants."""

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from fees import permissions
from fees.forms.exports import ExportForm
from fees.queries import books as queries
from fees.queries import exporting
from fees.services import books
from fees.views import desk
from studentrecords.services.reads import note_list
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, dates, exports
from upt_portal.kernel.calendar import start_of_day
from upt_portal.kernel.page import Crumb, Pill
from upt_portal.kernel.words import language


def _month(request: HttpRequest) -> date:
    """The month of the address ("2026-10"), by default this one; Http404 for what is none or to come."""
    today = queries.first_of(clock.today())
    asked = request.GET.get("month", "")
    if not asked:
        return today
    try:
        month = datetime.strptime(asked, "%Y-%m").date()  # noqa: DTZ007  a month has no zone
    except ValueError as fault:
        raise Http404 from fault
    if month > today or month.year < 1990:
        raise Http404
    return month


def _page(month: date, name: str = "fees:month") -> str:
    return f"{reverse(name)}?month={month:%Y-%m}"


@login_required
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """A month by currency: opening, charged, paid by method, refunded, exempted, closing; what proves it."""
    desk.asked(request)
    asked, now = _month(request), clock.now()
    found = queries.month_of(asked, now)
    last = queries.last_closed()
    over = now >= queries.bounds(asked)[1]
    context = {
        "found": found,
        "books": [_shown(book) for book in found.books],
        "standing": queries.standing_now() if not over else [],
        "can_close": over
        and found.closing is None
        and (last is None or queries.following(last.month) == asked),
        "waits_for": queries.following(last.month) if over and last and found.closing is None else None,
        "close_url": _page(asked, "fees:close_month"),
        "pills": [
            Pill(dates.month_year(one, language()), _page(one), current=one == asked)
            for one in queries.months_to_choose(clock.today())
        ],
    }
    title = _("Books of %(month)s") % {"month": dates.month_year(asked, language())}
    return desk.show(request, "fees/desk/month.html", context, title=title)


def _shown(book: queries.Book) -> dict[str, object]:
    """A book for its table: the lines in words; which of them raise and which lower the balance."""
    return {
        "currency": book.currency,
        "opening": book.opening,
        "closing": book.closing,
        "lines": [
            {"label": queries.label_of(line), "amount": line.amount, "count": line.count}
            for line in book.lines
        ],
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def close_month(request: HttpRequest) -> HttpResponse:
    """Close a month: its figures once more, then the button that keeps them."""
    user = desk.asked(request)
    asked, now = _month(request), clock.now()
    if request.method == "POST":
        try:
            books.close_month(
                asked,
                seen=request.POST.get("seen", ""),
                note=request.POST.get("note", ""),
                actor=user,
                at=now,
            )
        except books.NotClosed as refused:
            messages.error(request, str(refused))
        else:
            words = _("The books of %(month)s are closed.")
            messages.success(request, words % {"month": dates.month_year(asked, language())})
        return redirect(_page(asked))
    found = queries.month_of(asked, now)
    last = queries.last_closed()
    if found.closing is not None:
        return redirect(_page(asked))
    context = {
        "found": found,
        "books": [_shown(book) for book in found.books],
        "seen": books.digest_of(books.figures_of(asked), last.digest if last else ""),
        "back_url": _page(asked),
    }
    title = _("Close the books of %(month)s") % {"month": dates.month_year(asked, language())}
    above = [Crumb(_("Books of %(month)s") % {"month": dates.month_year(asked, language())}, _page(asked))]
    return desk.show(request, "fees/desk/close_month.html", context, title=title, above=above)


# ---- files -------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """A table of a period as XLSX or CSV; who took it, which and for which days is kept."""
    user = desk.asked(request, permissions.works_at_finance)
    today = clock.today()
    month = queries.first_of(queries.first_of(today) - timedelta(days=1))
    start = {
        "table": "movements",
        "first": month,
        "last": queries.first_of(today) - timedelta(days=1),
        "shape": "xlsx",
    }
    form = ExportForm(request.POST if request.method == "POST" else None, initial=start)
    if form.is_bound and form.is_valid():
        return _file(user, form)
    context = {"form": form, "exports": exporting.EXPORTS}
    return desk.show(request, "fees/desk/exports.html", context, title=_("Exports"))


def _file(user: User, form: ExportForm) -> HttpResponseBase:
    given = form.cleaned_data
    table = next(one for one in exporting.EXPORTS if one.name == given["table"])
    first, last = given["first"], given["last"]
    _record(user, table, first, last)
    return exports.stream(
        f"{table.name}-{first:%Y%m%d}-{last:%Y%m%d}",
        table.headings(),
        exporting.with_totals(table, start_of_day(first), start_of_day(last + timedelta(days=1))),
        as_csv=given["shape"] == "csv",
    )


@transaction.atomic
def _record(user: User, table: exporting.Export, first: date, last: date) -> None:
    User.objects.select_for_update().get(pk=user.pk)  # two files at once are two entries, one after the other
    data, at = {"table": table.name, "first": f"{first:%Y-%m-%d}", "last": f"{last:%Y-%m-%d}"}, clock.now()
    audit.record(f"fees.export:{user.pk}", "fees.export", actor=user, at=at, data=data)
    accounts = table.accounts(start_of_day(first), start_of_day(last + timedelta(days=1)))
    note_list(accounts, reader=user, what="fees.export", at=at)
