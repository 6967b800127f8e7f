"""Discipline sheets published: a first version, later ones with their date, votes where they are needed."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import AcademicYear, Discipline, Enrolment, SheetVersion
from studentrecords.queries import attendance
from studentrecords.queries import sheets as queries
from studentrecords.refusal import demand, refuse
from studentrecords.rules import plans
from studentrecords.rules import sheets as rules
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.uploads import Examined

PURPOSE = "studentrecords.sheet"

audit.register_act("studentrecords.publish_sheet", _("The discipline sheet was published"))
audit.register_act("studentrecords.change_sheet", _("The discipline sheet was changed"))


@dataclass(frozen=True)
class Vote:
    """A vote of the students: how many were in favour, on which day, where it is recorded."""

    in_favour: int | None = None
    held_on: date | None = None
    minutes: str = ""


@dataclass(frozen=True)
class Content:
    """What a sheet says beside its file. changes: since the version before, in the teacher's words.

    assessment_changes: the file changes the assessment in more than the three texts tell.
    """

    standards: str
    assessment: str
    scale: str
    changes: str = ""
    assessment_changes: bool = False
    vote: Vote = Vote()


@transaction.atomic
def publish(
    discipline_id: int,
    year: AcademicYear,
    content: Content,
    file: Examined,
    *,
    seen: int,
    actor: User,
    at: datetime,
) -> SheetVersion:
    """Publish the next version of a discipline's sheet for a year (REC-078, REC-079).

    seen: number of the version the page showed, 0 for none. Later versions say what changed, carry their
    date and are told to the students; after the first two weeks a change of assessment needs the votes of
    more than half of those enrolled. Raises Refused and UploadRefused; then nothing is kept.
    """
    discipline = Discipline.objects.select_for_update(no_key=True).get(pk=discipline_id)
    last = discipline.sheets.filter(year=year).order_by("-number").first()
    if (last.number if last else 0) != seen:
        raise refuse(_("Somebody published another version meanwhile. Open the page again to see it."))
    today = local_day(at)
    if year.ends_on < today:
        raise refuse(_("This academic year is over; its sheets stay as they are."), rules.PUBLISHED)
    if last is not None and not content.changes.strip():
        raise refuse(_("Write what changed since the version before."), rules.PUBLISHED)
    touched = last is not None and _assessment_moves(last, content)
    students = attendance.students_of(discipline, year) if last is not None else []
    until = queries.discussed_until(discipline, year)
    voted = rules.needs_votes(today, until, assessment=touched)
    if voted:
        _demand_votes(content.vote, len(students), today)
    version = SheetVersion.objects.create(
        discipline=discipline,
        year=year,
        number=seen + 1,
        stored=uploads.keep(file, owner=actor, purpose=PURPOSE, at=at),
        standards=content.standards.strip(),
        assessment=content.assessment.strip(),
        scale=content.scale.strip(),
        changes=content.changes.strip()[:400] if last is not None else "",
        assessment_changed=touched,
        in_favour=content.vote.in_favour if voted else None,
        enrolled=len(students) if voted else None,
        voted_on=content.vote.held_on if voted else None,
        minutes=content.vote.minutes.strip()[:120] if voted else "",
        published_at=at,
        published_by=actor,
    )
    data = {"year": year.name, "version": version.number, "file": version.stored.sha256}
    if voted:
        data |= {"in_favour": version.in_favour, "enrolled": version.enrolled}
    act = "studentrecords.change_sheet" if last is not None else "studentrecords.publish_sheet"
    audit.record(discipline, act, actor=actor, at=at, reason=version.changes, data=data)
    _tell(version, students, at)
    return version


def _assessment_moves(last: SheetVersion, content: Content) -> bool:
    before = (last.standards, last.assessment, last.scale)
    now = (content.standards, content.assessment, content.scale)
    return content.assessment_changes or any(
        old.split() != new.split() for old, new in zip(before, now, strict=True)
    )


def _demand_votes(vote: Vote, enrolled: int, today: date) -> None:
    demand(
        rules.check_vote(vote.in_favour, enrolled, held_on=vote.held_on, minutes=vote.minutes, today=today)
    )
    demand(plans.assessment_change_answer(vote.in_favour or 0, enrolled))


def _tell(version: SheetVersion, students: list[Enrolment], at: datetime) -> None:
    """Write to everybody who takes the discipline; the first version of a year is found on its page."""
    if version.number > 1:
        outbox.post_all(
            (
                notices.sheet_changed(version, one, one.person.user)
                for one in students
                if one.person.user is not None
            ),
            at=at,
        )
