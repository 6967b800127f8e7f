"""The timetable of a session: until when it is sent, whether late, exams of a group too near each other."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, QuerySet

from studentrecords.models import ACTIVE_STATUSES, Catalogue, Enrolment, ExamTimetable
from studentrecords.parameters import EXAM_GAP_WARN, TIMETABLE_AB, TIMETABLE_C
from studentrecords.queries.sessions import Span, closed_days, sessions_of
from studentrecords.rules import sessions as rules
from upt_portal.kernel.calendar import add_days, last_day_before
from upt_portal.kernel.words import Sentence

#: Which session A follows the classes of the semester, whose end counts.
_AFTER = {"A-I": "A-I", "B-I": "A-I", "A-II": "A-II", "B-II": "A-II"}


def due_of(timetable: ExamTimetable) -> date:
    """The day by which a timetable reaches the School Management Center (REC-116).

    The semester ends on the last working day before its session A.
    """
    session, year = timetable.session, timetable.session.year
    first = _AFTER.get(session.code, "")
    span = sessions_of(year).get(first) or Span(session.starts_on, session.ends_on)
    closed = closed_days(add_days(span.starts_on, -30), span.starts_on)
    on_year = year.ends_on
    last_of_c = TIMETABLE_C.on(on_year)
    return rules.timetable_due(
        session.code,
        teaching_ends_on=last_day_before(span.starts_on, 1, closed),
        year_ends_on=on_year,
        days=TIMETABLE_AB.on(session.starts_on),
        last_of_c=(last_of_c.month, last_of_c.day),
    )


def is_late(timetable: ExamTimetable, today: date) -> bool:
    """Whether a timetable was sent after its day, or is not sent though the day is over: a flag only."""
    return (timetable.sent_on or today) > due_of(timetable)


def warnings_of(exams: Iterable[Catalogue]) -> list[Sentence]:
    """Exams of one session that stand too near each other for a group (REC-117); no query.

    The exams are those of one curriculum and year of study. One without groups is for each of them.
    """
    rows = list(exams)
    if not rows:
        return []
    named = {name for exam in rows for name in exam.group_names}
    whole = f"{rows[0].discipline.curriculum} · {rows[0].discipline.year}"
    days: dict[str, list[date]] = {name: [] for name in named or {whole}}
    for exam in rows:
        for name in exam.group_names or days:
            days[name].append(exam.held_on)
    gap = EXAM_GAP_WARN.on(rows[0].held_on)
    return rules.timetable_warnings(rows[0].session.code, days, gap=gap)


def beside(exam: Catalogue) -> QuerySet[Catalogue]:
    """The exams of the session that the students of an exam sit too, itself with them."""
    one = exam.discipline
    rows = Catalogue.objects.filter(
        session=exam.session_id, discipline__curriculum=one.curriculum_id, discipline__year=one.year
    )
    return rows.select_related("session", "discipline__curriculum__programme")


def enrolled_in(exam: Catalogue) -> int:
    """How many students have the exam by curriculum and group; with fewer than three fewer may sit."""
    one = exam.discipline
    rows = Enrolment.objects.filter(
        curriculum=one.curriculum_id, year_of_study=one.year, status__in=ACTIVE_STATUSES
    )
    if exam.group_names:
        rows = rows.filter(group__in=exam.group_names)
    return int(rows.aggregate(number=Count("pk"))["number"])
