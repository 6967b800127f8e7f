"""Files of a university that moves in: kept, looked at, confirmed, written in batches that can be resumed.

Each batch is one transaction together with its place in the file, so a worker that is killed loses one batch
at most and the next goes on where it stood. A row is known by its natural key: read again, it stands once.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from studentrecords.importing.moving_columns import COLUMNS
from studentrecords.importing.moving_rows import Looked, rows_of
from studentrecords.models import MovingFault, MovingFile
from studentrecords.refusal import refuse
from studentrecords.workflow.moving import MOVING_MOVES
from studentrecords.workflow.moving import MovingState as State
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, clock, jobs, long_tables, storage, uploads
from upt_portal.kernel.models import Job
from upt_portal.kernel.sheets import TableRefused
from upt_portal.kernel.tables import Fault, LeftOut, Row

FORGOTTEN_AFTER: Final = timedelta(days=30)
_LEFT: Final = (State.LOOKING, State.REFUSED, State.LOOKED, State.STOPPED)
#: Where the bytes wait in the private store, and how many a file may have.
FOLDER: Final = "moving"
LARGEST: Final = 80 * 1024 * 1024
BATCH: Final = 5000
#: Faults beyond these are counted and no longer kept: the file is then mended as a whole.
MOST_FAULTS: Final = 20_000
LOOK, WRITE = "studentrecords.look_at_moving", "studentrecords.write_moving"
#: Key of the lock that lets one batch write at a time, whatever file it is of.
_ONE_AT_A_TIME: Final = 4502026
#: Columns whose value is a national number: faults say the row, not the number.
_NEVER_KEPT: Final = frozenset({"cnp", "passport"})

_ACTS: Final = {
    "receive": gettext_lazy("File moving in received"),
    "confirm": gettext_lazy("Rows of a file confirmed"),
    "stop": gettext_lazy("Writing of a file stopped"),
    "resume": gettext_lazy("Writing of a file taken up again"),
    "finish": gettext_lazy("File written to its end"),
    "refuse": gettext_lazy("File found unreadable"),
    "report": gettext_lazy("File looked at"),
    "drop": gettext_lazy("File put away"),
}
for _name, _sentence in _ACTS.items():
    audit.register_act(f"studentrecords.moving_{_name}", _sentence)


# ---- acts --------------------------------------------------------------------------------------------------


def receive(kind: str, sent: UploadedFile[bytes], *, faculties: str, actor: User, at: datetime) -> MovingFile:
    """Keep a file and have it looked at; nothing of it is written before somebody confirms.

    faculties: codes with blanks between, empty for all. Raises UploadRefused: size, empty, virus, failed.
    """
    kept = uploads.stream_in(sent, FOLDER, limit=LARGEST)
    with transaction.atomic():
        moving = MovingFile.objects.create(
            kind=kind,
            name=(sent.name or "")[-200:],
            file=kept.name,
            size=kept.size,
            sha256=kept.sha256,
            faculties=faculties,
            sent_by=actor,
            sent_at=at,
            state_at=at,
        )
        _record(moving, "receive", "", actor=actor, at=at, data={"sha256": moving.sha256})
        _enqueue(LOOK, moving, at=at)
    return moving


@transaction.atomic
def confirm(moving_id: int, *, actor: User, at: datetime) -> MovingFile:
    """Have the new rows written. Raises MoveRefused, and Refused when no row is new."""
    moving = _locked(moving_id)
    MOVING_MOVES.check("confirm", moving.state)
    if not moving.fresh:
        raise refuse(_("The file has no new row to write."))
    return _go(moving, "confirm", actor=actor, at=at)


@transaction.atomic
def stop(moving_id: int, *, actor: User, at: datetime) -> MovingFile:
    """Have the writing end after its batch; what was written stays. Raises MoveRefused."""
    moving = _locked(moving_id)
    _move(moving, "stop", actor=actor, at=at)
    return moving


@transaction.atomic
def resume(moving_id: int, *, actor: User, at: datetime) -> MovingFile:
    """Go on with the writing where it stood. Raises MoveRefused."""
    return _go(_locked(moving_id), "resume", actor=actor, at=at)


@transaction.atomic
def drop(moving_id: int, *, actor: User | None, at: datetime) -> MovingFile:
    """Throw the bytes away; what was written stays. Raises MoveRefused."""
    moving = _locked(moving_id)
    _move(moving, "drop", actor=actor, at=at)
    _throw_away(moving)
    return moving


def forget(at: datetime) -> int:
    """Put away files that nobody has touched for a month, with the numbers in them; returns how many."""
    old = MovingFile.objects.filter(state__in=_LEFT, state_at__lt=at - FORGOTTEN_AFTER)
    return len([drop(pk, actor=None, at=at) for pk in old.values_list("pk", flat=True)])


def sweep_strays(at: datetime) -> int:
    """Delete bytes over a day old that no row knows, of a file whose row was never written; how many."""

    def known(names: list[str]) -> set[str]:
        return set(MovingFile.objects.filter(file__in=names).values_list("file", flat=True))

    return storage.sweep(FOLDER, known, at=at)


def _go(moving: MovingFile, name: str, *, actor: User, at: datetime) -> MovingFile:
    moving.runs += 1
    _move(moving, name, actor=actor, at=at)
    _enqueue(WRITE, moving, at=at)
    return moving


def _locked(moving_id: int) -> MovingFile:
    return MovingFile.objects.select_for_update().get(pk=moving_id)


def _move(moving: MovingFile, name: str, *, actor: User | None, at: datetime) -> None:
    before = moving.state
    move = MOVING_MOVES.check(name, before)
    moving.state, moving.state_at = move.target, at
    moving.save()
    _record(moving, name, before, actor=actor, at=at)


def _record(
    moving: MovingFile,
    name: str,
    before: str,
    *,
    actor: User | None,
    at: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:
    counts = {"rows": moving.rows, "done": moving.done, "written": moving.written}
    audit.record(
        moving,
        f"studentrecords.moving_{name}",
        actor=actor,
        at=at,
        before=before,
        after=moving.state,
        data={**counts, **(data or {})},
    )


def _enqueue(kind: str, moving: MovingFile, *, at: datetime) -> None:
    with jobs.for_many():
        jobs.enqueue(
            kind,
            f"{kind}:{moving.pk}:{moving.runs}",
            {"moving": moving.pk},
            actor=moving.sent_by,
            total=moving.rows,
            queue="bulk",
            at=at,
        )


def _throw_away(moving: MovingFile) -> None:
    name, moving.file = str(moving.file), ""
    moving.save(update_fields=["file"])
    if name:
        transaction.on_commit(partial(default_storage.delete, name))


# ---- the look ----------------------------------------------------------------------------------------------


@jobs.handler(LOOK)
def look(job: Job) -> Mapping[str, Any]:
    """Read the whole file and tell what it would do; writes faults and counts only."""
    moving = MovingFile.objects.select_related("sent_by").get(pk=job.payload["moving"])
    if moving.state != State.LOOKING:
        return {}
    with override(moving.sent_by.language or "ro"):
        return _look(job, moving)


def _look(job: Job, moving: MovingFile) -> Mapping[str, Any]:
    moving.faults.all().delete()
    rows, same, faulty, kept = 0, 0, 0, 0
    reader = rows_of(moving, clock.today())
    try:
        for batch, faults in _batches(moving, 0):
            looked = reader.look(batch)
            faults = faults + looked.faults
            _keep(moving, faults[: MOST_FAULTS - kept])
            kept += len(faults)
            wrong = len({fault.row for fault in faults})
            rows, same, faulty = (
                rows + len(looked.new) + looked.same + wrong,
                same + looked.same,
                faulty + wrong,
            )
            MovingFile.objects.filter(pk=moving.pk).update(looked=rows)
            jobs.step(job, 0)
    except TableRefused as refused:
        _end_look(moving.pk, "refuse", [Fault(str(refused))])
        return {"refused": str(refused)}
    _end_look(moving.pk, "report", [], looked=rows, rows=rows, same=same, faulty=faulty)
    return {"rows": rows, "same": same, "faulty": faulty}


@transaction.atomic
def _end_look(moving_id: int, name: str, faults: list[Fault], **counts: int) -> None:
    moving = _locked(moving_id)
    if moving.state != State.LOOKING:  # put away meanwhile
        return
    for key, count in counts.items():
        setattr(moving, key, count)
    _keep(moving, faults)
    _move(moving, name, actor=None, at=clock.now())


def _keep(moving: MovingFile, faults: list[Fault], *, writing: bool = False) -> None:
    hidden = {str(column.title) for column in COLUMNS[moving.kind] if column.name in _NEVER_KEPT}
    MovingFault.objects.bulk_create(
        [
            MovingFault(
                moving=moving,
                row=fault.row,
                column=fault.column[:80],
                value="" if fault.column in hidden else fault.value[:80],
                words=fault.words[:400],
                writing=writing,
            )
            for fault in faults
        ],
        batch_size=2000,
    )


def _batches(moving: MovingFile, passed: int) -> Iterator[tuple[list[Row], list[Fault]]]:
    """The rows of the file in batches with the faults of their cells, without the first `passed` ones.

    Lines with a fault count as rows. Raises TableRefused.
    """
    with moving.file.open("rb") as opened:
        table = long_tables.find(opened, COLUMNS[moving.kind])
        if table.faults:
            raise TableRefused("; ".join(str(fault) for fault in table.faults))
        read = (line for line in table.rows() if not isinstance(line, LeftOut))
        lines = islice(read, passed, None)
        while batch := list(islice(lines, BATCH)):
            rows = [line for line in batch if isinstance(line, Row)]
            yield rows, [fault for line in batch if not isinstance(line, Row) for fault in line]


# ---- the writing -------------------------------------------------------------------------------------------


@jobs.handler(WRITE)
def write(job: Job) -> Mapping[str, Any]:
    """Write the new rows batch after batch, from where an earlier run stood, until the end or a stop."""
    moving = MovingFile.objects.select_related("sent_by").get(pk=job.payload["moving"])
    if moving.state != State.WRITING:
        return {}
    with override(moving.sent_by.language or "ro"):
        reader = rows_of(moving, clock.today())
        place = moving.done
        for batch, faults in _batches(moving, place):
            size = len(batch) + len({fault.row for fault in faults})
            if not write_batch(moving.pk, place, reader, batch, size):
                return {"written": moving.written, "left": True}
            place += size
            jobs.step(job, min(place, job.total))
        _finish(moving.pk)
    return {"done": place}


@transaction.atomic
def write_batch(moving_id: int, place: int, reader: Any, batch: list[Row], size: int) -> bool:
    """Write one batch and the new place, both or neither; False when the file is stopped or stands elsewhere.

    place: rows passed before it. size: rows it passes, those with a fault in their cells among them.
    """
    lock_writing()
    moving = _locked(moving_id)
    if moving.state != State.WRITING or moving.done != place:
        return False
    looked: Looked = reader.look(batch)
    moving.written += reader.write(looked.new, moving) if looked.new else 0
    moving.done += size
    moving.save(update_fields=["written", "done"])
    return True


def lock_writing() -> None:
    """One batch at a time: two files with the same rows wait for each other until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])


@transaction.atomic
def _finish(moving_id: int) -> None:
    moving = _locked(moving_id)
    if moving.state == State.WRITING:
        _move(moving, "finish", actor=None, at=clock.now())
        _throw_away(moving)
