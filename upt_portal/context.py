"""What every page knows: institution, menus, theme. Asks the database nothing."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from upt_portal import navigation


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template."""
    theme = request.COOKIES.get("theme", "")
    return {
        "institution": settings.INSTITUTION_NAME,
        "version": settings.VERSION,
        "theme": theme if theme in {"light", "dark"} else "",
        "nav": navigation.student_nav(request),
        "dock": navigation.student_dock(request),
    }
