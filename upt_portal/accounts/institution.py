"""Sign-in with the account of the university (OpenID Connect): only into accounts that exist (REC-023)."""

from http import HTTPStatus
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import render

from upt_portal.accounts.limits import same_address
from upt_portal.accounts.models import User


class InstitutionAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """The provider says who somebody is; whether there is an account is the portal's matter."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """No: nobody gets an account by signing in elsewhere."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let in, and link, the active account of the confirmed institutional address; refuse all others."""
        claims = claims_of(sociallogin.account.extra_data)
        address = same_address(str(claims.get("email") or ""))
        user = User.objects.filter(Q(email=address) | Q(institutional_email=address)).first()
        linked = sociallogin.user if sociallogin.is_existing else None
        mine = request.user if isinstance(request.user, User) else None
        if (
            not is_institutional(claims, address)
            or user is None
            or not user.may_sign_in
            or (linked is not None and linked.pk != user.pk)
            or (mine is not None and mine.pk != user.pk)
        ):
            page = render(request, "accounts/institution_refused.html", status=HTTPStatus.FORBIDDEN)
            raise ImmediateHttpResponse(page)
        if linked is None:
            sociallogin.connect(request, user)


def claims_of(data: dict[str, Any]) -> dict[str, Any]:
    """What the provider said, from the signed token and from its user page; the token wins."""
    if "id_token" not in data and "userinfo" not in data:
        return data
    return {**(data.get("userinfo") or {}), **(data.get("id_token") or {})}


def is_institutional(claims: dict[str, Any], address: str) -> bool:
    """Whether the provider vouches for an address of the institutional domain.

    With OIDC_TENANT the token must name that organisation (`tid` or `hd`), and this confirms the address too;
    without it the provider must say that the address was verified. The text of an address alone is no proof.
    """
    local, at, domain = address.rpartition("@")
    if not local or not at or domain != settings.OIDC_DOMAIN:
        return False
    if settings.OIDC_TENANT:
        told = str(claims.get("tid") or claims.get("hd") or "")
        return told == settings.OIDC_TENANT and claims.get("email_verified") is not False
    return claims.get("email_verified") is True
