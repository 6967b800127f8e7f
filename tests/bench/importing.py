"""Students with their enrolments and results moving in, beside a plain COPY of the same results.

    python -m tests.bench.importing [--students 1000] [--results 40] [--xlsx]

The whole way is measured: the file is looked at, confirmed and written by the job. The bare side knows every
key already and copies the attempts into an empty table of the same shape, with its indexes.
"""

import argparse
import io
import resource
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

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
    arguments.add_argument("--students", type=int, default=1000)
    arguments.add_argument("--results", type=int, default=40)
    arguments.add_argument("--xlsx", action="store_true")
    given = arguments.parse_args()
    with world.servers():
        actor = _world(given.results)
        total = 0.0
        for kind in HEADINGS:
            rows = list(_rows(kind, given.students, given.results))
            took = _move(kind, rows, actor, as_xlsx=given.xlsx)
            total += took
            print(f"{kind:<12}{len(rows):>8} rows {took:8.2f} s {len(rows) / took:8.0f} a second")
        bare = _bare()
        print(f"plain COPY of the attempts {bare:.2f} s; the results took {took / bare:.1f} times as long")
        print(f"all together {total:.1f} s; largest memory {_megabytes():.0f} MB")


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


def _rows(kind: str, students: int, results: int) -> Iterator[str]:
    from upt_portal.kernel.cnp import make_cnp

    for n in range(students):
        cnp = make_cnp(date(2004, 1 + n // 900 % 12, 1 + n // 10800), "F", 35, 1 + n % 900)
        if kind == "students":
            yield f"Țânțaru;Ștefania {n};{cnp};RO"
        elif kind == "enrolments":
            yield f"M{n:06d};{cnp};AC-L-MV;{PLAN};3;buget;română;înmatriculat"
        else:
            for what in range(results):
                yield f"M{n:06d};D{what};2025-2026;A-I;normală;20.01.2026;{5 + (n + what) % 6}"


def _file(kind: str, rows: list[str], *, as_xlsx: bool) -> bytes:
    if not as_xlsx:
        return "\n".join([HEADINGS[kind], *rows]).encode()
    from openpyxl import Workbook

    book, target = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet("1")
    for line in (HEADINGS[kind], *rows):
        sheet.append(line.split(";"))
    book.save(target)
    return target.getvalue()


def _move(kind: str, rows: list[str], actor: Any, *, as_xlsx: bool) -> float:
    """Seconds from the file received to its last row written."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from studentrecords.importing import moving
    from studentrecords.models import MovingFile
    from upt_portal.kernel import clock, jobs
    from upt_portal.kernel.models import Job

    data = _file(kind, rows, as_xlsx=as_xlsx)
    started = time.perf_counter()
    found = moving.receive(
        kind, SimpleUploadedFile("fisier", data), faculties="", actor=actor, at=clock.now()
    )
    jobs.run(str(Job.objects.get(kind=moving.LOOK, payload__moving=found.pk).pk), at=clock.now())
    moving.confirm(found.pk, actor=actor, at=clock.now())
    jobs.run(str(Job.objects.get(kind=moving.WRITE, payload__moving=found.pk).pk), at=clock.now())
    took = time.perf_counter() - started
    written = MovingFile.objects.get(pk=found.pk).written
    if written != len(rows):
        raise SystemExit(f"{written} of {len(rows)} rows were written")
    return took


def _bare() -> float:
    """Seconds of a COPY of the same attempts into a table of the same shape."""
    from django.db import connection

    table = "studentrecords_earlierattempt"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare (LIKE {table} INCLUDING ALL)")
        with cursor.copy(f"COPY {table} TO STDOUT") as copy:
            data = b"".join(bytes(piece) for piece in copy)
        started = time.perf_counter()
        with cursor.copy("COPY bare FROM STDIN") as copy:
            copy.write(data)
    return time.perf_counter() - started


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
