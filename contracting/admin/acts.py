"""The acts of a secretary on a student's file: when each is open, what it asks, which service it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracting.admin.forms import (
    AnswerForm,
    ApproveForm,
    ChangeForm,
    DecisionForm,
    ExtendForm,
    QuestionForm,
    ReasonForm,
)
from contracting.admin.nav import act_url
from contracting.models import ChangeRequest, OfferLine, StudentContracting
from contracting.queries import facts
from contracting.queries.queue import Choice
from contracting.refusal import refuse
from contracting.rules import windows
from contracting.services import changes, review, selection, settlement, signing
from contracting.workflow import CHANGEABLE, FINAL_STATES, ChangeRequestState, ContractingState
from upt_portal.accounts.models import User
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.words import Sentence

_S = ContractingState
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """One act.

    label: of its button, in the first person. lead: what it does, under the heading of its page. done: told
    afterwards. open_in: the states in which it stands on the file. may: whether the dates allow it now.
    onward: a decision, after which the next case of the queue follows. arguments: of its form, by the case.
    belongs: whether it stands on the file, beyond the state.
    """

    name: str
    label: Sentence
    lead: Sentence
    done: Sentence
    form: type[forms.Form]
    open_in: frozenset[str]
    do: Callable[[StudentContracting, Given, User, datetime], object]
    may: Callable[[StudentContracting, datetime], Answer] = lambda case, at: YES
    kind: str = "secondary"
    key: str = ""
    onward: bool = False
    arguments: Callable[[StudentContracting, datetime], dict[str, Any]] = lambda case, at: {}
    belongs: Callable[[StudentContracting], bool] = lambda case: True

    @property
    def is_one_press(self) -> bool:
        """Nothing is asked, so the button on the file is the act."""
        return self.form is ApproveForm


def _language(case: StudentContracting, at: datetime) -> dict[str, Any]:
    student = case.enrolment.person.user
    return {"language": student.language if student else "ro"}


def _lines(case: StudentContracting, at: datetime) -> dict[str, Any]:
    return {"lines": OfferLine.objects.filter(contracting=case).order_by("position")}


def open_request(case: StudentContracting) -> ChangeRequest | None:
    """The change request that is not finished; at most one (a constraint says so)."""
    states = [ChangeRequestState.ASKED, ChangeRequestState.APPROVED]
    return ChangeRequest.objects.filter(contracting=case, state__in=states).first()


def _dropped(case: StudentContracting, at: datetime) -> dict[str, Any]:
    asked = open_request(case)
    rows = asked.drop_lines.filter(mandatory=True) if asked else []
    return {"drop": [(line.key, str(line)) for line in rows], "today": local_day(at)}


# ---- when ------------------------------------------------------------------------------------------------


def _stage_2(case: StudentContracting, at: datetime) -> Answer:
    return windows.may_process(facts.windows_of(case.campaign), at)


def _stage_2_for_changes(case: StudentContracting, at: datetime) -> Answer:
    return windows.may_request_change(facts.windows_of(case.campaign), at, extended_until=case.change_until)


def _is_asked(case: StudentContracting) -> bool:
    asked = open_request(case)
    return asked is not None and asked.state == ChangeRequestState.ASKED


def _is_approved(case: StudentContracting) -> bool:
    asked = open_request(case)
    return asked is not None and asked.state == ChangeRequestState.APPROVED


def _to_decide(case: StudentContracting, at: datetime) -> Answer:
    if _is_asked(case):
        return YES
    return NO(_("The decision is recorded already."), "CON-051")


def _to_apply(case: StudentContracting, at: datetime) -> Answer:
    if not _is_approved(case):
        return NO(_("The dean's office has not decided yet."), "CON-051")
    return windows.may_apply_change(facts.windows_of(case.campaign), at)


# ---- what --------------------------------------------------------------------------------------------------


def _approve(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return review.approve(case.pk, seen_at=case.state_at, actor=user, at=at)


def _ask(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return review.ask(case.pk, question=given["question"], actor=user, at=at)


def _answer(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return review.answer(case.pk, text=given["text"], actor=user, at=at)


def _extend(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return selection.extend(case.pk, until=given["until"], reason=given["reason"], actor=user, at=at)


def _validate_for(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return selection.validate_for(case.pk, reason=given["reason"], actor=user, at=at)


def _request_change(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return changes.request(
        case.pk,
        text=given["text"],
        add=given.get("add", []),
        drop=given.get("drop", []),
        actor=user,
        at=at,
    )


def _extend_change(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return changes.extend(case.pk, until=given["until"], reason=given["reason"], actor=user, at=at)


def _decide(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return changes.decide(
        _request_id(case),
        approved=given["approved"] == "yes",
        number=given["number"],
        on=given["on"],
        reason=given["reason"],
        named=given.get("named", []),
        actor=user,
        at=at,
    )


def _apply(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return changes.apply(_request_id(case), actor=user, at=at)


def _request_id(case: StudentContracting) -> int:
    """The open request. Raises Refused when a colleague has finished it meanwhile."""
    asked = open_request(case)
    if asked is None:
        raise refuse(_("There is no open change request."), "CON-051")
    return asked.pk


def _extend_upload(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return signing.extend_upload(case.pk, until=given["until"], reason=given["reason"], actor=user, at=at)


def _cancel(case: StudentContracting, given: Given, user: User, at: datetime) -> object:
    return settlement.cancel(case.pk, reason=given["reason"], actor=user, at=at)


ACTS = {
    act.name: act
    for act in (
        Act(
            name="approve",
            label=_("I approve the list"),
            lead=_("The annex is made and the student is told when it can be downloaded."),
            done=_("%(who)s: the list was approved; the annex is being made."),
            form=ApproveForm,
            open_in=frozenset({_S.VALIDATED}),
            may=_stage_2,
            do=_approve,
            kind="main",
            key="v",
            onward=True,
        ),
        Act(
            name="validate_for",
            label=_("I validate in the student's name"),
            lead=_(
                "The whole list, with every discipline ticked, is validated. The student reads the reason "
                "and may still ask for a change."
            ),
            done=_("%(who)s: the list was validated in the student's name."),
            form=ReasonForm,
            open_in=frozenset({_S.LAPSED}),
            do=_validate_for,
            kind="main",
            key="v",
            onward=True,
        ),
        Act(
            name="apply",
            label=_("I apply the change"),
            lead=_(
                "A new version of the annex is made; the old one and its scans stay, marked as replaced, and "
                "unpaid sums are closed until the new upload."
            ),
            done=_("%(who)s: the new version of the annex is being made."),
            form=ApproveForm,
            open_in=frozenset({_S.CHANGE_REQUESTED}),
            may=_to_apply,
            belongs=_is_approved,
            do=_apply,
            kind="main",
            key="v",
            onward=True,
        ),
        Act(
            name="decide",
            label=_("I record the dean's decision"),
            lead=_("With its number and date, as it stands on paper. The student is told."),
            done=_("%(who)s: the decision was recorded."),
            form=DecisionForm,
            open_in=frozenset({_S.CHANGE_REQUESTED}),
            may=_to_decide,
            belongs=_is_asked,
            do=_decide,
            arguments=_dropped,
            kind="main",
            key="v",
        ),
        Act(
            name="answer",
            label=_("I write the student's answer"),
            lead=_("For an answer given at the desk or on the telephone; the check goes on after it."),
            done=_("%(who)s: the answer was recorded."),
            form=AnswerForm,
            open_in=frozenset({_S.CLARIFICATION}),
            do=_answer,
        ),
        Act(
            name="ask",
            label=_("I ask the student"),
            lead=_("The question is sent by e-mail and waits on the student's page; the list waits for it."),
            done=_("%(who)s: the question was sent."),
            form=QuestionForm,
            open_in=frozenset({_S.VALIDATED}),
            may=_stage_2,
            do=_ask,
            arguments=_language,
            key="r",
            onward=True,
        ),
        Act(
            name="extend",
            label=_("I extend the term of validation"),
            lead=_("For this student only. The reason is kept; the student is told the new day."),
            done=_("%(who)s: the term of validation was extended."),
            form=ExtendForm,
            open_in=frozenset({_S.OFFERED, _S.LAPSED}),
            do=_extend,
        ),
        Act(
            name="extend_upload",
            label=_("I extend the term of upload"),
            lead=_("For this student only. The reason is kept; the student is told the new day."),
            done=_("%(who)s: the term of upload was extended."),
            form=ExtendForm,
            open_in=frozenset({_S.DOCUMENTS_READY}),
            do=_extend_upload,
        ),
        Act(
            name="request_change",
            label=_("I write a change request"),
            lead=_("On the student's behalf. The dean's office decides; until then nothing changes."),
            done=_("%(who)s: the change request was written."),
            form=ChangeForm,
            open_in=frozenset(CHANGEABLE),
            may=_stage_2_for_changes,
            do=_request_change,
            arguments=_lines,
        ),
        Act(
            name="extend_change",
            label=_("I extend the term of change requests"),
            lead=_("For this student only. The reason is kept; the student is told the new day."),
            done=_("%(who)s: the term of change requests was extended."),
            form=ExtendForm,
            open_in=frozenset(CHANGEABLE),
            do=_extend_change,
        ),
        Act(
            name="cancel",
            label=_("I cancel the contracting"),
            lead=_(
                "For a student who interrupted, withdrew, transferred or was expelled. Unpaid sums are "
                "cancelled and the papers are marked as cancelled. There is no way back."
            ),
            done=_("%(who)s: the contracting was cancelled."),
            form=ReasonForm,
            open_in=frozenset(_S) - FINAL_STATES,
            do=_cancel,
            kind="danger",
        ),
    )
}


@dataclass(frozen=True)
class Open:
    """An act on a file with its page: possible, or with the reason why not now."""

    act: Act
    answer: Answer
    url: str


def acts_of(case: StudentContracting, at: datetime, choice: Choice | None) -> list[Open]:
    """The acts that belong to the state of a case, in order; those the dates forbid say why.

    choice: of the queue the reader comes from.
    """
    return [
        Open(act, act.may(case, at), act_url(case, act.name, choice))
        for act in ACTS.values()
        if case.state in act.open_in and act.belongs(case)
    ]
