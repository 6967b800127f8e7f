"""The columns in which students, enrolments and results move in, and leave again in the same form."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studentrecords.importing.columns import series
from studentrecords.models import (
    AttemptKind,
    CitizenshipCategory,
    EnrolmentStatus,
    Financing,
    MovingKind,
)
from studentrecords.models.exams import SessionCode
from studentrecords.rules import grading
from upt_portal.kernel import cells
from upt_portal.kernel.names import search_key
from upt_portal.kernel.sheets import Cell
from upt_portal.kernel.tables import Column

Words = Mapping[Any, tuple[str, ...]]

FINANCING: Final[Words] = {
    Financing.STATE: ("buget", "bugetat", "subvenționat", "state-funded", "state"),
    Financing.FEE: ("taxă", "cu taxă", "fee-paying", "fee"),
}
CATEGORIES: Final[Words] = {
    CitizenshipCategory.ROMANIAN: ("român", "română", "România", "RO", "citizen of Romania"),
    CitizenshipCategory.ROMANIAN_ABROAD: (
        "român de pretutindeni", "etnic român", "diaspora", "abroad", "Romanian from abroad",
    ),
    CitizenshipCategory.EUROPEAN: ("UE", "SEE", "Elveția", "UE/SEE", "cetățean UE", "EU", "EEA"),
    CitizenshipCategory.THIRD: ("stat terț", "non-UE", "țară terță", "third", "third country"),
}  # fmt: skip
STATUSES: Final[Words] = {
    EnrolmentStatus.ENROLLED: ("înmatriculat", "activ", "student", "enrolled"),
    EnrolmentStatus.ADMITTED: ("admis", "admitted"),
    EnrolmentStatus.REPEATING: ("repetent", "în repetare", "repeating"),
    EnrolmentStatus.EXTENSION: ("prelungire", "în prelungire", "extension"),
    EnrolmentStatus.INTERRUPTED: ("întrerupt", "întrerupere", "interrupted"),
    EnrolmentStatus.EXPELLED: ("exmatriculat", "expelled"),
    EnrolmentStatus.TRANSFERRED_OUT: ("transferat", "transferat la altă universitate", "transferred_out"),
    EnrolmentStatus.COMPLETED: ("studii finalizate", "absolvent", "completed"),
}
KINDS: Final[Words] = {
    AttemptKind.NORMAL: ("normală", "normal", "N"),
    AttemptKind.RESIT: ("restanță", "resit", "R"),
    AttemptKind.RE_EXAMINATION: ("reexaminare", "reexamination"),
    AttemptKind.CREDIT: ("credit", "credite", "credit anticipat"),
    AttemptKind.DIFFERENCES: ("diferențe", "diferență", "differences"),
    AttemptKind.INCREASE: ("mărire", "mărire de notă", "increase"),
}
SESSIONS: Final[Words] = {code: (code, code.replace("-", " "), code.replace("-", "")) for code in SessionCode}
YES_WORDS: Final[Words] = {
    True: ("da", "yes", "1", "x", "cu plată", "plătit"),
    False: ("nu", "no", "0", "-", "gratuit"),
}
RESULTS_TOLD: Final = {
    grading.ADMITTED: "admis",
    grading.REJECTED: "respins",
    grading.ABSENT: "absent",
}


def _choice(words: Words) -> cells.Reader:
    meant = {word: value for value, known in words.items() for word in known}
    return cells.choice(meant, [known[0] for known in words.values()])


def citizenship(cell: Cell) -> str:
    """Two letters of ISO 3166; "română" and "România" are RO."""
    found = cells.text(cell)
    if cells.key(found) in {"romana", "roman", "romania", "romanian"}:
        return "RO"
    if not re.fullmatch(r"[A-Za-z]{2}", found):
        raise cells.CellRefused(_("not a country; write its two letters, as RO or MD"))
    return found.upper()


def academic_year(cell: Cell) -> str:
    """The name of an academic year, "2023-2024", whatever dash or slash is written."""
    found = re.fullmatch(r"(20\d\d)\s*[-–—/]\s*(20\d\d)", cells.text(cell))
    if not found or int(found[2]) != int(found[1]) + 1:
        raise cells.CellRefused(_("not an academic year; write it as 2023-2024"))
    return f"{found[1]}-{found[2]}"


def result(cell: Cell) -> str:
    """A whole grade from 1 to 10, admitted, rejected or absent (REC-150)."""
    word = search_key(cells.text(cell))
    found = grading.typed_result(word, "grade") or grading.typed_result(word, "pass")
    if not found or found == grading.NOT_ADMITTED:
        raise cells.CellRefused(_("not a result; write a whole grade from 1 to 10, admis, respins or absent"))
    return found


def number(longest: int) -> cells.Reader:
    """A reader of numbers kept as text: without blanks and hyphens, and without the ",0" of spreadsheets."""
    read = cells.texts_up_to(longest)

    def bare(cell: Cell) -> str:
        return re.sub(r"[\s\-]|\.0$", "", read(cell))

    return bare


def _optional(name: str, title: Any, read: cells.Reader, *aliases: str, default: Any = "") -> Column:
    return Column(name, title, read, aliases, required=False, filled=False, default=default)


_WHO: Final = (
    _optional("cnp", gettext_lazy("CNP"), number(20), "Cod numeric personal"),
    _optional("passport", gettext_lazy("Passport"), number(20), "Pașaport", "Nr. pașaport"),
)
_NUMBER: Final = Column(
    "matriculation_number", gettext_lazy("Matriculation number"), cells.texts_up_to(20),
    ("Număr matricol", "Nr. matricol", "Matricol", "Marca"),
)  # fmt: skip

COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    MovingKind.STUDENTS: (
        *_WHO,
        Column("last_name", gettext_lazy("Family name"), cells.texts_up_to(80), ("Nume", "Nume de familie")),
        _optional("father_initial", gettext_lazy("Father's initial"), cells.texts_up_to(4),
                  "Inițiala tatălui", "Inițiala", "Ini"),
        Column("first_name", gettext_lazy("Given names"), cells.texts_up_to(80), ("Prenume", "Prenumele")),
        _optional("birth_date", gettext_lazy("Date of birth"), cells.day, "Data nașterii", "Născut la",
                  default=None),
        Column("citizenship", gettext_lazy("Citizenship"), citizenship, ("Cetățenia", "Cetățenie")),
        _optional("email", gettext_lazy("E-mail"), cells.texts_up_to(254), "Email", "Adresa de e-mail"),
        _optional("phone", gettext_lazy("Telephone"), cells.texts_up_to(40), "Telefon", "Mobil"),
    ),
    MovingKind.ENROLMENTS: (
        _NUMBER,
        *_WHO,
        Column("programme_code", gettext_lazy("Programme"), cells.texts_up_to(24),
               ("Cod program", "Program", "Cod specializare")),
        Column("curriculum_year", gettext_lazy("Series"), series, ("Seria", "Plan de învățământ", "Serie")),
        _optional("promotion", gettext_lazy("Promotion"), series, "Promoția"),
        Column("year_of_study", gettext_lazy("Year of study"), cells.ordinal_between(1, 6),
               ("An de studiu", "Anul de studiu", "An")),
        _optional("group", gettext_lazy("Group"), cells.texts_up_to(20), "Grupa"),
        Column("financing", gettext_lazy("Financing"), _choice(FINANCING),
               ("Finanțare", "Forma de finanțare", "Regim")),
        Column("citizenship_category", gettext_lazy("Citizenship category"), _choice(CATEGORIES),
               ("Categoria de cetățenie", "Categorie cetățenie")),
        Column("status", gettext_lazy("Status"), _choice(STATUSES), ("Stare", "Statut", "Situația")),
        _optional("enrolled_on", gettext_lazy("Enrolled on"), cells.day, "Data înmatriculării", default=None),
        _optional("decision", gettext_lazy("Decision"), cells.texts_up_to(120), "Decizia",
                  "Decizie de înmatriculare"),
    ),
    MovingKind.RESULTS: (
        _NUMBER,
        Column("discipline_code", gettext_lazy("Discipline code"), cells.texts_up_to(30),
               ("Cod disciplină", "Codul disciplinei")),
        Column("academic_year", gettext_lazy("Academic year"), academic_year,
               ("An universitar", "Anul universitar")),
        Column("session", gettext_lazy("Session"), _choice(SESSIONS), ("Sesiune", "Sesiunea")),
        Column("kind", gettext_lazy("Kind of attempt"), _choice(KINDS),
               ("Fel", "Felul prezentării", "Tip prezentare")),
        Column("held_on", gettext_lazy("Day of the exam"), cells.day, ("Data", "Data examenului")),
        Column("result", gettext_lazy("Result"), result, ("Rezultat", "Nota", "Notă", "Calificativ")),
        _optional("paid", gettext_lazy("Paid"), _choice(YES_WORDS), "Cu plată", "Plătit", default=False),
    ),
}  # fmt: skip


def words_of(words: Words, value: Any) -> str:
    """How a value is written in an export: the first of the words by which it is read."""
    return words[value][0] if value in words else ""
