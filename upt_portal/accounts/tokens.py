"""What the link for a new password proves, and for how long."""

from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

from upt_portal.accounts.models import User
from upt_portal.accounts.parameters import RESET_TTL
from upt_portal.kernel import clock


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens that live as long as RESET_TTL says; a new password or address voids them all (REC-018)."""

    def check_token(self, user: AbstractBaseUser | None, token: str | None) -> bool:
        """Whether the token is this user's, its time is not over, and the account is open."""
        if not isinstance(user, User) or not user.may_sign_in or not super().check_token(user, token):
            return False
        made = base36_to_int(str(token).split("-")[0])
        age = timedelta(seconds=self._num_seconds(self._now()) - made)
        return age <= timedelta(hours=RESET_TTL.on(clock.today()))

    def _now(self) -> datetime:
        return clock.now().replace(tzinfo=None)
