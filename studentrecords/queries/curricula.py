"""What a curriculum says of a discipline's hours, beside the figures of the university."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from studentrecords.models import Discipline
from studentrecords.parameters import (
    HOURS_PER_CREDIT_MAX,
    HOURS_PER_CREDIT_MIN,
    TAUGHT_PER_CREDIT_MAX,
    TAUGHT_PER_CREDIT_MIN,
)
from studentrecords.rules.plans import workload_warnings
from upt_portal.kernel.words import Sentence

TEACHING_WEEKS: Final = 14
WEEKLY: Final = ("hours_course", "hours_seminar", "hours_lab", "hours_project")
HOURS: Final = (*WEEKLY, "hours_practice_semester", "hours_individual_semester")


def workload(values: Mapping[str, Any], on: date) -> list[Sentence]:
    """What to look at in the hours of a discipline (REC-071); nothing where all is within the limits.

    values: credits and hours by the names of `Discipline`; weekly hours run for 14 weeks. The hours of work
    are judged only where individual study is recorded. on: the day whose figures hold.
    """
    week = {name: Decimal(values[name] or 0) * TEACHING_WEEKS for name in WEEKLY}
    practice = Decimal(values["hours_practice_semester"] or 0)
    alone = Decimal(values["hours_individual_semester"] or 0)
    taught = sum(week.values(), practice)
    return workload_warnings(
        values["credits"],
        work=taught + alone if alone else Decimal(0),
        taught=taught,
        course=week["hours_course"],
        applications=taught - week["hours_course"],
        hours=(HOURS_PER_CREDIT_MIN.on(on), HOURS_PER_CREDIT_MAX.on(on)),
        taught_hours=(TAUGHT_PER_CREDIT_MIN.on(on), TAUGHT_PER_CREDIT_MAX.on(on)),
    )


def workload_of(discipline: Discipline, on: date) -> list[Sentence]:
    """The same for a discipline of the records."""
    return workload({name: getattr(discipline, name) for name in ("credits", *HOURS)}, on)
