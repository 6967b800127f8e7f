"""Students with their enrolments and results moving in, beside a plain COPY of the same results.

    python -m tests.bench.importing [--students 1000 5000 13000] [--results 40] [--xlsx] [--kill] [--out]

The whole way is measured: the file is received, looked at, confirmed and written. Both jobs are done by a
process of their own, whose highest memory is told: it is to stay the same however long the file is. The bare
side knows every key already and copies the attempts into an empty table of the same shape, with its indexes.

--kill: the process that writes the results is killed (SIGKILL) in their midst and another one goes on.
--out: the records leave again in the same form; the time and the highest memory of that too.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

from tests.bench import world

PLAN = "2023-2027"
HEADINGS = {
    "students": "Nume;Prenume;CNP;Cetățenia",
    "enrolments": "Nr. matricol;CNP;Cod program;Seria;An;Finanțare;Categoria de cetățenie;Stare",
    "results": "Nr. matricol;Cod disciplină;An universitar;Sesiunea;Felul prezentării;Data;Nota",
}


def main() -> None:
    """Make the files, move them in, copy the same attempts bare, say the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--students", type=int, nargs="+", default=[1000])
    arguments.add_argument("--results", type=int, default=40)
    arguments.add_argument("--xlsx", action="store_true")
    arguments.add_argument("--kill", action="store_true")
    arguments.add_argument("--out", action="store_true")
    arguments.add_argument("--job", help=argparse.SUPPRESS)
    arguments.add_argument("--take-out", nargs=2, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.job or given.take_out:
        return _in_a_process_of_its_own(given)
    with world.servers(pages=False):
        actor, first = _world(given.results), 0
        for students in given.students:
            print(f"{students} students with {given.results} results each", flush=True)
            _volume(range(first, first + students), given, actor)
            first += students
        if given.out:
            for kind in HEADINGS:
                for shape in ("csv", "xlsx"):
                    print(_worker("--take-out", kind, shape), flush=True)
    return None


def _volume(students: range, given: argparse.Namespace, actor: Any) -> None:
    total = 0.0
    for kind in HEADINGS:
        with tempfile.NamedTemporaryFile(suffix=".xlsx" if given.xlsx else ".csv") as file:
            rows = _write(file, kind, students, given.results, as_xlsx=given.xlsx)
            took, memory = _move(kind, file, rows, actor, kill=given.kill and kind == "results")
        total += took
        print(f"{kind:<12}{rows:>8} rows {took:8.2f} s {rows / took:8.0f} a second; {memory}", flush=True)
    bare = _bare(len(students) * given.results)
    print(f"all together {total:.1f} s; plain COPY of the attempts {bare:.2f} s, {total / bare:.1f} times")


def _world(results: int) -> Any:
    from tests import factories
    from upt_portal.accounts import roles

    plan = factories.curriculum(
        filled=False, programme=factories.programme(code="AC-L-MV", semesters=8), series=PLAN
    )
    for number in range(results):
        factories.discipline(curriculum=plan, code=f"D{number}")
    factories.academic_year("2025-2026")
    return factories.user(roles.SCHOOL_MANAGEMENT)


def _rows(kind: str, students: range, results: int) -> Iterator[str]:
    from upt_portal.kernel.cnp import make_cnp

    for n in students:
        cnp = make_cnp(date(2004, 1 + n // 900 % 12, 1 + n // 10800), "F", 35, 1 + n % 900)
        if kind == "students":
            yield f"Țânțaru;Ștefania {n};{cnp};RO"
        elif kind == "enrolments":
            yield f"M{n:06d};{cnp};AC-L-MV;{PLAN};3;buget;română;înmatriculat"
        else:
            for what in range(results):
                yield f"M{n:06d};D{what};2025-2026;A-I;normală;20.01.2026;{5 + (n + what) % 6}"


def _write(file: IO[bytes], kind: str, students: range, results: int, *, as_xlsx: bool) -> int:
    """Write the file as a former system would; how many rows it has."""
    count = 0
    if not as_xlsx:
        file.write(f"{HEADINGS[kind]}\n".encode())
        for line in _rows(kind, students, results):
            file.write(f"{line}\n".encode())
            count += 1
    else:
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("1")
        sheet.append(HEADINGS[kind].split(";"))
        for line in _rows(kind, students, results):
            sheet.append(line.split(";"))
            count += 1
        book.save(file)
    file.flush()
    return count


def _move(kind: str, file: IO[bytes], rows: int, actor: Any, *, kill: bool) -> tuple[float, str]:
    """Seconds from the file received to its last row written, and the highest memory of both jobs."""
    from django.core.files.uploadedfile import UploadedFile

    from studentrecords.importing import moving
    from studentrecords.models import MovingFile
    from upt_portal.kernel import clock
    from upt_portal.kernel.models import Job

    started = time.perf_counter()
    with Path(file.name).open("rb") as opened:
        sent = UploadedFile(opened, "fisier", size=Path(file.name).stat().st_size)
        found = moving.receive(kind, sent, faculties="", actor=actor, at=clock.now())
    took = time.perf_counter() - started
    looked = _worker("--job", str(Job.objects.get(kind=moving.LOOK, payload__moving=found.pk).pk))
    moving.confirm(found.pk, actor=actor, at=clock.now())
    job = str(Job.objects.get(kind=moving.WRITE, payload__moving=found.pk).pk)
    if kill:
        print(f"{'killed':<12}{_killed(job, found.pk, rows // 2):>8} rows were written", flush=True)
    wrote = _worker("--job", job)
    took += sum(float(said.split()[0]) for said in (looked, wrote))  # without the start of Python
    found = MovingFile.objects.get(pk=found.pk)
    if found.written != rows or found.state != "done":
        raise SystemExit(f"{found.written} of {rows} rows were written: {found.state}")
    return took, f"look: {looked}; writing: {wrote}"


def _worker(*arguments: str) -> str:
    """What a process of its own says about its work."""
    command = [sys.executable, "-m", "tests.bench.importing", *arguments]
    done = subprocess.run(command, cwd=world.ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def _killed(job: str, moving: int, after: int) -> int:
    """Start the writing, kill its process once `after` rows are passed; how many rows stand then."""
    from studentrecords.models import MovingFile

    command = [sys.executable, "-m", "tests.bench.importing", "--job", job]
    worker = subprocess.Popen(command, cwd=world.ROOT, stdout=subprocess.DEVNULL)
    rows = MovingFile.objects.filter(pk=moving)
    while rows.values_list("done", flat=True)[0] < after:
        if worker.poll() is not None:
            raise SystemExit("the writing ended before it could be killed")
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    return int(rows.values_list("written", flat=True)[0])


def _in_a_process_of_its_own(given: argparse.Namespace) -> None:
    """Do one job, or take records out, and say how much memory that took."""
    import django

    django.setup()
    from django.db import connection

    from studentrecords.importing import moving_rows, taking_out  # noqa: F401  what a worker knows anyway
    from upt_portal.kernel import clock, exports, jobs

    connection.ensure_connection()
    before, started = _megabytes("VmRSS"), time.perf_counter()
    if given.job:
        # A killed worker's lease is over ten minutes later.
        if not jobs.run(given.job, at=clock.now() + timedelta(minutes=10)):
            raise SystemExit("the job failed")
        took = time.perf_counter() - started
        print(f"{took:.1f} s, {_megabytes('VmHWM'):.0f} MB at most, {before:.0f} at its start")
        return
    kind, shape = given.take_out
    answer = exports.stream(
        "x", taking_out.headings(kind), taking_out.rows(kind, None), as_csv=shape == "csv"
    )
    first, size = 0.0, 0
    for piece in answer:
        first = first or time.perf_counter() - started
        size += len(piece)
    took = time.perf_counter() - started
    memory = f"{_megabytes('VmHWM'):.0f} MB at most, {before:.0f} at its start"
    print(f"out {kind} {shape} {size / 1e6:.1f} MB {took:.1f} s, first byte after {first:.1f} s; {memory}")


def _bare(count: int) -> float:
    """Seconds of a COPY of the last `count` attempts into an empty table of the same shape."""
    from django.db import connection

    table = "studentrecords_earlierattempt"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS bare; CREATE TABLE bare (LIKE {table} INCLUDING ALL)")
        with cursor.copy(f"COPY (SELECT * FROM {table} ORDER BY id DESC LIMIT {count}) TO STDOUT") as copy:
            data = b"".join(bytes(piece) for piece in copy)
        started = time.perf_counter()
        with cursor.copy("COPY bare FROM STDIN") as copy:
            copy.write(data)
    return time.perf_counter() - started


def _megabytes(name: str) -> float:
    """VmRSS, what this process holds now, or VmHWM, the most it ever held, as the kernel counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name))) / 1024


if __name__ == "__main__":
    main()
