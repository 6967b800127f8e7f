"""Student cards: issued, given a photograph, replaced under a new code, taken back (REC-044)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords.models import Enrolment, StudentCard
from studentrecords.queries import cards as queries
from studentrecords.refusal import demand, refuse
from studentrecords.rules import cards as rules
from upt_portal.accounts.models import User
from upt_portal.kernel import audit, uploads
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.numbers import next_number
from upt_portal.kernel.uploads import Examined

PURPOSE = "studentrecords.card"

audit.register_act("studentrecords.card_issue", _("A student card was issued"))
audit.register_act("studentrecords.card_back", _("A student card was taken back"))
audit.register_act("studentrecords.card_photo", _("The photograph of a student card was changed"))


def _locked(enrolment_id: int) -> Enrolment:
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("person__user")
    return rows.get(pk=enrolment_id)


@transaction.atomic
def issue(enrolment_id: int, *, actor: User, at: datetime) -> StudentCard:
    """Issue the card, free of charge. A second press gives the card that is there. Raises Refused."""
    enrolment = _locked(enrolment_id)
    if there := queries.in_force(enrolment):
        return there
    return _issue(enrolment, actor, at)


def _issue(enrolment: Enrolment, actor: User, at: datetime, before: StudentCard | None = None) -> StudentCard:
    demand(rules.may_have_card(enrolled=queries.is_enrolled(enrolment)))
    year = local_day(at).year
    made = StudentCard.objects.create(
        enrolment=enrolment,
        photo=before.photo if before else None,
        issued_at=at,
        number=f"{year % 100:02d}-{next_number('cards', year):06d}",
    )
    audit.record(
        enrolment,
        "studentrecords.card_issue",
        actor=actor,
        at=at,
        data={"card": made.pk, "number": made.number},
    )
    return made


@transaction.atomic
def renew(card_id: int, *, reason: str, actor: User, at: datetime) -> StudentCard:
    """A new card under a new code; the older code is not valid any more. Raises Refused when it is gone."""
    enrolment = _locked(StudentCard.objects.values_list("enrolment_id", flat=True).get(pk=card_id))
    return _issue(enrolment, actor, at, before=_back(card_id, reason, actor, at))


@transaction.atomic
def take_back(card_id: int, *, reason: str, actor: User, at: datetime) -> StudentCard:
    """Take a card back: lost, misused, its holder gone. Refused without a reason, or twice."""
    _locked(StudentCard.objects.values_list("enrolment_id", flat=True).get(pk=card_id))
    return _back(card_id, reason, actor, at)


def _back(card_id: int, reason: str, actor: User, at: datetime) -> StudentCard:
    card = (
        StudentCard.objects.select_for_update(of=("self",))
        .select_related("photo", "enrolment")
        .get(pk=card_id)
    )
    if card.taken_back_at is not None:
        raise refuse(_("This card was taken back already."), rules.CARD)
    if not reason.strip():
        raise refuse(_("Write why the card is taken back."), rules.CARD)
    card.taken_back_at, card.taken_back_by, card.reason = at, actor, reason.strip()[:300]
    card.save(update_fields=["taken_back_at", "taken_back_by", "reason"])
    audit.record(
        card.enrolment,
        "studentrecords.card_back",
        actor=actor,
        at=at,
        reason=card.reason,
        data={"card": card.pk},
    )
    return card


@transaction.atomic
def put_photo(card_id: int, photo: Examined | None, *, actor: User, at: datetime) -> StudentCard:
    """Put a photograph on the card, or take it off. Raises Refused for a card taken back, UploadRefused."""
    enrolment = _locked(StudentCard.objects.values_list("enrolment_id", flat=True).get(pk=card_id))
    card = StudentCard.objects.select_for_update(of=("self",)).get(pk=card_id)
    if card.taken_back_at is not None:
        raise refuse(_("This card was taken back already."), rules.CARD)
    card.photo = uploads.keep(photo, owner=actor, purpose=PURPOSE, at=at) if photo else None
    card.save(update_fields=["photo"])
    data = {"card": card.pk, "photograph": photo is not None}
    audit.record(enrolment, "studentrecords.card_photo", actor=actor, at=at, data=data)
    return card
