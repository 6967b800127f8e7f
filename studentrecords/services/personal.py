"""Personal data: corrections asked for, changes reported, decisions; no value is overwritten.

The person's row is locked first, so of two acts on one person the second sees what the first left.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords import notices
from studentrecords.models import DataChange, DataRequest, Enrolment, Person
from studentrecords.parameters import CONTACT_CHANGE_TERM, OFFICE_STEP
from studentrecords.queries.personal import held
from studentrecords.queries.sessions import closed_days
from studentrecords.refusal import demand, refuse
from studentrecords.rules import personal as rules
from studentrecords.rules.personal import PersonalField, Times
from studentrecords.workflow.personal import DATA_MOVES, DataState
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, outbox, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.cnp import birth_date_of, fits_birth_date
from upt_portal.kernel.crypto import blind_index
from upt_portal.kernel.models import StoredFile
from upt_portal.kernel.numbers import next_number
from upt_portal.kernel.uploads import Examined

PURPOSE = "studentrecords.personal"
REGISTER = "registry"
_AROUND = timedelta(days=45)

audit.register_act("studentrecords.data_ask", _("A correction of personal data was asked for"))
audit.register_act("studentrecords.data_report", _("A change of contact data was reported"))
audit.register_act("studentrecords.data_record", _("Personal data were corrected"))
audit.register_act("studentrecords.data_refuse", _("A correction of personal data was refused"))


@transaction.atomic
def ask(
    enrolment_id: int,
    field: PersonalField,
    typed: str,
    *,
    changed_on: date | None = None,
    words: str = "",
    proof: Examined | None = None,
    actor: User,
    at: datetime,
) -> DataRequest:
    """Register what a student asks to have corrected, or reports as changed on a day (REC-032, REC-040).

    changed_on: the day of a reported change; None for a mistake in the record. proof: examined by the uploads
    pipeline before. A reported telephone or address is recorded at once; everything else waits for the
    secretariat. Raises Refused in words, UploadRefused for a file that cannot be kept.
    """
    enrolment = Enrolment.objects.select_related("programme__faculty").get(pk=enrolment_id)
    person = _locked(enrolment.person_id)
    today, old, new = local_day(at), held(person, field), rules.normal(field, typed)
    at_once = rules.applies_at_once(field, changed=changed_on is not None)
    DATA_MOVES.check("report" if at_once else "ask", "")
    demand(rules.check_value(field, new, today=today, cnp=person.cnp))
    demand(rules.check_correction(old, new, words or "–", proven=at_once or proof is not None))
    if DataRequest.objects.filter(person=person, field=field.value, state=DataState.WAITING).exists():
        raise refuse(_("A request about these data waits for the secretariat already."), "REC-043")
    made = _registered(enrolment, person, field, old, new, changed_on, words, proof, actor, at, at_once)
    if at_once:
        reason = str(made.words or _("reported by the student"))
        _apply(person, field, new, author=actor, at=at, reason=reason, request=made)
    data = {"request": made.pk, "field": field.value, "number": made.registration, "late": made.late}
    act = "studentrecords.data_report" if at_once else "studentrecords.data_ask"
    audit.record(person, act, actor=actor, at=at, after=made.state, data=data)
    if person.user:
        outbox.post(notices.data_registered(made, person.user), at=at)
    return made


def _registered(
    enrolment: Enrolment,
    person: Person,
    field: PersonalField,
    old: str,
    new: str,
    changed_on: date | None,
    words: str,
    proof: Examined | None,
    actor: User,
    at: datetime,
    at_once: bool,
) -> DataRequest:
    """The row of the register: number, times, mark of a late report, the day to answer until."""
    today = local_day(at)
    closed = closed_days(min(changed_on or today, today), today + _AROUND)
    late = False
    if changed_on is not None:
        if changed_on > today:
            raise refuse(_("The day of the change cannot be one to come."), rules.REPORTED)
        late = rules.is_late(changed_on, today, closed, days=CONTACT_CHANGE_TERM.on(today))
    stored = uploads.keep(proof, owner=actor, purpose=PURPOSE, at=at) if proof else None
    due = rules.answer_due(Times(at, at), closed, days=OFFICE_STEP.on(today))
    return DataRequest.objects.create(
        enrolment=enrolment,
        person=person,
        field=field.value,
        old=old,
        new=new,
        changed_on=changed_on,
        late=late,
        words=words.strip()[:500],
        proof=stored,
        submitted_at=at,
        registered_at=at,
        due_on=due,
        state=DataState.RECORDED if at_once else DataState.WAITING,
        decided_at=at if at_once else None,
        decided_by=actor if at_once else None,
        year=today.year,
        number=next_number(REGISTER, today.year),
    )


def _locked(person_id: int) -> Person:
    """The person, locked until the transaction ends."""
    return Person.objects.select_for_update(of=("self",)).select_related("user").get(pk=person_id)


def _decided(request_id: int, move: str, actor: User, at: datetime, answer: str) -> DataRequest:
    """The request after its decision, the person locked before it. Raises MoveRefused when it was decided."""
    _locked(DataRequest.objects.values_list("person_id", flat=True).get(pk=request_id))
    rows = DataRequest.objects.select_for_update(of=("self",)).select_related(
        "person__user", "enrolment__programme__faculty", "proof"
    )
    found = rows.get(pk=request_id)
    found.state = DATA_MOVES.check(move, found.state).target
    found.decided_at, found.decided_by, found.answer = at, actor, answer.strip()[:500]
    found.save(update_fields=["state", "decided_at", "decided_by", "answer"])
    return found


@transaction.atomic
def record(
    request_id: int, *, reason: str, document: str = "", answer: str = "", actor: User, at: datetime
) -> DataRequest:
    """Record the value a student asked for (REC-041).

    document: which one was looked at, when none was uploaded. Raises MoveRefused when it was decided before,
    Refused when the value cannot stand.
    """
    found = _decided(request_id, "record", actor, at, answer)
    field, person = PersonalField(found.field), found.person
    demand(rules.check_value(field, found.new, today=local_day(at), cnp=person.cnp))
    proven = bool(found.proof_id or document.strip())
    demand(rules.check_correction(held(person, field), found.new, reason, proven=proven))
    _apply(person, field, found.new, author=actor, at=at, reason=reason, document=document, request=found)
    _tell(found, "studentrecords.data_record", reason, actor, at)
    return found


@transaction.atomic
def turn_down(request_id: int, *, answer: str, actor: User, at: datetime) -> DataRequest:
    """Refuse a correction; the student reads why. Raises MoveRefused, Refused without a reason."""
    if not answer.strip():
        raise refuse(_("Write why; the student reads it."), rules.ANSWERED)
    found = _decided(request_id, "refuse", actor, at, answer)
    _tell(found, "studentrecords.data_refuse", answer, actor, at)
    return found


def _tell(found: DataRequest, act: str, reason: str, actor: User, at: datetime) -> None:
    data = {"request": found.pk, "field": found.field, "number": found.registration}
    audit.record(
        found.person,
        act,
        actor=actor,
        at=at,
        before=DataState.WAITING,
        after=found.state,
        reason=reason,
        data=data,
    )
    if found.person.user:
        outbox.post(notices.data_decided(found, found.person.user), at=at)


@transaction.atomic
def correct(
    person_id: int,
    field: PersonalField,
    typed: str,
    *,
    reason: str,
    document: str = "",
    proof: Examined | None = None,
    actor: User,
    at: datetime,
) -> DataChange:
    """Correct a value from paper or one's own finding (REC-041). Raises Refused, UploadRefused."""
    person = _locked(person_id)
    new = rules.normal(field, typed)
    demand(rules.check_value(field, new, today=local_day(at), cnp=person.cnp))
    proven = bool(proof or document.strip())
    demand(rules.check_correction(held(person, field), new, reason, proven=proven))
    stored = uploads.keep(proof, owner=actor, purpose=PURPOSE, at=at) if proof else None
    made = _apply(person, field, new, author=actor, at=at, reason=reason, document=document, proof=stored)
    data = {"field": field.value}
    audit.record(person, "studentrecords.data_record", actor=actor, at=at, reason=reason, data=data)
    if person.user:
        outbox.post(notices.data_corrected(made, person.user), at=at)
    return made


