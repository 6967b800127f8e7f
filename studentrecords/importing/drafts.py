"""A curriculum as a file says it, before anything is compared with the records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from studentrecords.importing.columns import DISCIPLINES, PACKAGES
from studentrecords.models import Programme
from upt_portal.kernel.sheets import TableRefused
from upt_portal.kernel.tables import Fault, LeftOut, Reading, Row, read


@dataclass
class Plan:
    """One curriculum of the file: its disciplines and packages, each with its row number."""

    programme: Programme
    series: str
    disciplines: list[Row] = field(default_factory=list)
    packages: list[Row] = field(default_factory=list)


@dataclass
class Draft:
    """What a file holds: curricula, what is wrong with it, and what was passed over."""

    plans: list[Plan] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Chosen:
    """The programme and series a person named beside the file; empty where the file says it."""

    programme: str = ""
    series: str = ""


def read_draft(data: bytes, packages: bytes = b"", chosen: Chosen = Chosen()) -> Draft:
    """The curricula in a file; packages from a second file, or from another sheet of the same workbook.

    Raises TableRefused when there is no table of disciplines.
    """
    reading = read(data, DISCIPLINES)
    draft = Draft(faults=list(reading.faults), left_out=reading.left_out, ignored=reading.ignored)
    programmes = _programmes()
    plans: dict[tuple[int, str], Plan] = {}
    for row in _with_semesters(reading.rows, draft.faults):
        if found := _belongs(row, chosen, programmes, draft.faults):
            programme, series = found
            plans.setdefault((programme.pk, series), Plan(programme, series)).disciplines.append(row)
    draft.plans = list(plans.values())
    for row in _package_rows(data, packages, draft):
        _add_package(row, draft, chosen)
    if not draft.plans and not draft.faults:
        draft.faults.append(Fault(_("The file has no discipline")))
    return draft


def _add_package(row: Row, draft: Draft, chosen: Chosen) -> None:
    """Gives the row to the curriculum it names; one of another curriculum is none of our business."""
    code, series = row["programme_code"].upper(), "" if chosen.series else row["curriculum_year"]
    fits = [
        plan
        for plan in draft.plans
        if code in ("", plan.programme.code.upper(), plan.programme.upt_code.upper())
        and (not series or _whole_series(series, plan.programme) == plan.series)
    ]
    if len(fits) > 1:
        words = _("the package does not say which programme and series it belongs to")
        draft.faults.append(of_packages(Fault(words, row.number)))
    for plan in fits[:1]:
        plan.packages.append(row)


def _programmes() -> dict[str, Programme]:
    """Programmes by their code and by the university's own code."""
    found = list(Programme.objects.select_related("faculty"))
    by_code = {programme.upt_code.upper(): programme for programme in found if programme.upt_code}
    return by_code | {programme.code.upper(): programme for programme in found}


def _belongs(
    row: Row, chosen: Chosen, programmes: Mapping[str, Programme], faults: list[Fault]
) -> tuple[Programme, str] | None:
    """Programme and series of a row; None with a fault when it cannot be known."""
    code = row["programme_code"] or chosen.programme
    programme = programmes.get(code.upper())
    if programme is None:
        words = _("no such programme") if code else _("the programme is not given")
        faults.append(Fault(words, row.number, str(DISCIPLINES[0].title), code))
        return None
    picked = programmes.get(chosen.programme.upper())
    if picked is not None and picked != programme:
        words = _("you chose %(programme)s") % {"programme": picked.code}
        faults.append(Fault(words, row.number, str(DISCIPLINES[0].title), code))
        return None
    series = chosen.series or row["curriculum_year"]
    if not series:
        faults.append(Fault(_("the series is not given"), row.number, str(DISCIPLINES[1].title)))
        return None
    return programme, _whole_series(series, programme)


def _whole_series(series: str, programme: Programme) -> str:
    """ "2023" of a programme of 8 semesters is 2023-2027."""
    return series if "-" in series else f"{series}-{int(series) + (programme.semesters + 1) // 2}"


def _with_semesters(rows: list[Row], faults: list[Fault]) -> list[Row]:
    """The rows with year and semester both known, semesters counted through the whole cycle.

    Where every row says semester 1 or 2 and some year is above the first, they are counted in their year.
    """
    in_year = all(row["semester"] <= 2 and row["year"] for row in rows)
    in_year = in_year and any(row["year"] > 1 for row in rows)
    found = []
    for row in rows:
        year, semester = row["year"], row["semester"]
        if in_year:
            semester += 2 * (year - 1)
        if year is None:
            year = (semester + 1) // 2
        if year != (semester + 1) // 2:
            place = {"semester": semester, "year": year}
            words = _("semester %(semester)s does not belong to year %(year)s") % place
            faults.append(Fault(words, row.number))
            continue
        found.append(Row(row.number, {**row.values, "year": year, "semester": semester}))
    return found


def _package_rows(data: bytes, packages: bytes, draft: Draft) -> list[Row]:
    """Rows of the packages: of their own file, or of a sheet beside the disciplines, if there is one."""
    if packages:
        reading = read(packages, PACKAGES)
        draft.faults += [of_packages(fault) for fault in reading.faults]
        return reading.rows
    beside = _beside(data)
    if beside is None:
        return []
    draft.faults += [of_packages(fault) for fault in beside.faults]
    return beside.rows


def _beside(data: bytes) -> Reading | None:
    try:
        reading = read(data, PACKAGES)
    except TableRefused:
        return None
    return None if reading.missing else reading


def of_packages(fault: Fault) -> Fault:
    """The fault, saying that its row is one of the packages."""
    words = _("in the table of packages: %(words)s") % {"words": fault.words}
    return Fault(words, fault.row, fault.column, fault.value)


def package_values(row: Row) -> dict[str, Any]:
    """A row of packages as the fields of the model, without the curriculum."""
    return {
        "code": row["package_code"],
        "semester": row["semester"],
        "choose": row["choose"],
        "credits_each": row["credits_each"],
        "labels": row["slot_labels_as_published"],
    }


DISCIPLINE_FIELDS = (
    "name_ro", "name_en", "year", "semester", "category", "kind", "credits", "evaluation", "hours_course",
    "hours_seminar", "hours_lab", "hours_project", "hours_practice_semester", "hours_individual_semester",
    "source", "note",
)  # fmt: skip


def discipline_values(row: Row) -> dict[str, Any]:
    """A row of disciplines as the fields of the model, without the curriculum; the package by its code."""
    values = {name: row[name] for name in DISCIPLINE_FIELDS}
    return {"code": row["discipline_code"], **values, "package": row["package_code"]}
