"""What the portal wants otherwise than django-allauth does by default."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from upt_portal.accounts import limits, recovery
from upt_portal.accounts.models import User
from upt_portal.accounts.workflow import AccountState

_SIGN_IN = "sign_in"


def _on_the_portal(address: str) -> str:
    """`address` with the scheme and host of SITE_URL: a Host header never chooses where a mail leads."""
    site, asked = urlsplit(settings.SITE_URL), urlsplit(address)
    return urlunsplit(asked._replace(scheme=site.scheme, netloc=site.netloc))


class PortalAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts come from the student register and the personnel office: nobody signs up by himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No: accounts are made by the university (candidates get their own door with admissions)."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt before the password is looked at (REC-017)."""
        address = str(credentials.get("email") or credentials.get("username") or "")
        self._login_failed_rl_usage = limits.consume(request, _SIGN_IN, limits.sign_in_key(request, address))
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """A paused account opens in a browser its owner has used before; elsewhere it waits (REC-017)."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        paused = isinstance(user, User) and user.state == AccountState.LOCKED and user.locked_until
        if paused and not limits.known_browser(request, str(credentials.get("email") or "")):
            raise self.validation_error("too_many_login_attempts")
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The last wrong password pauses the account; whether there is one is looked up after the answer."""
        address = str(credentials.get("email") or "")
        key = limits.sign_in_key(request, address)
        if key == limits.same_address(address) and limits.is_spent(request, _SIGN_IN, key):
            recovery.ask_pause(key)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """A password set by the mailed link starts the count again and ends the pause."""
        address = str(credentials.get("email") or "")
        limits.forget(request, _SIGN_IN, limits.same_address(address))

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Whatever way somebody proved who he is, a locked, closed or not activated account stays shut."""
        if isinstance(user, User) and not user.may_sign_in:
            clear_login(request)
            return redirect("account_inactive")
        return None

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """After sign-in the portal speaks the language of the account and knows this browser."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if isinstance(user, User):
            limits.remember_browser(request, response, user.email, secure=settings.SECURE)
        language = getattr(user, "language", "") or settings.LANGUAGE_CODE
        if hasattr(response, "set_cookie"):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=365 * 86400,
                samesite="Lax",
                secure=settings.SECURE,
                httponly=True,
            )
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The address in a reset mail, on the fixed host of the portal whatever host was asked (F4)."""
        return _on_the_portal(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The address in a confirmation mail, on the fixed host of the portal."""
        return _on_the_portal(super().get_email_confirmation_url(request, emailconfirmation))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Account mails in the language of the account, whoever asked for them."""
        user = context.get("user")
        language = getattr(user, "language", None) or translation.get_language() or settings.LANGUAGE_CODE
        with translation.override(language):
            super().send_mail(template_prefix, email, context)
