"""What must hold before enrolment, and how originals are legalised."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from admissions.rules.states import State, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import gettext_lazy as _

CONDITIONS = art("art. 13")
DECISION = art("art. 14")
ORIGINALS = art("art. 15")
NAMES = art("art. 16")
REGISTER_NUMBER = art("art. 18")


@cites(
    CONDITIONS,
    rule="ADM-200",
    words=_(
        "Enrolment needs an admitted candidate, the tuition of the first year confirmed and the acceptance "
        "letter."
    ),
)
def check_conditions(*, admitted: bool, tuition_confirmed: bool, letter: bool) -> Answer:
    """Whether the three conditions hold. admitted: pre-acceptance was passed."""
    for holds, words in (
        (admitted, _("The candidate is not admitted.")),
        (tuition_confirmed, _("The tuition of the first year is not confirmed.")),
        (letter, _("There is no acceptance letter.")),
    ):
        if not holds:
            return NO(words, CONDITIONS)
    return YES


@cites(
    DECISION,
    rule="ADM-201",
    words=_("Enrolment rests on a decision of the rector with number and date; one may cover many people."),
)
def check_decision(number: str, decided_on: date | None, today: date) -> Answer:
    """Whether the rector's decision may be used."""
    if not number.strip() or decided_on is None:
        return NO(_("Enter the number and the date of the rector's decision."), DECISION)
    if decided_on > today:
        return NO(_("The date of the rector's decision lies in the future."), DECISION)
    return YES


class Basis(StrEnum):
    """On what a candidate is enrolled without the visa in the passport (T28)."""

    REGULAR = "regular"
    EXCEPTIONAL = "exceptional"
    NO_VISA_NEEDED = "no_visa_needed"


#: States from which each basis leads to enrolment (T27, T28).
STATES = {
    Basis.REGULAR: frozenset({State.VISA_GRANTED}),
    Basis.EXCEPTIONAL: frozenset(
        {State.TUITION_CONFIRMED, State.CERTIFICATE_ISSUED, State.VISA_APPLIED, State.VISA_GRANTED}
    ),
    Basis.NO_VISA_NEEDED: frozenset({State.TUITION_CONFIRMED, State.CERTIFICATE_ISSUED, State.VISA_APPLIED}),
}


@dataclass(frozen=True)
class Checklist:
    """What the secretariat ticks. visa_until: last day of the visa for studies, None for none."""

    study_originals: bool
    identity_originals: bool
    letter: bool
    photos: int
    passport: bool
    visa_for_studies: bool = False
    visa_until: date | None = None


@cites(
    ORIGINALS,
    derived("ADM-203"),
    rule=("ADM-203", "ADM-204"),
    words=_(
        "At enrolment the originals, the letter, three colour photographs and a passport with a valid visa "
        "for studies are shown; in exceptional cases the originals may follow."
    ),
)
def check_list(ticks: Checklist, on: date, *, basis: str = Basis.REGULAR, photos: int = 3) -> Answer:
    """Whether the checklist allows enrolment on a day. photos: ENROL_PHOTOS.

    Exceptional: authenticated documents sent electronically serve, originals, photographs and visa follow
    (see `originals_pending`).

    Examples:
        visa until 30 September 2026: on 30 September -> yes; on 1 October -> no
    """
    if not ticks.letter:
        return NO(_("There is no acceptance letter."), ORIGINALS)
    if basis == Basis.EXCEPTIONAL:
        return YES
    for holds, words in (
        (ticks.study_originals, _("The originals of the study documents are missing.")),
        (ticks.identity_originals, _("The originals of the identity documents are missing.")),
        (ticks.passport, _("The passport is missing.")),
    ):
        if not holds:
            return NO(words, ORIGINALS)
    if ticks.photos < photos:
        return NO(_("%(wanted)s colour photographs of 3 by 4 cm are needed.") % {"wanted": photos}, ORIGINALS)
    if basis == Basis.NO_VISA_NEEDED:
        return YES
    if not ticks.visa_for_studies or ticks.visa_until is None:
        return NO(_("The passport has no visa for studies."), ORIGINALS)
    if ticks.visa_until < on:
        return NO(_("The visa ended on %(day)s.") % {"day": ticks.visa_until}, ORIGINALS)
    return YES


