"""A row of the queue in words: what arrived, since when it waits, what the machine saw, who took it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from contracting.admin.nav import file_url, review_url
from contracting.models import StudentContracting
from contracting.queries import scans
from contracting.queries.cases import CLAIM
from contracting.queries.queue import Choice, Place
from contracting.queries.scans import Seen
from contracting.workflow import ChangeRequestState, ContractingState
from upt_portal.accounts.models import User
from upt_portal.kernel import dates


@dataclass(frozen=True)
class QueueRow:
    """What the row component shows."""

    pk: int
    url: str
    who: str
    cells: tuple[str, ...]
    seen: str
    tone: str
    icon: str
    claimed: str


def columns(place: str) -> list[str]:
    """Heads of the columns, after the name."""
    seen = _("What the scan says") if place == Place.UPLOADED else _("What was seen")
    return [
        _("Student"),
        _("Matriculation no."),
        _("Programme, year"),
        _("Arrived"),
        _("Waiting"),
        seen,
        _("Taken by"),
    ]


def rows_of(cases: Sequence[Any], user: User, choice: Choice, at: datetime) -> list[QueueRow]:
    """The rows of one page; one query for the scans of those that have any."""
    uploaded = [case.pk for case in cases if case.place == Place.UPLOADED]
    files = scans.waiting_files(uploaded) if uploaded else {}
    return [_row(case, files.get(case.pk, []), user, choice, at) for case in cases]


def _row(case: Any, files: Sequence[Any], user: User, choice: Choice, at: datetime) -> QueueRow:
    seen, tone, icon = _seen(case, files)
    enrolment = case.enrolment
    return QueueRow(
        pk=case.pk,
        url=review_url(case, files[0].pk, choice) if files else file_url(case, choice),
        who=str(enrolment.person),
        cells=(
            enrolment.matriculation_number,
            _("%(programme)s, year %(year)s")
            % {"programme": enrolment.programme.code, "year": enrolment.year_of_study},
            arrived(case.state_at, at),
            waiting(case.state_at, at),
        ),
        seen=seen,
        tone=tone,
        icon=icon,
        claimed=_claimed(case, user, at),
    )


def _claimed(case: StudentContracting, user: User, at: datetime) -> str:
    if case.claimed_by is None or case.claimed_at is None or case.claimed_at <= at - CLAIM:
        return ""
    if case.claimed_by_id == user.pk:
        return _("you")
    return f"{case.claimed_by.first_name[:1]}. {case.claimed_by.last_name}"


# ---- what was seen -----------------------------------------------------------------------------------------


def _seen(case: Any, files: Sequence[Any]) -> tuple[str, str, str]:
    """Words, tone and drawing of the column that helps to choose."""
    if files:
        seen: Seen = scans.merged([scans.seen_on(one, one.read) for one in files])
        return seen.word, seen.tone, seen.icon
    said = _SAID.get(Place.of(case.place))
    return said(case) if said else (str(ContractingState.of(case.state).label), "plain", "")


def _list_words(case: Any) -> tuple[str, str, str]:
    if case.nameless:
        return _("A teacher's name is missing"), "wait", "info"
    if case.left_out:
        words = ngettext("%(count)d discipline left out", "%(count)d disciplines left out", case.left_out)
        return words % {"count": case.left_out}, "prog", "pen"
    return _("Unchanged"), "plain", "check"


def _change_words(case: Any) -> tuple[str, str, str]:
    if case.change_state == ChangeRequestState.APPROVED:
        return _("Approved by the dean, to apply"), "todo", "pen"
    return _("Decision of the dean to record"), "wait", "clock"


def _term_words(case: Any) -> tuple[str, str, str]:
    if case.due_at is None:
        return str(ContractingState.of(case.state).label), "plain", ""
    return _("until %(day)s") % {"day": dates.day_month(case.due_at, _language())}, "plain", "clock"


def _late_words(case: Any) -> tuple[str, str, str]:
    return _("Term passed on %(day)s") % {"day": dates.day_month(case.due_at, _language())}, "fix", "triangle"


_SAID = {
    Place.VALIDATED: _list_words,
    Place.ANSWERED: lambda case: (_("The student answered"), "todo", "mail"),
    Place.CHANGES: _change_words,
    Place.LAPSED: lambda case: (_("Not validated"), "fix", "triangle"),
    Place.OVERDUE: _late_words,
    Place.ASKED: lambda case: (_("Question sent"), "plain", "clock"),
    Place.SIGNING: _term_words,
    Place.OFFERED: _term_words,
}


# ---- moments -----------------------------------------------------------------------------------------------


def arrived(since: datetime, at: datetime) -> str:
    """ "azi, 08:12", "ieri, 19:40", "07.11, 22:14"; with the year when it was another."""
    day, time = dates.local(since)
    today = dates.local(at)[0]
    clock = f"{time:%H:%M}" if time else ""
    if day == today:
        return _("today, %(time)s") % {"time": clock}
    if (today - day).days == 1:
        return _("yesterday, %(time)s") % {"time": clock}
    if day.year == today.year:
        return f"{day:%d.%m}, {clock}"
    return f"{day:%d.%m.%Y}, {clock}"


def waiting(since: datetime, at: datetime) -> str:
    """How long a case waits, in words: minutes, hours, then whole days."""
    minutes = max(int((at - since).total_seconds() // 60), 0)
    if minutes < 60:
        return ngettext("for %(count)d minute", "for %(count)d minutes", minutes) % {"count": minutes}
    if minutes < 24 * 60:
        hours = minutes // 60
        return ngettext("for %(count)d hour", "for %(count)d hours", hours) % {"count": hours}
    days = minutes // (24 * 60)
    return ngettext("for %(count)d day", "for %(count)d days", days) % {"count": days}


def _language() -> str:
    return get_language() or "ro"
