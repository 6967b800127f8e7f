"""Sheets, coordinators, the week of a group and equivalence in the demonstration."""

from collections import Counter

import pytest
from django.urls import reverse

from studentrecords.models import CoordinatorLevel, Equivalence, Recognition, SheetVersion
from studentrecords.queries import curriculum, sheets
from tests.demo.conftest import NOW
from tests.demo.test_demonstration import person
from tests.demo.test_pages import browser
from upt_portal.accounts.models import User
from upt_portal.kernel.clock import local_day

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]
TODAY = local_day(NOW)


def test_sheets_have_second_versions_and_one_came_late():
    versions = SheetVersion.objects.select_related("discipline", "year")
    second = [one for one in versions if one.number == 2]
    assert [one.assessment_changed for one in second].count(True) == 2
    assert [one.in_favour is not None for one in second].count(True) == 1
    assert len(second) == 3
    year = second[0].year
    lines = [sheets.line_of(one.discipline, year, TODAY) for one in versions if one.number == 1]
    assert Counter(line.late for line in lines)[True] == 1
    assert max(one.published_at for one in versions) <= NOW


def test_every_level_has_its_coordinators():
    enrolment = person("Andra Văleanu").enrolments.get()
    found = Counter(one.level for one in curriculum.coordinators_of(enrolment))
    assert set(found) == set(CoordinatorLevel.values)


def test_one_day_of_the_week_is_too_long():
    enrolment = person("Andra Văleanu").enrolments.get()
    week = curriculum.week_of(enrolment, TODAY)
    assert [one.long for one in week].count(True) == 1
    assert len(week) >= 3


def test_one_request_waits_and_one_counts():
    assert Counter(Equivalence.objects.values_list("state", flat=True)) == {"asked": 1, "recognised": 1}
    assert Recognition.objects.filter(enrolment__person=person("Dragoș Hodoș")).count() == 2
    commission = User.objects.get(email="iuliana.cretu@upt.ro")
    waiting = Equivalence.objects.get(state="asked")
    page = browser(commission).get(reverse("admin:studentrecords_equivalence_decide", args=[waiting.pk]))
    assert page.status_code == 200
    assert 'value="recognise"' in page.content.decode()
