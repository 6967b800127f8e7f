"""Reads of grade appeals: one's own, those of an office, what waits for whom, the course with its terms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Appeal, Enrolment, ExamAttempt
from studentrecords.parameters import ADMIN_CLOSES, ADMIN_DAY, ADMIN_OPENS, APPEAL_TERM
from studentrecords.queries.grades import Grades, Link
from studentrecords.queries.sessions import closed_days
from studentrecords.rules import appeals as rules
from studentrecords.workflow.appeals import (
    DEAN,
    ENDS,
    INFOCENTER,
    MEMBER,
    SECRETARIAT,
    SEEN_BY_TEACHER,
    TEACHER,
    AppealState,
)
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import faculty_codes, has_role
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.calendar import AdministrativeDay, add_days, in_time
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Deadline
from upt_portal.kernel.page import NavEntry, NavGroup
from upt_portal.kernel.references import reference

_S = AppealState
_WITH = (
    "attempt__row__catalogue__session__year",
    "attempt__row__catalogue__holder",
    "attempt__row__catalogue__second",
    "attempt__row__catalogue__discipline__curriculum__programme__faculty",
    "enrolment__person__user",
    "enrolment__programme__faculty",
)
#: Offices that have a part in appeals.
OFFICES = (
    roles.INFOCENTER,
    *roles.SECRETARIAT,
    roles.DEANERY,
    roles.DEPARTMENT_DIRECTOR,
    roles.SCHOOL_MANAGEMENT,
)
_FACULTY = "attempt__row__catalogue__discipline__curriculum__programme__faculty__code__in"

#: The terms of an appeal: what is done until then, by the kind of its row.
TERMS: dict[str, Promise] = {
    "appeal.send": _("Register the appeal and send it to the teacher"),
    "appeal.answer": _("Answer of the teacher"),
    "appeal.communicate": _("Send the answer to the student"),
    "appeal.again": _("Ask for a re-evaluation"),
    "appeal.put": _("Put the request before the dean"),
    "appeal.decide": _("Decision on the re-evaluation"),
    "appeal.papers": _("Hand over the copy of the paper"),
    "appeal.report": _("Report of the commission"),
    "appeal.finish": _("Record the grade and tell the student"),
}
#: In which states an office has something to do.
WAITING = {
    INFOCENTER: (_S.SUBMITTED, _S.ANSWERED, _S.REEVALUATION_REQUESTED, _S.REPORTED),
    SECRETARIAT: (_S.REGISTERED, _S.REEVALUATION_REQUESTED, _S.COMMISSION),
    DEAN: (_S.WITH_DEAN,),
}


def term_name(kind: str) -> str:
    """The words of a term of this room; "" for one of another."""
    return str(TERMS.get(kind, ""))


def hours_on(day: date) -> AdministrativeDay:
    """The administrative day in force (T5); the whole day where the university does not count with it."""
    if not ADMIN_DAY.on(day):
        return rules.WHOLE_DAY
    return AdministrativeDay(time(ADMIN_OPENS.on(day)), time(ADMIN_CLOSES.on(day)))


def closed_around(day: date) -> frozenset[date]:
    """The closed days that a term of an appeal may meet; one query."""
    return closed_days(day, add_days(day, 45))


# ---- who sees what -----------------------------------------------------------------------------------------


def everything() -> QuerySet[Appeal]:
    """Appeals with what their pages show."""
    return Appeal.objects.select_related(*_WITH)


def own_of(enrolment: Enrolment) -> QuerySet[Appeal]:
    """The appeals of a student, newest first."""
    return everything().filter(enrolment=enrolment).order_by("-received_at", "-pk")


def of_offices(user: User) -> QuerySet[Appeal]:
    """The appeals an office sees: the InfoCenter all, a faculty's offices those at its disciplines."""
    if has_role(user, roles.INFOCENTER, roles.SCHOOL_MANAGEMENT):
        return everything()
    if has_role(user, *roles.SECRETARIAT, roles.DEANERY, roles.DEPARTMENT_DIRECTOR):
        return everything().filter(**{_FACULTY: faculty_codes(user)})
    return Appeal.objects.none()


