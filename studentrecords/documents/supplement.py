"""The data of a diploma supplement: its eight sections as far as the records hold them, the rest named.

Nothing is invented: an item without a value says in words what is missing and who has it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from studentrecords.documents.elmo import EQF
from studentrecords.documents.papers import transcript_context
from studentrecords.models import Cycle, Enrolment
from studentrecords.queries.papers import Record


@dataclass(frozen=True)
class Item:
    """One numbered line. value: in words, empty when missing. missing: what is not held and who has it."""

    number: str
    label: str
    value: str = ""
    missing: str = ""


@dataclass(frozen=True)
class Section:
    number: int
    title: str
    items: Sequence[Item]


@dataclass(frozen=True)
class Supplement:
    """Eight sections; rows: the results of section 4, as a transcript shows them."""

    sections: Sequence[Section]
    rows: Sequence[dict[str, Any]]
    shares: Sequence[dict[str, Any]]

    @property
    def missing(self) -> list[Item]:
        """What the office still has to gather, in the order of the sections."""
        return [item for section in self.sections for item in section.items if not item.value]

    def as_data(self) -> dict[str, Any]:
        """The same for another program: plain values."""
        return {
            "sections": [
                {
                    "number": section.number,
                    "title": section.title,
                    "items": [
                        {"number": one.number, "label": one.label, "value": one.value, "missing": one.missing}
                        for one in section.items
                    ],
                }
                for section in self.sections
            ],
            "results": list(self.rows),
            "grading_table": list(self.shares),
            "missing": [one.number for one in self.missing],
        }

    def lines(self) -> Iterator[tuple[str, str, str, str]]:
        """Rows of a sheet: number, what, value, what is missing."""
        for section in self.sections:
            for one in section.items:
                yield one.number, one.label, one.value, one.missing
        for row in self.rows:
            words = _("%(result)s; %(credits)s credits; %(hours)s hours") % row
            yield "4.3", row["name"], f"{row['year']}: {words}".removeprefix(": "), ""


def supplement_of(enrolment: Enrolment, record: Record, at: datetime, language: str) -> Supplement:
    """The supplement's data on the day of `at`, in words of `language` ("ro" or "en"); asks nothing more."""
    with translation.override(language):
        facts = transcript_context(enrolment, record, at, language)
        rows = [
            {**row, "year": part["name"]}
            for part in [*facts["years"], *([facts["recognised"]] if facts["recognised"] else [])]
            for row in part["rows"]
        ]
        sections = [
            Section(1, _("The holder of the qualification"), _holder(enrolment, facts)),
            Section(2, _("The qualification"), _qualification(facts, language)),
            Section(3, _("The level and duration of the qualification"), _level(enrolment, facts)),
            Section(4, _("The programme completed and the results"), _results(facts, rows)),
            Section(5, _("The function of the qualification"), _function(enrolment)),
            Section(6, _("Additional information"), _additional()),
            Section(7, _("Certification of the supplement"), _certification()),
            Section(8, _("The national higher education system"), _system()),
        ]
    return Supplement(sections, rows, facts["shares"])


def _held(number: str, label: str, value: Any, missing: str = "") -> Item:
    words = str(value) if value else ""
    return Item(number, label, words, "" if words else missing)


def _holder(enrolment: Enrolment, facts: dict[str, Any]) -> list[Item]:
    person = enrolment.person
    in_record = _("Not in the record of the person; ask the student for an identity document.")
    return [
        _held("1.1", _("Family name"), person.last_name, in_record),
        _held("1.2", _("Given names"), person.first_name, in_record),
        _held("1.3", _("Date of birth"), facts["birth_date"], in_record),
        _held("1.4", _("Matriculation number"), enrolment.matriculation_number),
    ]


