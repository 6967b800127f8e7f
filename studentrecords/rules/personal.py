"""The person's data: what is corrected by whom, until when a change is reported, which moment counts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_working_days
from upt_portal.kernel.cnp import check_cnp, clean_cnp, fits_birth_date
from upt_portal.kernel.dates import local
from upt_portal.kernel.sources import CODE, DERIVED, PAGE_GUIDE, Article, cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

REPORTED = Article(CODE, "art. 13 (aa)")
NO_OVERWRITING = Article(CODE, "art. 18 (2)")
PROTECTED = Article(CODE, "art. 1 (1) (d)")
ANSWERED = Article(CODE, "art. 3 (f)")
TIMES = Article(CODE, "art. 28, art. 61")
STUDENT_DATA = Article(PAGE_GUIDE, "§ 3")
LONGEST = 250


class PersonalField(StrEnum):
    """A piece of data about a person that can be corrected; the value is the column's name."""

    LAST_NAME = "last_name"
    FATHER_INITIAL = "father_initial"
    FIRST_NAME = "first_name"
    BIRTH_DATE = "birth_date"
    CNP = "cnp"
    PASSPORT = "passport"
    CITIZENSHIP = "citizenship"
    PHONE = "phone"
    HOME_ADDRESS = "home_address"
    POST_ADDRESS = "post_address"


FIELD_WORDS: Mapping[PersonalField, Sentence] = {
    PersonalField.LAST_NAME: _("Family name"),
    PersonalField.FATHER_INITIAL: _("Father's initial"),
    PersonalField.FIRST_NAME: _("Given names"),
    PersonalField.BIRTH_DATE: _("Date of birth"),
    PersonalField.CNP: _("CNP"),
    PersonalField.PASSPORT: _("Passport number"),
    PersonalField.CITIZENSHIP: _("Citizenship"),
    PersonalField.PHONE: _("Telephone"),
    PersonalField.HOME_ADDRESS: _("Home address"),
    PersonalField.POST_ADDRESS: _("Address for letters"),
}

#: Changed at once when the student reports it; everything else is identity and is decided by the secretariat.
CONTACT = frozenset({PersonalField.PHONE, PersonalField.HOME_ADDRESS, PersonalField.POST_ADDRESS})
#: Never empty: a person always has them.
NEEDED = frozenset({PersonalField.LAST_NAME, PersonalField.FIRST_NAME, PersonalField.CITIZENSHIP})


class Moment(StrEnum):
    """The three moments a paper has (REC-002)."""

    SUBMITTED = "submitted"
    REGISTERED = "registered"
    SENT = "sent"


@dataclass(frozen=True)
class Times:
    """When an application, notice or decision was submitted, registered and sent; aware, None until then."""

    submitted: datetime | None = None
    registered: datetime | None = None
    sent: datetime | None = None


@cites(
    TIMES,
    rule="REC-002",
    words=_("A term runs from the moment its rule names: the filing, the registration or the sending."),
)
def term_begins(times: Times, named: Moment) -> datetime | None:
    """The moment a term runs from; None while that moment has not come, so that no term runs yet.

    Examples:
        submitted Friday 23:50, registered Monday 9:00, a term from the registration -> Monday 9:00
        a decision that was not sent yet -> None
    """
    found = {
        Moment.SUBMITTED: times.submitted,
        Moment.REGISTERED: times.registered,
        Moment.SENT: times.sent,
    }[named]
    if found is not None and found.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return found


@cites(
    Article(DERIVED, "REC-003"),
    ANSWERED,
    rule=("REC-003", "REC-043"),
    words=_("A written application is registered, and answered within the working days of the office."),
)
def answer_due(times: Times, closed: Collection[date], *, days: int = 1) -> date:
    """The last day to answer an application: `days` working days after its registration.

    Raises ValueError for an application that is not registered.

    Examples:
        registered Friday 20 November 2026, one day -> Monday 23 November
        registered Friday 27 November 2026, 30 November closed -> Wednesday 2 December (1 December closed)
    """
    registered = term_begins(times, Moment.REGISTERED)
    if registered is None:
        raise ValueError("no term of an answer runs before the registration")
    return add_working_days(local(registered)[0], days, closed)


@cites(
    REPORTED,
    rule="REC-040",
    words=_(
        "A change of identity or contact data is reported within 5 working days of its date; a later report "
        "is accepted and marked late."
    ),
)
def report_until(changed_on: date, closed: Collection[date], *, days: int = 5) -> date:
    """The last day to report a change without a mark.

    Examples:
        changed Thursday 24 April 2025, 1 May closed -> Friday 2 May 2025
    """
    return add_working_days(changed_on, days, closed)


@cites(
    REPORTED,
    rule="REC-040",
    words=_("A change that is reported after its last day is accepted and marked late."),
)
def is_late(changed_on: date, reported_on: date, closed: Collection[date], *, days: int = 5) -> bool:
    """Whether a report gets the mark; it is accepted all the same. Raises ValueError for a day to come."""
    if changed_on > reported_on:
        raise ValueError("a change is reported after it happened")
    return reported_on > report_until(changed_on, closed, days=days)


