"""Accounts of former students, exams in the calendar feed, a passkey offered at the activation."""

from datetime import timedelta

import pytest

from studentrecords import tasks
from studentrecords.models import Enrolment
from studentrecords.queries.exam_feed import exams_of
from studentrecords.queries.leavers import accounts_to_close
from tests import factories
from tests.studentrecords import exams_kit
from upt_portal.accounts import roles
from upt_portal.accounts.parameters import ACCOUNT_CLOSE_AFTER
from upt_portal.kernel import clock as portal_clock
from upt_portal.kernel import feeds
from upt_portal.kernel.desk import queues_of

pytestmark = pytest.mark.django_db
DAYS = ACCOUNT_CLOSE_AFTER.default


def test_an_account_is_closed_when_nothing_is_left_for_long_enough(clock):
    gone, stays = factories.enrolment(), factories.enrolment()
    twice = factories.enrolment(person=gone.person, programme=factories.programme())
    Enrolment.objects.filter(pk__in=[gone.pk, twice.pk]).update(status="completed")
    for account in (gone.person.user, stays.person.user):
        account.state = "active"
        account.save(update_fields=["state"])
    # Row histories carry the database's own time.
    from django.utils import timezone

    real = timezone.now()
    assert accounts_to_close(real + timedelta(days=DAYS - 1), days=DAYS) == []
    later = real + timedelta(days=DAYS, minutes=1)
    assert accounts_to_close(later, days=DAYS) == [gone.person.user_id]
    with portal_clock.shifted(later):
        assert tasks.close_accounts() == 1
        assert tasks.close_accounts() == 0
    gone.person.user.refresh_from_db()
    assert gone.person.user.state == "closed"


def test_exams_stand_in_the_calendar_feed(clock):
    clock.stand_at(exams_kit.moment(1, 17))
    listed = exams_kit.students(2)
    exams_kit.opened(listed, room="A101")
    (event,) = exams_of(listed[0].person.user)
    assert (event.day, event.place) == (exams_kit.EXAM, "A101")
    body = feeds.calendar_of(listed[0].person.user, at=exams_kit.moment(1, 17)).decode()
    assert "DTSTART;VALUE=DATE:20270120" in body
    assert "DTEND;VALUE=DATE:20270121" in body
    assert list(exams_of(factories.enrolment().person.user)) == []


def test_REC_003_what_waits_stands_in_the_menu_of_who_may_do_it_and_of_nobody_else(browser_of):
    dean = factories.user(roles.DEANERY, faculties=["AC"])
    rector = factories.user(roles.VICE_RECTOR)
    told = {
        user: {entry.url for group in queues_of(user) for entry in group.entries}
        for user in (dean, rector, factories.secretary("AC"))
    }
    own = [{"/dean/attendance/", "/deanery/sent-on/"}, {"/vice-rector/"}, set()]
    everything = set().union(*own)
    assert [told[user] & everything for user in told] == own
    for user, addresses in zip(told, own, strict=True):
        for address in addresses:
            assert browser_of(user).get(address).status_code == 200
    assert browser_of(rector).get("/").headers["Location"] == "/vice-rector/"
