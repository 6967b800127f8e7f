"""The columns of a curriculum file, with the headings that Romanian curricula give them."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studentrecords.models import DisciplineKind, Evaluation
from studentrecords.parameters import CREDIT_MAX
from upt_portal.kernel import cells, clock
from upt_portal.kernel.sheets import Cell
from upt_portal.kernel.tables import Column

MOST_SEMESTERS: Final = 12

# "O" and "DO" mean compulsory in some curricula and elective in others: they are not guessed.
_KINDS: Final = {
    DisciplineKind.COMPULSORY: ("obligatorie", "obligatoriu", "ob", "DOb", "impusă", "DI", "compulsory"),
    DisciplineKind.ELECTIVE: ("opțională", "opțional", "op", "DOp", "la alegere", "elective"),
    DisciplineKind.FACULTATIVE: ("facultativă", "facultativ", "F", "DFac", "facultative"),
    DisciplineKind.COMPLEMENTARY: ("complementară", "complementar", "complementary"),
    DisciplineKind.FINAL_EXAM: ("examen_final", "examen de diplomă", "examen de disertație", "final_exam"),
}
_EVALUATIONS: Final = {
    Evaluation.EXAM: ("E", "Ex", "examen", "exam"),
    Evaluation.DISTRIBUTED: ("D", "ED", "evaluare distribuită", "distribuită", "distributed"),
    Evaluation.COLLOQUY: ("C", "Co", "colocviu", "colloquy"),
}


def _choice(words: Mapping[Any, tuple[str, ...]]) -> cells.Reader:
    """A reader of any of the words; somebody who wrote another one is told the first of each kind."""
    meant = {word: value for value, known in words.items() for word in known}
    return cells.choice(meant, [known[0] for known in words.values()])


def hours(cell: Cell) -> Decimal:
    """Hours a week, 0 to 40, kept with one decimal, half up: 36 hours in 14 weeks are 2.6."""
    found: Decimal = cells.numbers_between(0, 40)(cell)
    return found.quantize(Decimal("0.1"), ROUND_HALF_UP)


def credits(cell: Cell) -> int:
    """Credits of one discipline: a whole number from 1 to the most the university allows (REC-070)."""
    found: int = cells.whole_between(1, CREDIT_MAX.on(clock.today()))(cell)
    return found


def series(cell: Cell) -> str:
    """The series of students, "2023-2027", whatever dash is written; a first year alone comes back alone."""
    found = re.fullmatch(r"(20\d\d)(?:\.0)?(?:\s*[-–—/]\s*(20\d\d))?", cells.text(cell))
    if not found:
        raise cells.CellRefused(_("not a series; write it as 2023-2027"))
    return "-".join(year for year in found.groups() if year)


def _optional(name: str, title: Any, read: cells.Reader, *aliases: str, default: Any = "") -> Column:
    return Column(name, title, read, aliases, required=False, filled=False, default=default)


def _hours(name: str, title: Any, letter: str, *aliases: str) -> Column:
    return _optional(name, title, hours, letter, *aliases, default=Decimal("0.0"))


WHOLE_HOURS: Final = cells.whole_between(0, 1000)
PROGRAMME = (
    _optional("programme_code", gettext_lazy("Programme"), cells.texts_up_to(24), "Cod program", "Program",
              "Program de studii", "Specializarea", "Cod specializare"),
    _optional("curriculum_year", gettext_lazy("Series"), series, "Seria", "Promoția", "Serie"),
)  # fmt: skip
DISCIPLINES: Final = (
    *PROGRAMME,
    Column("discipline_code", gettext_lazy("Code"), cells.texts_up_to(30),
           ("Cod", "Cod disciplină", "Codul disciplinei", "Cod discipl.")),
    Column("name_ro", gettext_lazy("Name of the discipline"), cells.texts_up_to(250),
           ("Denumire", "Denumire disciplină", "Denumirea disciplinei", "Disciplina", "Denumire RO",
            "Materia")),
    _optional("name_en", gettext_lazy("Name in English"), cells.texts_up_to(250),
              "Denumire EN", "Denumire în engleză", "Denumirea disciplinei în limba engleză"),
    _optional("year", gettext_lazy("Year of study"), cells.ordinal_between(1, MOST_SEMESTERS // 2),
              "An", "Anul", "An de studiu", "Anul de studiu", default=None),
    Column("semester", gettext_lazy("Semester"), cells.ordinal_between(1, MOST_SEMESTERS),
           ("Semestru", "Semestrul", "Sem")),
    _optional("category", gettext_lazy("Category"), cells.texts_up_to(8),
              "Categoria", "Categorie", "Categoria formativă", "CF"),
    Column("kind", gettext_lazy("Kind of discipline"), _choice(_KINDS),
           ("Tip", "Tipul", "Regim", "Regimul disciplinei", "Tip disciplină", "Opționalitate")),
    Column("credits", gettext_lazy("Credits"), credits,
           ("Credite", "Nr. credite", "Număr credite", "Număr de credite", "ECTS", "PC",
            "Puncte credit", "CR")),
    _optional("evaluation", gettext_lazy("Assessment"), _choice(_EVALUATIONS),
              "Evaluare", "Forma de evaluare", "Formă de evaluare", "Forma de verificare", "FV",
              "Verificare", "Ev"),
    _hours("hours_course", gettext_lazy("Course hours a week"), "C", "Curs", "Ore curs", "Ore de curs"),
    _hours("hours_seminar", gettext_lazy("Seminar hours a week"), "S", "Seminar", "Ore seminar"),
    _hours("hours_lab", gettext_lazy("Laboratory hours a week"), "L", "Laborator", "Ore laborator", "Lab"),
    _hours("hours_project", gettext_lazy("Project hours a week"), "P", "Proiect", "Ore proiect"),
    _optional("package_code", gettext_lazy("Package"), cells.texts_up_to(20),
              "Pachet", "Cod pachet", "Pachet opțional", "Pachetul"),
    _optional("hours_practice_semester", gettext_lazy("Practice hours a semester"), WHOLE_HOURS,
              "Practică", "Ore practică", "PA", default=0),
    _optional("hours_individual_semester", gettext_lazy("Individual study a semester"), WHOLE_HOURS,
              "Studiu individual", "Ore studiu individual", "SI", default=0),
    _optional("source", gettext_lazy("Source"), cells.texts_up_to(20), "Sursa"),
    _optional("note", gettext_lazy("Note"), cells.texts_up_to(400), "Observații", "Obs"),
    # Where a value comes from, for the people who compile the files; nothing in the portal reads them.
    _optional("name_ro_source", "name_ro_source", cells.text),
    _optional("name_en_source", "name_en_source", cells.text),
)  # fmt: skip
PACKAGES: Final = (
    *PROGRAMME,
    Column("package_code", gettext_lazy("Package"), cells.texts_up_to(20),
           ("Pachet", "Cod pachet", "Pachet opțional", "Pachetul")),
    Column("semester", gettext_lazy("Semester"), cells.ordinal_between(1, MOST_SEMESTERS),
           ("Semestru", "Semestrul", "Sem")),
    Column("choose", gettext_lazy("To choose"), cells.whole_between(1, 20),
           ("Se aleg", "De ales", "Număr de alegeri", "Alegeri", "Nr. discipline alese")),
    Column("credits_each", gettext_lazy("Credits each"), credits,
           ("Credite", "Credite fiecare", "Credite pe disciplină", "Credite/disciplină")),
    _optional("options", gettext_lazy("Options"), cells.whole_between(1, 100),
              "Opțiuni", "Număr de opțiuni", default=None),
    _optional("slot_labels_as_published", gettext_lazy("Labels"), cells.texts_up_to(400), "Etichete"),
    _optional("source", gettext_lazy("Source"), cells.texts_up_to(20), "Sursa"),
)  # fmt: skip
