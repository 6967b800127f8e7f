"""What the portal wants otherwise than django-allauth does by default."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils import translation


def _on_the_portal(address: str) -> str:
    """`address` with the scheme and host of SITE_URL: a Host header never chooses where a mail leads."""
    site, asked = urlsplit(settings.SITE_URL), urlsplit(address)
    return urlunsplit(asked._replace(scheme=site.scheme, netloc=site.netloc))


class PortalAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts come from the student register and the personnel office: nobody signs up by himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No: accounts are made by the university (candidates get their own door with admissions)."""
        return False

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: object) -> object:
        """After sign-in the portal speaks the language of the account."""
        response = super().post_login(request, user, **kwargs)
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
