"""Approving many unchanged lists: who is in, who is out and why, the mail, then the number in the button."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from contracting import notices
from contracting.admin.jobs import job_url
from contracting.admin.nav import file_url, frame, queue_url
from contracting.admin.queue import kept_choice, secretary
from contracting.models import StudentContracting
from contracting.queries import facts, queue
from contracting.queries.cases import CLAIM, for_staff
from contracting.queries.queue import Choice, Place
from contracting.rules import windows
from contracting.services import review
from contracting.workflow import ContractingState
from upt_portal.accounts.models import User
from upt_portal.kernel import clock, outbox
from upt_portal.kernel.models import IssuedPaper
from upt_portal.kernel.page import Crumb

#: As many as one act takes; a faculty's whole year is within it.
MOST = 5000


@dataclass(frozen=True)
class LeftOut:
    """A list that is not approved with the others: whose, where it is seen, and why."""

    who: str
    url: str
    why: str


@never_cache
@require_POST
def approve_many(request: HttpRequest) -> HttpResponse:
    """Preview of the chosen lists; with `confirmed`, the approval in the background."""
    user, at = secretary(request), clock.now()
    choice = Choice.of(request.POST.dict())
    cases = _asked(request, user, choice, at)
    if not cases:
        messages.info(request, _("Tick at least one list."))
        return redirect(queue_url(choice))
    included, left_out = _sorted(cases, user, at)
    if "confirmed" in request.POST and included:
        job = review.enqueue_approvals([case.pk for case in included], actor=user, at=at)
        return redirect(job_url(job))
    subject, text = _mail(included[0]) if included else ("", "")
    count = len(included)
    context = frame(
        request,
        _("Approve unchanged lists"),
        Crumb(str(Place.VALIDATED.label), queue_url(Choice(place=Place.VALIDATED))),
        place=Place.VALIDATED,
        count=count,
        included=included[:10],
        more=max(count - 10, 0),
        chosen=",".join(str(case.pk) for case in included),
        left_out=left_out,
        subject=subject,
        text=text,
        kept=kept_choice(choice),
        back=queue_url(choice),
        button=ngettext("I approve %(count)d list", "I approve %(count)d lists", count) % {"count": count},
        selected=ngettext("%(count)d list selected", "%(count)d lists selected", len(cases))
        % {"count": len(cases)},
    )
    return render(request, "contracting/admin/approve_many.html", context)


def _asked(request: HttpRequest, user: User, choice: Choice, at: datetime) -> list[Any]:
    """The cases that were ticked, or all of the filter; of the reader's faculties only."""
    if "every" in request.POST:
        found = queue.found(user, Choice(**{**choice.__dict__, "place": Place.VALIDATED}), at)
        return list(queue.with_signs(found)[:MOST])
    ticked = request.POST.getlist("chosen")
    ids = [part for text in ticked for part in text.split(",")]
    numbers = [int(one) for one in ids if one.isdecimal() and len(one) < 19][:MOST]
    return list(queue.with_signs(queue.placed(for_staff(user).filter(pk__in=numbers), at)).order_by("pk"))


def _sorted(cases: Sequence[Any], user: User, at: datetime) -> tuple[list[Any], list[LeftOut]]:
    included, left_out = [], []
    for case in cases:
        why = _why_not(case, user, at)
        if why:
            left_out.append(LeftOut(str(case.enrolment.person), file_url(case), why))
        else:
            included.append(case)
    return included, left_out


def _why_not(case: Any, user: User, at: datetime) -> str:
    """Why this list is looked at by itself; empty for one that was validated as it was offered."""
    if case.state != ContractingState.VALIDATED:
        return _("the state is now “%(state)s”") % {"state": ContractingState.of(case.state).label}
    answer = windows.may_process(facts.windows_of(case.campaign), at)
    if not answer:
        return str(answer.reason)
    if case.left_out:
        words = ngettext("%(count)d discipline left out", "%(count)d disciplines left out", case.left_out)
        return words % {"count": case.left_out}
    if case.place == Place.ANSWERED:
        return _("the student answered a question; read the answer first")
    if case.claimed_at and case.claimed_at > at - CLAIM and case.claimed_by_id not in {None, user.pk}:
        return _("%(who)s is working on it") % {"who": case.claimed_by}
    return ""


def _mail(case: StudentContracting) -> tuple[str, str]:
    """The message each of these students gets, in the words of the first one."""
    student = case.enrolment.person.user or User(first_name=case.enrolment.person.first_name)
    return outbox.written(notices.documents_ready(case, student, IssuedPaper(pk=0)))
