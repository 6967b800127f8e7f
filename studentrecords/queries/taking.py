"""What upper rooms know about a student at an exam: presentations paid for, disciplines contracted again.

Each room hands over a function when it starts; without one nobody has paid and nothing was contracted again.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from studentrecords.models import AcademicYear
from upt_portal.kernel.answers import Answer


@dataclass(frozen=True)
class Presentation:
    """A paid presentation. earlier: at a discipline of an earlier year. answer: listed, or why not."""

    enrolment: int
    earlier: bool
    answer: Answer


Presentations = Callable[[AcademicYear, str, int], Sequence[Presentation]]
Recontracted = Callable[[AcademicYear, int], Collection[int]]


def _nobody(year: AcademicYear, session: str, discipline: int) -> Sequence[Presentation]:
    return ()


def _none(year: AcademicYear, discipline: int) -> Collection[int]:
    return ()


_presentations: Presentations = _nobody
_recontracted: Recontracted = _none


def read_presentations_with(read: Presentations) -> None:
    """From now on the paid presentations of a session and discipline come from `read`."""
    global _presentations
    _presentations = read


def read_recontracted_with(read: Recontracted) -> None:
    """From now on the enrolments that contracted a discipline again and paid it come from `read`."""
    global _recontracted
    _recontracted = read


def presentations(year: AcademicYear, session: str, discipline: int) -> Sequence[Presentation]:
    """Who asked to pay for an exam of a session, and whether that puts them on its list (REC-114)."""
    return _presentations(year, session, discipline)


def recontracted(year: AcademicYear, discipline: int) -> frozenset[int]:
    """Keys of the enrolments that contracted a discipline again this year and paid it."""
    return frozenset(_recontracted(year, discipline))
