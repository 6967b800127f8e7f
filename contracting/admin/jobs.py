"""Long work of the secretariat: how far it is, then its result with what was refused and why, as a list."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from contracting.admin.nav import PREFIX, file_url, frame
from contracting.models import StudentContracting
from contracting.queries.cases import for_staff
from studentrecords.models import Enrolment
from studentrecords.queries.core import enrolments_for_staff
from studentrecords.services.reads import note_list
from upt_portal.accounts.models import User
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock, exports
from upt_portal.kernel.models import Job

OVER = frozenset({Job.State.DONE, Job.State.PARKED})
STOP_POLLING = 286


@dataclass(frozen=True)
class Refused:
    """One student the work left out. url: the file, where there is one."""

    number: str
    who: str
    why: str
    url: str = ""


def job_url(job: Job) -> str:
    """The page of a job."""
    return reverse(f"{PREFIX}_job", args=[job.pk])


@never_cache
@require_safe
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """Progress, asked again every second by the page itself; at the end the result."""
    user = signed_in(request)
    job = get_object_or_404(Job, pk=pk, actor=user)
    over = job.state in OVER
    refused = refused_of(job, user) if over else []
    if over and request.GET.get("format") in {"xlsx", "csv"}:
        numbers = [one.number for one in refused]
        named = Enrolment.objects.filter(matriculation_number__in=numbers).values("pk")
        note_list(named, reader=user, what="contracting.export", at=clock.now())
        return _as_file(refused, as_csv=request.GET["format"] == "csv")
    context = {
        "job": job,
        "over": over,
        "state": "done" if job.state == Job.State.DONE else "failed" if over else "running",
        "label": words_of(job),
        "url": job_url(job),
        "refused": refused,
    }
    if getattr(request, "htmx", False):
        status = STOP_POLLING if over else 200
        return render(request, "contracting/admin/_job.html", context, status=status)
    return render(request, "contracting/admin/job.html", frame(request, title_of(job)) | context)


def title_of(job: Job) -> str:
    """What the work is, as a heading."""
    if job.kind == "contracting.build_offers":
        return _("Making the offers")
    return _("Approving the lists")


def words_of(job: Job) -> str:
    """How far the work is, or what it gave."""
    if job.state == Job.State.PARKED:
        return _("The work stopped: %(why)s. An administrator can start it again.") % {"why": job.error}
    if job.state != Job.State.DONE:
        return title_of(job)
    if job.kind == "contracting.build_offers":
        made = job.result.get("made", 0)
        return ngettext("%(count)d offer made", "%(count)d offers made", made) % {"count": made}
    approved = len(job.result.get("approved", []))
    return ngettext("%(count)d list approved", "%(count)d lists approved", approved) % {"count": approved}


def refused_of(job: Job, user: User) -> list[Refused]:
    """Those whom the work left out, with names; only of the reader's faculties."""
    if job.kind == "contracting.build_offers":
        return _left_out_of_offers(job, user)
    reasons = {int(pk): str(why) for pk, why in job.result.get("refused", [])}
    cases = for_staff(user).filter(pk__in=reasons).order_by("enrolment__person__sort")
    return [_refused_case(case, reasons[case.pk]) for case in cases]


def _refused_case(case: StudentContracting, why: str) -> Refused:
    number = case.enrolment.matriculation_number
    return Refused(number, str(case.enrolment.person), why, file_url(case))


def _left_out_of_offers(job: Job, user: User) -> list[Refused]:
    reasons: dict[str, str] = {str(number): str(why) for number, why in job.result.get("problems", [])}
    enrolments = enrolments_for_staff(user).filter(matriculation_number__in=reasons)
    return [
        Refused(one.matriculation_number, str(one.person), reasons[one.matriculation_number])
        for one in enrolments.order_by("person__sort")
    ]


def _as_file(refused: list[Refused], *, as_csv: bool) -> HttpResponse:
    rows: list[list[Any]] = [[one.number, one.who, one.why] for one in refused]
    headings = [_("Matriculation no."), _("Student"), _("Reason")]
    return exports.download("rezultat", headings, rows, as_csv=as_csv)
