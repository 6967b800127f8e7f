"""Two teachers save a student's attendance at the same moment, and a control that takes the lock away."""

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from studentrecords.models import Attendance
from studentrecords.rules.attendance import Activity
from studentrecords.services import attendance as services
from studentrecords.services.attendance import Counts, Given, Overtaken
from tests.races import Gate, at_once
from tests.studentrecords import exams_kit as kit
from upt_portal.kernel.models import TraceEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_two_teachers_who_save_at_once_lose_nothing(monkeypatch, locked):
    catalogue = kit.opened(kit.students(1))
    student = catalogue.rows.get().enrolment

    def save(attended, actor):
        return services.record(
            catalogue.discipline,
            catalogue.session.year,
            Activity.SEMINAR,
            {student.group: 14},
            {student.pk: Given(None, Counts(attended))},
            actor=actor,
            at=kit.IN_TIME,
        )

    gate = Gate()
    monkeypatch.setattr(services, "_write", gate.before(services._write))
    if not locked:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self.all())
    outcomes = at_once(lambda: save(9, catalogue.holder), lambda: save(5, catalogue.second))
    other = Overtaken if locked else IntegrityError
    assert sorted(type(one).__name__ for one in outcomes) == sorted(["int", other.__name__])
    assert gate.passed == 1
    # one stands whole; without the lock the table's constraint is the last guard, and no words are read
    assert Attendance.objects.get().attended == (9, 5)[outcomes.index(1)]
    assert TraceEntry.objects.filter(act="studentrecords.record_attendance").count() == 1
