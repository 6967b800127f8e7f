"""What a case looks like to the rules: its windows, rows, terms and policy as plain values."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.translation import get_language

from contracting.models import Campaign, OfferLine, SignedFile, StudentContracting
from contracting.parameters import (
    CURRENT_YEAR_LOCKED,
    MAX_CONTRACTED_CREDITS,
    OVERDUE_DESELECTABLE,
    OVERDUE_FLOOR,
    OVERDUE_FLOOR_ABOVE,
    RECONTRACT_AT_ONCE,
    REUPLOAD_GRACE,
    TUITION_MODE,
)
from contracting.rules import windows as rules
from contracting.rules.campaign import StageWindows, Window
from contracting.rules.offer import Kind, Policy, Route, Row
from contracting.rules.selection import Terms, TuitionMode
from contracting.workflow import SignedDocumentState
from studentrecords.models import Programme
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import ClosedDay
from upt_portal.kernel.params import Scope
from upt_portal.kernel.references import reference


def windows_of(campaign: Campaign) -> StageWindows:
    """The campaign's dates as the rules read them."""
    return StageWindows(
        stage_1=Window(campaign.stage1_from, campaign.stage1_until),
        stage_2=Window(campaign.stage2_from, campaign.stage2_until),
        stage_3=Window(campaign.stage3_from, campaign.stage3_until),
        stage_4=Window(campaign.stage4_from, campaign.stage4_until),
        documents_from=campaign.documents_from,
        payment_end=campaign.payment_until,
    )


def scope_of(campaign: Campaign, programme: Programme) -> Scope:
    """Where the parameters of a case are asked: its campaign, programme, faculty."""
    faculty = programme.faculty.code if programme.faculty else ""
    return Scope(faculty=faculty, programme=programme.code, campaign=reference(campaign))


def policy_for(campaign: Campaign, programme: Programme, on: date) -> Policy:
    """What the faculty decided about choice, in force on a day."""
    scope = scope_of(campaign, programme)
    return Policy(
        overdue_deselectable=OVERDUE_DESELECTABLE.on(on, scope),
        current_year_locked=CURRENT_YEAR_LOCKED.on(on, scope),
        recontract_at_once=RECONTRACT_AT_ONCE.on(on, scope),
        floor=OVERDUE_FLOOR.on(on, scope),
        floor_above=OVERDUE_FLOOR_ABOVE.on(on, scope),
        max_credits=MAX_CONTRACTED_CREDITS.on(on, scope),
    )


def tuition_mode_for(campaign: Campaign, programme: Programme, on: date) -> TuitionMode:
    """How tuition is computed, in force on a day."""
    return TuitionMode(TUITION_MODE.on(on, scope_of(campaign, programme)))


def policy_of(case: StudentContracting) -> Policy:
    """The limits a case was made with: a running case keeps the values of its day."""
    return Policy(floor=case.floor_credits, floor_above=case.floor_above, max_credits=case.max_credits)


def terms_of(case: StudentContracting) -> Terms:
    """What the student's place costs, as fixed when the offer was made."""
    return Terms(
        annual_fee=case.annual_fee, tuition_owed=case.tuition_owed, mode=TuitionMode(case.tuition_mode)
    )


def row_of(line: OfferLine) -> Row:
    """A stored line as the rules read it."""
    return Row(
        key=line.key,
        code=line.code,
        name=line.name_in(get_language() or "ro"),
        credits=line.credits,
        kind=Kind(line.kind),
        route=Route(line.route),
        year=line.year,
        semester=line.semester,
        current_year=not line.overdue,
        mandatory=line.mandatory,
        amount=line.amount,
        position=line.position,
    )


def rows_of(lines: Iterable[OfferLine]) -> list[Row]:
    """Stored lines as the rules read them, in their order."""
    return [row_of(line) for line in lines]


def ticked_of(lines: Iterable[OfferLine]) -> frozenset[str]:
    """Keys of the ticked lines."""
    return frozenset(line.key for line in lines if line.selected)


def closed_days(around: date) -> frozenset[date]:
    """Days that are not working within two months after a day; one query."""
    until = around + timedelta(days=62)
    return frozenset(ClosedDay.objects.filter(day__gte=around, day__lte=until).values_list("day", flat=True))


def grace_of(case: StudentContracting, on: date) -> int:
    """Working days given after a returned or late paper."""
    return REUPLOAD_GRACE.on(on, scope_of(case.campaign, case.enrolment.programme))


def may_validate_now(case: StudentContracting, at: datetime) -> Answer:
    """CON-043 with the student's own extension."""
    return rules.may_validate(windows_of(case.campaign), at, extended_until=case.extended_until)


def upload_until(case: StudentContracting, at: datetime) -> date:
    """Last day on which this student uploads (CON-061, CON-066)."""
    papers_on = case.papers_on
    return rules.upload_until(
        windows_of(case.campaign),
        extended_until=case.upload_until,
        papers_on=papers_on,
        closed=closed_days(papers_on) if papers_on else (),
        grace=grace_of(case, local_day(at)),
    )


def returned_file(case: StudentContracting) -> SignedFile | None:
    """The scan that the secretariat sent back last and nothing has replaced; with its reason (CON-066)."""
    returned = SignedFile.objects.filter(
        document__contracting=case, document__current=True, state=SignedDocumentState.REJECTED
    )
    return returned.order_by("-decided_at").first()


def may_upload_now(case: StudentContracting, at: datetime) -> Answer:
    """CON-061, CON-066 with the student's own extension and grace."""
    papers_on = case.papers_on
    return rules.may_upload(
        windows_of(case.campaign),
        at,
        extended_until=case.upload_until,
        papers_on=papers_on,
        closed=closed_days(papers_on) if papers_on else (),
        grace=grace_of(case, local_day(at)),
    )


def payment_until(case: StudentContracting, appeared_on: date) -> date:
    """Last day of payment without penalty for lines that appear on a day (FEE-061, CON-082)."""
    return rules.payment_due(
        windows_of(case.campaign),
        appeared_on=appeared_on,
        closed=closed_days(appeared_on),
        grace=grace_of(case, appeared_on),
    )
