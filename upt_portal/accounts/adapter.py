"""What the portal wants otherwise than django-allauth does by default."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils import translation


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
                settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86400, samesite="Lax",
                secure=settings.SECURE, httponly=True,
            )
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Account mails in the language of the account, links on the fixed host of the portal (F4)."""
        user = context.get("user")
        language = getattr(user, "language", None) or translation.get_language() or settings.LANGUAGE_CODE
        with translation.override(language):
            super().send_mail(template_prefix, email, context)
