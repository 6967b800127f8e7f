"""Official messages are written once and posted in batches by a worker; each reader gets one (REC-049)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import OfficialMessage
from studentrecords.queries import communication as queries
from studentrecords.queries.communication import Audience
from studentrecords.refusal import demand, refuse
from studentrecords.rules import communication as rules
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel import audit, jobs, outbox
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.models import Job
from upt_portal.kernel.numbers import next_number

_POST = "studentrecords.official"
BATCH = 500
REGISTER = "official"

audit.register_act("studentrecords.official_send", _("An official message was sent"))


@transaction.atomic
def send(
    audience: Audience,
    *,
    subject: tuple[str, str],
    text: tuple[str, str],
    decision: str = "",
    expected: int,
    actor: User,
    at: datetime,
) -> OfficialMessage:
    """Send an official message to everybody an audience means (REC-049, REC-050).

    subject, text: Romanian and English, the English ones may be empty. decision: number and date, for a
    rector's decision. expected: how many recipients the sender was shown. Raises Refused in words.
    """
    demand(
        rules.may_send(
            infocenter=has_role(actor, roles.INFOCENTER),
            secretary_general=has_role(actor, roles.SECRETARY_GENERAL),
            decision=bool(decision),
        )
    )
    count = queries.reached(audience).count()
    if not count:
        raise refuse(_("Nobody matches: nothing was sent."), rules.THROUGH_INFOCENTER)
    if count != expected:
        raise refuse(
            _("The number of recipients changed to %(count)s meanwhile. Look again before you send.")
            % {"count": count},
            rules.THROUGH_INFOCENTER,
        )
    year = local_day(at).year
    made = OfficialMessage.objects.create(
        kind=OfficialMessage.Kind.DECISION if decision else OfficialMessage.Kind.MESSAGE,
        decision=decision.strip(),
        subject_ro=subject[0],
        subject_en=subject[1],
        text_ro=text[0],
        text_en=text[1],
        audience=audience.as_json(),
        count=count,
        sent_by=actor,
        sent_at=at,
        year=year,
        number=next_number(REGISTER, year),
    )
    audit.record(made, "studentrecords.official_send", actor=actor, at=at, data={"count": count})
    readers = list(queries.reached(audience).values_list("pk", flat=True))
    payload = {"message": made.pk, "readers": readers}
    jobs.enqueue(_POST, f"{_POST}:{made.pk}", payload, actor=actor, total=count, queue="bulk", at=at)
    return made


@jobs.handler(_POST)
def _post(job: Job) -> None:
    """Write the mails, a batch at a time; run twice it writes none twice, their keys are unique."""
    message = OfficialMessage.objects.get(pk=job.payload["message"])
    readers = job.payload["readers"]
    for start in range(0, len(readers), BATCH):
        people = User.objects.filter(pk__in=readers[start : start + BATCH])
        outbox.post_all((notices.official(message, one) for one in people), at=message.sent_at)
        jobs.step(job, min(start + BATCH, len(readers)))
