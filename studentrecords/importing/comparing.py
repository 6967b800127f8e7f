"""A curriculum of a file beside the one in the records: what is new, changed, gone, and what may not move."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from django.db.models import PROTECT, ForeignObjectRel, Model
from django.utils.formats import localize
from django.utils.translation import gettext as _

from studentrecords.importing import checks
from studentrecords.importing.drafts import (
    DISCIPLINE_FIELDS,
    Plan,
    discipline_values,
    of_packages,
    package_values,
)
from studentrecords.models import (
    Curriculum,
    Discipline,
    DisciplineKind,
    EquivalenceRow,
    Evaluation,
    Package,
    Recognition,
    SheetVersion,
)
from upt_portal.kernel.tables import Fault, Row

# Corrected at any time: no contract, charge or grade depends on them.
CORRECTABLE: Final = frozenset({"name_en", "source", "note", "labels"})


@dataclass(frozen=True)
class Difference:
    """One field of a row: its name in words, before and after."""

    field: str
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One discipline or package: its code and name, its row in the file (None when gone from it)."""

    code: str
    name: str
    row: int | None = None
    differences: tuple[Difference, ...] = ()


@dataclass
class Changes:
    """What a file does to the disciplines, or to the packages, of a curriculum."""

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Change] = field(default_factory=list)
    removed: list[Change] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """The file says what the records say."""
        return not (self.new or self.changed or self.removed)


@dataclass
class PlanReport:
    """What would happen to one curriculum."""

    plan: Plan
    is_new: bool
    disciplines: Changes
    packages: Changes
    faults: list[Fault]
    warnings: list[Fault]
    credits: dict[int, int]


def report_on(plan: Plan, *, lock: bool = False) -> PlanReport:
    """The curriculum compared with the records; its faults include used rows that would be lost or changed.

    Without a table of packages those that its rows name are taken from the records: the disciplines suffice.
    lock: hold the curriculum and its disciplines until the transaction ends; who contracts one waits.
    """
    curriculum, kept, packages = _records(plan, lock)
    if not plan.packages:
        named = {row["package_code"] for row in plan.disciplines}
        plan.packages = [_as_row(package) for package in packages if package.code in named]
    before = {discipline.code: _discipline_now(discipline) for discipline in kept}
    said = {row["discipline_code"]: (row.number, discipline_values(row)) for row in plan.disciplines}
    disciplines = _compare(before, said)
    package_changes = _compare(
        {package.code: _package_now(package) for package in packages},
        {row["package_code"]: (row.number, package_values(row)) for row in plan.packages},
    )
    used = uses_of(discipline.pk for discipline in kept)
    held = [
        *_held(disciplines, {one.code: used[one.pk] for one in kept if one.pk in used}),
        *map(of_packages, _held(package_changes, _uses_of_packages(kept, used))),
    ]
    return PlanReport(
        plan=plan,
        is_new=curriculum is None,
        disciplines=disciplines,
        packages=package_changes,
        faults=[*checks.faults_of(plan), *held],
        warnings=checks.warnings_of(plan),
        credits=checks.credits_by_semester(plan),
    )


def _records(plan: Plan, lock: bool) -> tuple[Curriculum | None, list[Discipline], list[Package]]:
    """The curriculum as recorded, its disciplines and its packages."""
    curricula = Curriculum.objects.select_for_update(no_key=True) if lock else Curriculum.objects.all()
    curriculum = curricula.filter(programme=plan.programme, series=plan.series).first()
    if curriculum is None:
        return None, [], []
    disciplines = curriculum.disciplines.select_related("package")
    if lock:
        disciplines = disciplines.select_for_update(of=("self",))
    return curriculum, list(disciplines), list(curriculum.packages.all())


def _as_row(package: Package) -> Row:
    values = {"package_code": package.code, "semester": package.semester, "choose": package.choose}
    extra = {
        "credits_each": package.credits_each,
        "options": None,
        "slot_labels_as_published": package.labels,
    }
    return Row(0, {**values, **extra})


class Use(IntEnum):
    """What holds a discipline as it is; of several the first one is told."""

    CONTRACT = 1
    EQUIVALENCE = 2
    SHEET = 3


_USES: Final[dict[type[Model], Use]] = {
    EquivalenceRow: Use.EQUIVALENCE,
    Recognition: Use.EQUIVALENCE,
    SheetVersion: Use.SHEET,
}


def used_disciplines(ids: Iterable[int]) -> set[int]:
    """Of these disciplines, those that a choice, a contract, a result, a sheet or a recognition names."""
    return set(uses_of(ids))


