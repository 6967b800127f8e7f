"""The trace: a chain per case, append-only in the database, sealed across cases."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import factories
from upt_portal.kernel import audit
from upt_portal.kernel.models import RecordRead, TraceEntry, TraceSeal

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
CASE = "tests.case:1"


def chain(length=3):
    for step in range(length):
        audit.record(CASE, "tests.act", actor=None, at=AT + timedelta(minutes=step), after=f"s{step}")


def break_in(sql, params):
    """What somebody with the keys of the database could do: switch the triggers off and write."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, params)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_entries_are_numbered_and_linked():
    chain()

    entries = list(audit.trail(CASE))

    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == [audit.START, entries[0].digest, entries[1].digest]
    assert audit.broken_links(entries) == []


@pytest.mark.parametrize("change", [{"reason": "altul"}, {"number": 9}])
def test_the_database_refuses_to_change_or_delete_an_entry(change):
    chain()
    entry = TraceEntry.objects.first()

    with pytest.raises(DatabaseError), transaction.atomic():
        TraceEntry.objects.filter(pk=entry.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.delete()


@pytest.mark.parametrize("column", ["act", "reason", "before", "after"])
def test_one_changed_cell_is_found(column):
    chain()
    second = audit.trail(CASE)[1]

    break_in(f"UPDATE kernel_traceentry SET {column} = %s WHERE id = %s", ["altceva", second.pk])

    assert any("2" in fault for fault in audit.broken_links(audit.trail(CASE)))


def test_a_removed_entry_is_found():
    chain()

    break_in("DELETE FROM kernel_traceentry WHERE id = %s", [audit.trail(CASE)[1].pk])

    assert audit.broken_links(audit.trail(CASE))


def test_two_entries_cannot_take_the_same_number():
    chain(1)
    first = audit.trail(CASE)[0]

    with pytest.raises(IntegrityError), transaction.atomic():
        TraceEntry.objects.create(
            subject=CASE, number=first.number, act="tests.act", at=AT, previous=audit.START, digest="0" * 64
        )


def test_a_seal_covers_what_is_new_and_holds_until_something_changes():
    chain()
    first = audit.seal(AT)
    assert audit.seal(AT) is None
    audit.record("tests.case:2", "tests.act", actor=None, at=AT)
    second = audit.seal(AT)

    assert (first.entries, second.entries, second.previous) == (3, 1, first.digest)
    assert audit.seal_faults() == []
    break_in("DELETE FROM kernel_traceentry WHERE id = %s", [audit.trail(CASE)[2].pk])
    assert len(audit.seal_faults()) == 1


def test_the_last_entry_cut_off_is_found_by_the_seal_though_the_chain_looks_whole():
    chain()
    audit.seal(AT)

    break_in("DELETE FROM kernel_traceentry WHERE id = %s", [audit.trail(CASE)[2].pk])

    assert audit.broken_links(audit.trail(CASE)) == []
    assert audit.seal_faults()


def test_seals_stay():
    chain()
    audit.seal(AT)

    with pytest.raises(DatabaseError), transaction.atomic():
        TraceSeal.objects.update(entries=0)


def test_reading_a_file_is_noted_once_a_day_and_never_for_oneself():
    student, clerk = factories.student_user(), factories.secretary()

    for _time in range(2):
        audit.record_read(student, reader=clerk, what="contracting", at=AT)
    audit.record_read(student, reader=clerk, what="contracting", at=AT + timedelta(days=1))
    audit.record_read(student, reader=student, what="contracting", at=AT)

    assert RecordRead.objects.count() == 2
