"""Language, privacy of pages and the who of row histories, once a request."""

from collections.abc import Callable
from datetime import timedelta

import pghistory
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

Next = Callable[[HttpRequest], HttpResponse]
STAFF_IDLE = timedelta(minutes=30)
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class LanguageMiddleware:
    """Speaks the language of the switch (cookie), else Romanian; the browser's wishes do not decide.

    The switch also stores the choice on the account, so that mails follow it.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response


class PrivatePagesMiddleware:
    """Signed-in pages stay out of caches (H5); an idle member of staff is signed out (F3)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_staff:
            self._end_idle_session(request)
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    @staticmethod
    def _end_idle_session(request: HttpRequest) -> None:
        now = timezone.now().timestamp()
        seen = request.session.get("seen_at", now)
        if now - seen > STAFF_IDLE.total_seconds():
            logout(request)
        elif now - seen > 60 or "seen_at" not in request.session:  # written at most once a minute
            request.session["seen_at"] = now


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