def of_teacher(user: User) -> QuerySet[Appeal]:
    """The appeals that came to a teacher: as an examiner, or as a member of a commission."""
    if not has_role(user, roles.TEACHER):
        return Appeal.objects.none()
    examined = Q(attempt__row__catalogue__holder=user) | Q(attempt__row__catalogue__second=user)
    mine = Q(pk__in=Appeal.objects.filter(members__teacher=user).values("pk"))
    return everything().filter((examined & Q(state__in=SEEN_BY_TEACHER)) | mine)


def visible_to(user: User) -> QuerySet[Appeal]:
    """Every appeal somebody of the staff may open."""
    keys = Q(pk__in=of_offices(user).values("pk")) | Q(pk__in=of_teacher(user).values("pk"))
    return everything().filter(keys).prefetch_related("members__teacher")


def examiners_of(appeal: Appeal) -> frozenset[int]:
    """Keys of the two teachers of the first evaluation."""
    catalogue = appeal.attempt.row.catalogue
    return frozenset({catalogue.holder_id, catalogue.second_id})


def examiner_is_dean(appeal: Appeal) -> bool:
    """Whether one of the examiners decides at the dean's office of the faculty (REC-197)."""
    catalogue = appeal.attempt.row.catalogue
    faculty = catalogue.discipline.curriculum.programme.faculty
    return faculty is not None and any(
        has_role(who, roles.DEANERY) and faculty.code in faculty_codes(who)
        for who in (catalogue.holder, catalogue.second)
    )


def hands_of(user: User, appeal: Appeal) -> frozenset[str]:
    """By whose hands somebody acts on an appeal; several for who has several roles."""
    faculty = appeal.attempt.row.catalogue.discipline.curriculum.programme.faculty
    own = faculty is not None and faculty.code in faculty_codes(user)
    found = set()
    if has_role(user, roles.INFOCENTER):
        found.add(INFOCENTER)
    if own and has_role(user, *roles.SECRETARIAT):
        found.add(SECRETARIAT)
    if own and has_role(user, roles.DEANERY, roles.DEPARTMENT_DIRECTOR):
        found.add(DEAN)
    if user.pk in examiners_of(appeal) and appeal.state in SEEN_BY_TEACHER:
        found.add(TEACHER)
    if any(one.teacher_id == user.pk for one in appeal.members.all()):
        found.add(MEMBER)
    return frozenset(found)


def decider_answer(user: User, appeal: Appeal) -> Answer:
    """Whether a dean or director decides on this appeal (REC-197)."""
    return rules.decider_answer(
        is_director=has_role(user, roles.DEPARTMENT_DIRECTOR) and not has_role(user, roles.DEANERY),
        is_examiner=user.pk in examiners_of(appeal),
        examiner_is_dean=examiner_is_dean(appeal),
    )


def commission_choices(appeal: Appeal) -> QuerySet[User]:
    """The teachers who may re-mark: everyone but the two examiners."""
    teachers = User.objects.filter(groups__name=roles.TEACHER, is_active=True)
    return teachers.exclude(pk__in=examiners_of(appeal)).order_by("last_name", "first_name", "pk")


# ---- what may be contested ---------------------------------------------------------------------------------


def contestable(attempt: ExamAttempt, enrolment: Enrolment) -> Answer:
    """Whether a student may contest a posted result, whenever that would be (REC-192)."""
    return rules.may_contest(
        attempt.result,
        own=attempt.enrolment_id == enrolment.pk,
        appealed=hasattr(attempt, "appeal"),
        commission=attempt.commission,
        current=not hasattr(attempt, "replaced_by"),
    )


def due_of(attempt: ExamAttempt) -> datetime:
    """Until when a posted result is contested (REC-190)."""
    day = local_day(attempt.posted_at)
    return rules.appeal_due_at(
        attempt.posted_at, closed_around(day), days=APPEAL_TERM.on(day), hours=hours_on(day)
    )


