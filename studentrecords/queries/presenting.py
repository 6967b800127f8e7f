"""What a student may sit this year: which disciplines, in which session, free or paid, and why not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from studentrecords.models import (
    AcademicYear,
    Catalogue,
    CatalogueRow,
    Discipline,
    DisciplineKind,
    DisciplineYear,
    Enrolment,
    ExamResult,
    ReexaminationForm,
    SessionBan,
)
from studentrecords.parameters import C_OTHER_YEARS, PASS_GRADE, REEXAM_FORM
from studentrecords.queries import taking
from studentrecords.queries.core import academic_year_of, choices_for, standings
from studentrecords.queries.increases import semester_of
from studentrecords.queries.sessions import Span, is_final_year, sessions_of
from studentrecords.queries.taking import Cost, Offer, Wanted
from studentrecords.rules import sessions as rules
from studentrecords.rules.sessions import Candidate, Circumstances, Standing
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.clock import local_day


@dataclass(frozen=True)
class Option:
    """One discipline in one session.

    answer: whether it may be sat, or asked for now, or why not. exam: in the timetable for the student's
    group. form_due: last moment of the re-examination form, None where none is needed. form: the one filed.
    offer: what fees say, None where they are silent. listed: on the list of the exam.
    """

    discipline: Discipline
    standing: Standing
    session: str
    span: Span
    answer: Answer
    special: Circumstances = rules.NOTHING_SPECIAL
    exam: Catalogue | None = None
    form_due: datetime | None = None
    form: ReexaminationForm | None = None
    offer: Offer | None = None
    listed: bool = False

    @property
    def is_free(self) -> bool:
        return self.offer is None or self.offer.cost is Cost.FREE

    @property
    def asked(self) -> bool:
        """Whether the student has asked for it, by form or, without a form, by a charge."""
        if self.form_due is not None:
            return self.form is not None
        return self.offer is not None and self.offer.cost in (Cost.ASKED, Cost.PAID)

    @property
    def may_ask(self) -> bool:
        """Whether there is something the student can ask for now."""
        return bool(self.answer) and not self.asked and not self.listed and not self.is_free

    @property
    def may_cancel(self) -> bool:
        """Whether the student can still cancel: asked for, and not on the list yet."""
        return self.asked and not self.listed


@dataclass(frozen=True)
class Taken:
    """A discipline not passed yet, with the sessions that are still to come."""

    discipline: Discipline
    standing: Standing
    answer: Answer
    options: list[Option]

    @property
    def free(self) -> list[Option]:
        """Where the student is listed without asking or paying."""
        return [one for one in self.options if one.answer and one.is_free]

    @property
    def others(self) -> list[Option]:
        """What is asked and paid for, what is over or not for this student; each with its words."""
        return [one for one in self.options if not (one.answer and one.is_free)]


@dataclass
class Presenting:
    """The page of a student: what is to be sat this year, the current year first."""

    year: AcademicYear | None
    current: list[Taken] = field(default_factory=list)
    earlier: list[Taken] = field(default_factory=list)

    @property
    def options(self) -> Iterable[Option]:
        return (option for taken in (*self.current, *self.earlier) for option in taken.options)


def presenting_of(enrolment: Enrolment, at: datetime) -> Presenting:
    """What a student may sit in the sessions of this year that are not over (REC-110 to REC-113, REC-120).

    The number of queries does not depend on the number of disciplines. Whether a student is on the list is
    decided by `queries.listing`, from the same rules and the same payments.
    """
    today = local_day(at)
    year = academic_year_of(today)
    found = Presenting(year)
    if year is None:
        return found
    facts = _Facts(enrolment, year, at)
    taken = facts.taken()
    answers = {one.pk: facts.answers(one, standing) for one, standing in taken}
    wanted = [
        Wanted(one.pk, code, standing, facts.special(one), facts.exam_on(one, code))
        for one, standing in taken
        for code, answer in answers[one.pk].items()
        if answer
    ]
    offers = taking.offers(enrolment, year, wanted, at) if wanted else {}
    for one, standing in taken:
        options = [
            facts.option(one, standing, code, answer, offers.get((one.pk, code)))
            for code, answer in answers[one.pk].items()
        ]
        whole = rules.may_sit(facts.candidate(one, standing), rules.OF_SEMESTER[semester_of(one)][0])
        where = found.earlier if standing is Standing.EARLIER else found.current
        where.append(Taken(one, standing, whole, options))
    return found


def option_of(enrolment: Enrolment, discipline: int, session: str, at: datetime) -> Option | None:
    """One presentation of the page; None when the student has nothing to do with it."""
    found = presenting_of(enrolment, at).options
    return next((one for one in found if (one.discipline.pk, one.session) == (discipline, session)), None)


class _Facts:
    """What decides about every discipline of one student in one year, read at once."""

    def __init__(self, enrolment: Enrolment, year: AcademicYear, at: datetime) -> None:
        self.enrolment, self.year, self.at, self.today = enrolment, year, at, local_day(at)
        spans = sessions_of(year)
        self.spans = {code: span for code, span in spans.items() if span.ends_on >= self.today}
        self.final = is_final_year(enrolment)
        self.before = standings([enrolment], year)[enrolment.pk]
        self.again = taking.recontracted_by(year, enrolment.pk)
        self.chosen = choices_for([enrolment], year)[enrolment.pk]
        self.marks = dict(
            DisciplineYear.objects.filter(enrolment=enrolment, year=year).values_list(
                "discipline", "standards_met"
            )
        )
        results = list(ExamResult.objects.filter(enrolment=enrolment, year=year))
        least = PASS_GRADE.on(self.today)
        self.sat = {(one.discipline_id, one.session) for one in results}
        self.passed = {one.discipline_id for one in results if one.admitted or (one.grade or 0) >= least}
        self.passed |= {pk for pk, one in self.before.items() if one.passed}
        self.bans = list(SessionBan.objects.filter(enrolment=enrolment, last_day__gte=self.today))
        forms = ReexaminationForm.objects.filter(enrolment=enrolment, year=year, withdrawn_at__isnull=True)
        self.forms = {(one.discipline_id, one.session): one for one in forms}
        rows = CatalogueRow.objects.filter(enrolment=enrolment, catalogue__session__year=year)
        self.listed = set(rows.values_list("catalogue__discipline", "catalogue__session__code"))
        self.exams: dict[tuple[int, str], Catalogue] = {}

    def taken(self) -> list[tuple[Discipline, Standing]]:
        """The disciplines not passed yet, with how they are taken; reads their exams."""
        plan = Discipline.objects.filter(
            curriculum=self.enrolment.curriculum_id, year=self.enrolment.year_of_study
        ).exclude(kind=DisciplineKind.FINAL_EXAM)
        own = [
            one
            for one in plan.order_by("semester", "name_ro", "pk")
            if one.pk in self.chosen or (one.kind == DisciplineKind.COMPULSORY and one.package_id is None)
        ]
        found = [(one, Standing.RECONTRACTED if one.pk in self.again else Standing.CURRENT) for one in own]
        mine = {one.pk for one in own}
        for pk, one in self.before.items():
            if pk not in mine and (one.attempted or one.standards_met is not None):
                again = pk in self.again
                found.append((one.discipline, Standing.RECONTRACTED if again else Standing.EARLIER))
        found = [(one, standing) for one, standing in found if one.pk not in self.passed]
        rows = Catalogue.objects.filter(
            discipline__in=[one.pk for one, _standing in found], session__year=self.year, asked__isnull=True
        )
        for exam in rows.select_related("session").order_by("-held_on"):
            if not exam.groups or self.enrolment.group in exam.group_names:
                self.exams[exam.discipline_id, exam.session.code] = exam
        return found

    def special(self, one: Discipline) -> Circumstances:
        in_summer = bool(one.hours_practice_semester) and semester_of(one) == 2
        return Circumstances(summer_practice=in_summer and C_OTHER_YEARS.on(self.today))

    def candidate(self, one: Discipline, standing: Standing, session: str = "") -> Candidate:
        earlier = standing is Standing.EARLIER
        mark = self.before[one.pk].standards_met if earlier else self.marks.get(one.pk)
        return Candidate(
            standing=standing,
            semester=semester_of(one),
            final_year=self.final,
            standards_met=mark,
            passed=False,
            banned=self._banned(session),
            special=self.special(one),
        )

    def _banned(self, session: str) -> bool:
        span = self.spans.get(session)
        return span is not None and any(
            ban.first_day <= span.ends_on and span.starts_on <= ban.last_day for ban in self.bans
        )

    def answers(self, one: Discipline, standing: Standing) -> dict[str, Answer]:
        """The sessions still to come that belong to the discipline, each with whether it may be sat."""
        codes = (*rules.OF_SEMESTER[semester_of(one)], rules.C)
        return {
            code: rules.may_sit(self.candidate(one, standing, code), code)
            and rules.may_sit_again({code} if (one.pk, code) in self.sat else (), code)
            for code in codes
            if code in self.spans
        }

    def exam_on(self, one: Discipline, code: str) -> date | None:
        exam = self.exams.get((one.pk, code))
        return exam.held_on if exam else None

    def option(
        self, one: Discipline, standing: Standing, code: str, answer: Answer, offer: Offer | None
    ) -> Option:
        span, form = self.spans[code], self.forms.get((one.pk, code))
        form_due = None
        if answer and standing is Standing.EARLIER:
            days = REEXAM_FORM.on(self.today)
            form_due = rules.form_due_at(span.starts_on, days=days)
            if form is None:
                answer = rules.form_answer(self.at, span.starts_on, days=days)
        if answer and offer is not None:
            answer = offer.answer
        return Option(
            one,
            standing,
            code,
            span,
            answer,
            special=self.special(one),
            exam=self.exams.get((one.pk, code)),
            form_due=form_due,
            form=form,
            offer=offer,
            listed=(one.pk, code) in self.listed,
        )
