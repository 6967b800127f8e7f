"""A forgotten password and too many wrong ones: what is asked at the door is looked up after the answer.

A page that answers writes one row, the same for an address that exists and one that does not (REC-017); the
worker that takes the row finds out, and only a mailbox learns.
"""

from datetime import datetime
from uuid import uuid4

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from upt_portal.accounts import links, mails, states
from upt_portal.accounts.models import User
from upt_portal.accounts.parameters import ATTEMPTS_WINDOW, RESET_TTL
from upt_portal.accounts.tokens import ResetTokens
from upt_portal.accounts.workflow import AccountState
from upt_portal.kernel import clock, jobs
from upt_portal.kernel.models import Job

_RESET, _PAUSE = "accounts.reset", "accounts.pause"


def ask_reset(address: str) -> None:
    """Note that somebody asked for a new password for this address."""
    jobs.enqueue(_RESET, f"{_RESET}:{uuid4()}", {"address": address})


def ask_pause(address: str) -> None:
    """Note that the attempts at this address are used up."""
    jobs.enqueue(_PAUSE, f"{_PAUSE}:{uuid4()}", {"address": address})


@jobs.handler(_RESET)
def _reset(job: Job) -> None:
    send_reset(job.payload["address"], at=clock.now())


@jobs.handler(_PAUSE)
def _pause(job: Job) -> None:
    at = clock.now()
    states.pause_after_failures(
        job.payload["address"], minutes=ATTEMPTS_WINDOW.on(clock.local_day(at)), at=at
    )


def send_reset(address: str, *, at: datetime) -> bool:
    """Send the link for a new password to the account of this address; False when nothing was sent.

    Somebody who was given an account and never opened it gets the activation link: the address is on file.
    """
    user = User.objects.filter(email__iexact=address, is_active=True).first()
    if user is None:
        return False
    if user.state in (AccountState.NOT_ACTIVATED, AccountState.ACTIVATION_SENT):
        return links.send_activation(user.pk, actor=None, at=at)
    if not user.may_sign_in:
        return False
    key = f"{user_pk_to_url_str(user)}-{ResetTokens().make_token(user)}"
    where = reset_address(key)
    hours = RESET_TTL.on(clock.local_day(at))
    mails.send("accounts/mail/reset", user, user.email, {"link": where, "hours": hours})
    return True


@transaction.atomic
def note_reset(user: User, *, at: datetime) -> None:
    """A new password was set through the mailed link: the pause ends, the trace knows."""
    states.end_pause(user.pk, at=at)
    row = states.locked_row(user.pk)
    states.move(row, "reset", actor=row, at=at)


def reset_address(key: str) -> str:
    """The address in a reset mail, on the fixed host of the portal (F4)."""
    uid, _, token = key.partition("-")
    where = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    return f"{settings.SITE_URL}{where}"
