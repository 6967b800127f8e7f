"""What every page knows: institution, menus, theme, whose page it is. Asks the database nothing."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from studentrecords.requests import help_of, kept_place, place_in_words
from upt_portal import navigation


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template; what a view gives under the same names wins."""
    theme = request.COOKIES.get("theme", "")
    return {
        "institution": settings.INSTITUTION_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "version": settings.VERSION,
        "theme": theme if theme in {"light", "dark"} else "",
        "part": navigation.area_of(request),
        "nav": navigation.student_nav(request),
        "menu": navigation.student_menu(request),
        "beside_grades": navigation.beside_grades(request),
        "external": navigation.external_links(request),
        "dock": navigation.student_dock(request),
        **_of_student(request),
    }


def _of_student(request: HttpRequest) -> dict[str, Any]:
    """Programme and help box, where the view has found an enrolment; a switch when there are several."""
    place = kept_place(request)
    if place is None:
        return {}
    return {
        "nav_note": place_in_words(place.enrolment),
        "nav_note_url": reverse("student") if place.several else "",
        "help_box": help_of(place.enrolment),
    }
