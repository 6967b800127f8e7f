"""The signed-in user of a request, for pages and the type checker."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from upt_portal.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The user of a page that asks for sign-in; PermissionDenied when nobody is signed in."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user