def attempts_of(enrolment: Enrolment) -> QuerySet[ExamAttempt]:
    """The posted results of a student, the newest first, with what decides about an appeal."""
    rows = ExamAttempt.objects.filter(enrolment=enrolment)
    return rows.select_related(
        "appeal", "replaced_by", "discipline", "row__catalogue__holder", "row__catalogue__session"
    ).order_by("-posted_at", "-pk")


@dataclass(frozen=True)
class Contestable:
    """A result that may be contested now, with the last moment."""

    attempt: ExamAttempt
    due_at: datetime


def open_for(enrolment: Enrolment, at: datetime) -> list[Contestable]:
    """The results a student may contest now; two queries, whatever the number of grades."""
    since = add_days(local_day(at), -45)
    recent = [one for one in attempts_of(enrolment) if local_day(one.posted_at) >= since]
    closed = closed_days(since, add_days(local_day(at), 45)) if recent else frozenset()
    found = []
    for one in recent:
        day = local_day(one.posted_at)
        due = rules.appeal_due_at(one.posted_at, closed, days=APPEAL_TERM.on(day), hours=hours_on(day))
        if in_time(at, due) and contestable(one, enrolment):
            found.append(Contestable(one, due))
    return found


def links_of(enrolment: Enrolment, found: Sequence[Grades], at: datetime) -> dict[int, list[Link]]:
    """A link to contest each result that may be contested now, by key of discipline.

    Nothing is asked of the database when no result was posted lately, which is so on most days.
    """
    since = at - timedelta(days=45)
    posted = [one.posted_at for grades in found for one in grades.attempts if one.posted_at]
    if not any(moment >= since for moment in posted):
        return {}
    links: dict[int, list[Link]] = {}
    for one in open_for(enrolment, at):
        address = reverse("studentrecords:appeal_new", args=[enrolment.pk, one.attempt.pk])
        links.setdefault(one.attempt.discipline_id, []).append(Link(str(_("Contest this result")), address))
    return links


def stamp_of(enrolment: Enrolment, at: datetime) -> str:
    """Terms end with an hour, so what may be contested is the same within one."""
    return f"{at:%Y%m%d%H}"


# ---- the course of an appeal -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step of an appeal. at: None while it is to come. due_at: its term; late: it was overrun."""

    title: str
    at: datetime | None
    due_at: datetime | None = None
    late: bool = False
    detail: str = ""


def terms_of(appeals: Iterable[Appeal]) -> dict[int, dict[str, Deadline]]:
    """The terms of appeals by kind; one query for all of them."""
    names = {reference(one): one.pk for one in appeals}
    found: dict[int, dict[str, Deadline]] = {pk: {} for pk in names.values()}
    for row in Deadline.objects.filter(subject__in=list(names)):
        found[names[row.subject]][row.kind] = row
    return found


def is_late(term: Deadline, at: datetime) -> bool:
    """Whether a step overran its term, or is overrunning it (T9)."""
    if term.dropped_at is not None:
        return False
    return not in_time(term.met_at or at, term.due_at)


def running_term(terms: dict[str, Deadline]) -> Deadline | None:
    """The term that runs now: the soonest that is neither met nor dropped."""
    running = [one for one in terms.values() if one.met_at is None and one.dropped_at is None]
    return min(running, key=lambda one: one.due_at, default=None)


