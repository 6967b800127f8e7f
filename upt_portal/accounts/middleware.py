"""Language, privacy of pages and the who of row histories, once a request."""

from collections.abc import Callable
from datetime import timedelta

import pghistory
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.parameters import IDLE_SIGN_OUT
from upt_portal.accounts.permissions import role_names
from upt_portal.kernel import clock

Next = Callable[[HttpRequest], HttpResponse]
#: The moment of the last click is written so often, not at every click.
NOTED_EVERY = timedelta(minutes=2)
#: Where somebody still without a second factor may go: to set it up, to sign out, to read in his language.
ALWAYS_OPEN = (
    "/accounts/2fa/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/accounts/password/",
    "/language/",
    "/theme/",
    "/static/",
    "/privacy/",
    "/accessibility/",
)
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _of_the_door(path: str) -> str:
    return "en" if path.startswith("/apply/") else settings.LANGUAGE_CODE


class LanguageMiddleware:
    """Speaks the language of the switch (cookie), else that of the door; the browser's wishes do not decide.

    Under /apply/ that is English, for candidates from abroad, elsewhere Romanian.

    The switch also stores the choice on the account, so that mails follow it.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = wanted if wanted in dict(settings.LANGUAGES) else _of_the_door(request.path)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response


class PrivatePagesMiddleware:
    """Signed-in pages stay out of caches (H5); whoever is idle too long is signed out (F3, REC-021).

    A page may say itself that its reader's browser keeps it and asks each time whether it still stands; with
    the sign-out the browser forgets such pages.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_in = request.user.is_authenticated
        if was_in:
            self._end_idle_session(request)
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        elif was_in:
            response.headers["Clear-Site-Data"] = '"cache"'
        return response

    @staticmethod
    def _end_idle_session(request: HttpRequest) -> None:
        """The limit is kept in the session and read again with each note, so most clicks ask nothing."""
        now = timezone.now().timestamp()
        seen, limit = request.session.get("seen_at"), request.session.get("idle_limit")
        if seen is not None and limit is not None and now - seen > limit:
            logout(request)
        elif seen is None or limit is None or now - seen > NOTED_EVERY.total_seconds():
            request.session["seen_at"] = now
            request.session["idle_limit"] = IDLE_SIGN_OUT.on(clock.today()) * 60


class SecondFactorMiddleware:
    """A member of staff without a second factor is led to set one up before anything else (F5)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            settings.STAFF_SECOND_FACTOR == "required"
            and isinstance(user, User)
            and not request.path.startswith(ALWAYS_OPEN)
            and works_here(request, user)
            and not is_mfa_enabled(user)
        ):
            messages.info(request, _("Your work asks for a second step of signing in. Set one up first."))
            return redirect("mfa_index")
        return self.get_response(request)


def works_here(request: HttpRequest, user: User) -> bool:
    """Whether the signed-in user has any role but a student's; asked once a sign-in for students."""
    if user.is_staff or user.is_superuser:
        return True
    known = request.session.get("works_here")
    if known is None:
        known = bool(role_names(user) - {roles.STUDENT, roles.CANDIDATE})
        request.session["works_here"] = known
    return bool(known)


class HistoryContextMiddleware:
    """Tells the row histories which member of staff asked for a change.

    Staff can touch rows in many ways, so the history itself must know them. A student reaches his own rows by
    services only, whose trace names him; his requests, the busiest of the year, are left alone.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if request.method not in WRITES or not user.is_authenticated or not user.is_staff:
            return self.get_response(request)
        with pghistory.context(user=user.pk, url=request.path):
            return self.get_response(request)
