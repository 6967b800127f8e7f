"""What every page of contracting starts with: whose page, which case, at what moment; the frame of a tab."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from contracting.models import StudentContracting
from contracting.queries import cases, dues, frame, papers
from contracting.queries.frame import Changes
from contracting.workflow import SIGNED_DOCUMENTS_IN, ContractingState
from studentrecords.models import Enrolment
from studentrecords.requests import help_of, place_of
from upt_portal.accounts.models import User
from upt_portal.kernel import clock
from upt_portal.kernel.page import Crumb, HelpBox


@dataclass(frozen=True)
class Visit:
    """A student on a page of one enrolment; the case is None before any campaign."""

    user: User
    enrolment: Enrolment
    case: StudentContracting | None
    at: datetime

    @property
    def own_case(self) -> StudentContracting:
        """The case; Http404 when there is none."""
        if self.case is None:
            raise Http404
        return self.case

    @property
    def help_box(self) -> HelpBox:
        """The secretariat of the own faculty, with the campaign's contact (CON-010)."""
        return help_of(self.enrolment, self.case.campaign.contact if self.case else "")


def visit(request: HttpRequest, enrolment: int) -> Visit:
    """The reader's own enrolment with its latest case; Http404 for anybody else's (CON-012)."""
    place = place_of(request, enrolment)
    return Visit(place.user, place.enrolment, cases.current_of(place.enrolment), clock.now())


def tab_context(
    came: Visit,
    current: str,
    *,
    changes: Changes | None = None,
    to_upload: int | None = None,
    to_pay: int | None = None,
) -> dict[str, Any]:
    """Path, line of stages, tabs, notice and contact of a page of the case.

    current: name of the open tab. changes, to_upload, to_pay: what the page has read already.
    """
    case = came.own_case
    known = frame.changes_of(case) if changes is None else changes
    awaited = case.state == ContractingState.DOCUMENTS_READY and frame.documents_visible(case, came.at)
    uploads = (papers.to_upload_of(case) if awaited else 0) if to_upload is None else to_upload
    sums = sums_to_pay(case).count if to_pay is None else to_pay
    return {
        "enrolment": came.enrolment,
        "case": case,
        "now": came.at,
        "crumbs": [*crumbs(came)[:-1], replace(crumbs(came)[-1], url="")],
        "stages": frame.stages_of(case, known),
        "tabs": frame.tabs_of(case, current, came.at, to_upload=uploads, to_pay=sums),
        "notice": frame.notice_of(case.campaign),
        "help_box": came.help_box,
        "history_url": reverse("contracting:history", args=[came.enrolment.pk]),
    }


def sums_to_pay(case: StudentContracting) -> dues.OpenSums:
    """The sums of the case that can be paid now; asks only where there can be any."""
    return dues.open_sums_of(case) if case.state in SIGNED_DOCUMENTS_IN else dues.OpenSums()


def still_owed(case: StudentContracting, sums: dues.OpenSums) -> Decimal:
    """What is ahead to pay: all of the annex before its sums are open, then what is left of them."""
    return sums.left if case.state in SIGNED_DOCUMENTS_IN else case.total


def crumbs(came: Visit, *below: str) -> list[Crumb]:
    """Home, the contract of the year as a link, and the page below it, whose name has no address."""
    home = Crumb(_("Home"), reverse("student_home", args=[came.enrolment.pk]))
    year = f" {came.case.campaign.year}" if came.case else ""
    contract = Crumb(_("Contract") + year, reverse("contracting:contract", args=[came.enrolment.pk]))
    return [home, contract, *(Crumb(label) for label in below)]
