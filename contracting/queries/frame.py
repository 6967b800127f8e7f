"""What stands on every tab of the contract: the line of stages, the three tabs, whom to ask."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Value
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contracting.models import Annex, Campaign, ChangeRequest, StudentContracting
from contracting.queries import facts
from contracting.rules import campaign as stage_rules
from contracting.rules import windows as rules
from contracting.rules.campaign import Situation, StageWindows, Window
from contracting.workflow import SIGNED_DOCUMENTS_IN, STAGES_DONE, ChangeRequestState, ContractingState
from upt_portal.kernel import dates
from upt_portal.kernel.answers import Answer
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.page import Progress, Stage, Tab

_S = ContractingState

#: States of a case whose documents were never made.
BEFORE_DOCUMENTS = frozenset({_S.OFFERED, _S.LAPSED, _S.VALIDATED, _S.CLARIFICATION})


@dataclass(frozen=True)
class Changes:
    """Versions of the annex and requests to change it, newest first; most students have one and none."""

    annexes: tuple[Annex, ...] = ()
    requests: tuple[ChangeRequest, ...] = ()

    @property
    def approved(self) -> bool:
        """Whether stage 3 is on the student's way (CON-009)."""
        granted = {ChangeRequestState.APPROVED, ChangeRequestState.APPLIED}
        return len(self.annexes) > 1 or any(request.state in granted for request in self.requests)

    def granted(self, case: StudentContracting) -> bool:
        """Whether the dean's office approved the request that is open: stage 3 is in work."""
        open_one = any(request.state == ChangeRequestState.APPROVED for request in self.requests)
        return case.state == _S.CHANGE_REQUESTED and open_one


def changes_of(case: StudentContracting) -> Changes:
    """Annexes and change requests of a case; at most two queries, none before there can be any.

    The requests carry `add` and `drop`: keys of the rows they name.
    """
    if case.state in {_S.OFFERED, _S.LAPSED}:
        return Changes()
    requests = tuple(
        case.change_requests.annotate(
            add=ArrayAgg("select_lines", distinct=True, default=Value([])),
            drop=ArrayAgg("drop_lines", distinct=True, default=Value([])),
        ).order_by("-asked_at")
    )
    if case.state in BEFORE_DOCUMENTS:
        return Changes(requests=requests)
    return Changes(tuple(case.annexes.defer("lines").order_by("-version")), requests)


def change_granted(case: StudentContracting) -> bool:
    """Whether the dean's office approved the open request, so that the secretariat's update is awaited."""
    return case.change_requests.filter(state=ChangeRequestState.APPROVED).exists()


def is_processed(case: StudentContracting) -> bool:
    """Whether the secretariat has processed the list, so that documents were made (CON-060)."""
    state = case.previous_state if case.state == _S.CHANGE_REQUESTED else case.state
    if state == _S.CANCELLED:
        return case.approved_at is not None
    return state not in BEFORE_DOCUMENTS


def documents_visible(case: StudentContracting, at: datetime) -> Answer:
    """CON-060 for one case."""
    return rules.documents_visible(
        Situation(case.situation), facts.windows_of(case.campaign), at, processed=is_processed(case)
    )


def payments_visible(case: StudentContracting) -> Answer:
    """CON-080, CON-082 for one case."""
    return rules.payments_visible(case.state in SIGNED_DOCUMENTS_IN)


def to_accept(case: StudentContracting) -> bool:
    """Whether there is a list to accept (S1, S2a), or one to contract as it is (S2b) (CON-008)."""
    return case.situation != StudentContracting.Situation.S2B


# ---- the line of stages ------------------------------------------------------------------------------------


def stages_of(case: StudentContracting, changes: Changes) -> list[Stage]:
    """The stages this student goes through, with their dates and what became of each (CON-009).

    A cancelled case has no line.
    """
    if case.state == _S.CANCELLED:
        return []
    numbers = stage_rules.stages(Situation(case.situation), change_approved=changes.approved)
    done = STAGES_DONE[ContractingState.of(case.state)] | ({2} if changes.granted(case) else frozenset())
    windows = facts.windows_of(case.campaign)
    return [
        Stage(
            label=_label(stage.number),
            state=_PROGRESS[stage.status],
            when=_when(stage.number, stage.status == stage_rules.StageStatus.DONE, case, windows, changes),
            who="" if stage.status == stage_rules.StageStatus.DONE else _who(stage.number),
            number=stage.number,
        )
        for stage in stage_rules.progress(numbers, done)
    ]


