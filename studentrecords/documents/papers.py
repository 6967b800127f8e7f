"""The school papers as plain values of the day of issue: certificate of student status, transcript."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import translation

from studentrecords.models import (
    ACTIVE_STATUSES,
    Cycle,
    Discipline,
    DocumentRequest,
    Enrolment,
    Purpose,
    Result,
    StudyForm,
)
from studentrecords.queries import papers as queries
from studentrecords.queries.core import academic_year_of
from studentrecords.queries.papers import Line, Record
from studentrecords.rules import papers as rules
from upt_portal.kernel import dates
from upt_portal.kernel.clock import local_day
from upt_portal.kernel.documents import Paper

TITLES = {
    (queries.CERTIFICATE, "ro"): ("Adeverință de student", "adeverinta-student.pdf"),
    (queries.CERTIFICATE, "en"): ("Certificate of student status", "student-certificate.pdf"),
    (queries.TRANSCRIPT, "ro"): ("Situație școlară", "situatie-scolara.pdf"),
    (queries.TRANSCRIPT, "en"): ("Transcript of Records", "transcript-of-records.pdf"),
}
LANGUAGES_OF_TEACHING = {
    "ro": {"ro": "română", "en": "engleză", "de": "germană", "fr": "franceză"},
    "en": {"ro": "Romanian", "en": "English", "de": "German", "fr": "French"},
}


def _holder(enrolment: Enrolment, language: str) -> dict[str, Any]:
    """Whose paper it is, in words of its language."""
    person, programme = enrolment.person, enrolment.programme
    initial = f" {person.father_initial}" if person.father_initial else ""
    teaching = LANGUAGES_OF_TEACHING[language].get(programme.language, programme.language)
    return {
        "student": f"{person.last_name}{initial} {person.first_name}",
        "birth_date": dates.day_long(person.birth_date, language) if person.birth_date else "",
        "matriculation_number": enrolment.matriculation_number,
        "faculty": programme.faculty.name_in(language) if programme.faculty else "",
        "programme": programme.name_in(language),
        "field": programme.field.name_in(language) if programme.field else "",
        "cycle": str(Cycle(programme.cycle).label),
        "form": str(StudyForm(programme.form).label),
        "teaching_language": teaching,
        "programme_credits": programme.credits,
        "promotion": enrolment.promotion.replace("-", "–"),
        "year_of_study": enrolment.year_of_study,
    }


def paper_for(asked: DocumentRequest, number: str, record: Record | None, at: datetime) -> Paper:
    """The paper an application asks for, in its language, named by its number.

    record: what a transcript says; None for a certificate. Raises KeyError for a kind that the portal does
    not make.
    """
    language = asked.language
    kind = {rules.CERTIFICATE: queries.CERTIFICATE, rules.TRANSCRIPT: queries.TRANSCRIPT}[asked.kind]
    title, filename = TITLES[kind, language]
    with translation.override(language):
        if record is None:
            context = certificate_context(asked.enrolment, purpose_in_words(asked), at, language)
        else:
            context = transcript_context(asked.enrolment, record, at, language)
    paper = Paper(kind, f"studentrecords/papers/{asked.kind}.html", title, filename, context, language)
    return replace(paper, filename=f"{filename.removesuffix('.pdf')}-{file_number(number)}.pdf")


def file_number(number: str) -> str:
    """A registration number as it stands in the name of a file: "17/20.11.2026" is "17-2026"."""
    count, _, day = number.partition("/")
    return f"{count}-{day[-4:]}"


def purpose_in_words(asked: DocumentRequest) -> str:
    """What a certificate is for, in the active language; what the student wrote stands as it was written."""
    if asked.purpose == Purpose.OTHER or not asked.purpose:
        return asked.purpose_words
    return str(Purpose(asked.purpose).label)


def certificate_context(enrolment: Enrolment, purpose: str, at: datetime, language: str) -> dict[str, Any]:
    """What the certificate of student status says on the day it is issued."""
    year = academic_year_of(local_day(at))
    return {
        **_holder(enrolment, language),
        "enrolled": enrolment.status in ACTIVE_STATUSES,
        "status": str(enrolment.get_status_display()),
        "financing": str(enrolment.get_financing_display()),
        "academic_year": str(year) if year else "",
        "purpose": purpose,
        "day": dates.day_long(at, language),
    }


# ---- transcript --------------------------------------------------------------------------------------------


def transcript_context(enrolment: Enrolment, record: Record, at: datetime, language: str) -> dict[str, Any]:
    """What the transcript says: by year of study, then the whole, then the ECTS grading table.

    `facts` holds the same results as data, for the file that other universities read (ELMO).
    """
    years = sorted({line.year for line in record.lines if line.year})
    taken = [
        _part(name.replace("-", "–"), [line for line in record.lines if line.year == name], language)
        for name in years
    ]
    recognised = [line for line in record.lines if not line.year]
    return {
        **_holder(enrolment, language),
        "day": dates.day_long(at, language),
        "years": taken,
        "recognised": _part("", recognised, language) if recognised else None,
        "credits": sum(line.credits for line in record.lines),
        "average": _average(record.lines, language),
        "shares": [
            {
                "grade": share.grade,
                "count": share.count,
                "percent": _number(share.percent, language),
                "cumulative": _number(share.cumulative, language),
            }
            for share in record.shares
        ],
        "shares_total": sum(share.count for share in record.shares),
        "shares_years": ", ".join(name.replace("-", "–") for name in record.years),
        "facts": _facts(enrolment, record, at),
    }


def _part(name: str, lines: list[Line], language: str) -> dict[str, Any]:
    return {
        "name": name,
        "rows": [_row(line, language) for line in lines],
        "credits": sum(line.credits for line in lines),
        "average": _average(lines, language),
    }


def _row(line: Line, language: str) -> dict[str, Any]:
    what = line.discipline
    return {
        "code": what.code,
        "name": what.name_in(language),
        "kind": str(what.get_kind_display()),
        "semester": what.semester,
        "hours": f"{hours_of(what):f}",
        "credits": line.credits,
        "offered": what.credits,
        "result": str(Result(line.result).label),
        "passed": line.passed,
        "date": dates.day(line.held_on, language) if line.held_on else "",
        "session": line.session,
    }


def hours_of(what: Discipline) -> Decimal:
    """Hours of teaching of a discipline in its semester, without useless zeros."""
    weekly = (what.hours_course, what.hours_seminar, what.hours_lab, what.hours_project)
    hours = rules.hours_in_semester(weekly, what.hours_practice_semester)
    return hours.quantize(Decimal(1)) if hours == hours.to_integral_value() else hours


def _average(lines: Iterable[Line], language: str) -> str:
    graded = [(line.grade, line.discipline.credits) for line in lines if line.grade is not None]
    average = rules.passed_average(graded)
    return "" if average is None else _number(rules.two_decimals(average), language)


def _number(value: Decimal, language: str) -> str:
    return f"{value:f}".replace(".", ",") if language == "ro" else f"{value:f}"


def _facts(enrolment: Enrolment, record: Record, at: datetime) -> dict[str, Any]:
    """The results as data: what the transcript shows, in both languages, days in ISO form."""
    person, programme = enrolment.person, enrolment.programme
    return {
        "issued_at": at.isoformat(timespec="seconds"),
        "learner": {
            "given": person.first_name,
            "family": person.last_name,
            "born": _iso(person.birth_date),
            "citizenship": person.citizenship,
            "matriculation_number": enrolment.matriculation_number,
        },
        "programme": {
            "code": programme.code,
            "ro": programme.name_ro,
            "en": programme.name_en,
            "cycle": programme.cycle,
            "language": programme.language,
            "start": _iso(enrolment.enrolled_on),
        },
        "rows": [
            {
                "code": line.discipline.code,
                "ro": line.discipline.name_ro,
                "en": line.discipline.name_en,
                "year": line.year,
                "date": _iso(line.held_on),
                "result": line.result,
                "passed": line.passed,
                "credits": line.credits,
                "hours": f"{hours_of(line.discipline):f}",
                "recognised": not line.year,
            }
            for line in record.lines
        ],
        "shares": [[share.grade, share.count, f"{share.percent:f}"] for share in record.shares],
        "shares_years": list(record.years),
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
