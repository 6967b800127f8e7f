"""Former students whose account has no enrolment left for long enough."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from studentrecords.models import Enrolment, EnrolmentStatus
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.workflow import AccountState

#: States after which nothing of the enrolment is left.
ENDED = (EnrolmentStatus.EXPELLED, EnrolmentStatus.TRANSFERRED_OUT, EnrolmentStatus.COMPLETED)


def accounts_to_close(at: datetime, *, days: int) -> list[int]:
    """Open accounts of people whose enrolments all ended at least `days` days ago; staff keep theirs.

    Somebody never enrolled, a candidate for example, is left alone. The time is counted from the newest entry
    in the row history of the person's enrolments: nothing has changed there since.
    """
    own = Enrolment.objects.filter(person__user=OuterRef("pk"))
    history = Enrolment.pgh_event_model.objects  # type: ignore[attr-defined]
    lately = history.filter(
        pgh_obj__person__user=OuterRef("pk"), pgh_created_at__gt=at - timedelta(days=days)
    )
    return list(
        User.objects.filter(Exists(own), state=AccountState.ACTIVE, is_staff=False)
        .exclude(Exists(own.exclude(status__in=ENDED)))
        .exclude(Exists(lately))
        .exclude(groups__name=roles.TEACHER)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
