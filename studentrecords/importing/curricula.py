"""A curriculum file: what it would do (`preview`), and doing it in one transaction (`apply`)."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studentrecords.importing import comparing
from studentrecords.importing.comparing import PlanReport
from studentrecords.importing.drafts import Chosen, Plan, discipline_values, package_values, read_draft
from studentrecords.models import Curriculum, Discipline, Package
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.sheets import TableRefused
from upt_portal.kernel.tables import Fault, LeftOut

audit.register_act("studentrecords.import_curriculum", gettext_lazy("Curriculum read from a file"))


@dataclass
class Report:
    """What a file would do, or did. `faults` keep it from being written; `warnings` do not."""

    digest: str
    plans: list[PlanReport] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    fingerprint: str = ""

    @property
    def ok(self) -> bool:
        """Nothing stands against writing it."""
        return not self.faults

    @property
    def nothing(self) -> bool:
        """The records already say what the file says."""
        return self.ok and all(plan.disciplines.nothing and plan.packages.nothing for plan in self.plans)


class ImportRefused(Exception):
    """Nothing was written; `report` says why."""

    def __init__(self, report: Report) -> None:
        super().__init__("; ".join(str(fault) for fault in report.faults))
        self.report = report


def digest_of(data: bytes, packages: bytes = b"") -> str:
    """SHA-256 of what was chosen, both files together."""
    return hashlib.sha256(hashlib.sha256(data).digest() + hashlib.sha256(packages).digest()).hexdigest()


def preview(data: bytes, *, packages: bytes = b"", chosen: Chosen = Chosen()) -> Report:
    """What the file would do; writes nothing, and tells every fault it can find in words."""
    return _report(data, packages, chosen, lock=False)


def _report(data: bytes, packages: bytes, chosen: Chosen, *, lock: bool) -> Report:
    report = Report(digest=digest_of(data, packages))
    try:
        draft = read_draft(data, packages, chosen)
    except TableRefused as refused:
        report.faults = [Fault(str(refused))]
        return report
    report.left_out, report.ignored = draft.left_out, draft.ignored
    report.plans = [comparing.report_on(plan, lock=lock) for plan in draft.plans]
    report.faults = list(draft.faults)
    if not draft.faults:  # totals and packages mean something only when every row was read
        report.faults = [fault for plan in report.plans for fault in plan.faults]
    report.warnings = [fault for plan in report.plans for fault in plan.warnings]
    report.fingerprint = comparing.fingerprint(report.plans)
    return report


@transaction.atomic
def apply(
    data: bytes,
    *,
    packages: bytes = b"",
    chosen: Chosen = Chosen(),
    expected: str = "",
    actor: User | None,
    at: datetime,
) -> Report:
    """Write the curricula of a file, all of them or nothing.

    expected: the fingerprint of the preview somebody confirmed; "" when nobody looked. at: aware.
    Raises ImportRefused: for a fault, and when the records moved since the preview.
    """
    report = _report(data, packages, chosen, lock=True)
    if report.ok and expected and expected != report.fingerprint:
        report.faults.append(Fault(_("The records changed meanwhile. Look at what the file does now")))
    if not report.ok:
        raise ImportRefused(report)
    for plan_report in report.plans:
        _write(plan_report, report.digest, actor, at)
    return report


def _write(report: PlanReport, digest: str, actor: User | None, at: datetime) -> None:
    plan = report.plan
    curriculum, _made = Curriculum.objects.get_or_create(programme=plan.programme, series=plan.series)
    packages = _write_packages(curriculum, plan)
    _write_disciplines(curriculum, plan, packages)
    gone = [change.code for change in report.packages.removed]
    Package.objects.filter(curriculum=curriculum, code__in=gone).delete()
    counts = {
        "new": len(report.disciplines.new),
        "changed": len(report.disciplines.changed),
        "removed": len(report.disciplines.removed),
    }
    audit.record(
        curriculum, "studentrecords.import_curriculum", actor=actor, at=at, data={"file": digest, **counts}
    )


def _write_packages(curriculum: Curriculum, plan: Plan) -> dict[str, Package]:
    kept = {package.code: package for package in curriculum.packages.all()}
    for row in plan.packages:
        values = package_values(row)
        package = kept.setdefault(values["code"], Package(curriculum=curriculum))
        _set(package, values)
    return kept


def _write_disciplines(curriculum: Curriculum, plan: Plan, packages: dict[str, Package]) -> None:
    kept = {discipline.code: discipline for discipline in curriculum.disciplines.all()}
    said = {row["discipline_code"] for row in plan.disciplines}
    Discipline.objects.filter(curriculum=curriculum, code__in=kept.keys() - said).delete()
    for row in plan.disciplines:
        values = discipline_values(row)
        values["package"] = packages.get(values["package"])
        _set(kept.get(values["code"]) or Discipline(curriculum=curriculum), values)


def _set(thing: Discipline | Package, values: dict[str, Any]) -> None:
    """Save the thing with these values, if it does not hold them already."""
    if thing.pk is None or any(getattr(thing, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(thing, name, value)
        thing.save()
