"""Getting into one's account: who somebody is, where the link goes, what the secretariat decides (REC-016).

CNP and birth date only say who is meant. The link goes to the address on file; to a declared one only after
the secretariat has looked at an identity document.
"""

from datetime import date, datetime
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Person
from studentrecords.models.activation import AddressRequest
from studentrecords.parameters import OFFICE_STEP
from studentrecords.queries import activation as queries
from studentrecords.rules import activation as rules
from upt_portal.accounts import addresses, links, mails, roles, states
from upt_portal.accounts.models import User
from upt_portal.accounts.workflow import AccountState
from upt_portal.kernel import audit, clock, jobs
from upt_portal.kernel.answers import NO, Answer
from upt_portal.kernel.crypto import blind_index
from upt_portal.kernel.models import ClosedDay, Job

_IDENTIFY = "studentrecords.identify"
_NEW = (AccountState.NOT_ACTIVATED, AccountState.ACTIVATION_SENT)

audit.register_act("studentrecords.address_declared", _("An address was declared for the account"))
audit.register_act("studentrecords.address_approved", _("The declared address was approved"))
audit.register_act("studentrecords.address_refused", _("The declared address was refused"))


class AddressRefused(Exception):
    """A decision about an address that is not possible; nothing was changed. `str()` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer

    def __str__(self) -> str:
        return str(self.answer.reason)


def ask(number: str, born: date, address: str, *, at: datetime) -> None:
    """Note that somebody asked for an activation; a worker finds out whether there is such a person.

    The row is the same whoever it is about, and holds neither the number nor the birth date (REC-017).
    """
    payload = {
        "cnp": blind_index(number, "cnp"),
        "passport": blind_index(number, "passport"),
        "born": blind_index(f"{number}{born:%Y%m%d}", "born"),
        "address": address,
    }
    jobs.enqueue(_IDENTIFY, f"{_IDENTIFY}:{uuid4()}", payload, at=at)


@jobs.handler(_IDENTIFY)
def _identify(job: Job) -> None:
    given = job.payload
    person = queries.person_by_index(given["cnp"], given["passport"])
    if person is None:
        return
    number = person.cnp if person.cnp_index == given["cnp"] else person.passport
    born = rules.birth_date_on_record(person.birth_date, person.cnp)
    if born is None or blind_index(f"{number}{born:%Y%m%d}", "born") != given["born"]:
        return
    identified(person.pk, given["address"], at=clock.now())


@transaction.atomic
def identified(person_id: int, declared: str, *, at: datetime) -> None:
    """What follows once the person is known: a link to the address on file, a request for another one.

    An active account is told that somebody tried; a closed or locked one is not touched.
    """
    person = Person.objects.select_for_update(of=("self",)).select_related("user").get(pk=person_id)
    user = person.user
    if user is None and person.email and not states.is_taken(person.email):
        user = _open_account(person, person.email)
    if user is not None:
        if user.state in _NEW:
            links.ask_activation(user, actor=None, at=at)
        elif user.may_sign_in:
            mails.send_later("accounts/mail/already_active", user, user.email, at=at)
        else:
            return
        if declared == user.email:
            return
    _declare(person, declared, at=at)


def _open_account(person: Person, address: str) -> User:
    user = User.objects.create_user(address, first_name=person.first_name, last_name=person.last_name)
    if address.endswith(f"@{settings.STUDENT_EMAIL_DOMAIN}"):
        user.institutional_email = address
        user.save(update_fields=["institutional_email"])
    user.groups.add(Group.objects.get(name=roles.STUDENT))
    person.user = user
    person.save(update_fields=["user"])
    return user


def _declare(person: Person, address: str, *, at: datetime) -> None:
    today = clock.local_day(at)
    closed = frozenset(ClosedDay.objects.filter(day__gte=today).values_list("day", flat=True))
    due = rules.decision_due(today, OFFICE_STEP.on(today), closed)
    request, fresh = AddressRequest.objects.get_or_create(
        person=person,
        address=address,
        state=AddressRequest.State.WAITING,
        defaults={"submitted_at": at, "due_on": due},
    )
    if fresh:
        audit.record(request, "studentrecords.address_declared", actor=None, at=at)


def _waiting(request_id: int) -> AddressRequest:
    """The request, its person and account locked, if it still waits. Raises AddressRefused."""
    request = AddressRequest.objects.select_for_update().get(pk=request_id)
    if request.state != AddressRequest.State.WAITING:
        raise AddressRefused(NO(_("This address was decided already: %s.") % request.get_state_display()))
    return request


@transaction.atomic
def approve(request_id: int, *, proof: str, actor: User, at: datetime) -> AddressRequest:
    """Approve a declared address after looking at an identity document; the link goes there (REC-016).

    For an account that is active already the address becomes its sign-in once the new mailbox confirms it;
    the secretariat stands in for the old one (REC-019). Raises AddressRefused.
    """
    request = _waiting(request_id)
    person = Person.objects.select_for_update(of=("self",)).get(pk=request.person_id)
    user = states.locked_row(person.user_id) if person.user_id else None
    if states.is_taken(request.address, but=user.pk if user else None):
        raise AddressRefused(NO(_("Another account uses this address."), "REC-013"))
    if user is not None and user.state not in _NEW and not user.may_sign_in:
        raise AddressRefused(NO(_("This account is closed or locked.")))
    _decide(request, AddressRequest.State.APPROVED, actor, at, proof=proof)
    person.email = request.address
    person.save(update_fields=["email"])
    if user is not None and user.may_sign_in:
        addresses.ask(user.pk, request.address, actor=actor, at=at, vouched_by=actor)
        return request
    if user is None:
        user = _open_account(person, request.address)
    elif user.email != request.address:
        if user.email.endswith(f"@{settings.STUDENT_EMAIL_DOMAIN}"):
            user.institutional_email = user.email
        user.email = request.address
        user.save(update_fields=["email", "institutional_email"])
    links.ask_activation(user, actor=actor, at=at)
    return request


@transaction.atomic
def refuse(request_id: int, *, reason: str, actor: User, at: datetime) -> AddressRequest:
    """Refuse a declared address; nothing is sent there. Raises AddressRefused."""
    request = _waiting(request_id)
    _decide(request, AddressRequest.State.REFUSED, actor, at, reason=reason)
    return request


def _decide(
    request: AddressRequest, state: str, actor: User, at: datetime, *, proof: str = "", reason: str = ""
) -> None:
    request.state, request.decided_by, request.decided_at = state, actor, at
    request.proof, request.reason = proof, reason
    request.save(update_fields=["state", "decided_by", "decided_at", "proof", "reason"])
    act = f"studentrecords.address_{state}"
    audit.record(request, act, actor=actor, at=at, before="waiting", after=state, reason=reason)
