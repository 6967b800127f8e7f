"""Exams of the demonstration: every state of a catalogue, and posted results that agree with the records."""

from collections import Counter

import pytest

from studentrecords.models import AttemptKind, Catalogue, DisciplineYear, ExamAttempt, ExamResult
from tests.demo.conftest import NOW
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import TraceEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]


def test_catalogues_stand_in_every_state():
    states = Counter(Catalogue.objects.values_list("state", flat=True))
    assert set(states) == {"planned", "open", "filled", "signed", "published", "locked", "correction"}
    assert states["locked"] == states["correction"] == 1


def test_one_catalogue_waits_for_everybody_and_its_exam_is_over():
    most = max(Catalogue.objects.filter(state="open"), key=lambda one: one.rows.count())
    assert most.rows.count() >= 30  # as many as a small demonstration has; 120 in the usual one
    assert most.held_on < local_day(NOW)
    assert most.enter_until > NOW


def test_nothing_is_written_before_the_day_of_the_exam():
    for catalogue in Catalogue.objects.filter(held_on__gt=local_day(NOW)):
        assert catalogue.state == "planned"
    assert not ExamAttempt.objects.filter(posted_at__gt=NOW).exists()
    assert not TraceEntry.objects.filter(subject__startswith="studentrecords.catalogue", at__gt=NOW).exists()


def test_posted_results_agree_with_the_records():
    attempts = ExamAttempt.objects.filter(replaced_by__isnull=True).select_related("discipline")
    records = {
        (one.enrolment_id, one.discipline_id, one.year_id, one.session): (
            "absent" if one.absent else str(one.grade)
        )
        for one in ExamResult.objects.all()
    }
    unmet = set(
        DisciplineYear.objects.filter(standards_met=False).values_list("enrolment", "discipline", "year")
    )
    found = list(attempts)
    assert len(found) > 100
    for one in found:
        if one.result == "not_admitted":
            assert (one.enrolment_id, one.discipline_id, one.year_id) in unmet
        else:
            assert records[one.enrolment_id, one.discipline_id, one.year_id, one.session] == one.result


def test_there_are_resits_and_absences():
    results = ExamAttempt.objects.filter(kind=AttemptKind.RESIT)
    assert {"absent", "5"} <= set(results.values_list("result", flat=True))
