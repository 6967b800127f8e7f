"""Mail as rows: once, in the reader's language, sent after the act, tried again, parked."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import transaction

from tests import factories
from upt_portal.kernel import bell, outbox
from upt_portal.kernel.models import Mail
from upt_portal.kernel.outbox import Notice
from upt_portal.kernel.tasks import drain_outbox

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def notice(reader, key="event:1", **fields):
    values = {"template": "contracting/mail/lapsed", "key": key, "link": "/student/1/contract/", **fields}
    return Notice(recipient=reader, **values)


def test_the_same_event_is_one_message_a_person():
    reader, other = factories.student_user(), factories.student_user()

    for _time in range(3):
        outbox.post(notice(reader), at=AT)
    outbox.post(notice(other), at=AT)

    assert Mail.objects.count() == 2


def test_a_message_speaks_the_language_of_its_reader():
    outbox.post(notice(factories.student_user(language="ro")), at=AT)
    outbox.post(notice(factories.student_user(language="en")), at=AT)

    subjects = dict(Mail.objects.values_list("language", "subject"))
    assert subjects == {"ro": "Lista nu a fost validată la timp", "en": "Your list was not validated in time"}


def test_an_act_that_rolls_back_leaves_no_message():
    with transaction.atomic():
        outbox.post(notice(factories.student_user()), at=AT)
        transaction.set_rollback(True)

    assert not Mail.objects.exists()


def test_a_message_is_sent_once_with_both_twins_and_a_stable_number():
    outbox.post(
        notice(factories.student_user(), reply_to="secretariat.ac@upt.ro", office="Secretariat AC"), at=AT
    )
    row = Mail.objects.get()

    assert outbox.deliver(row.pk, at=AT) is True
    assert outbox.deliver(row.pk, at=AT) is False

    (sent,) = mail.outbox
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert sent.extra_headers["Message-ID"].startswith("<")
    assert sent.reply_to == ["secretariat.ac@upt.ro"]
    ((html, kind),) = [(part.content, part.mimetype) for part in sent.alternatives]
    assert kind == "text/html"
    assert "<img" not in html
    assert "/student/1/contract/" in html
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.attempts) == ("sent", AT, 1)


def test_a_mail_server_that_is_down_delays_and_then_parks_the_message():
    outbox.post(notice(factories.student_user()), at=AT)
    row, moment = Mail.objects.get(), AT
    with patch("django.core.mail.EmailMultiAlternatives.send", side_effect=ConnectionRefusedError("no")):
        for attempt in range(1, 6):
            assert outbox.due(moment) == [row.pk]
            outbox.deliver(row.pk, at=moment)
            row.refresh_from_db()
            assert row.state == ("parked" if attempt == 5 else "failed")
            assert outbox.due(moment) == []
            moment = row.next_try_at

    assert outbox.due(moment + timedelta(days=1)) == []
    assert outbox.send_again(row.pk) is True
    drain_outbox()
    assert len(mail.outbox) == 1


def test_a_message_in_flight_after_a_crash_waits_for_a_person():
    outbox.post(notice(factories.student_user()), at=AT)
    row = Mail.objects.get()
    with (
        patch("django.core.mail.EmailMultiAlternatives.send", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        outbox.deliver(row.pk, at=AT)

    assert outbox.due(AT + timedelta(days=1)) == []
    assert outbox.send_again(row.pk) is True


def test_a_broker_that_is_down_does_not_stop_the_act(django_capture_on_commit_callbacks):
    with (
        patch.object(drain_outbox, "apply_async", side_effect=ConnectionError("broker")),
        patch.object(bell.cache, "add", side_effect=ConnectionError("cache")),
        django_capture_on_commit_callbacks(execute=True),
    ):
        outbox.post(notice(factories.student_user()), at=AT)

    assert outbox.due(AT) == [Mail.objects.get().pk]
