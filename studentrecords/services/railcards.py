"""Railcards at the Student InfoCenter: issued, given the visa of a year, lost, replaced, given back."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from studentrecords.models import AcademicYear, Enrolment, Person, Railcard, RailcardVisa
from studentrecords.queries import cards as queries
from studentrecords.queries.core import academic_year_of
from studentrecords.refusal import demand, refuse
from studentrecords.rules import cards as rules
from upt_portal.accounts.models import User
from upt_portal.kernel import audit
from upt_portal.kernel.clock import local_day

audit.register_act("studentrecords.railcard_issue", _("A railcard was issued"))
audit.register_act("studentrecords.railcard_visa", _("A railcard got the visa of the year"))
audit.register_act("studentrecords.railcard_lost", _("The loss of a railcard was recorded"))
audit.register_act("studentrecords.railcard_back", _("A railcard was given back"))


def _locked_person(person_id: int) -> Person:
    return Person.objects.select_for_update(of=("self",)).get(pk=person_id)


def _locked(railcard_id: int) -> Railcard:
    """The railcard, its holder locked first."""
    _locked_person(Railcard.objects.values_list("person_id", flat=True).get(pk=railcard_id))
    rows = Railcard.objects.select_for_update(of=("self",)).select_related(
        "enrolment__programme", "enrolment__person"
    )
    return rows.get(pk=railcard_id)


def _year_of(day: date) -> AcademicYear:
    year = academic_year_of(day)
    if year is None:
        raise refuse(_("No academic year is on record for this day."), rules.RAILCARD)
    return year


@transaction.atomic
def issue(
    enrolment_id: int, series: str, *, actor: User, at: datetime, instead_of: int | None = None
) -> Railcard:
    """Issue a railcard with the visa of the year (REC-045), or the duplicate of a lost one (REC-046).

    series: printed on the card. Raises Refused in words.
    """
    today = local_day(at)
    enrolment = Enrolment.objects.select_related("programme", "person").get(pk=enrolment_id)
    person = _locked_person(enrolment.person_id)
    demand(queries.may_have_railcard(enrolment, today))
    series = " ".join(series.split()).upper()
    if not series:
        raise refuse(_("Write the series and number of the card."), rules.RAILCARD)
    if Railcard.objects.filter(series=series).exists():
        raise refuse(_("A railcard of this series and number is on record already."), rules.RAILCARD)
    if Railcard.objects.filter(person=person, returned_on=None, lost_on=None).exists():
        raise refuse(_("The student has a railcard already."), rules.RAILCARD)
    lost = _lost(person, instead_of)
    made = Railcard.objects.create(
        person=person, enrolment=enrolment, series=series, issued_on=today, issued_by=actor, duplicate_of=lost
    )
    RailcardVisa.objects.create(railcard=made, year=_year_of(today), on=today, by=actor)
    data = {"railcard": made.pk, "duplicate_of": lost.pk if lost else None}
    audit.record(enrolment, "studentrecords.railcard_issue", actor=actor, at=at, data=data)
    return made


def _lost(person: Person, instead_of: int | None) -> Railcard | None:
    """The lost card a duplicate stands for; a loss without its notice blocks any new card (REC-046)."""
    unproven = Railcard.objects.filter(person=person, lost_on__isnull=False, loss_notice="").first()
    if unproven is not None:
        demand(rules.may_issue_duplicate(lost=True, notice=""))
    if instead_of is None:
        return None
    lost = Railcard.objects.select_for_update(of=("self",)).get(pk=instead_of, person=person)
    demand(rules.may_issue_duplicate(lost=lost.lost_on is not None, notice=lost.loss_notice))
    if Railcard.objects.filter(duplicate_of=lost).exists():
        raise refuse(_("A duplicate of this railcard was issued already."), rules.LOST)
    return lost


@transaction.atomic
def give_visa(railcard_id: int, *, actor: User, at: datetime) -> RailcardVisa:
    """Give the visa of the academic year, once (REC-045). Raises Refused."""
    today, card = local_day(at), _locked(railcard_id)
    year = _year_of(today)
    names = [str(name) for name in card.visas.values_list("year__name", flat=True)]
    demand(rules.may_visa(year.name, names, out=card.is_out))
    demand(queries.may_have_railcard(card.enrolment, today))
    made = RailcardVisa.objects.create(railcard=card, year=year, on=today, by=actor)
    data = {"railcard": card.pk, "year": year.name}
    audit.record(card.enrolment, "studentrecords.railcard_visa", actor=actor, at=at, data=data)
    return made


@transaction.atomic
def record_loss(railcard_id: int, *, notice: str, lost_on: date, actor: User, at: datetime) -> Railcard:
    """Record a loss, at once or later with the proof of the published notice (REC-046). Raises Refused."""
    card = _locked(railcard_id)
    if card.returned_on is not None or (card.lost_on is not None and card.loss_notice):
        raise refuse(_("This railcard was lost or given back."), rules.LOST)
    if lost_on > local_day(at):
        raise refuse(_("The day of the loss cannot be one to come."), rules.LOST)
    card.lost_on, card.loss_notice = lost_on, notice.strip()[:200]
    card.save(update_fields=["lost_on", "loss_notice"])
    data = {"railcard": card.pk}
    audit.record(
        card.enrolment, "studentrecords.railcard_lost", actor=actor, at=at, reason=card.loss_notice, data=data
    )
    return card


@transaction.atomic
def give_back(railcard_id: int, *, actor: User, at: datetime) -> Railcard:
    """Record that the card was given back (REC-047). Raises Refused for one that is not out."""
    card = _locked(railcard_id)
    if not card.is_out:
        raise refuse(_("This railcard was lost or given back."), rules.RETURNED)
    card.returned_on = local_day(at)
    card.save(update_fields=["returned_on"])
    audit.record(
        card.enrolment, "studentrecords.railcard_back", actor=actor, at=at, data={"railcard": card.pk}
    )
    return card
