"""Where a case stands, in words for the student: what happened, what follows, what may still be changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contracting.models import ChangeRequest, Clarification, OfferLine, SignedFile, StudentContracting
from contracting.queries import facts, frame, wording
from contracting.rules import windows as rules
from contracting.workflow import CHANGEABLE, ChangeRequestState, ContractingState, SignedDocumentState
from upt_portal.kernel import audit, dates
from upt_portal.kernel.answers import NO, Answer
from upt_portal.kernel.calendar import end_of_day
from upt_portal.kernel.models import TraceEntry
from upt_portal.kernel.page import Progress, TimelineItem
from upt_portal.kernel.sources import CONTRACT_GUIDE, Article
from upt_portal.kernel.words import gettext_lazy

_S = ContractingState
STAGE_3 = Article(CONTRACT_GUIDE, "stage 3")


@dataclass(frozen=True)
class Standing:
    """The note on top of the list. page: name of the page to go to, with the words of its button."""

    tone: Literal["fix", "wait", "ok", "todo"]
    title: str
    lines: tuple[str, ...] = ()
    page: str = ""
    button: str = ""


@dataclass(frozen=True)
class Terms:
    """The moment of a visit, and the terms that stand then: of an open upload, of the nearest open sum."""

    at: datetime
    upload_until: date | None = None
    pay_by: datetime | None = None


@dataclass(frozen=True)
class Question:
    """A question of the secretariat; moments in words, the answer empty while it is awaited."""

    pk: int
    text: str
    asked: str
    answer: str = ""
    answered: str = ""


@dataclass(frozen=True)
class Asked:
    """A request for a change as its author sees it. add, drop: names of rows; state: in words."""

    text: str
    asked: str
    add: tuple[str, ...]
    drop: tuple[str, ...]
    state: str
    open: bool
    decided: str
    reason: str


def standing_of(case: StudentContracting, terms: Terms) -> Standing:
    """The state of a case after stage 1, with who and when (CON-042)."""
    return _STANDINGS[ContractingState.of(case.state)](case, terms)


def _offered(case: StudentContracting, terms: Terms) -> Standing:
    window = facts.windows_of(case.campaign).stage_1
    opens = _("You may choose and validate from %(day)s.") % {"day": _day(window.first)}
    return Standing("wait", _("The list can be seen, not yet validated"), (opens,))


def _lapsed(case: StudentContracting, terms: Terms) -> Standing:
    words = _("The list could be validated until %(until)s.")
    return Standing("fix", _("The list was not validated in time"), (words % {"until": _until(case)},))


def _validated(case: StudentContracting, terms: Terms) -> Standing:
    return Standing(
        "ok",
        _("The list is validated"),
        (
            _validated_by(case),
            _("The secretariat checks it until %(day)s. We write to you when the annex is ready.")
            % {"day": _day(case.campaign.stage2_until)},
        ),
    )


def _clarification(case: StudentContracting, terms: Terms) -> Standing:
    words = _("The check goes on after your answer.")
    return Standing("todo", _("The secretariat has a question"), (words, _validated_by(case)))


def _change_requested(case: StudentContracting, terms: Terms) -> Standing:
    if frame.change_granted(case):
        words = _("The secretariat updates the annex until %(day)s. We write to you when it is ready.")
        day = _day(case.campaign.stage3_until)
        return Standing("wait", _("Your request for a change was approved"), (words % {"day": day},))
    words = _("The dean's office decides on your request. Until then nothing changes.")
    return Standing("wait", _("Your request for a change awaits a decision"), (words,))


def _documents_ready(case: StudentContracting, terms: Terms) -> Standing:
    if not frame.documents_visible(case, terms.at):
        words = _("The documents appear from %(day)s. There is nothing to validate.")
        return Standing(
            "wait", _("There is nothing to choose"), (words % {"day": _day(case.campaign.documents_from)},)
        )
    until = terms.upload_until or case.campaign.stage4_until
    button = _("See the documents")
    returned = facts.returned_file(case)
    said = (returned.reason,) if returned else ()
    if rules.upload_overdue(terms.at, until):
        words = _("The signed documents could be uploaded until %(until)s.") % {"until": _deadline(until)}
        return Standing("fix", _("The signed documents are missing"), (*said, words), "documents", button)
    if returned:
        words = _("You can upload it again until %(until)s.") % {"until": _deadline(until)}
        title, again = _("The signed document must be corrected"), _("Upload it again")
        return Standing("fix", title, (*said, words), "documents", again)
    words = _("Sign the annex on paper and upload it until %(until)s.") % {"until": _deadline(until)}
    return Standing("todo", _("The annex is ready to sign"), (words,), "documents", button)


def _signed_uploaded(case: StudentContracting, terms: Terms) -> Standing:
    words = _("The secretariat is checking what you uploaded on %(moment)s.")
    return Standing(
        "wait",
        _("The signed documents are being checked"),
        (words % {"moment": _moment(case.uploaded_at)},),
        "payments",
        _("See the payments"),
    )


def _contracted(case: StudentContracting, terms: Terms) -> Standing:
    due = terms.pay_by or end_of_day(case.campaign.payment_until)
    late = due < terms.at
    words = (
        _("The disciplines are contracted. The sums that are left were to be paid until %(until)s.")
        if late
        else _("The disciplines are contracted. What is left is to pay until %(until)s.")
    )
    return Standing(
        "fix" if late else "todo",
        _("The term of payment has passed") if late else _("The signed documents were accepted"),
        (words % {"until": dates.deadline(due, _language())},),
        "payments",
        _("See the payments"),
    )


def _settled(case: StudentContracting, terms: Terms) -> Standing:
    words = _("The signed documents were accepted and nothing is left to pay.")
    return Standing("ok", _("The year is contracted"), (words,))


def _cancelled(case: StudentContracting, terms: Terms) -> Standing:
    cancelled = audit.trail(case).filter(act="contracting.cancel").last()
    said = [_("Since %(moment)s.") % {"moment": _moment(case.state_at)}]
    if cancelled and cancelled.reason:
        said.append(_("Reason: %(reason)s") % {"reason": cancelled.reason})
    return Standing("wait", _("The contracting was cancelled"), tuple(said))


_STANDINGS = {
    _S.OFFERED: _offered,
    _S.LAPSED: _lapsed,
    _S.VALIDATED: _validated,
    _S.CLARIFICATION: _clarification,
    _S.CHANGE_REQUESTED: _change_requested,
    _S.DOCUMENTS_READY: _documents_ready,
    _S.SIGNED_UPLOADED: _signed_uploaded,
    _S.CONTRACTED: _contracted,
    _S.SETTLED: _settled,
    _S.CANCELLED: _cancelled,
}


def _validated_by(case: StudentContracting) -> str:
    """Who validated and when: the student, or the secretariat with its reason (CON-046)."""
    moment = _moment(case.validated_at)
    if case.validated_by_id == case.enrolment.person.user_id:
        return _("Validated by you on %(moment)s.") % {"moment": moment}
    entry = audit.trail(case).filter(act="contracting.validate_for").last()
    words = _("Validated by the secretariat in your name on %(moment)s. Reason: %(reason)s")
    return words % {"moment": moment, "reason": entry.reason if entry else "–"}


# ---- questions, changes ------------------------------------------------------------------------------------


def questions_of(case: StudentContracting) -> list[Question]:
    """Questions of the secretariat with their answers, the newest first; none before validation."""
    if case.state in {_S.OFFERED, _S.LAPSED}:
        return []
    return [_question(row) for row in case.clarifications.order_by("-asked_at")]


def _question(row: Clarification) -> Question:
    return Question(row.pk, row.question, _moment(row.asked_at), row.answer, _moment(row.answered_at))


def requests_of(requests: Sequence[ChangeRequest], lines: Sequence[OfferLine]) -> list[Asked]:
    """The change requests of `frame.changes_of` with the names of their rows."""
    names = {line.pk: wording.name_of(line) for line in lines}
    return [_asked(request, names) for request in requests]


def _asked(request: ChangeRequest, names: Mapping[int, str]) -> Asked:
    state = ChangeRequestState.of(request.state)
    decided = ""
    if request.decision_number and request.decision_on:
        words = {"number": request.decision_number, "day": dates.day(request.decision_on, _language())}
        decided = _("Decision no. %(number)s of %(day)s") % words
    return Asked(
        text=request.text,
        asked=_moment(request.asked_at),
        add=tuple(names[pk] for pk in getattr(request, "add", ()) if pk in names),
        drop=tuple(names[pk] for pk in getattr(request, "drop", ()) if pk in names),
        state=str(state.public),
        open=state in {ChangeRequestState.ASKED, ChangeRequestState.APPROVED},
        decided=decided,
        reason=request.decision_reason,
    )


def may_request_change(case: StudentContracting, at: datetime) -> Answer | None:
    """Whether the student may ask for a change (CON-051, CON-053); None where there is nothing to change."""
    if case.state not in CHANGEABLE or (not frame.to_accept(case) and not frame.documents_visible(case, at)):
        return None
    answer = rules.may_request_change(facts.windows_of(case.campaign), at, extended_until=case.change_until)
    if not answer:
        return answer
    accepted = SignedFile.objects.filter(
        document__contracting=case, document__current=True, state=SignedDocumentState.ACCEPTED
    )
    if frame.is_processed(case) and accepted.exists():
        return NO(gettext_lazy("A signed document was already accepted."), STAGE_3, rules.ASK_FOR_EXTENSION)
    return answer


# ---- what follows, what happened ---------------------------------------------------------------------------


def what_follows(case: StudentContracting, terms: Terms, *, owed: Decimal) -> list[TimelineItem]:
    """The steps left, in order, with who acts and until when; the first one is now.

    owed: what is still to pay of the annex; a step of paying only when there is something.
    """
    campaign = case.campaign

    def own(due: datetime) -> str:
        """A term of the student's: until when, or since when it is over."""
        words = _("until %(day)s") if terms.at <= due else _("the term passed on %(day)s")
        return words % {"day": _day(due)}

    def office(day: date) -> str:
        """A term of the office's: one that overruns it harms nobody and is not told as missed (T9)."""
        late = terms.at > end_of_day(day)
        return _("we write to you") if late else _("until %(day)s") % {"day": _day(day)}

    pay_by = terms.pay_by or end_of_day(campaign.payment_until)
    steps = {
        "check": (_("The secretariat checks the list"), office(campaign.stage2_until)),
        "answer": (_("You answer the question"), _("the check goes on after it")),
        "decide": (_("The dean's office decides"), _("you find the answer here and by e-mail")),
        "update": (_("The secretariat updates the annex"), office(campaign.stage3_until)),
        "upload": (
            _("You sign and upload the documents"),
            own(end_of_day(terms.upload_until or campaign.stage4_until)),
        ),
        "verify": (_("The secretariat checks the signed documents"), _("we write to you")),
        "pay": (_("You pay %(sum)s") % {"sum": wording.money(owed, case)}, own(pay_by)),
    }
    left = _LEFT.get(ContractingState.of(case.state), ())
    if case.state == _S.CHANGE_REQUESTED and frame.change_granted(case):
        left = ("update", *left[1:])
    names = [name for name in left if name != "pay" or owed]
    later: Progress = "later"
    return [
        TimelineItem(steps[name][0], later if place else "now", steps[name][1])
        for place, name in enumerate(names)
    ]


