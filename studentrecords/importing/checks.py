"""What must hold in one curriculum: credits, codes, semesters, packages. Plain rows in, faults out."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from studentrecords.importing.drafts import Plan, of_packages
from studentrecords.models import DisciplineKind
from studentrecords.queries.curricula import workload
from studentrecords.rules.plans import length_answer
from upt_portal.kernel import clock
from upt_portal.kernel.tables import Fault, Row

SEMESTER_CREDITS: Final = 30  # "Un semestru are 30 de credite", data/study_rules.csv
# Chosen from packages or beside them; only these may stand in one (the table holds the same).
IN_PACKAGES: Final = frozenset(
    {DisciplineKind.ELECTIVE, DisciplineKind.COMPLEMENTARY, DisciplineKind.FACULTATIVE}
)
OUTSIDE_THE_CREDITS: Final = frozenset({DisciplineKind.FACULTATIVE, DisciplineKind.FINAL_EXAM})


def faults_of(plan: Plan) -> list[Fault]:
    """Everything that keeps the curriculum from being written, in the order of the file."""
    found = [*_length(plan), *_doubled(plan), *_semesters(plan), *_packages(plan), *_options(plan)]
    found.sort(key=lambda fault: fault.row or 0)
    # Totals of a file whose rows are wrong would only tell the same faults again.
    return found or list(_credits(plan))


def warnings_of(plan: Plan) -> list[Fault]:
    """What a person should look at, though it may be meant so."""
    present = {row["semester"] for row in plan.disciplines}
    missing = [str(number) for number in range(1, plan.programme.semesters + 1) if number not in present]
    found = []
    if missing:
        found.append(Fault(_("No discipline in semester %(numbers)s") % {"numbers": ", ".join(missing)}))
    found += [fault for row in plan.disciplines for fault in _workload(row)]
    return found


def credits_by_semester(plan: Plan) -> dict[int, int]:
    """Credits a student takes in each semester: the compulsory ones, of each package as many as are chosen.

    Facultative disciplines and the final examination stand outside.
    """
    total: dict[int, int] = defaultdict(int)
    options = _options_by_package(plan)
    for row in plan.disciplines:
        if not row["package_code"] and row["kind"] not in OUTSIDE_THE_CREDITS:
            total[row["semester"]] += row["credits"]
    for package in plan.packages:
        kinds = {row["kind"] for row in options[package["package_code"]]}
        if not kinds <= OUTSIDE_THE_CREDITS:
            total[package["semester"]] += package["choose"] * package["credits_each"]
    return dict(sorted(total.items()))


def _options_by_package(plan: Plan) -> dict[str, list[Row]]:
    options: dict[str, list[Row]] = defaultdict(list)
    for row in plan.disciplines:
        if row["package_code"]:
            options[row["package_code"]].append(row)
    return options


def _doubled(plan: Plan) -> Iterator[Fault]:
    yield from _doubles(plan.disciplines, "discipline_code")
    yield from map(of_packages, _doubles(plan.packages, "package_code"))


def _doubles(rows: list[Row], name: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for row in rows:
        if row[name] in first:
            place = {"code": row[name], "row": first[row[name]]}
            yield Fault(_("the code “%(code)s” already stands in row %(row)s") % place, row.number)
        first.setdefault(row[name], row.number)


def _semesters(plan: Plan) -> Iterator[Fault]:
    yield from _beyond(plan, plan.disciplines)
    yield from map(of_packages, _beyond(plan, plan.packages))


def _beyond(plan: Plan, rows: list[Row]) -> Iterator[Fault]:
    most = plan.programme.semesters
    for row in rows:
        if row["semester"] > most:
            place = {"programme": plan.programme.code, "most": most, "semester": row["semester"]}
            words = _("semester %(semester)s: the programme %(programme)s has %(most)s semesters")
            yield Fault(words % place, row.number)


def _packages(plan: Plan) -> Iterator[Fault]:
    options = _options_by_package(plan)
    for package in plan.packages:
        if words := _lacks(package, len(options[package["package_code"]])):
            # A package of the records stands in no file and has no row there.
            yield of_packages(Fault(words, package.number)) if package.number else Fault(words)


def _lacks(package: Row, found: int) -> str:
    """What is wrong with the number of disciplines in a package, in words; "" when it is right."""
    told = package["options"]
    place = {"code": package["package_code"], "found": found, "told": told, "choose": package["choose"]}
    if not found:
        return _("the package “%(code)s” has no discipline") % place
    if found < package["choose"]:
        return _("the package “%(code)s” asks for %(choose)s disciplines and has %(found)s") % place
    if told and told != found:
        return _("the package “%(code)s” should have %(told)s disciplines and has %(found)s") % place
    return ""


def _options(plan: Plan) -> Iterator[Fault]:
    packages = {package["package_code"]: package for package in plan.packages}
    for row in plan.disciplines:
        code = row["package_code"]
        if not code:
            if row["kind"] == DisciplineKind.ELECTIVE:
                yield Fault(_("an elective discipline without a package"), row.number)
            continue
        if row["kind"] not in IN_PACKAGES:
            yield Fault(_("a compulsory discipline cannot stand in a package"), row.number)
        elif code not in packages:
            yield Fault(_("the package “%(code)s” is not described") % {"code": code}, row.number)
        else:
            yield from _fits(row, packages[code])


def _fits(row: Row, package: Row) -> Iterator[Fault]:
    place = {
        "code": package["package_code"],
        "semester": package["semester"],
        "credits": package["credits_each"],
    }
    if row["semester"] != package["semester"]:
        yield Fault(_("the package “%(code)s” belongs to semester %(semester)s") % place, row.number)
    if row["credits"] != package["credits_each"]:
        yield Fault(_("disciplines of the package “%(code)s” have %(credits)s credits") % place, row.number)


def _credits(plan: Plan) -> Iterator[Fault]:
    for semester, total in credits_by_semester(plan).items():
        if total != SEMESTER_CREDITS:
            place = {"semester": semester, "total": total, "needed": SEMESTER_CREDITS}
            yield Fault(_("Semester %(semester)s adds up to %(total)s credits instead of %(needed)s") % place)


def _length(plan: Plan) -> Iterator[Fault]:
    answer = length_answer(plan.programme.cycle, plan.programme.semesters)
    if not answer:
        yield Fault(f"{plan.programme.code}: {answer.reason}")


def _workload(row: Row) -> Iterator[Fault]:
    yield from (Fault(str(words), row.number) for words in workload(row.values, clock.today()))
