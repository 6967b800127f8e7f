"""The moves of an account: one function, one transaction, one act."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts import mails
from upt_portal.accounts.models import AccountLink, User
from upt_portal.accounts.workflow import ACCOUNT_MOVES, AccountState
from upt_portal.kernel import audit

audit.register_act("accounts.send", _("The activation link was sent"))
audit.register_act("accounts.activate", _("The account was activated"))
audit.register_act("accounts.expire", _("The activation link is no longer good"))
audit.register_act("accounts.reset", _("A new password was set by a link"))
audit.register_act("accounts.lock", _("The account was locked"))
audit.register_act("accounts.unlock", _("The account was unlocked"))
audit.register_act("accounts.close", _("The account was closed"))


def locked_row(user_id: int) -> User:
    """The account, locked until the transaction ends."""
    return User.objects.select_for_update().get(pk=user_id)


def move(
    user: User,
    name: str,
    *,
    actor: User | None,
    at: datetime,
    until: datetime | None = None,
    reason: str = "",
) -> None:
    """Make the move `name` with an account whose row the caller has locked. Raises MoveRefused."""
    before = user.state
    user.state = ACCOUNT_MOVES.check(name, before).target
    user.locked_until = until
    user.save(update_fields=["state", "locked_until"])
    audit.record(user, f"accounts.{name}", actor=actor, at=at, before=before, after=user.state, reason=reason)


@transaction.atomic
def lock(
    user_id: int, *, actor: User | None, at: datetime, until: datetime | None = None, reason: str = ""
) -> None:
    """Lock an account: for a while after failures (`until`), or by staff until somebody unlocks it."""
    user = locked_row(user_id)
    move(user, "lock", actor=actor, at=at, until=until, reason=reason)
    if until is not None:
        mails.send_later("accounts/mail/paused", user, user.email, key=f"paused:{user.pk}:{at:%s}", at=at)


@transaction.atomic
def unlock(user_id: int, *, actor: User | None, at: datetime, reason: str = "") -> None:
    """Open a locked account again."""
    move(locked_row(user_id), "unlock", actor=actor, at=at, reason=reason)


@transaction.atomic
def close(user_id: int, *, at: datetime, reason: str = "") -> None:
    """Close the account of somebody who left."""
    move(locked_row(user_id), "close", actor=None, at=at, reason=reason)


@transaction.atomic
def pause_after_failures(address: str, *, minutes: int, at: datetime) -> bool:
    """Lock the account of an address for some minutes; False when there is none, or none that is active."""
    user = User.objects.select_for_update().filter(email__iexact=address).first()
    if user is None or user.state != AccountState.ACTIVE:
        return False
    lock(user.pk, actor=None, at=at, until=at + timedelta(minutes=minutes))
    return True


@transaction.atomic
def end_pause(user_id: int, *, at: datetime) -> bool:
    """End the pause that failures caused: its time is over, or the owner has set a new password by mail."""
    user = locked_row(user_id)
    if user.state != AccountState.LOCKED or user.locked_until is None:
        return False
    move(user, "unlock", actor=None, at=at)
    return True


def pauses_over(at: datetime) -> list[int]:
    """Accounts whose pause is over."""
    over = User.objects.filter(state=AccountState.LOCKED, locked_until__lte=at)
    return list(over.order_by("pk").values_list("pk", flat=True))


def links_over(at: datetime) -> list[int]:
    """Accounts whose activation link was not used in time."""
    over = AccountLink.objects.filter(
        purpose=AccountLink.Purpose.ACTIVATION, used_at=None, voided_at=None, expires_at__lt=at
    )
    return list(over.order_by("pk").values_list("user_id", flat=True))


def confirm_address(user: User, address: str) -> None:
    """Make `address` the only, confirmed address of the sign-in; the caller holds the row and the rules."""
    user.email = address
    user.save(update_fields=["email"])
    EmailAddress.objects.filter(user=user).exclude(email=address).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=address, defaults={"verified": True, "primary": True}
    )


def is_taken(address: str, *, but: int | None = None) -> bool:
    """Whether an account other than `but` uses this address, whatever its letter case (REC-013)."""
    accounts = User.objects.filter(email__iexact=address)
    addresses = EmailAddress.objects.filter(email__iexact=address)
    if but is not None:
        accounts, addresses = accounts.exclude(pk=but), addresses.exclude(user_id=but)
    return accounts.exists() or addresses.exists()
