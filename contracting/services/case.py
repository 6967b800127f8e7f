"""What every act on a case does: lock its row, make a move of the table, record it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from contracting.models import StudentContracting
from contracting.workflow import CONTRACTING_MOVES
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, compiled
from upt_portal.kernel.compiled import Hole, Read
from upt_portal.kernel.moves import Move
from upt_portal.kernel.references import reference

VALIDATE, UPLOAD, PAY, ANSWER = (
    "contracting.validate",
    "contracting.upload",
    "contracting.pay",
    "contracting.answer",
)

_OWN_CASE = Read(
    lambda: (
        StudentContracting.objects.filter(enrolment=Hole("enrolment"), enrolment__person__user=Hole("owner"))
        .select_related("campaign__faculty")
        .select_for_update(of=("self",))
        .order_by("-pk")[:1]
    )
)


def lock(case_id: int) -> StudentContracting:
    """The case with its campaign and student, its row locked until the transaction ends.

    Every act locks the case before anything that belongs to it, so that no two acts wait for each other.
    """
    return (
        StudentContracting.objects.select_for_update(of=("self",))
        .select_related(
            "campaign__year",
            "enrolment__person__user",
            "enrolment__programme__faculty",
        )
        .get(pk=case_id)
    )


def lock_own(enrolment_id: int, owner: User) -> StudentContracting:
    """The owner's latest case of an enrolment, locked, with its campaign only: the narrow read of a busy day.

    Cases are made by published campaigns only, a newer one later. Raises StudentContracting.DoesNotExist for
    somebody else's enrolment or before any campaign (CON-012).
    """
    found = _OWN_CASE.first(enrolment=enrolment_id, owner=owner.pk)
    if found is None:
        raise StudentContracting.DoesNotExist
    return found


def student_of(case: StudentContracting) -> User | None:
    """The account of the case's student; None before an account was made."""
    return case.enrolment.person.user


def page_of(case: StudentContracting, page: str) -> str:
    """Address of a student's page of the case: "contract", "documents" or "payments"."""
    return f"/student/{case.enrolment_id}/{page}/"


def advance(
    case: StudentContracting,
    step: Move,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    changed: Iterable[str] = (),
) -> str:
    """Make a move on a locked case: state, time, trace; returns the state it left.

    changed: other fields of the case that the act set.
    """
    before = case.state
    case.state, case.state_at = step.target, at
    case.claimed_by, case.claimed_at = None, None
    fields = {"state", "state_at", "claimed_by", "claimed_at", *changed}
    compiled.update(case, fields)
    audit.record(
        reference(case),
        f"contracting.{step.name}",
        actor=actor,
        at=at,
        before=before,
        after=step.target,
        reason=reason,
        data=data,
    )
    return before


def move(
    case: StudentContracting,
    name: str,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    changed: Iterable[str] = (),
) -> str:
    """`advance` by the name of a move. Raises MoveRefused when the case's state does not allow it."""
    step = CONTRACTING_MOVES.check(name, case.state)
    return advance(case, step, actor=actor, at=at, reason=reason, data=data, changed=changed)
