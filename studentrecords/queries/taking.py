"""What upper rooms know about a student at an exam: presentations paid for, disciplines contracted again.

Each room hands over a function when it starts; without one nobody has paid and nothing was contracted again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from studentrecords.models import AcademicYear, Enrolment
from studentrecords.rules.sessions import NOTHING_SPECIAL, Circumstances, Standing
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.sources import Article
from upt_portal.kernel.words import Sentence


@dataclass(frozen=True)
class Presentation:
    """A paid presentation. earlier: at a discipline of an earlier year. answer: listed, or why not."""

    enrolment: int
    earlier: bool
    answer: Answer


class Cost(StrEnum):
    """Where a student stands with the fee of one presentation."""

    FREE = "free"
    FEE = "fee"  # to be paid, not asked for yet
    KEPT = "kept"  # to be paid, and an earlier payment not used serves for it (REC-120)
    ASKED = "asked"  # asked for, something is left to pay
    PAID = "paid"


@dataclass(frozen=True)
class Wanted:
    """One presentation a student thinks of. exam_on: day of the exam, where it is known."""

    discipline: int
    session: str
    standing: Standing
    special: Circumstances = NOTHING_SPECIAL
    exam_on: date | None = None


@dataclass(frozen=True)
class Offer:
    """What one presentation costs, why, and until when. answer: whether it can still be asked for, or listed.

    due_at: last moment of the fee; None where it is free. pay_at: address of the page where it is paid.
    """

    cost: Cost
    why: Sentence
    article: Article | str
    answer: Answer
    amount: Decimal = Decimal(0)
    currency: str = "RON"
    due_at: datetime | None = None
    pay_at: str = ""


Offers = Callable[[Enrolment, AcademicYear, Sequence[Wanted], datetime], Mapping[tuple[int, str], Offer]]
RecontractedBy = Callable[[AcademicYear, int], Collection[int]]
Presentations = Callable[[AcademicYear, str, int], Sequence[Presentation]]
Recontracted = Callable[[AcademicYear, int], Collection[int]]


def _nobody(year: AcademicYear, session: str, discipline: int) -> Sequence[Presentation]:
    return ()


def _none(year: AcademicYear, discipline: int) -> Collection[int]:
    return ()


def _no_offers(
    enrolment: Enrolment, year: AcademicYear, wanted: Sequence[Wanted], at: datetime
) -> Mapping[tuple[int, str], Offer]:
    return {}


_offers: Offers = _no_offers
_recontracted_by: RecontractedBy = _none
_presentations: Presentations = _nobody
_recontracted: Recontracted = _none


def read_presentations_with(read: Presentations) -> None:
    """From now on the paid presentations of a session and discipline come from `read`."""
    global _presentations
    _presentations = read


def read_recontracted_with(read: Recontracted, by_student: RecontractedBy) -> None:
    """From now on who contracted a discipline again and paid it comes from `read`.

    by_student: the disciplines that an enrolment contracted again in a year.
    """
    global _recontracted, _recontracted_by
    _recontracted, _recontracted_by = read, by_student


def read_offers_with(read: Offers) -> None:
    """From now on what presentations cost a student comes from `read`."""
    global _offers
    _offers = read


def offers(
    enrolment: Enrolment, year: AcademicYear, wanted: Sequence[Wanted], at: datetime
) -> Mapping[tuple[int, str], Offer]:
    """What each wanted presentation costs, by discipline and session; empty where nobody keeps fees."""
    return _offers(enrolment, year, wanted, at)


def recontracted_by(year: AcademicYear, enrolment: int) -> frozenset[int]:
    """Keys of the disciplines that an enrolment contracted again this year and paid."""
    return frozenset(_recontracted_by(year, enrolment))


def presentations(year: AcademicYear, session: str, discipline: int) -> Sequence[Presentation]:
    """Who asked to pay for an exam of a session, and whether that puts them on its list (REC-114)."""
    return _presentations(year, session, discipline)


def recontracted(year: AcademicYear, discipline: int) -> frozenset[int]:
    """Keys of the enrolments that contracted a discipline again this year and paid it."""
    return frozenset(_recontracted(year, discipline))
