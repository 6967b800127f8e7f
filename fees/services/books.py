"""Closing a month of the books: its figures are kept with a hash, and it receives no movement any more."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from fees.models import MonthClosing
from fees.queries import books
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.words import Sentence

BOOKS = "fees.books"  # the case under which closings are traced; also the name of their lock

audit.register_act("fees.export", _("A table of the ledger was taken as a file"))
audit.register_act("fees.close_month", _("A month of the books was closed"))


class NotClosed(Exception):
    """A month that cannot be closed; `str()` says why, for the reader."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


def digest_of(figures: Mapping[str, Any], previous: str) -> str:
    """The hash of the figures of a month, chained to that of the month before (lower-case SHA-256)."""
    written = json.dumps([previous, figures], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def figures_of(month: date) -> dict[str, Any]:
    """The figures of a month as they are kept when it is closed now."""
    return {book.currency: book.as_figures() for book in books.books_of(*books.bounds(month))}


@transaction.atomic
def close_month(month: date, *, seen: str, note: str = "", actor: User, at: datetime) -> MonthClosing:
    """Close a month that is over: keep its figures; later reversals and refunds count in later months.

    month: its first day. seen: digest of the figures the clerk looked at; no others are closed.
    Raises NotClosed: the month runs, is closed, is not the next one, has changed, or a proof does not hold.
    """
    with connection.cursor() as cursor:  # one closing at a time
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [BOOKS])
    last = books.last_closed()
    _refuse_out_of_order(month, last, at)
    figures, previous = figures_of(month), last.digest if last else ""
    digest = digest_of(figures, previous)
    if digest != seen:
        raise NotClosed(_("The figures changed since the page was opened. Look at them again."))
    if not books.month_of(month, at).holds:
        raise NotClosed(_("A proof of this month does not hold. Find the difference before closing."))
    closing = MonthClosing.objects.create(
        month=month,
        figures=figures,
        previous=previous,
        digest=digest,
        note=note.strip()[:300],
        closed_at=at,
        closed_by=actor,
    )
    data = {"month": f"{month:%Y-%m}", "digest": digest}
    audit.record(BOOKS, "fees.close_month", actor=actor, at=at, reason=closing.note, data=data)
    return closing


def _refuse_out_of_order(month: date, last: MonthClosing | None, at: datetime) -> None:
    if at < books.bounds(month)[1]:
        raise NotClosed(_("The month is not over yet."))
    if last is not None and month <= last.month:
        raise NotClosed(_("The month is already closed."))
    if last is not None and month != books.following(last.month):
        raise NotClosed(_("Months are closed one after another. An earlier one is still open."))


def broken_closings() -> list[str]:
    """Closed months whose figures no longer give their hash, oldest first; none when everything stands."""
    faults, previous = [], ""
    for closing in MonthClosing.objects.order_by("month"):
        if closing.previous != previous or closing.digest != digest_of(closing.figures, previous):
            faults.append(f"{closing.month:%Y-%m}")
        previous = closing.digest
    return faults
