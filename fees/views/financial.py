"""Financial: the student's own money on one page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from fees.queries import financial as queries
from fees.views.student import crumbs
from fees.views.turning import keep, year_pills
from studentrecords.models import Enrolment
from studentrecords.queries.core import enrolments_of
from studentrecords.requests import help_of, place_of
from upt_portal.accounts.models import User
from upt_portal.kernel import citations, clock
from upt_portal.kernel.page import Pill


@login_required
@require_safe
def financial(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Every instalment, fee and payment document of the enrolment, with the sums (FEE-005, FEE-102)."""
    place = place_of(request, enrolment)
    at = clock.now()
    found = queries.financial_of(
        place.enrolment,
        at,
        year=request.GET.get("year", ""),
        closed=request.GET.get("closed", "1"),
        payments=request.GET.get("payments", "1"),
    )
    context = {
        "enrolment": place.enrolment,
        "found": found,
        "keep_closed": keep(year=found.year, payments=found.payments.number),
        "keep_payments": keep(year=found.year, closed=found.closed.number),
        "duty": citations.short("FEE-101"),
        "year_pills": year_pills(request.path, found.years, found.year),
        "programme_pills": _programme_pills(place.enrolment, place.user) if place.several else [],
        "now": at,
        "crumbs": crumbs(place.enrolment),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "fees/financial.html", context)


def _programme_pills(account: Enrolment, user: User) -> list[Pill]:
    """The account of each programme of the person: two programmes are two accounts (FEE-016)."""
    return [
        Pill(one.programme.name, reverse("fees:financial", args=[one.pk]), current=one.pk == account.pk)
        for one in enrolments_of(user)
    ]
