"""Links that are sent: made at the moment of sending, kept as fingerprints, good once (REC-014)."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.urls import reverse

from upt_portal.accounts import mails, states
from upt_portal.accounts.models import AccountLink, EmailChange, User
from upt_portal.accounts.parameters import ACTIVATION_TTL
from upt_portal.accounts.workflow import AccountState
from upt_portal.kernel import clock, jobs
from upt_portal.kernel.models import Job

_ACTIVATION = "accounts.send_activation"


class LinkSpent(Exception):
    """A link that was used, voided, is too old, or was never sent; a reader is told all of them at once."""


def fingerprint(token: str) -> str:
    """What is kept of a link: nobody who reads the table can open it."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(
    user: User,
    purpose: str,
    address: str,
    *,
    at: datetime,
    hours: int,
    change: EmailChange | None = None,
) -> str:
    """A new link, in the caller's transaction; the older ones of this purpose are void. Returns its token."""
    alive = AccountLink.objects.filter(user=user, purpose=purpose, used_at=None, voided_at=None)
    alive.update(voided_at=at)
    token = secrets.token_urlsafe(32)
    AccountLink.objects.create(
        user=user,
        purpose=purpose,
        address=address,
        fingerprint=fingerprint(token),
        sent_at=at,
        expires_at=at + timedelta(hours=hours),
        change=change,
    )
    return token


def find(token: str, *purposes: str, at: datetime, locked: bool = False) -> AccountLink:
    """The link of a token, if it is still good; exactly at its end it is (T7). Raises LinkSpent."""
    rows = AccountLink.objects.select_related("user", "change")
    if locked:
        rows = rows.select_for_update(of=("self",))
    link = rows.filter(fingerprint=fingerprint(token), purpose__in=purposes).first()
    if link is None or link.used_at or link.voided_at or at > link.expires_at:
        raise LinkSpent
    return link


# ---- activation --------------------------------------------------------------------------------------------


def ask_activation(user: User, *, actor: User | None, at: datetime) -> None:
    """Have the activation link sent to the account's address, after the caller's transaction."""
    payload: dict[str, Any] = {"user": user.pk, "actor": actor.pk if actor else None}
    jobs.enqueue(_ACTIVATION, f"{_ACTIVATION}:{uuid4()}", payload, at=at)


@jobs.handler(_ACTIVATION)
def _send_activation(job: Job) -> None:
    actor = User.objects.filter(pk=job.payload["actor"]).first()
    send_activation(job.payload["user"], actor=actor, at=clock.now())


@transaction.atomic
def send_activation(user_id: int, *, actor: User | None, at: datetime) -> bool:
    """Send the activation message; older links are void. False for an account that is activated."""
    user = states.locked_row(user_id)
    if user.state == AccountState.ACTIVATION_SENT:
        states.move(user, "expire", actor=None, at=at)
    if user.state != AccountState.NOT_ACTIVATED:
        return False
    hours = ACTIVATION_TTL.on(clock.local_day(at))
    states.move(user, "send", actor=actor, at=at)
    token = make(user, AccountLink.Purpose.ACTIVATION, user.email, at=at, hours=hours)
    address = settings.SITE_URL + reverse("activate_link", args=[token])
    mails.send("accounts/mail/activation", user, user.email, {"link": address, "hours": hours})
    return True


@transaction.atomic
def activate(token: str, password: str, *, at: datetime) -> User:
    """Set the first password and open the account (REC-014 to REC-016).

    Raises LinkSpent, or ValidationError for a password that is too weak; nothing is changed then.
    """
    owner = find(token, AccountLink.Purpose.ACTIVATION, at=at).user_id
    user = states.locked_row(owner)  # the account first, then what belongs to it
    link = find(token, AccountLink.Purpose.ACTIVATION, at=at, locked=True)
    if user.state != AccountState.ACTIVATION_SENT or user.email != link.address:
        raise LinkSpent
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    link.used_at = at
    link.save(update_fields=["used_at"])
    states.move(user, "activate", actor=user, at=at)
    states.confirm_address(user, link.address)
    return user


@transaction.atomic
def expire(user_id: int, *, at: datetime) -> bool:
    """Take back an activation that was not used in time; False when a newer link is alive or it is done."""
    user = states.locked_row(user_id)
    alive = AccountLink.objects.filter(
        user=user, purpose=AccountLink.Purpose.ACTIVATION, used_at=None, voided_at=None
    )
    if user.state != AccountState.ACTIVATION_SENT or not alive.filter(expires_at__lt=at).exists():
        return False
    alive.update(voided_at=at)
    states.move(user, "expire", actor=None, at=at)
    return True
