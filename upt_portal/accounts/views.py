"""Language and theme switches, usable signed in or not, without script."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from upt_portal.accounts.models import User

YEAR = 365 * 86400


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Back to the page the switch was on; never to another host."""
    target = request.POST.get("next", "/")
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if allowed else "/")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch between Romanian and English; kept in a cookie and, when signed in, on the account."""
    response = _back(request)
    language = request.POST.get("language", "")
    if language in User.Language.values:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.SECURE,
            httponly=True,
        )
        if isinstance(request.user, User) and request.user.language != language:
            request.user.language = language
            request.user.save(update_fields=["language"])
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Switch between light, dark and the device's choice; kept in a cookie and on the account."""
    response = _back(request)
    theme = request.POST.get("theme", "")
    if theme in User.Theme.values:
        response.set_cookie(
            "theme", theme, max_age=YEAR, samesite="Lax", secure=settings.SECURE, httponly=True
        )
        if isinstance(request.user, User) and request.user.theme != theme:
            request.user.theme = theme
            request.user.save(update_fields=["theme"])
    return response