def _apply(
    person: Person,
    field: PersonalField,
    new: str,
    *,
    author: User,
    at: datetime,
    reason: str,
    document: str = "",
    request: DataRequest | None = None,
    proof: StoredFile | None = None,
) -> DataChange:
    """Put the value in its place and keep the former one; a corrected CNP brings its birth date along.

    Raises Refused when somebody else has this CNP or passport.
    """
    born = person.birth_date
    made = _put(person, field, new, author, at, reason, document, request, proof)
    if field == PersonalField.CNP and new and (born is None or not fits_birth_date(new, born)):
        if (said := birth_date_of(new)) is None:
            raise refuse(_("The CNP does not say this birth date. Correct the birth date first."))
        day = said.isoformat()
        _put(person, PersonalField.BIRTH_DATE, day, author, at, reason, document, request, proof)
    return made


def _put(
    person: Person,
    field: PersonalField,
    new: str,
    author: User,
    at: datetime,
    reason: str,
    document: str,
    request: DataRequest | None,
    proof: StoredFile | None,
) -> DataChange:
    old, columns = held(person, field), [field.value, "sort", "search"]
    is_day = field == PersonalField.BIRTH_DATE
    setattr(person, field.value, (date.fromisoformat(new) if new else None) if is_day else new)
    if field in (PersonalField.CNP, PersonalField.PASSPORT):
        columns += _indexed(person, field, new)
    person.save(update_fields=columns)
    if person.user and field in (PersonalField.LAST_NAME, PersonalField.FIRST_NAME):
        person.user.first_name, person.user.last_name = person.first_name, person.last_name
        person.user.save(update_fields=["first_name", "last_name"])
    return DataChange.objects.create(
        person=person,
        field=field.value,
        old=old,
        new=new,
        author=author,
        at=at,
        reason=reason.strip()[:500],
        document=document.strip()[:200],
        request=request,
        proof=proof or (request.proof if request else None),
    )


def _indexed(person: Person, field: PersonalField, new: str) -> list[str]:
    """Set the blind index of a number, which no two people share; the columns to save."""
    index = blind_index(new, field.value) or None
    column = f"{field.value}_index"
    if index and Person.objects.filter(**{column: index}).exclude(pk=person.pk).exists():
        raise refuse(_("Another person has this number on record."), rules.NO_OVERWRITING)
    setattr(person, column, index)
    if field == PersonalField.CNP:
        person.cnp_last = new[-4:]
        return [column, "cnp_last"]
    return [column]
