"""The list for the ministry, the acceptance letter and what it is good for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from admissions.rules.states import Kind, State, art, derived
from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import cites
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

STEPS = art("art. 9")
VALIDITY = art("art. 20")

#: Columns of the list in the suggested order; the university chooses among them and orders them.
COLUMNS: Mapping[str, Sentence] = {
    "number": _("row no."),
    "surname": _("surname"),
    "given_names": _("given names"),
    "birth_date": _("date of birth"),
    "citizenship": _("citizenship"),
    "passport": _("passport no."),
    "birth_country": _("country of birth"),
    "cycle": _("cycle"),
    "field": _("field of study"),
    "programme": _("programme"),
    "language": _("teaching language"),
    "academic_year": _("academic year"),
    "diploma": _("diploma"),
    "diploma_country": _("country of the diploma"),
    "diploma_year": _("year of the diploma"),
}


@cites(
    STEPS,
    rule="ADM-116",
    words=_("The list for the ministry has one row for each dossier, in the columns and order chosen."),
)
def check_columns(chosen: Sequence[str]) -> Answer:
    """Whether a choice of columns can be used."""
    unknown = [name for name in chosen if name not in COLUMNS]
    if unknown:
        return NO(_("There is no such column: %(names)s.") % {"names": ", ".join(unknown)}, STEPS)
    if not chosen:
        return NO(_("Choose at least one column."), STEPS)
    if len(set(chosen)) != len(chosen):
        return NO(_("A column stands twice in the list."), STEPS)
    return YES


@cites(
    STEPS,
    rule="ADM-116",
    words=_("Rows are numbered from 1 in the order of surname and given names."),
)
def list_rows(
    people: Iterable[Mapping[str, str]], columns: Sequence[str] = tuple(COLUMNS)
) -> list[tuple[str, ...]]:
    """The rows of the list. people: values by name of column, "number" left out; missing ones stay empty."""
    ordered = sorted(people, key=lambda one: (one.get("surname", ""), one.get("given_names", "")))
    return [
        tuple(str(number) if name == "number" else person.get(name, "") for name in columns)
        for number, person in enumerate(ordered, 1)
    ]


@cites(
    derived("ADM-119"),
    rule=("ADM-119", "ADM-115"),
    words=_("A pre-accepted dossier stands in at most one list that is not settled."),
)
def may_join_batch(state: str, *, unsettled: int) -> Answer:
    """Whether a dossier may be put on a list. unsettled: lists without an outcome for it."""
    if state != State.PREACCEPTED:
        return NO(_("Only pre-accepted applications go on a list for the ministry."), STEPS)
    if unsettled:
        return NO(_("This application already stands on a list for the ministry."), derived("ADM-119"))
    return YES


@cites(
    derived("ADM-119"),
    rule="ADM-119",
    words=_("What is withdrawn or reopened leaves an open list by itself."),
)
def dropped_from_open(items: Mapping[int, str]) -> frozenset[int]:
    """The dossiers that leave an open list. items: state by dossier."""
    return frozenset(dossier for dossier, state in items.items() if state != State.PREACCEPTED)


@cites(
    STEPS,
    rule=("ADM-120", "ADM-121"),
    words=_("A refusal of the ministry is passed on with its document and date."),
)
def check_refusal(dated: date | None, today: date, *, has_file: bool) -> Answer:
    """Whether a refusal may be recorded."""
    if not has_file:
        return NO(_("The document of refusal is missing."), STEPS, _("Upload it."))
    if dated is None:
        return NO(_("The date of the refusal is missing."), STEPS, _("Enter it."))
    if dated > today:
        return NO(_("The date of the refusal lies in the future."), STEPS)
    return YES


@dataclass(frozen=True)
class Letter:
    """What an acceptance letter says. year: the first calendar year of its academic year."""

    institution: str
    year: int
    cycle: str
    field: str


class _Differences:
    """What differs, each with both values: "field: Computers / Systems"."""

    def __init__(self, parts: Sequence[tuple[Sentence, object, object]]) -> None:
        self._parts = parts

    def __str__(self) -> str:
        return "; ".join(f"{name}: {mine} / {theirs}" for name, mine, theirs in self._parts)


def _years(first: int) -> str:
    return f"{first}-{first + 1}"


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


@cites(
    VALIDITY,
    rule=("ADM-132", "ADM-134"),
    words=_(
        "A letter is recorded when institution, academic year, cycle and field are those of the offer; for a "
        "deferred entry the year may be the one before."
    ),
)
def check_letter(letter: Letter, offer: Letter, kind: str = Kind.NEW) -> Answer:
    """Whether a letter fits the offer; the refusal shows each difference, letter / offer.

    Examples:
        deferred to 2027, letter of 2026 -> yes
        new in 2027, letter of 2026 -> no
    """
    parts: list[tuple[Sentence, object, object]] = [
        (name, mine, theirs)
        for name, mine, theirs in (
            (_("institution"), letter.institution, offer.institution),
            (_("cycle"), letter.cycle, offer.cycle),
            (_("field of study"), letter.field, offer.field),
        )
        if not _same(mine, theirs)
    ]
    years = {offer.year, offer.year - 1} if kind == Kind.DEFERRED else {offer.year}
    if letter.year not in years:
        parts.append((_("academic year"), _years(letter.year), _years(offer.year)))
    if not parts:
        return YES
    return NO(
        _("The letter does not fit the application (letter / offer): %(differences)s.")
        % {"differences": _Differences(parts)},
        VALIDITY,
        _("Check the entries; if the letter is wrong, ask the ministry for another one."),
    )


@cites(
    VALIDITY,
    derived("ADM-134"),
    rule="ADM-134",
    words=_(
        "For a deferred entry the letter of the earlier dossier may serve again, with a new transmission "
        "date and a reason."
    ),
)
def may_reuse_letter(letter: Letter | None, offer: Letter, kind: str, reason: str) -> Answer:
    """Whether the earlier letter may be recorded for a deferred dossier. letter: None is none on record."""
    if kind != Kind.DEFERRED:
        return NO(_("Only a deferred entry can use the letter of an earlier application."), VALIDITY)
    if letter is None:
        return NO(_("The earlier application has no letter."), VALIDITY)
    if not (answer := letter_serves(letter, offer)):
        return answer
    if not reason.strip():
        return NO(_("Write why the earlier letter is used."), derived("ADM-134"))
    return YES


@cites(
    VALIDITY,
    rule=("ADM-210", "ADM-232"),
    words=_(
        "A letter serves only the institution, cycle and field written on it, from its academic year on."
    ),
)
def letter_serves(letter: Letter, place: Letter) -> Answer:
    """Whether somebody with this letter may study at `place`, in the year that is named there.

    Examples:
        letter master, field Computers, 2026-2027; another programme of that field and cycle in 2026 -> yes
        the same letter; another field -> no, until a new letter is recorded
    """
    parts: list[tuple[Sentence, object, object]] = [
        (name, mine, theirs)
        for name, mine, theirs in (
            (_("institution"), letter.institution, place.institution),
            (_("cycle"), letter.cycle, place.cycle),
            (_("field of study"), letter.field, place.field),
        )
        if not _same(mine, theirs)
    ]
    if place.year < letter.year:
        parts.append((_("academic year"), _years(letter.year), _years(place.year)))
    if not parts:
        return YES
    return NO(
        _("The acceptance letter does not cover this place (letter / place): %(differences)s.")
        % {"differences": _Differences(parts)},
        VALIDITY,
        _("A new letter of the ministry is needed first."),
    )


@cites(
    STEPS,
    art("art. 22"),
    rule="ADM-125",
    words=_(
        "The transmission date is the day on which the letter is uploaded; a better scan keeps it, a new "
        "letter number starts it anew."
    ),
)
def transmission_date(number: str, uploaded_on: date, earlier: tuple[str, date] | None = None) -> date:
    """The transmission date of a letter. earlier: number and date of the one it replaces, if any."""
    if earlier is not None and _same(earlier[0], number):
        return earlier[1]
    return uploaded_on


@cites(
    STEPS,
    rule="ADM-117",
    words=_("A copy of each dossier goes with the list; its files are named by letter and type."),
)
def file_name(letter: str, kind: str, extension: str, taken: Collection[str] = ()) -> str:
    """The name of a document in the archive of a dossier.

    letter: "" for documents without one. taken: names already used in the folder.

    Examples:
        b, bac_diploma, pdf -> b_bac_diploma.pdf; a second one -> b_bac_diploma_2.pdf
    """
    stem = f"{letter}_{kind}" if letter else kind
    name, number = f"{stem}.{extension}", 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}.{extension}"
    return name
