"""E-mail as rows: written with the act it tells about, sent after it, once."""

import logging
import smtplib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import translation

from upt_portal.kernel import clock, compiled
from upt_portal.kernel.bell import ring_once_a_second
from upt_portal.kernel.models import Mail

if TYPE_CHECKING:
    from upt_portal.accounts.models import User

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class Notice:
    """A message to one person: template pair `<template>.subject.txt` and `<template>.txt`.

    key: names the event; with the recipient it makes the message unique, so it is sent once.
    link: path of the page the message leads to. office, reply_to: who answers.
    """

    recipient: "User"
    template: str
    key: str
    context: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    office: str = ""
    reply_to: str = ""


def post(notice: Notice, *, at: datetime | None = None) -> None:
    """Write the message in the reader's language, in the caller's transaction; twice changes nothing."""
    compiled.insert(_row(notice, at or clock.now()), ignore_conflicts=True)
    _ring()


def post_all(notices: Iterable[Notice], *, at: datetime | None = None) -> None:
    """The same for many messages, written in one query."""
    Mail.objects.bulk_create([_row(notice, at or clock.now()) for notice in notices], ignore_conflicts=True)
    _ring()


def _ring() -> None:
    from upt_portal.kernel.tasks import drain_outbox  # the bell's task calls back into this module

    ring_once_a_second(drain_outbox, "outbox")


def _row(notice: Notice, at: datetime) -> Mail:
    reader = notice.recipient
    subject, text = written(notice)
    return Mail(
        key=f"{notice.key}:{reader.pk}"[:200],
        recipient=reader,
        address=reader.official_email,
        language=reader.language or "ro",
        template=notice.template,
        subject=subject[:200],
        text=text,
        link=notice.link,
        office=notice.office,
        reply_to=notice.reply_to,
        created_at=at,
    )


def written(notice: Notice) -> tuple[str, str]:
    """Subject and text of a message in the reader's language; staff see them before many are sent."""
    with translation.override(notice.recipient.language or "ro"):
        context = {
            **notice.context,
            "reader": notice.recipient,
            "link": f"{settings.SITE_URL}{notice.link}" if notice.link else "",
            "office": notice.office,
            "institution": settings.INSTITUTION_NAME,
        }
        subject = render_to_string(f"{notice.template}.subject.txt", context).strip().replace("\n", " ")
        text = render_to_string(f"{notice.template}.txt", context).strip() + "\n"
    return subject, text


def due(at: datetime) -> list[int]:
    """Messages to send now, oldest first: queued ones, and failed ones whose pause is over."""
    waiting = Q(state=Mail.State.QUEUED) | Q(state=Mail.State.FAILED, next_try_at__lte=at)
    return list(Mail.objects.filter(waiting).order_by("created_at", "pk").values_list("pk", flat=True)[:500])


def deliver(mail_id: int, *, at: datetime) -> bool:
    """Claim and send one message; False when another worker has it or it is already sent.

    The claim is one conditional update, so of two workers one sends. A message found in flight after a
    crash is not sent again by itself: staff see it and judge.
    """
    claimable = Q(state=Mail.State.QUEUED) | Q(state=Mail.State.FAILED)
    claimed = Mail.objects.filter(claimable, pk=mail_id).update(
        state=Mail.State.IN_FLIGHT, attempts=F("attempts") + 1, next_try_at=at
    )
    if not claimed:
        return False
    mail = Mail.objects.get(pk=mail_id)
    try:
        _message(mail).send()
    except (OSError, smtplib.SMTPException) as error:
        pause = timedelta(minutes=2**mail.attempts)
        mail.state = Mail.State.PARKED if mail.attempts >= MAX_ATTEMPTS else Mail.State.FAILED
        mail.error, mail.next_try_at = f"{type(error).__name__}: {error}"[:500], at + pause
        mail.save(update_fields=["state", "error", "next_try_at"])
        return False
    mail.state, mail.sent_at, mail.error = Mail.State.SENT, at, ""
    mail.save(update_fields=["state", "sent_at", "error", "html"])
    return True


def send_again(mail_id: int) -> bool:
    """Put a failed, parked or stuck message back in the queue, as staff ask; False when it was sent."""
    stuck = [Mail.State.FAILED, Mail.State.PARKED, Mail.State.IN_FLIGHT]
    again = Mail.objects.filter(pk=mail_id, state__in=stuck).update(
        state=Mail.State.QUEUED, attempts=0, next_try_at=None, error=""
    )
    return bool(again)


def _message(mail: Mail) -> EmailMultiAlternatives:
    with translation.override(mail.language):
        paragraphs = mail.text.strip().split("\n\n")
        mail.html = render_to_string("mail/base.html", {"mail": mail, "paragraphs": paragraphs})
    host = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].rstrip(">")
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=[mail.address],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<{sha256(mail.key.encode()).hexdigest()[:32]}@{host}>",
        },
    )
    message.attach_alternative(mail.html, "text/html")
    return message