def course(appeal: Appeal, terms: dict[str, Deadline], at: datetime) -> list[Step]:
    """The whole course with its dates, from filing to the end; steps not needed are left out."""

    def step(title: str, done: datetime | None, kind: str = "", detail: str = "") -> Step:
        term = terms.get(kind)
        shown = term if term is not None and term.dropped_at is None else None
        return Step(title, done, shown.due_at if shown else None, bool(shown and is_late(shown, at)), detail)

    number = gettext("no. %(number)s") % {"number": appeal.number} if appeal.number else ""
    steps = [
        step(gettext("Appeal filed"), appeal.filed_at),
        step(gettext("Registered at the InfoCenter"), appeal.registered_at, detail=number),
        step(gettext("Sent to the teacher"), appeal.sent_at, "appeal.send"),
        step(gettext("Answered by the teacher"), appeal.answered_at, "appeal.answer"),
        step(gettext("Answer sent to the student"), appeal.communicated_at, "appeal.communicate"),
    ]
    if appeal.again_at is None:
        if appeal.state == _S.CLOSED:
            steps.append(step(gettext("Closed: no re-evaluation was asked for"), appeal.state_at))
        elif appeal.state == _S.COMMUNICATED:
            steps.append(step(gettext("Re-evaluation may be asked for"), None, "appeal.again"))
        return steps
    steps += [
        step(gettext("Re-evaluation asked for"), appeal.again_at, "appeal.again"),
        step(gettext("Forwarded to the secretariat"), appeal.forwarded_at),
        step(gettext("Put before the dean"), appeal.put_at, "appeal.put"),
    ]
    if appeal.state == _S.REJECTED:
        return [*steps, step(gettext("Rejected: no good reason"), appeal.decided_at, "appeal.decide")]
    return [
        *steps,
        step(gettext("Commission appointed"), appeal.decided_at, "appeal.decide"),
        step(gettext("Copy of the paper with the commission"), appeal.papers_at, "appeal.papers"),
        step(gettext("Report signed by the commission"), appeal.reported_at, "appeal.report"),
        step(gettext("Grade recorded and communicated"), appeal.finished_at, "appeal.finish"),
    ]


# ---- desks -------------------------------------------------------------------------------------------------


def waiting_for(user: User) -> QuerySet[Appeal]:
    """The appeals in which an office of this user has the next step."""
    wanted = Q(pk__in=[])
    if has_role(user, roles.INFOCENTER):
        wanted |= Q(state__in=[_S.SUBMITTED, _S.ANSWERED, _S.REPORTED])
        wanted |= Q(state=_S.REEVALUATION_REQUESTED, forwarded_at__isnull=True)
    if has_role(user, *roles.SECRETARIAT):
        wanted |= Q(state=_S.REGISTERED)
        wanted |= Q(state=_S.REEVALUATION_REQUESTED, forwarded_at__isnull=False)
        wanted |= Q(state=_S.COMMISSION, papers_at__isnull=True)
    if has_role(user, roles.DEANERY, roles.DEPARTMENT_DIRECTOR):
        wanted |= Q(state=_S.WITH_DEAN)
    return of_offices(user).filter(wanted)


def waiting_for_teacher(user: User) -> QuerySet[Appeal]:
    """The appeals a teacher has to answer or to re-mark."""
    mine = Q(state=_S.COMMISSION, pk__in=Appeal.objects.filter(members__teacher=user).values("pk"))
    return of_teacher(user).filter(Q(state=_S.WITH_TEACHER) | mine)


def running(found: QuerySet[Appeal]) -> QuerySet[Appeal]:
    """Those that have not ended."""
    return found.exclude(state__in=ENDS)


def staff_queues(user: User) -> list[NavGroup]:
    """The appeals desk in the side menu of the administration, with what waits; one query."""
    if not has_role(user, *OFFICES):
        return []
    entry = NavEntry(
        label=gettext("Grade appeals"),
        url=reverse("studentrecords:appeals_desk"),
        count=waiting_for(user).count(),
    )
    return [NavGroup(str(pgettext_lazy("desk", "Exams")), [entry])]


def to_close(at: datetime) -> list[int]:
    """Communicated appeals whose term for a re-evaluation is over."""
    kinds = Deadline.objects.filter(
        kind="appeal.again", due_at__lt=at, met_at__isnull=True, dropped_at__isnull=True
    )
    prefix = f"{Appeal._meta.label_lower}:"
    keys = [int(one.removeprefix(prefix)) for one in kinds.values_list("subject", flat=True)]
    rows = Appeal.objects.filter(pk__in=keys, state=_S.COMMUNICATED).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def context_of(appeal: Appeal) -> dict[str, Any]:
    """What every page of an appeal names."""
    catalogue = appeal.attempt.row.catalogue
    return {"appeal": appeal, "catalogue": catalogue, "attempt": appeal.attempt}