_PROGRESS: dict[stage_rules.StageStatus, Progress] = {
    stage_rules.StageStatus.DONE: "done",
    stage_rules.StageStatus.NOW: "now",
    stage_rules.StageStatus.LATER: "later",
}


def _label(number: int) -> str:
    return {
        1: _("Choose and validate"),
        2: _("Verification"),
        3: _("Annexes updated"),
        4: _("Sign and upload"),
        5: _("Pay"),
    }[number]


def _who(number: int) -> str:
    return _("the secretariat") if number in {2, 3} else _("you")


def _when(number: int, done: bool, case: StudentContracting, windows: StageWindows, changes: Changes) -> str:
    if done and (said := _became(number, case, changes)):
        return said
    if number == 5:
        return _("until %(day)s") % {"day": short_day(windows.payment_end)}
    window = {
        1: windows.stage_1.until(case.extended_until),
        2: windows.stage_2,
        3: windows.stage_3,
        4: windows.stage_4.until(case.upload_until),
    }[number]
    return short_window(window)


def _became(number: int, case: StudentContracting, changes: Changes) -> str:
    """What was done in a stage, with its day; empty when no day is known."""
    if number == 1 and case.validated_at:
        return _("validated on %(day)s") % {"day": short_day(case.validated_at)}
    if number == 2 and case.approved_at:
        return _("approved on %(day)s") % {"day": short_day(case.approved_at)}
    if number == 3 and changes.annexes:
        newest = changes.annexes[0]
        return _("version %(version)s, %(day)s") % {
            "version": newest.version, "day": short_day(newest.created_at)
        }  # fmt: skip
    if number == 4 and case.decided_at:
        return _("accepted on %(day)s") % {"day": short_day(case.decided_at)}
    if number == 4 and case.uploaded_at:
        return _("uploaded on %(day)s") % {"day": short_day(case.uploaded_at)}
    return _("all paid") if number == 5 else ""


def short_day(value: date | datetime) -> str:
    """ "30 oct": for the narrow places under a stop or in a tab."""
    return f"{dates.local(value)[0].day} {dates.short_month(value, get_language() or 'ro')}"


def short_window(window: Window) -> str:
    """ "23 oct – 1 nov", "6–10 nov", "5 nov"."""
    first, last = window.first, window.last
    if first == last:
        return short_day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{short_day(last)}"
    return f"{short_day(first)} – {short_day(last)}"


# ---- the tabs ----------------------------------------------------------------------------------------------


def tabs_of(
    case: StudentContracting, current: str, at: datetime, *, to_upload: int = 0, to_pay: int = 0
) -> list[Tab]:
    """The three tabs; a closed one says when it opens. current: address name of the open page.

    to_upload, to_pay: things the student has to do behind the tabs.
    """
    return [
        _tab(case, "contract", _("Disciplines"), current),
        _tab(
            case, "documents", _("Documents"), current, count=to_upload,
            opens="" if documents_visible(case, at) else _documents_open(case),
        ),
        _tab(
            case, "payments", _("Payments"), current, count=to_pay,
            opens="" if payments_visible(case) else _("after uploading"),
        ),
    ]  # fmt: skip


def _tab(
    case: StudentContracting, name: str, label: str, current: str, *, count: int = 0, opens: str = ""
) -> Tab:
    here = name == current
    closed = bool(opens) and not here
    address = "" if closed else reverse(f"contracting:{name}", args=[case.enrolment_id])
    return Tab(label, address, current=here, count=0 if opens else count, opens=opens if closed else "")


def _documents_open(case: StudentContracting) -> str:
    if not to_accept(case):
        return _("from %(day)s") % {"day": short_day(case.campaign.documents_from)}
    if case.state in {_S.OFFERED, _S.LAPSED}:
        return _("after validation")
    return _("after the check")


# ---- terms -------------------------------------------------------------------------------------------------


def validation_until(case: StudentContracting) -> datetime:
    """The last moment of validation for this student, an extension included."""
    return facts.windows_of(case.campaign).stage_1.until(case.extended_until).ends_at


def notice_of(campaign: Campaign) -> str:
    """The campaign's notice in the reader's language, else in the one there is (CON-011)."""
    english = (get_language() or "ro").startswith("en")
    first, second = (
        (campaign.notice_en, campaign.notice_ro) if english else (campaign.notice_ro, campaign.notice_en)
    )
    return first or second


def is_upload_open(case: StudentContracting, at: datetime) -> bool:
    """Whether stage 4 has begun for the student, whatever becomes of the term."""
    return local_day(at) >= case.campaign.stage4_from