@cites(
    ORIGINALS,
    derived("ADM-204"),
    rule="ADM-204",
    words=_(
        "An exceptional enrolment rests on a national or university decision, and a waived visa on a reason; "
        "both are written down."
    ),
)
def check_basis(basis: str, state: str, reference: str) -> Answer:
    """Whether a dossier in this state may be enrolled on this basis. reference: decision or reason."""
    if basis not in set(Basis) or state not in STATES[Basis(basis)]:
        return NO(_("At this step the candidate cannot be enrolled in this way."), ORIGINALS)
    if basis == Basis.EXCEPTIONAL and not reference.strip():
        return NO(_("Enter the national or university decision for the exceptional case."), ORIGINALS)
    if basis == Basis.NO_VISA_NEEDED and not reference.strip():
        return NO(_("Write why no visa is needed."), derived("ADM-204"))
    return YES


@cites(
    ORIGINALS,
    rule="ADM-204",
    words=_("After an exceptional enrolment the originals stay pending until the student hands them in."),
)
def originals_pending(basis: str, *, present: bool, handed_in: bool) -> bool:
    """Whether originals are still awaited. present: the person is in Romania."""
    return basis == Basis.EXCEPTIONAL and not (present and handed_in)


class Legalisation(StrEnum):
    """How an original study document is made usable."""

    NONE = "none"
    APOSTILLE = "apostille"
    SUPERLEGALISATION = "superlegalisation"


@cites(
    ORIGINALS,
    rule=("ADM-205", "ADM-206"),
    words=_(
        "Originals from states of the Hague Convention carry its apostille; those from other states are "
        "superlegalised; exempt states need neither."
    ),
)
def legalisation(country: str, hague: Collection[str], exempt: Collection[str]) -> Legalisation:
    """What an original from a country needs. hague: HAGUE_COUNTRIES; exempt: NO_LEGALISATION_COUNTRIES."""
    if country in exempt:
        return Legalisation.NONE
    return Legalisation.APOSTILLE if country in hague else Legalisation.SUPERLEGALISATION


@cites(
    ORIGINALS,
    rule=("ADM-205", "ADM-206"),
    words=_(
        "Superlegalisation is by the foreign ministry of the issuing state and by the Romanian "
        "mission there; "
        "both are ticked."
    ),
)
def check_legalisation(
    needed: str, *, apostille: bool = False, ministry: bool = False, mission: bool = False
) -> Answer:
    """Whether an original carries what it needs."""
    if needed == Legalisation.APOSTILLE and not apostille:
        return NO(_("The apostille of the issuing state is missing."), ORIGINALS)
    if needed == Legalisation.SUPERLEGALISATION:
        if not ministry:
            return NO(
                _("The superlegalisation by the foreign ministry of the issuing state is missing."), ORIGINALS
            )
        if not mission:
            return NO(_("The superlegalisation by the Romanian embassy or consulate is missing."), ORIGINALS)
    return YES


@cites(
    NAMES,
    rule=("ADM-207", "ADM-035"),
    words=_("The student's name is written as in the passport, here and on every later paper."),
)
def check_name(student: str, passport: str) -> Answer:
    """Whether a name is spelled as in the passport; only spaces and letter case may differ."""
    if _spelled(student) == _spelled(passport):
        return YES
    return NO(
        _("The name differs from the passport: %(passport)s.") % {"passport": passport},
        NAMES,
        _("Write it as in the passport, or record the new passport first."),
    )


def _spelled(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


@cites(
    REGISTER_NUMBER,
    rule="ADM-208",
    words=_(
        "The matriculation number is given once, for the whole schooling at the programme, and never again."
    ),
)
def may_assign_number(number: str, held: str, ever_given: Collection[str]) -> Answer:
    """Whether a number may be given. held: the student's number at this programme, "" for none."""
    if held:
        return NO(_("The student already has the number %(number)s.") % {"number": held}, REGISTER_NUMBER)
    if not number.strip():
        return NO(_("Enter the matriculation number."), REGISTER_NUMBER)
    if number in ever_given:
        return NO(_("This number was already given, and numbers are not used again."), REGISTER_NUMBER)
    return YES