@cites(
    STUDENT_DATA,
    rule="REC-032",
    words=_("Data of identity are corrected by the secretariat only; a contact is changed by its report."),
)
def applies_at_once(field: PersonalField, *, changed: bool) -> bool:
    """Whether what a student sends takes effect at once.

    changed: the reality changed and is reported; otherwise what is held was wrong from the start, which only
    the secretariat corrects, whatever the field.

    Examples:
        a new telephone number -> at once; the telephone was mistyped -> the secretariat
        a new family name -> the secretariat
    """
    return changed and field in CONTACT


@cites(
    NO_OVERWRITING,
    rule="REC-041",
    words=_("A correction keeps the former value, its author, its reason and its proof."),
)
def check_correction(old: str, new: str, reason: str, *, proven: bool) -> Answer:
    """Whether a value may take another's place.

    proven: a document was uploaded, or looked at and written down.
    """
    if old == new:
        return NO(_("This is the value already recorded."), NO_OVERWRITING)
    if not reason.strip():
        return NO(_("Write the reason of the correction."), NO_OVERWRITING)
    if not proven:
        return NO(
            _("Add the document that proves the value, or write which one you looked at."), NO_OVERWRITING
        )
    return YES


@cites(
    PROTECTED,
    Article(DERIVED, "REC-024"),
    rule="REC-024",
    words=_(
        "Outside the person's own page a CNP shows its first and last digit; the whole one leaves a note."
    ),
)
def shows_whole_cnp(*, own_page: bool, noted: bool) -> bool:
    """Whether the whole number may stand on a page: the person's own, or one whose opening was noted."""
    return own_page or noted


@cites(
    NO_OVERWRITING,
    rule="REC-041",
    words=_("A corrected value is kept in one way of writing: dates, documents and countries alike."),
)
def normal(field: PersonalField, typed: str) -> str:
    """What is stored for what was typed: outer blanks away, dates as 2005-06-14, countries in capitals."""
    text = " ".join(typed.split())
    if field == PersonalField.CNP:
        return clean_cnp(text)
    if field == PersonalField.PASSPORT:
        return re.sub(r"[\s\-]", "", text).upper()
    if field == PersonalField.CITIZENSHIP:
        return text.upper()
    if field == PersonalField.BIRTH_DATE and (
        found := re.fullmatch(r"(\d{1,2})[.\-/ ](\d{1,2})[.\-/ ](\d{4})", text)
    ):
        return f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}"
    return text.replace("ş", "ș").replace("ţ", "ț").replace("Ş", "Ș").replace("Ţ", "Ț")


@cites(
    STUDENT_DATA,
    rule=("REC-032", "REC-041"),
    words=_("A value that cannot be true is not recorded."),
)
def check_value(field: PersonalField, value: str, *, today: date, cnp: str = "") -> Answer:
    """Whether a normal value can stand in the record.

    cnp: that of the record, which a birth date must fit.

    Examples:
        CNP 1810103345213 -> refused: its check digit does not fit
        born on 2030-01-01, today 2026-11-20 -> refused
    """
    if not value:
        return NO(_("Enter the new value")) if field in NEEDED else YES
    if len(value) > LONGEST:
        return NO(_("The text must have %(most)s characters or fewer") % {"most": LONGEST})
    if field == PersonalField.CNP:
        return check_cnp(value)
    if field == PersonalField.BIRTH_DATE:
        return _check_birth(value, today, cnp)
    if field == PersonalField.CITIZENSHIP and not re.fullmatch(r"[A-Z]{2}", value):
        return NO(_("Enter the two letters of the country, for example RO"))
    if field == PersonalField.PASSPORT and not re.fullmatch(r"[A-Z0-9]{5,15}", value):
        return NO(_("Enter the letters and digits as on the passport"))
    if field == PersonalField.PHONE and not re.fullmatch(r"\+?[0-9 ().\-/]{6,40}", value):
        return NO(_("Enter a telephone number, for example 0721 000 123"))
    if field == PersonalField.FATHER_INITIAL and len(value) > 4:
        return NO(_("Enter the initial, for example Ș."))
    names = (PersonalField.LAST_NAME, PersonalField.FIRST_NAME)
    if field in names and (len(value) > 80 or any(letter.isdigit() for letter in value)):
        return NO(_("Enter the name as on the identity document, without digits"))
    return YES


def _check_birth(value: str, today: date, cnp: str) -> Answer:
    try:
        born = date.fromisoformat(value)
    except ValueError:
        return NO(_("Enter the date like 14.06.2005"))
    if not date(1900, 1, 1) <= born < today:
        return NO(_("Date of birth must be in the past"))
    if cnp and not fits_birth_date(cnp, born):
        return NO(
            _("The CNP on record says another birth date."),
            NO_OVERWRITING,
            _("Ask for the correction of the CNP: the birth date follows it."),
        )
    return YES
