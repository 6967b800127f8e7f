"""A new address to sign in with: it counts once both mailboxes have said yes (REC-019, REC-023).

Where the old mailbox is lost, a member of staff who checked the person's identity stands in for it.
"""

from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts import links, mails, states
from upt_portal.accounts.limits import same_address
from upt_portal.accounts.models import AccountLink, EmailChange, User
from upt_portal.accounts.parameters import ACTIVATION_TTL
from upt_portal.kernel import audit, clock, jobs
from upt_portal.kernel.models import Job

_SEND = "accounts.send_change"
NEW, OLD = AccountLink.Purpose.NEW_ADDRESS, AccountLink.Purpose.OLD_ADDRESS

audit.register_act("accounts.change_asked", _("A new address to sign in with was asked for"))
audit.register_act("accounts.change_confirmed", _("One of the two addresses confirmed the change"))
audit.register_act("accounts.change_applied", _("The address to sign in with was changed"))


@transaction.atomic
def ask(
    user_id: int, new: str, *, actor: User, at: datetime, vouched_by: User | None = None
) -> EmailChange | None:
    """Ask for a new address; an open change and its links are void. None when nothing would change.

    The answer is the same for an address that another account uses: only the mailboxes learn (REC-017).
    """
    user = states.locked_row(user_id)
    new = same_address(new)
    if new == user.email:
        return None
    _end_open(user, at)
    change = EmailChange.objects.create(
        user=user, old=user.email, new=new, asked_at=at, vouched_by=vouched_by
    )
    audit.record(user, "accounts.change_asked", actor=actor, at=at)
    jobs.enqueue(_SEND, f"{_SEND}:{uuid4()}", {"change": change.pk}, at=at)
    return change


def _end_open(user: User, at: datetime) -> None:
    EmailChange.objects.filter(user=user, applied_at=None, ended_at=None).update(ended_at=at)
    old_links = AccountLink.objects.filter(user=user, purpose__in=(NEW, OLD), used_at=None, voided_at=None)
    old_links.update(voided_at=at)


@transaction.atomic
def give_up(user_id: int, *, at: datetime) -> None:
    """End an open change; the links that were sent do nothing any more."""
    _end_open(states.locked_row(user_id), at)


@jobs.handler(_SEND)
def _send(job: Job) -> None:
    send(job.payload["change"], at=clock.now())


@transaction.atomic
def send(change_id: int, *, at: datetime) -> None:
    """Send both links. To an address that another account uses nothing is sent."""
    change = EmailChange.objects.select_related("user").get(pk=change_id)
    user = states.locked_row(change.user_id)
    if change.applied_at or change.ended_at:
        return
    hours = ACTIVATION_TTL.on(clock.local_day(at))
    for purpose, address, template in (
        (NEW, change.new, "accounts/mail/new_address"),
        (OLD, change.old, "accounts/mail/old_address"),
    ):
        if purpose == NEW and states.is_taken(change.new, but=user.pk):
            continue
        if purpose == OLD and change.vouched_by_id:  # who cannot read it any more is not asked there
            mails.send("accounts/mail/old_notice", user, address, {"new": change.new, "old": change.old})
            continue
        token = links.make(user, purpose, address, at=at, hours=hours, change=change)
        where = settings.SITE_URL + reverse("confirm_address", args=[token])
        mails.send(
            template,
            user,
            address,
            {"link": where, "hours": hours, "new": change.new, "old": change.old},
        )


@transaction.atomic
def confirm(token: str, *, at: datetime) -> EmailChange:
    """One mailbox says yes; with the second the address counts. Raises LinkSpent.

    An address that another account took meanwhile ends the change: uniqueness is asked again (REC-019).
    """
    user = states.locked_row(links.find(token, NEW, OLD, at=at).user_id)
    link = links.find(token, NEW, OLD, at=at, locked=True)
    change = EmailChange.objects.select_for_update(of=("self",)).get(links=link)
    if change.applied_at or change.ended_at or change.old != user.email or not user.may_sign_in:
        raise links.LinkSpent
    link.used_at = at
    link.save(update_fields=["used_at"])
    if link.purpose == NEW:
        change.new_confirmed_at = at
    else:
        change.old_confirmed_at = at
    audit.record(user, "accounts.change_confirmed", actor=user, at=at)
    if change.new_confirmed_at and (change.old_confirmed_at or change.vouched_by_id):
        _apply(change, user, at)
    change.save()
    return change


def _apply(change: EmailChange, user: User, at: datetime) -> None:
    if states.is_taken(change.new, but=user.pk):
        change.ended_at = at
        return
    change.applied_at = at
    if not user.institutional_email and user.email.endswith(f"@{settings.STUDENT_EMAIL_DOMAIN}"):
        user.institutional_email = user.email
        user.save(update_fields=["institutional_email"])
    states.confirm_address(user, change.new)
    audit.record(user, "accounts.change_applied", actor=user, at=at)
    for address in (change.old, change.new):
        mails.send_later(
            "accounts/mail/address_changed",
            user,
            address,
            key=f"changed:{change.pk}:{address}",
            at=at,
            context={"new": change.new, "old": change.old},
        )


def open_change(user: User) -> EmailChange | None:
    """The change that waits for its confirmations."""
    return EmailChange.objects.filter(user=user, applied_at=None, ended_at=None).first()
