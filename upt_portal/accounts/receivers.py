"""What accounts hear from django-allauth."""

from typing import Any

from upt_portal.accounts import recovery
from upt_portal.accounts.models import User
from upt_portal.kernel import clock


def after_reset(user: User, **_signal: Any) -> None:
    """A new password was set through the mailed link (REC-018)."""
    recovery.note_reset(user, at=clock.now())