_LEFT = {
    _S.VALIDATED: ("check", "upload", "verify", "pay"),
    _S.CLARIFICATION: ("answer", "check", "upload", "verify", "pay"),
    _S.CHANGE_REQUESTED: ("decide", "upload", "verify", "pay"),
    _S.DOCUMENTS_READY: ("upload", "verify", "pay"),
    _S.SIGNED_UPLOADED: ("verify", "pay"),
    _S.CONTRACTED: ("pay",),
}


def history_of(case: StudentContracting) -> list[TimelineItem]:
    """The trace of a case in words, newest first; the office is named, not the person (CON-151)."""
    student = case.enrolment.person.user_id
    return [_event(entry, student) for entry in reversed(list(audit.trail(case)))]


def _event(entry: TraceEntry, student: int | None) -> TimelineItem:
    parts = [_moment(entry.at), _hand(entry, student)]
    if entry.after and entry.after != entry.before and entry.after in ContractingState.values():
        parts.append(str(ContractingState.of(entry.after).public))
    if entry.reason:
        parts.append(entry.reason)
    return TimelineItem(str(audit.sentence_of(entry)), "done", " · ".join(parts))


def _hand(entry: TraceEntry, student: int | None) -> str:
    if entry.actor_id is None:
        return _("the portal")
    return _("you") if entry.actor_id == student else _("the secretariat")


# ---- moments -----------------------------------------------------------------------------------------------


def _language() -> str:
    return get_language() or "ro"


def _day(day: date | datetime) -> str:
    return dates.day_long(day, _language())


def _moment(at: datetime | None) -> str:
    return dates.moment(at, _language()) if at else ""


def _deadline(day: date) -> str:
    return dates.deadline(end_of_day(day), _language())


def _until(case: StudentContracting) -> str:
    return dates.deadline(frame.validation_until(case), _language())
