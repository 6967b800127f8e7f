"""The copy of a contested paper on its way to the commission."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Appeal, AppealCopy
from studentrecords.refusal import demand
from studentrecords.rules import appeals as rules
from studentrecords.services import appeals
from studentrecords.workflow.appeals import APPEAL_MOVES
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, uploads
from upt_portal.kernel.uploads import Examined

PURPOSE = "studentrecords.appeal_copy"

audit.register_act("studentrecords.appeal_copy", _("Files of the paper were given to the commission"))


@transaction.atomic
def hand_over(
    appeal_id: int, copies: Sequence[Examined], *, on_paper: bool = False, actor: User, at: datetime
) -> Appeal:
    """Give the commission the copy of the paper, as files or on paper; its term runs from then on (REC-198).

    Files may follow later, while nothing is reported: then all look again, and signatures are void.
    Raises Refused without a copy and beyond the most, MoveRefused outside the commission's time.
    """
    appeal = appeals.lock(appeal_id)
    APPEAL_MOVES.check("hand_over", appeal.state)
    first = appeal.papers_at is None
    there = appeal.copies.count()
    demand(rules.copy_answer(len(copies), there=there, on_paper=on_paper and first))
    for examined in copies:
        stored = uploads.keep(examined, owner=actor, purpose=PURPOSE, at=at)
        AppealCopy.objects.create(appeal=appeal, stored=stored, added_at=at, added_by=actor)
    if copies:
        audit.record(
            appeal, "studentrecords.appeal_copy", actor=actor, at=at, before=appeal.state, after=appeal.state,
            data={"files": len(copies)},
        )  # fmt: skip
    if first:
        return appeals.hand_over(appeal_id, actor=actor, at=at)
    if copies:
        appeals.unsign(appeal)
        appeal.save(update_fields=["report_version"])
    return appeal
