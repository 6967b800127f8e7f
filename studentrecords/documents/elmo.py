"""A transcript as data that other universities read: EMREX ELMO 1.x, with the sealed paper inside.

The file is made from what the issued transcript holds, so the two never disagree. Every text is a token:
white space is collapsed, characters that XML does not know are left out.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from lxml import etree

from studentrecords.models import Result
from studentrecords.rules import grading

NAMESPACE = "https://github.com/emrex-eu/elmo-schemas/tree/v1"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
SCHEME = "ro-1-10"
#: Level of the European Qualifications Framework that a cycle leads to.
EQF = {"licenta": "6", "master": "7", "doctorat": "8"}
_UNKNOWN_TO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Facts = Mapping[str, Any]


def elmo_file(facts: Facts, *, number: str, title: str, language: str, pdf: bytes) -> bytes:
    """The ELMO file of an issued transcript, UTF-8.

    facts: what `documents.papers` keeps in the context of a transcript. number, title, language, pdf: of the
    paper that is attached.
    """
    root = etree.Element(f"{{{NAMESPACE}}}elmo", nsmap={None: NAMESPACE})
    _text(root, "generatedDate", facts["issued_at"])
    _learner(root, facts["learner"])
    report = _child(root, "report")
    _issuer(report)
    _programme(report, facts)
    _text(report, "issueDate", facts["issued_at"])
    _scheme(report, facts)
    attachment = _child(report, "attachment")
    _text(attachment, "identifier", number, type="internal")
    _text(attachment, "title", title, language)
    _text(attachment, "type", "Transcript of Records")
    content = f"data:application/pdf;base64,{base64.b64encode(pdf).decode()}"
    _text(attachment, "content", content, language)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _child(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)


def _text(parent: Any, name: str, words: str, language: str = "", **attributes: str) -> None:
    """A child with words in it; nothing for no words."""
    token = " ".join(_UNKNOWN_TO_XML.sub("", words).split())
    if not token:
        return
    child = _child(parent, name, **attributes)
    if language:
        child.set(LANGUAGE, language)
    child.text = token


def _titles(parent: Any, names: Facts) -> None:
    """The title in Romanian, and in English where one is known."""
    _text(parent, "title", names["ro"], "ro")
    _text(parent, "title", names["en"], "en")


def _learner(root: Any, learner: Facts) -> None:
    """Who it is about. The national number stays here: whoever needs it reads it from a document."""
    part = _child(root, "learner")
    if re.fullmatch("[A-Z]{2}", learner["citizenship"]):
        _text(part, "citizenship", learner["citizenship"])
    _text(part, "identifier", learner["matriculation_number"], type="matriculationNumber")
    for name, words in (("givenNames", learner["given"]), ("familyName", learner["family"])):
        _child(part, name).text = " ".join(_UNKNOWN_TO_XML.sub("", words).split())
    _text(part, "bday", learner["born"])


def _issuer(report: Any) -> None:
    part = _child(report, "issuer")
    _text(part, "country", settings.INSTITUTION_COUNTRY)
    _text(part, "identifier", settings.INSTITUTION_SCHAC, type="schac")
    _titles(part, {"ro": settings.INSTITUTION_NAME, "en": settings.INSTITUTION_NAME_EN})
    _text(part, "url", f"https://{settings.INSTITUTION_SCHAC}")


def _programme(report: Any, facts: Facts) -> None:
    """The programme with its disciplines as parts; credits stand at the disciplines alone."""
    programme = facts["programme"]
    part = _child(report, "learningOpportunitySpecification")
    _text(part, "identifier", programme["code"], type="local")
    _titles(part, programme)
    _text(part, "type", "Degree Programme")
    instance = _child(_child(part, "specifies"), "learningOpportunityInstance")
    _text(instance, "start", programme["start"])
    _text(instance, "status", "in-progress")
    if level := EQF.get(programme["cycle"]):
        eqf = _child(instance, "level")
        _text(eqf, "type", "EQF")
        _text(eqf, "value", level)
    _text(instance, "languageOfInstruction", programme["language"])
    for row in facts["rows"]:
        _discipline(_child(part, "hasPart"), row, programme["language"])


def _discipline(part: Any, row: Facts, language: str) -> None:
    """A discipline with its result; one that is not passed can still be passed, so it is in progress."""
    discipline = _child(part, "learningOpportunitySpecification")
    _text(discipline, "identifier", row["code"], type="local")
    _titles(discipline, row)
    _text(discipline, "type", "Course")
    instance = _child(_child(discipline, "specifies"), "learningOpportunityInstance")
    _text(instance, "date", row["date"])
    _text(instance, "status", "passed" if row["passed"] else "in-progress")
    _text(instance, "gradingSchemeLocalId", SCHEME)
    _text(instance, "resultLabel", _label(row["result"]))
    if row["passed"]:
        credit = _child(instance, "credit")
        _text(credit, "scheme", "ects")
        _text(credit, "value", str(row["credits"]))
    _text(instance, "languageOfInstruction", language)
    _text(instance, "engagementHours", row["hours"])


def _label(result: str) -> str:
    """The result as the official papers have it: a number, or the Romanian word."""
    if result in grading.NUMBERS:
        return result
    with translation.override("ro"):
        return str(Result(result).label)


def _scheme(report: Any, facts: Facts) -> None:
    """The grading scheme in words, with the ECTS grading table of the programme."""
    scheme = _child(report, "gradingScheme", localId=SCHEME)
    for language in ("en", "ro"):
        with translation.override(language):
            words = [gettext("Whole grades from 1 to 10; 5 is the lowest that passes. Some are only passed.")]
            if facts["shares"]:
                shares = ", ".join(f"{grade}: {percent}%" for grade, _count, percent in facts["shares"])
                said = {"years": ", ".join(facts["shares_years"]), "shares": shares}
                words.append(gettext("ECTS grading table of the programme (%(years)s): %(shares)s.") % said)
            _text(scheme, "description", " ".join(words), language)
