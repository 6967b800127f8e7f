"""The queue of the secretariat: filters with counts, rows, the next case, the list saved as a file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from contracting import permissions
from contracting.admin.nav import file_url, frame, next_url, pills_of, queue_url, review_url
from contracting.admin.rows import columns, rows_of, waiting
from contracting.models import StudentContracting
from contracting.queries import queue, scans
from contracting.queries.cases import for_staff
from contracting.queries.queue import EVERY, MINE, PAGE, WORK, Choice, Left, Place
from contracting.refusal import Refused
from contracting.services import review
from contracting.workflow import ContractingState
from studentrecords.services.reads import note_list
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import audit, clock, dates, exports
from upt_portal.kernel.calendar import start_of_day

audit.register_act("contracting.export", gettext_lazy("A list of students was saved as a file"))

#: How often "next" tries again when a colleague takes the same case at the same moment.
TRIES = 5


def secretary(request: HttpRequest) -> User:
    """The reader, who works in a secretariat; PermissionDenied with the reason for everybody else."""
    user = signed_in(request)
    if not (answer := permissions.may_open_queue(user)):
        raise PermissionDenied(str(answer.reason))
    return user


# ---- the list ----------------------------------------------------------------------------------------------


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The queue: counters, filters, fifty rows, and what was done today."""
    user, at = secretary(request), clock.now()
    cells = queue.cells_of(user, at)
    asked = Choice.of(request.GET.dict())
    counts = queue.counts(cells, asked)
    choice = queue.settled_choice(asked, counts)
    pages = Paginator(queue.found(user, choice, at), PAGE)
    running = {cell.campaign for cell in cells}
    if not choice.words and (choice.campaign is None or choice.campaign in running):
        vars(pages)["count"] = counts[choice.place]  # counted already, for the filters
    page = pages.get_page(request.GET.get("page"))
    cases = list(queue.with_signs(queue.page_of(user, page.object_list, choice, at)))
    rows = rows_of(cases, user, choice, at)
    label = place_label(choice.place)
    context = frame(
        request,
        label,
        place=choice.place,
        choice=choice,
        meta=_meta(cases, counts[choice.place], at) if choice.place in WORK else "",
        next_url=next_url(choice) if choice.place in WORK and counts[choice.place] else "",
        pills=pills_of(asked, counts) if choice.place == asked.place else pills_of(choice, counts),
        options=queue.options_of(cells),
        columns=columns(choice.place),
        rows=rows,
        page=page,
        previous=choice.query(page=page.previous_page_number()) if page.has_previous() else "",
        following=choice.query(page=page.next_page_number()) if page.has_next() else "",
        may_approve=choice.place == Place.VALIDATED and bool(rows),
        cleared=queue_url(Choice(place=choice.place)) if choice.narrowed else "",
        today=_today(user, at),
        first_these=_first_these(rows) if choice.place == Place.UPLOADED else [],
    )
    return render(request, "contracting/admin/queue.html", context)


def place_label(place: str) -> str:
    """The heading of a place of the queue."""
    words = {MINE: _("Taken by me"), EVERY: _("All cases")}
    return str(words.get(place) or Place.of(place).label)


def _meta(cases: list[StudentContracting], count: int, at: datetime) -> str:
    """ "42 așteaptă · cea mai veche de 2 zile"."""
    if not cases:
        return ""
    said = ngettext("%(count)d waits", "%(count)d wait", count) % {"count": count}
    oldest = _("the oldest %(since)s") % {"since": waiting(cases[0].state_at, at)}
    return f"{said} · {oldest}"


def _today(user: User, at: datetime) -> str:
    """What the reader decided today, in words; empty before the first decision."""
    done = queue.done_today(user, start_of_day(clock.local_day(at)))
    lists, accepted, returned = (
        done.get(f"contracting.{act}", 0) for act in ("approve", "accept_file", "reject_file")
    )
    parts = [
        ngettext("%(count)d list approved", "%(count)d lists approved", lists) % {"count": lists},
        ngettext("%(count)d scan accepted", "%(count)d scans accepted", accepted) % {"count": accepted},
        ngettext("%(count)d returned", "%(count)d returned", returned) % {"count": returned},
    ]
    return " · ".join(parts) if done else ""


