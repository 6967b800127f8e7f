"""The day list of the finance desk: by method, with totals of each currency; to print and to take away."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fees.queries import days
from fees.views.desk import asked, show
from studentrecords.services.reads import note_list
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, exports

FIRST = date(2000, 1, 1)

audit.register_act("fees.export_day", _("A day list was exported"))


def _asked_day(values: Mapping[str, str]) -> date:
    """The day asked for; today for none, a wrong one or one to come."""
    try:
        on = date.fromisoformat(values.get("day", ""))
    except ValueError:
        return clock.today()
    return min(max(on, FIRST), clock.today())


@login_required
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """What was registered on a day."""
    asked(request)
    on = _asked_day(request.GET)
    page = reverse("fees:day")
    context = {
        "day": days.day_list(on),
        "before": f"{page}?day={on - timedelta(days=1)}",
        "after": f"{page}?day={on + timedelta(days=1)}" if on < clock.today() else "",
    }
    return show(request, "fees/desk/day.html", context, title=_("Day list"))


@transaction.atomic
def _record(user: User, on: date, lines: int, accounts: Iterable[int | None]) -> None:
    """The export is recorded (ux §10); the user's row keeps two exports of one person apart."""
    User.objects.select_for_update().get(pk=user.pk)
    data = {"day": str(on), "lines": lines}
    at = clock.now()
    audit.record(f"fees.export:{user.pk}", "fees.export_day", actor=user, at=at, data=data)
    note_list(accounts, reader=user, what="fees.export", at=at)


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The same lines as a table, XLSX or CSV. The export is recorded."""
    user = asked(request)
    on = _asked_day(request.POST)
    lines = days.day_list(on).lines
    _record(user, on, len(lines), [line.payment.enrolment_id for line in lines])
    headings = [
        _("Receipt"), _("Registered"), _("Paid"), _("Method"), _("Payer"), _("Student"),
        _("Matriculation number"), _("Sum"), _("Currency"), _("Reference"), _("Reason"),
    ]  # fmt: skip
    rows = (
        [
            line.payment.receipt,
            line.at,
            line.payment.paid_at,
            str(line.payment.get_method_display()),
            line.payment.payer_name,
            line.payment.enrolment.person.list_name if line.payment.enrolment else "",
            line.payment.enrolment.matriculation_number if line.payment.enrolment else "",
            line.amount,
            line.payment.currency,
            line.payment.reference,
            line.reason,
        ]
        for line in lines
    )
    return exports.download(f"incasari-{on}", headings, rows, as_csv=request.POST.get("format") == "csv")