def _qualification(facts: dict[str, Any], language: str) -> list[Item]:
    name = settings.INSTITUTION_NAME_EN if language == "en" else settings.INSTITUTION_NAME
    return [
        Item(
            "2.1",
            _("Name of the qualification and title conferred"),
            missing=_("The title is not held for the programme; it stands in the decision of accreditation."),
        ),
        _held("2.2", _("Main fields of study"), facts["field"], _("The programme has no field of study.")),
        _held("2.3", _("Awarding institution"), name),
        _held("2.4", _("Institution administering studies"), _joined(name, facts["faculty"])),
        _held("2.5", _("Language of instruction"), facts["teaching_language"]),
    ]


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _level(enrolment: Enrolment, facts: dict[str, Any]) -> list[Item]:
    programme = enrolment.programme
    eqf = EQF.get(programme.cycle, "")
    level = _("%(cycle)s, level %(eqf)s of the European Qualifications Framework")
    length = _("%(semesters)s semesters, %(credits)s ECTS credits")
    access = {
        Cycle.BACHELOR: _("Baccalaureate diploma or its equivalent, and admission"),
        Cycle.MASTER: _("Bachelor's diploma or its equivalent, and admission"),
        Cycle.DOCTORATE: _("Master's diploma or its equivalent, and admission"),
    }
    return [
        _held(
            "3.1",
            _("Level of the qualification"),
            level % {"cycle": facts["cycle"], "eqf": eqf} if eqf else "",
            _("The cycle gives no qualification."),
        ),
        _held(
            "3.2",
            _("Official duration in credits and years"),
            length % {"semesters": programme.semesters, "credits": programme.credits},
        ),
        _held(
            "3.3", _("Access requirements"), access.get(Cycle(programme.cycle)), _("Not set for this cycle.")
        ),
    ]


def _results(facts: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[Item]:
    earned = _("%(count)s disciplines, %(credits)s credits earned of %(all)s")
    said = {"count": len(rows), "credits": facts["credits"], "all": facts["programme_credits"]}
    shares = ", ".join(f"{share['grade']}: {share['percent']}%" for share in facts["shares"])
    grades = _("Whole grades from 1 to 10; 5 is the lowest that passes. Some are only passed.")
    complete = facts["credits"] >= facts["programme_credits"]
    return [
        _held("4.1", _("Mode of study"), facts["form"]),
        Item(
            "4.2",
            _("Programme learning outcomes"),
            missing=_("Not held for the programme; the department has them in the file of the programme."),
        ),
        _held(
            "4.3",
            _("Programme details, credits and grades"),
            earned % said if rows else "",
            _("No result is published yet."),
        ),
        _held(
            "4.4",
            _("Grading system and distribution of grades"),
            f"{grades} {facts['shares_years']}: {shares}" if shares else "",
            _("No grades of completed years are held for the programme."),
        ),
        _held(
            "4.5",
            _("Overall classification"),
            f"{_('Weighted average')} {facts['average']}" if complete and facts["average"] else "",
            _("The studies are not complete, or the final examination is not recorded."),
        ),
    ]


def _function(enrolment: Enrolment) -> list[Item]:
    further = {
        Cycle.BACHELOR: _("Access to master's studies"),
        Cycle.MASTER: _("Access to doctoral studies"),
        Cycle.DOCTORATE: _("Access to postdoctoral programmes"),
    }
    return [
        _held(
            "5.1",
            _("Access to further study"),
            further.get(Cycle(enrolment.programme.cycle)),
            _("Not set for this cycle."),
        ),
        Item(
            "5.2",
            _("Access to a regulated profession"),
            missing=_("Not held for the programme; it stands in the decision of accreditation."),
        ),
    ]


def _additional() -> list[Item]:
    return [
        Item(
            "6.1",
            _("Additional information"),
            missing=_("Written by the faculty: mobility, awards, practice."),
        ),
        _held("6.2", _("Further information sources"), f"https://{settings.INSTITUTION_SCHAC}"),
    ]


def _certification() -> list[Item]:
    at_issue = _("Known when the diploma is issued; the office of diplomas has it.")
    return [
        Item("7.1", _("Date"), missing=at_issue),
        Item("7.2", _("Names and signatures"), missing=at_issue),
        Item("7.3", _("Capacity of those who sign"), missing=at_issue),
        Item("7.4", _("Official seal"), missing=at_issue),
    ]


def _system() -> list[Item]:
    return [
        Item(
            "8.1",
            _("Description of the national system"),
            missing=_("The text is that of the ministry; it is not kept in the portal."),
        )
    ]
