"""What is told to the vice-rector in confidence, sent on without identity, answered (REC-051).

No trace entry and no mail names the author: both are read by administrators.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import ConfidentialNotice, Department, Faculty, ForwardedNotice
from studentrecords.parameters import OFFICE_STEP
from studentrecords.queries.communication import author_index
from studentrecords.queries.sessions import closed_days
from studentrecords.refusal import refuse
from studentrecords.rules.communication import CONFIDENTIAL
from studentrecords.rules.personal import Times, answer_due
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel import audit, outbox
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.numbers import next_number

_State = ConfidentialNotice.State
LONGEST = 5000

audit.register_act("studentrecords.confidential_receive", _("A confidential notification was received"))
audit.register_act("studentrecords.confidential_send_on", _("A confidential notification was sent on"))
audit.register_act("studentrecords.confidential_answer", _("A confidential notification was answered"))
audit.register_act("studentrecords.sent_on_answer", _("A dean's office answered what was sent on to it"))


@transaction.atomic
def tell(text: str, *, author: User, at: datetime) -> ConfidentialNotice:
    """Register a notification; only the vice-rector can read it. Raises Refused for an empty one."""
    if not text.strip():
        raise refuse(_("Write what happened."), CONFIDENTIAL)
    today = local_day(at)
    closed = closed_days(today, today + timedelta(days=45))
    made = ConfidentialNotice(
        author=str(author.pk),
        author_index=author_index(author),
        text=text.strip()[:LONGEST],
        received_at=at,
        due_on=answer_due(Times(at, at), closed, days=OFFICE_STEP.on(today)),
        year=today.year,
        number=next_number("confidential", today.year),
    )
    made.save()
    audit.record(made, "studentrecords.confidential_receive", actor=None, at=at, after=made.state)
    readers = User.objects.filter(groups__name=roles.VICE_RECTOR, is_active=True)
    outbox.post_all((notices.confidential_arrived(one, made.number, made.year) for one in readers), at=at)
    return made


def _locked(notice_id: int, actor: User) -> ConfidentialNotice:
    if not has_role(actor, roles.VICE_RECTOR):
        raise refuse(_("Only the vice-rector reads confidential notifications."), CONFIDENTIAL)
    return ConfidentialNotice.objects.select_for_update().get(pk=notice_id)


@transaction.atomic
def send_on(
    notice_id: int, text: str, *, faculty: Faculty, department: Department | None, actor: User, at: datetime
) -> ForwardedNotice:
    """Send the matter on to a dean or a department, in own words and without identity.

    Raises Refused when it was answered already, when the text is empty or names its author.
    """
    found = _locked(notice_id, actor)
    if found.state == _State.CLOSED:
        raise refuse(_("This notification was answered already."), CONFIDENTIAL)
    if not text.strip():
        raise refuse(_("Write what the dean or the department is to look into."), CONFIDENTIAL)
    if department is not None and department.faculty_id != faculty.pk:
        raise refuse(_("This department belongs to another faculty."), CONFIDENTIAL)
    author = User.objects.get(pk=int(found.author))
    if any(name and name.casefold() in text.casefold() for name in (author.last_name, author.email)):
        raise refuse(
            _("The text names the author. Take the name out: it is sent on without identity."), CONFIDENTIAL
        )
    made = ForwardedNotice(
        notice=found, faculty=faculty, department=department, text=text.strip()[:LONGEST], sent_at=at
    )
    made.save()
    before, found.state = found.state, _State.SENT_ON
    found.save(update_fields=["state"])
    act = "studentrecords.confidential_send_on"
    audit.record(
        found, act, actor=actor, at=at, before=before, after=found.state, data={"faculty": faculty.code}
    )
    readers = User.objects.filter(
        groups__name=roles.DEANERY, is_active=True, faculty_scopes__faculty_code=faculty.code
    )
    outbox.post_all((notices.confidential_sent_on(one, made.pk) for one in readers.distinct()), at=at)
    return made


@transaction.atomic
def answer(notice_id: int, words: str, *, actor: User, at: datetime) -> ConfidentialNotice:
    """Answer the author in the portal, which closes the notification. Raises Refused."""
    found = _locked(notice_id, actor)
    if found.state == _State.CLOSED:
        raise refuse(_("This notification was answered already."), CONFIDENTIAL)
    if not words.strip():
        raise refuse(_("Write the answer."), CONFIDENTIAL)
    before = found.state
    found.state, found.answer, found.answered_at = _State.CLOSED, words.strip()[:LONGEST], at
    found.save(update_fields=["state", "answer", "answered_at"])
    act = "studentrecords.confidential_answer"
    audit.record(found, act, actor=actor, at=at, before=before, after=found.state)
    return found


@transaction.atomic
def report_back(forwarded_id: int, words: str, *, actor: User, at: datetime) -> ForwardedNotice:
    """A dean's office tells the vice-rector what was done. Raises Refused the second time."""
    found = ForwardedNotice.objects.select_for_update(of=("self",)).get(pk=forwarded_id)
    if found.answered_at is not None:
        raise refuse(_("This was answered already."), CONFIDENTIAL)
    if not words.strip():
        raise refuse(_("Write what was done."), CONFIDENTIAL)
    found.answer, found.answered_at, found.answered_by = words.strip()[:LONGEST], at, actor
    found.save(update_fields=["answer", "answered_at", "answered_by"])
    audit.record(found, "studentrecords.sent_on_answer", actor=actor, at=at)
    return found