def _first_these(rows: list[Any]) -> list[tuple[str, str]]:
    """The scans of this page on which the machine saw something wrong: name with what, and address."""
    return [(f"{row.who}: {row.seen}", row.url) for row in rows if row.tone == "fix"]


# ---- the next case -----------------------------------------------------------------------------------------


@never_cache
@require_safe
def next_case(request: HttpRequest) -> HttpResponse:
    """Take the case waiting longest that nobody works on, and open it.

    The claim is noted on the way, like a reading; nothing is decided by it.
    """
    user, at = secretary(request), clock.now()
    asked = Choice.of(request.GET.dict())
    choice = queue.settled_choice(asked, queue.counts(queue.cells_of(user, at), asked))
    after = Left.of(request.GET.get("after", ""))
    for _attempt in range(TRIES):
        case = queue.next_case(user, choice, at, after=after)
        if case is None:
            break
        try:
            review.claim(case.pk, actor=user, at=at)
        except Refused:  # a colleague was quicker by a moment
            after = Left(case.pk, case.state_at)
            continue
        return redirect(where_to_look(case, choice))
    messages.info(request, _("Nothing else waits here that nobody works on."))
    return redirect(queue_url(choice))


def where_to_look(case: StudentContracting, choice: Choice) -> str:
    """The review of its scan where one waits, else the file."""
    if case.state == ContractingState.SIGNED_UPLOADED:
        waiting_files = scans.waiting_files([case.pk]).get(case.pk)
        if waiting_files:
            return review_url(case, waiting_files[0].pk, choice)
    return file_url(case, choice)


@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a case back and go on with the next one."""
    user, at = secretary(request), clock.now()
    case = for_staff(user).filter(pk=pk).first()
    choice = Choice.of(request.GET.dict())
    if case is not None:
        review.release(case.pk, actor=user, at=at)
    return redirect(next_url(choice, case))


# ---- the list as a file ------------------------------------------------------------------------------------


@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The filtered list as XLSX or CSV; who took it, with which filter and how many rows, is kept."""
    user, at = secretary(request), clock.now()
    asked = Choice.of(request.POST.dict())
    choice = queue.settled_choice(asked, queue.counts(queue.cells_of(user, at), asked))
    cases = list(queue.with_signs(queue.found(user, choice, at)))
    _record_export(user, choice, cases, at)
    day = dates.local(at)[0].isoformat()
    return exports.download(
        f"contractare-{choice.place}-{day}",
        _headings(),
        [_export_row(case) for case in cases],
        as_csv=request.POST.get("format") == "csv",
    )


@transaction.atomic
def _record_export(user: User, choice: Choice, cases: Sequence[Any], at: datetime) -> None:
    User.objects.select_for_update().get(pk=user.pk)  # two lists at once are two entries, one after the other
    data = {"filter": choice.query().lstrip("?"), "count": len(cases)}
    audit.record(f"contracting.export:{user.pk}", "contracting.export", actor=user, at=at, data=data)
    note_list([case.enrolment_id for case in cases], reader=user, what="contracting.export", at=at)


def _headings() -> list[str]:
    return [
        _("Matriculation no."),
        _("Student"),
        _("Faculty"),
        _("Programme"),
        _("Year of study"),
        _("Campaign"),
        _("Situation"),
        _("State"),
        _("Since"),
        _("Credits"),
        _("Total"),
        _("Currency"),
        _("Disciplines left out"),
        _("Term"),
    ]


def _export_row(case: Any) -> list[Any]:
    enrolment, programme = case.enrolment, case.enrolment.programme
    return [
        enrolment.matriculation_number,
        str(enrolment.person),
        programme.faculty.code if programme.faculty else "",
        programme.code,
        enrolment.year_of_study,
        case.campaign.name,
        case.situation,
        str(ContractingState.of(case.state).label),
        case.state_at,
        case.credits,
        case.total,
        case.currency,
        case.left_out or 0,
        case.due_at,
    ]


def kept_choice(choice: Choice) -> list[tuple[str, str]]:
    """The choice as fields of a form."""
    fields = {
        "place": choice.place,
        "faculty": choice.faculty,
        "campaign": str(choice.campaign or ""),
        "programme": choice.programme,
        "year": str(choice.year or ""),
        "q": choice.words,
    }
    return [(name, value) for name, value in fields.items() if value]
