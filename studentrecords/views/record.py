"""The record pages a student reads: grades, disciplines, school history, announcements."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from studentrecords.parameters import LONG_DAY
from studentrecords.queries import announcements as announcing
from studentrecords.queries import curriculum, record
from studentrecords.requests import StudentPlace, help_of, place_in_words, place_of
from studentrecords.services import announcements as services
from upt_portal.kernel import clock
from upt_portal.kernel.page import Crumb, Pill


def crumbs(enrolment: int, here: str) -> list[Crumb]:
    """Home and this page."""
    return [Crumb(_("Home"), reverse("student_home", args=[enrolment])), Crumb(here)]


@login_required
@require_safe
def grades(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The grades by year of study with the history of every discipline (REC-035).

    A browser that still has the page is told so from the stamp alone, without a look at the grades.
    """
    place = place_of(request, enrolment)
    at = clock.now()
    etag = _etag(request, place, record.stamp_of(place.enrolment, at))
    told = bool(len(messages.get_messages(request)))  # a message is shown once, so such a page is not kept
    if not told and (known := get_conditional_response(request, etag=etag)) is not None:
        return _kept(known, etag)
    years = record.grades_by_year(place.enrolment, at)
    context = {
        "enrolment": place.enrolment,
        "years": years,
        "earned": sum(year.earned for year in years),
        "crumbs": crumbs(enrolment, _("Grades")),
    }
    page = render(request, "studentrecords/grades.html", context)
    return page if told else _kept(page, etag)


@login_required
@require_safe
def disciplines(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The curriculum of the year chosen in the address, at first the student's own (REC-033)."""
    place = place_of(request, enrolment)
    own = place.enrolment
    years = record.plan_years(own)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 3 else own.year_of_study
    if year not in years:
        year = own.year_of_study if own.year_of_study in years else max(years, default=1)
    here = request.path
    pills = [
        Pill(_("Year %(year)s") % {"year": one}, f"{here}?year={one}", current=one == year) for one in years
    ]
    context = {
        "enrolment": own,
        "pills": pills,
        "year": year,
        "rows": record.plan_of(own, year, clock.today()),
        "week": curriculum.week_of(own, clock.today()) if year == own.year_of_study else [],
        "most": LONG_DAY.on(clock.today()),
        "crumbs": crumbs(enrolment, _("Disciplines")),
    }
    return render(request, "studentrecords/disciplines.html", context)


@login_required
@require_safe
def history(request: HttpRequest, enrolment: int) -> HttpResponse:
    """Every academic year of the enrolment (REC-034)."""
    place = place_of(request, enrolment)
    years = record.history_of(place.enrolment, clock.today())
    context = {
        "enrolment": place.enrolment,
        "years": years,
        "before": next((one.year for one in years if not one.kept), None),
        "crumbs": crumbs(enrolment, _("School history")),
    }
    return render(request, "studentrecords/history.html", context)


@login_required
@require_safe
def announcements(request: HttpRequest, enrolment: int) -> HttpResponse:
    """The announcements for this student, whole; opened here they count as read (REC-031)."""
    place = place_of(request, enrolment)
    found = list(announcing.seen_by(place.enrolment, place.user, clock.today()))
    fresh = [one for one in found if getattr(one, "unread")]  # noqa: B009  an annotation, unknown to the types
    if fresh and request.method == "GET":
        services.mark_read(fresh, user=place.user, at=clock.now())
    context = {
        "enrolment": place.enrolment,
        "announcements": found,
        "crumbs": crumbs(enrolment, _("Announcements")),
    }
    return render(request, "studentrecords/announcements.html", context)


def _kept(response: HttpResponse, etag: str) -> HttpResponse:
    """Only the reader's own browser keeps it, and asks each time."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = etag
    return response


def _etag(request: HttpRequest, place: StudentPlace, stamp: str) -> str:
    """Of everything the page shows: the record, its frame, the day in its footer, the form's token."""
    get_token(request)  # made now, if it was not there, so that the next visit finds the same
    parts = (
        settings.VERSION,
        stamp,
        request.get_full_path(),
        get_language(),
        request.COOKIES.get("theme"),
        request.META.get("CSRF_COOKIE"),
        place.user.pk,
        place.user.display_name,
        place_in_words(place.enrolment),
        place.several,
        help_of(place.enrolment),
        clock.today(),
    )
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'
