"""Who is signed in: the one read that every page of every person makes."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from upt_portal.accounts.models import User
from upt_portal.kernel.compiled import Hole, Read

_USER = Read(lambda: User.objects.filter(pk=Hole("pk")))


class PortalBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth is untyped
    """Sign-in by e-mail with the state of the account in sight; the signed-in user's read compiled once."""

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        """Only an account that is open, whatever it proves."""
        return isinstance(user, User) and user.may_sign_in

    def get_user(self, user_id: int) -> User | None:
        """The user of a session; None for one who may not sign in any more."""
        user = _USER.first(pk=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