def uses_of(ids: Iterable[int]) -> dict[int, Use]:
    """What holds each of these disciplines, by its key; free ones are left out.

    Every table that protects a discipline counts, also those of rooms this one does not know.
    """
    wanted = list(ids)
    found: dict[int, Use] = {}
    for relation in Discipline._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is PROTECT:
            name = relation.field.attname
            use = _USES.get(relation.related_model, Use.CONTRACT)
            rows = relation.related_model._base_manager.filter(**{f"{name}__in": wanted})
            for key in rows.values_list(name, flat=True).distinct():
                found[key] = min(use, found.get(key, use))
    return found


def _uses_of_packages(kept: Iterable[Discipline], used: Mapping[int, Use]) -> dict[str, Use]:
    found: dict[str, Use] = {}
    for one in kept:
        if one.package and one.pk in used:
            found[one.package.code] = min(used[one.pk], found.get(one.package.code, used[one.pk]))
    return found


def _discipline_now(discipline: Discipline) -> dict[str, Any]:
    values = {name: getattr(discipline, name) for name in DISCIPLINE_FIELDS}
    package = discipline.package.code if discipline.package else ""
    return {"code": discipline.code, **values, "package": package}


def _package_now(package: Package) -> dict[str, Any]:
    return {name: getattr(package, name) for name in ("code", "semester", "choose", "credits_each", "labels")}


def _compare(before: dict[str, dict[str, Any]], after: dict[str, tuple[int, dict[str, Any]]]) -> Changes:
    changes = Changes()
    for code, (number, values) in after.items():
        name = values.get("name_ro", code)
        if code not in before:
            changes.new.append(Change(code, name, number))
            continue
        differences = tuple(
            Difference(
                key, _title(key, "name_ro" in values), _shown(key, before[code][key]), _shown(key, value)
            )
            for key, value in values.items()
            if before[code][key] != value
        )
        target = changes.changed if differences else changes.unchanged
        target.append(Change(code, name, number, differences))
    for code, values in before.items():
        if code not in after:
            changes.removed.append(Change(code, values.get("name_ro", code)))
    return changes


def _title(name: str, of_discipline: bool) -> str:
    return str((Discipline if of_discipline else Package)._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _shown(name: str, value: Any) -> str:
    if value in ("", None):
        return "–"
    meant = {"kind": DisciplineKind, "evaluation": Evaluation}.get(name)
    return str(meant(value).label) if meant else str(localize(value))


def _held(changes: Changes, used: Mapping[str, Use]) -> list[Fault]:
    """Faults for used rows that the file would lose or change in more than a correction."""
    faults = []
    for change in changes.changed:
        moved = [difference for difference in change.differences if difference.field not in CORRECTABLE]
        if change.code in used and moved:
            what = "; ".join(f"{item.title}: {item.before} → {item.after}" for item in moved)
            place = {"name": change.name, "code": change.code, "what": what}
            faults.append(Fault(_cannot_change(used[change.code]) % place, change.row or None))
    for change in changes.removed:
        if change.code in used:
            place = {"name": change.name, "code": change.code}
            faults.append(Fault(_is_missing(used[change.code]) % place))
    return faults


def _cannot_change(use: Use) -> str:
    if use is Use.SHEET:
        return _("“%(name)s” (%(code)s) has a published sheet and cannot change: %(what)s")
    if use is Use.EQUIVALENCE:
        return _("“%(name)s” (%(code)s) is named in an equivalence and cannot change: %(what)s")
    return _("“%(name)s” (%(code)s) is already contracted and cannot change: %(what)s")


def _is_missing(use: Use) -> str:
    if use is Use.SHEET:
        return _("“%(name)s” (%(code)s) has a published sheet and is missing from the file")
    if use is Use.EQUIVALENCE:
        return _("“%(name)s” (%(code)s) is named in an equivalence and is missing from the file")
    return _("“%(name)s” (%(code)s) is already contracted and is missing from the file")


def fingerprint(reports: Iterable[PlanReport]) -> str:
    """A hash of everything the reports would do, to tell whether the records moved since a preview."""
    said = [
        [
            report.plan.programme.code,
            report.plan.series,
            report.is_new,
            *_said(report.disciplines),
            *_said(report.packages),
        ]
        for report in reports
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _said(changes: Changes) -> list[Any]:
    return [
        [change.code for change in changes.new],
        [
            [change.code, [[d.field, d.before, d.after] for d in change.differences]]
            for change in changes.changed
        ],
        [change.code for change in changes.unchanged],
        [change.code for change in changes.removed],
    ]
