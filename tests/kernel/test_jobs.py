"""Jobs: claimed once, tried again, parked, given back when their worker dies; numbers without gaps."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import transaction

from upt_portal.kernel import jobs, numbers
from upt_portal.kernel.models import Job, NumberSeries
from upt_portal.kernel.tasks import run_job

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def kind():
    """A kind of job of this test alone, with what its handler does kept in a list."""
    runs = []

    @jobs.handler("tests.work")
    def work(job):
        runs.append(job.payload)
        if job.payload.get("fails"):
            raise RuntimeError("nu merge")
        return {"answer": 42}

    yield runs
    del jobs._HANDLERS["tests.work"]


def test_the_same_key_is_the_same_job(kind):
    first = jobs.enqueue("tests.work", "k", {"n": 1}, at=AT)
    second = jobs.enqueue("tests.work", "k", {"n": 2}, at=AT)

    assert first.pk == second.pk
    assert Job.objects.get().payload == {"n": 1}


def test_a_job_is_done_once(kind):
    job = jobs.enqueue("tests.work", "k", {}, at=AT)

    assert jobs.run(str(job.pk), at=AT) is True
    assert jobs.run(str(job.pk), at=AT) is False

    job.refresh_from_db()
    assert (job.state, job.result, len(kind)) == ("done", {"answer": 42}, 1)


def test_a_job_held_by_a_worker_is_left_to_it_until_its_lease_ends(kind):
    job = jobs.enqueue("tests.work", "k", {}, at=AT)
    Job.objects.filter(pk=job.pk).update(state="running", lease_until=AT + jobs.LEASE)

    assert jobs.run(str(job.pk), at=AT) is False
    assert jobs.due(AT) == []
    later = AT + jobs.LEASE + timedelta(seconds=1)
    assert jobs.due(later) == [(str(job.pk), "default", False)]
    assert jobs.run(str(job.pk), at=later) is True


def test_a_job_that_fails_pauses_longer_each_time_and_is_parked(kind):
    job = jobs.enqueue("tests.work", "k", {"fails": True}, at=AT)
    moment, pauses = AT, []
    for _attempt in range(jobs.MAX_ATTEMPTS):
        assert jobs.run(str(job.pk), at=moment) is False
        job.refresh_from_db()
        pauses.append((job.next_try_at - moment).total_seconds())
        moment = job.next_try_at

    assert pauses == [5, 15, 45, 135, 405]
    assert (job.state, job.error) == ("parked", "RuntimeError: nu merge")
    assert jobs.due(moment + timedelta(days=1)) == []


def test_a_job_whose_bell_was_missed_is_found(kind):
    job = jobs.enqueue("tests.work", "k", {}, queue="papers", at=AT)

    assert jobs.due(AT + timedelta(seconds=21)) == [(str(job.pk), "papers", False)]


def test_progress_is_seen_while_the_job_runs(kind):
    job = jobs.enqueue("tests.work", "k", {}, total=10, at=AT)

    jobs.step(job, 4)

    job.refresh_from_db()
    assert (job.done, job.total) == (4, 10)


def test_numbers_have_no_gaps_when_an_act_rolls_back():
    with transaction.atomic():
        first = numbers.next_number("receipts", 2026)
    with transaction.atomic():
        numbers.next_number("receipts", 2026)
        transaction.set_rollback(True)
    with transaction.atomic():
        second = numbers.next_number("receipts", 2026)
        other = numbers.next_number("receipts", 2027)

    assert (first, second, other) == (1, 2, 1)
    assert NumberSeries.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_number_is_not_given_outside_a_transaction():
    with pytest.raises(RuntimeError):
        numbers.next_number("receipts", 2026)


def test_who_waits_for_one_paper_does_not_wait_behind_a_batch():
    with jobs.for_many():
        batch = [jobs.enqueue("paper", f"batch:{n}", {}, queue="papers", at=AT) for n in range(3)]
    single = jobs.enqueue("paper", "single", {}, queue="papers", at=AT + timedelta(seconds=1))
    found = jobs.due(AT + timedelta(minutes=1))
    assert found[0] == (str(single.pk), "papers", False)
    assert {key for key, _queue, patient in found[1:] if patient} == {str(job.pk) for job in batch}


@pytest.mark.django_db(transaction=True)
def test_the_bell_of_a_batch_rings_softer():
    with patch.object(run_job, "apply_async") as rung:
        jobs.enqueue("paper", "single", {}, queue="papers", at=AT)
        with jobs.for_many():
            jobs.enqueue("paper", "batch", {}, queue="papers", at=AT)
    assert [call.kwargs["priority"] for call in rung.call_args_list] == [0, 9]


def test_a_batch_ends_where_it_ends():
    with pytest.raises(ZeroDivisionError), jobs.for_many():
        raise ZeroDivisionError
    assert not jobs.enqueue("paper", "after", {}, at=AT).patient
