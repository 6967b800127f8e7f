"""Faculties, fields, programmes, academic years with their calendar, from the reference files."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from studentrecords.models import (
    AcademicYear,
    CalendarEvent,
    Cycle,
    Faculty,
    Field,
    Programme,
    StudyForm,
)
from studentrecords.rules.plans import length_answer
from upt_portal.kernel import cells
from upt_portal.kernel.sheets import TableRefused
from upt_portal.kernel.tables import Column, Fault, Row, read

OWN: Final = "UPT"  # the pack also holds calendars of other universities, for comparison
SEMESTERS: Final = ("semestrul 1", "semestrul 2")


def _optional(name: str, read_cell: cells.Reader = cells.text) -> Column:
    return Column(name, name, read_cell, required=False, filled=False, default="")


FACULTIES: Final = (
    Column("code", "code", cells.texts_up_to(12)),
    Column("name_ro", "name_ro", cells.texts_up_to(250)),
    _optional("name_en", cells.texts_up_to(250)),
    _optional("website"),
)
PROGRAMMES: Final = (
    Column("programme_code", "programme_code", cells.texts_up_to(24)),
    _optional("upt_code", cells.texts_up_to(12)),
    _optional("faculty_code"),
    Column("cycle", "cycle", cells.choice({value: value for value in Cycle.values})),
    Column("name_ro", "name_ro", cells.texts_up_to(250)),
    _optional("name_en", cells.texts_up_to(250)),
    _optional("field_ro", cells.texts_up_to(250)),
    Column("language", "language", cells.texts_up_to(2)),
    Column("form", "form", cells.choice({value: value for value in StudyForm.values})),
    Column("semesters", "semesters", cells.whole_between(1, 12)),
    Column("credits", "credits", cells.whole_between(1, 400)),
    _optional("open_non_eu"),
    _optional("source", cells.texts_up_to(20)),
    _optional("note", cells.texts_up_to(400)),
)
YEARS: Final = (
    Column("year", "year", cells.texts_up_to(9)),
    Column("event", "event", cells.texts_up_to(200)),
    Column("start", "start", cells.day),
    Column("end", "end", cells.day),
    Column("institution", "institution"),
    _optional("source", cells.texts_up_to(20)),
    _optional("note"),
)


class ReferenceRefused(Exception):
    """Nothing was written; `faults` say why, each with the name of its file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Loaded:
    """How many rows of each kind the files hold now."""

    faculties: int
    programmes: int
    years: int
    events: int


@transaction.atomic
def load(folder: Path) -> Loaded:
    """Write the reference files of `folder`; a row already there is brought up to date, none is deleted.

    All or nothing, and twice is the same as once. Raises ReferenceRefused with the faults in words.
    """
    faculties = _rows(folder / "faculties.csv", FACULTIES)
    programmes = _rows(folder / "programmes.csv", PROGRAMMES)
    years = _rows(folder / "academic_years.csv", YEARS)
    _write_faculties(faculties)
    _write_programmes(programmes)
    named = _write_years(years)
    return Loaded(len(faculties), len(programmes), len(named), sum(len(events) for events in named.values()))


def _rows(path: Path, columns: Sequence[Column]) -> list[Row]:
    try:
        reading = read(path.read_bytes(), columns)
    except FileNotFoundError as missing:
        raise ReferenceRefused([_("%(file)s: no such file") % {"file": path.name}]) from missing
    except TableRefused as refused:
        raise ReferenceRefused([f"{path.name}: {refused}"]) from refused
    if reading.faults:
        raise ReferenceRefused([f"{path.name}: {fault}" for fault in reading.faults])
    return reading.rows


def _write_faculties(rows: list[Row]) -> None:
    for row in rows:
        values = {name: row[name] for name in ("name_ro", "name_en", "website")}
        Faculty.objects.update_or_create(code=row["code"], defaults=values)


def _write_programmes(rows: list[Row]) -> None:
    faculties = {faculty.code: faculty for faculty in Faculty.objects.all()}
    faults = [
        Fault(_("no such faculty"), row.number, "faculty_code", row["faculty_code"])
        for row in rows
        if row["faculty_code"] and row["faculty_code"] not in faculties
    ]
    for row in rows:
        if not (answer := length_answer(row["cycle"], row["semesters"])):
            faults.append(Fault(str(answer.reason), row.number, "semesters", str(row["semesters"])))
    if faults:
        raise ReferenceRefused([f"programmes.csv: {fault}" for fault in faults])
    for row in rows:
        field = Field.objects.get_or_create(name_ro=row["field_ro"])[0] if row["field_ro"] else None
        same = (
            "upt_code",
            "cycle",
            "name_ro",
            "name_en",
            "language",
            "form",
            "semesters",
            "credits",
            "source",
        )
        values: dict[str, Any] = {name: row[name] for name in same}
        values |= {
            "faculty": faculties.get(row["faculty_code"]),
            "field": field,
            "open_to_third_countries": True if row["open_non_eu"] == "yes" else None,  # empty: not known
            "source_note": row["note"],
        }
        Programme.objects.update_or_create(code=row["programme_code"], defaults=values)


def _write_years(rows: list[Row]) -> dict[str, list[Row]]:
    """Years of the university's own calendar; where only its distance learning published one, that."""
    own: dict[str, list[Row]] = defaultdict(list)
    others: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["institution"] == OWN:
            own[row["year"]].append(row)
        elif row["institution"].startswith(OWN):
            others[row["year"]].append(row)
    for name, events in others.items():
        own.setdefault(name, events)
    for name, events in own.items():
        _write_year(name, events)
    return own


def _write_year(name: str, rows: list[Row]) -> None:
    starts = {row["event"]: row["start"] for row in rows}
    if not all(semester in starts for semester in SEMESTERS):
        raise ReferenceRefused([_("academic_years.csv: %(year)s has no two semesters") % {"year": name}])
    first, second = (starts[semester] for semester in SEMESTERS)
    dates = {"starts_on": first, "second_semester_on": second, "ends_on": max(row["end"] for row in rows)}
    year, _made = AcademicYear.objects.update_or_create(name=name, defaults=dates)
    # Events have no name of their own that would last; the calendar is replaced as a whole.
    year.events.all().delete()
    CalendarEvent.objects.bulk_create(
        CalendarEvent(
            year=year,
            event=row["event"],
            starts_on=row["start"],
            ends_on=row["end"],
            source=row["source"],
            note=row["note"],
        )
        for row in rows
    )
