"""What a posted result means for a request for a grade increase: held, or missed and used up."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from studentrecords.models import AttemptKind, CatalogueRow, GradeIncrease
from studentrecords.rules import increases as rules
from studentrecords.workflow.increases import INCREASE_MOVES, IncreaseState
from upt_portal.kernel import audit

audit.register_act("studentrecords.increase_end", _("The grade increase has its result"))


def follow(rows: Sequence[CatalogueRow], *, at: datetime) -> int:
    """Bring the requests of these rows in line with their posted results (REC-176, REC-177); how many.

    A corrected result may turn an absence into a grade and back.
    """
    by_row = {row.pk: row for row in rows if row.kind == AttemptKind.INCREASE}
    if not by_row:
        return 0
    found = GradeIncrease.objects.select_for_update().filter(row__in=list(by_row)).order_by("pk")
    for increase in found:
        row = by_row[increase.row_id or 0]
        missed = rules.outcome(increase.first, row.result) == rules.MISSED
        target = IncreaseState.ABSENT if missed else IncreaseState.HELD
        before, increase.second, increase.ended_at = increase.state, row.result, at
        if before != target:
            increase.state = INCREASE_MOVES.check("miss" if missed else "hold", before).target
        increase.save(update_fields=["state", "second", "ended_at"])
        audit.record(
            increase,
            "studentrecords.increase_end",
            actor=None,
            at=at,
            before=before,
            after=increase.state,
        )
    return len(found)
