"""A session, an exam with two teachers, its students; acts at moments before and after its terms."""

from datetime import date, datetime
from typing import Any

from studentrecords.models import Catalogue, Enrolment, ExamSession, Scale
from studentrecords.rules.catalogues import was_sat
from studentrecords.services import catalogues
from studentrecords.services.catalogues import Written
from tests import factories
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel.dates import ROMANIA

#: Session A-I of 2026–2027; the exam is on its third day, a Wednesday.
STARTS, ENDS, EXAM = date(2027, 1, 18), date(2027, 2, 7), date(2027, 1, 20)


def moment(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=ROMANIA)


IN_TIME, LATE = moment(1, 21), moment(1, 29)  # the term ends on 28 January: the 25th is an ordinary Monday


def session(code: str = "A-I", **fields: Any) -> ExamSession:
    values = {"starts_on": STARTS, "ends_on": ENDS, **fields}
    return ExamSession.objects.create(year=factories.academic_year(), code=code, **values)


def teacher(**fields: Any) -> User:
    return factories.user(roles.TEACHER, **fields)


def students(count: int = 3, **fields: Any) -> list[Enrolment]:
    """Students of the first year of one curriculum."""
    plan = fields.pop("curriculum", None) or factories.curriculum(filled=False)
    return [factories.enrolment(curriculum=plan, year_of_study=1, **fields) for _n in range(count)]


def planned(
    listed: list[Enrolment] | None = None, *, of: ExamSession | None = None, **details: Any
) -> Catalogue:
    """An exam of a discipline of semester 1 in the timetable."""
    listed = students() if listed is None else listed
    discipline = details.pop("discipline", None) or factories.discipline(
        curriculum=listed[0].curriculum, semester=1
    )
    details.setdefault("held_on", EXAM)
    return catalogues.plan(
        discipline,
        of or session(),
        holder=details.pop("holder", None) or teacher(),
        second=details.pop("second", None) or teacher(),
        actor=None,
        at=moment(1, 4),
        scale=details.pop("scale", Scale.GRADE),
        **details,
    )


def opened(listed: list[Enrolment] | None = None, **details: Any) -> Catalogue:
    catalogue = planned(listed, **details)
    catalogues.open_catalogue(catalogue.pk, actor=None, at=moment(1, 17))
    catalogue.refresh_from_db()
    return catalogue


def write(
    catalogue: Catalogue, *results: str, at: datetime = IN_TIME, by: User | None = None, reason: str = ""
) -> int:
    """Write results into the rows in the order of the list, as a page would that shows them as they are."""
    rows = catalogue.rows.order_by("enrolment")
    written = {
        row.pk: Written(row.result, now, *((True, True) if was_sat(now) else ()))
        for row, now in zip(rows, results, strict=False)
    }
    done = catalogues.enter(catalogue.pk, written, reason=reason, actor=by or catalogue.holder, at=at)
    catalogue.refresh_from_db()
    return done


def signed(catalogue: Catalogue, at: datetime = IN_TIME) -> Catalogue:
    for who in (catalogue.holder, catalogue.second):
        catalogue.refresh_from_db()
        catalogues.sign(catalogue.pk, version=catalogue.version, actor=who, at=at)
    catalogue.refresh_from_db()
    return catalogue


def published(*results: str, at: datetime = IN_TIME, **details: Any) -> Catalogue:
    """A published catalogue; one student for each result."""
    catalogue = opened(students(len(results)), **details)
    write(catalogue, *results, at=at)
    signed(catalogue, at)
    catalogues.publish(catalogue.pk, actor=catalogue.holder, at=at)
    catalogue.refresh_from_db()
    return catalogue
