"""Deadlines as rows: opened, met, dropped, extended with a reason."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from tests import factories
from upt_portal.kernel import audit, deadlines, feeds
from upt_portal.kernel.models import DeadlineExtension

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CASE, KIND = "tests.case:1", "tests.term"


def term(days=3, **fields):
    return deadlines.set_deadline(CASE, KIND, due_at=AT + timedelta(days=days), **fields)


def test_a_term_is_effective_until_it_is_met_or_dropped():
    term()
    assert deadlines.effective(CASE, KIND) == AT + timedelta(days=3)

    deadlines.meet(CASE, KIND, at=AT)
    assert deadlines.effective(CASE, KIND) is None

    term(5)
    assert deadlines.effective(CASE, KIND) == AT + timedelta(days=5)
    deadlines.drop(CASE, [KIND], at=AT)
    assert deadlines.effective(CASE, KIND) is None


def test_an_extension_keeps_the_old_instant_its_reason_and_its_trace():
    deadline, clerk = term(), factories.secretary()

    deadlines.extend(deadline.pk, due_at=AT + timedelta(days=9), reason="spitalizare", actor=clerk, at=AT)

    kept = DeadlineExtension.objects.get()
    assert (kept.previous_due_at, kept.due_at, kept.reason) == (
        AT + timedelta(days=3),
        AT + timedelta(days=9),
        "spitalizare",
    )
    assert audit.trail(CASE).get().reason == "spitalizare"
    with pytest.raises(DatabaseError), transaction.atomic():
        DeadlineExtension.objects.update(reason="altul")


@pytest.mark.parametrize(("days", "reason"), [(9, " "), (3, "motiv"), (1, "motiv")])
def test_an_extension_without_reason_or_not_later_is_refused(days, reason):
    deadline = term()

    with pytest.raises(ValueError, match="extension"):
        deadlines.extend(
            deadline.pk, due_at=AT + timedelta(days=days), reason=reason, actor=factories.secretary(), at=AT
        )

    assert not DeadlineExtension.objects.exists()


def test_the_calendar_feed_says_when_and_nothing_private():
    reader = factories.student_user()
    term(person=reader)
    token = feeds.new_token(reader, at=AT)

    body = feeds.calendar_of(reader, at=AT).decode()

    assert feeds.owner_of(token) == reader
    assert "DTSTART:20261123T090000Z" in body
    assert "SUMMARY:Termen: acte" in body or "SUMMARY:Term: documents" in body
    assert CASE not in body


def test_a_renewed_address_voids_the_older_and_a_revoked_one_ends():
    reader = factories.student_user()
    old = feeds.new_token(reader, at=AT)
    new = feeds.new_token(reader, at=AT)

    assert (feeds.owner_of(old), feeds.owner_of(new)) == (None, reader)
    feeds.revoke(reader)
    assert feeds.owner_of(new) is None
