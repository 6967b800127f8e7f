"""Mails of accounts: those with a link never lie in the messages of the portal, where staff could read them.

A job is written with the act; its handler makes the link, keeps its fingerprint and sends the mail at once. A
mail that could not be sent takes its link back, and the next attempt makes a new one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from upt_portal.accounts.models import User
from upt_portal.kernel import jobs
from upt_portal.kernel.models import Job

_SEND = "accounts.mail"


def send(template: str, user: User, address: str, context: Mapping[str, Any] | None = None) -> None:
    """Send the pair `<template>.subject.txt`, `<template>.txt` now, in the language of the account."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        given = {"reader": user, "institution": settings.INSTITUTION_NAME, "site": settings.SITE_URL}
        given |= context or {}
        subject = " ".join(render_to_string(f"{template}.subject.txt", given).split())
        text = render_to_string(f"{template}.txt", given).strip() + "\n"
    EmailMessage(subject, text, to=[address], headers={"Auto-Submitted": "auto-generated"}).send()


def send_later(
    template: str,
    user: User,
    address: str,
    *,
    key: str = "",
    at: datetime,
    context: Mapping[str, Any] | None = None,
) -> None:
    """Send a mail without a link after the act; context: plain values. The same key is one mail."""
    payload = {"template": template, "user": user.pk, "address": address, "context": dict(context or {})}
    jobs.enqueue(_SEND, f"accounts.mail:{key or uuid4()}", payload, at=at)


@jobs.handler(_SEND)
def _send(job: Job) -> None:
    given = job.payload
    send(given["template"], User.objects.get(pk=given["user"]), given["address"], given["context"])
