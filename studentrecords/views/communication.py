"""Competitions that students register for (REC-052)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from studentrecords.queries import communication as queries
from studentrecords.requests import help_of, place_of
from studentrecords.views.personal import crumbs
from upt_portal.kernel import clock
from upt_portal.kernel.page import Crumb

LAST_CLOSED = 10


@login_required
@require_safe
def competitions(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Competitions one can register for now, the first to close first; then those that closed lately."""
    place, today = place_of(request, enrolment), clock.today()
    rows = queries.competitions_for(place.enrolment, today)
    context = {
        "enrolment": place.enrolment,
        "open": list(rows.filter(closes_on__gte=today)),
        "closed": list(rows.filter(closes_on__lt=today).order_by("-closes_on", "pk")[:LAST_CLOSED]),
        "crumbs": crumbs(place.enrolment, Crumb(_("Competitions"))),
        "help_box": help_of(place.enrolment),
    }
    return render(request, "studentrecords/person/competitions.html", context)
