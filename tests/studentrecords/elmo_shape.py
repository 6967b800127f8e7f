"""What the published ELMO 1.x schema asks of the elements we write, said in our own words.

The schema itself is not kept here. `faults` gives what is wrong with a file, in words; with ELMO_SCHEMA in
the environment (path of a copy of the published schema, its imports beside it) the schema is asked too.
"""

import base64
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

NAMESPACE = "https://github.com/emrex-eu/elmo-schemas/tree/v1"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MANY = 10**6

#: Children in the order they must have: name, least, most.
ORDER: dict[str, list[tuple[str, int, int]]] = {
    "elmo": [
        ("generatedDate", 1, 1),
        ("learner", 1, 1),
        ("report", 1, MANY),
        ("attachment", 0, MANY),
        ("groups", 0, 1),
        ("extension", 0, 1),
    ],
    "learner": [
        ("citizenship", 0, 1),
        ("identifier", 0, MANY),
        ("givenNames", 1, 1),
        ("familyName", 1, 1),
        ("bday", 0, 1),
        ("placeOfBirth", 0, 1),
        ("birthName", 0, 1),
        ("currentAddress", 0, 1),
        ("gender", 0, 1),
    ],
    "report": [
        ("issuer", 1, 1),
        ("learningOpportunitySpecification", 0, MANY),
        ("issueDate", 1, 1),
        ("gradingScheme", 0, MANY),
        ("attachment", 0, MANY),
    ],
    "issuer": [("country", 0, 1), ("identifier", 1, MANY), ("title", 1, MANY), ("url", 1, 1)],
    "gradingScheme": [("description", 0, MANY)],
    "attachment": [
        ("identifier", 0, MANY),
        ("title", 0, MANY),
        ("type", 0, 1),
        ("description", 0, MANY),
        ("content", 0, MANY),
        ("extension", 0, 1),
    ],
    "learningOpportunitySpecification": [
        ("identifier", 0, MANY),
        ("title", 1, MANY),
        ("type", 0, 1),
        ("subjectArea", 0, 1),
        ("iscedCode", 0, 1),
        ("url", 0, 1),
        ("description", 0, MANY),
        ("descriptionHtml", 0, MANY),
        ("specifies", 1, 1),
        ("hasPart", 0, MANY),
        ("extension", 0, 1),
    ],
    "hasPart": [("learningOpportunitySpecification", 1, 1)],
    "specifies": [("learningOpportunityInstance", 1, 1), ("extension", 0, 1)],
    "learningOpportunityInstance": [
        ("identifier", 0, MANY),
        ("start", 0, 1),
        ("date", 0, 1),
        ("academicTerm", 0, 1),
        ("status", 0, 1),
        ("gradingSchemeLocalId", 0, 1),
        ("resultLabel", 0, 1),
        ("shortenedGrading", 0, 1),
        ("resultDistribution", 0, 1),
        ("credit", 0, MANY),
        ("level", 0, MANY),
        ("languageOfInstruction", 0, 1),
        ("engagementHours", 0, 1),
        ("attachments", 0, 1),
        ("grouping", 0, 1),
        ("extension", 0, 1),
        ("diplomaSupplement", 0, 1),
    ],
    "credit": [("scheme", 1, 1), ("level", 0, 1), ("value", 0, 1)],
    "level": [("type", 1, 1), ("description", 0, MANY), ("value", 0, 1)],
}
DAY, MOMENT = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)"
#: What the text of an element looks like; every other text is a token.
FORMS = {
    "generatedDate": MOMENT,
    "issueDate": MOMENT,
    "bday": DAY,
    "start": DAY,
    "date": DAY,
    "citizenship": "[A-Z]{2}",
    "country": "[A-Z]{2}",
    "status": "passed|failed|in-progress",
    "engagementHours": r"\d+(\.\d+)?",
    "content": "data:application/pdf;base64,[A-Za-z0-9+/]+=*",
}
TYPES = {
    "attachment": {"Diploma", "Diploma Supplement", "Transcript of Records", "EMREX transcript", "Other"},
    "learningOpportunitySpecification": {"Degree Programme", "Module", "Course", "Class"},
}
NEEDED = {"identifier": "type", "gradingScheme": "localId"}


@dataclass(frozen=True)
class File:
    """A parsed file. courses: the disciplines below the programme."""

    root: Any

    def all(self, name: str) -> list[Any]:
        return list(self.root.iter(f"{{{NAMESPACE}}}{name}"))

    @property
    def courses(self) -> list[dict[str, str]]:
        return [
            {_name(node): (node.text or "") for node in part.iter() if not len(node)}
            for part in self.all("hasPart")
        ]

    @property
    def pdf(self) -> bytes:
        (content,) = self.all("content")
        return base64.b64decode(content.text.split(",", 1)[1])


def read(data: bytes) -> File:
    return File(etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True)))


def faults(data: bytes) -> list[str]:
    """What is wrong with a file; an empty list when every asked-for thing stands in its place."""
    root = read(data).root
    if root.tag != f"{{{NAMESPACE}}}elmo":
        return [f"the root is {root.tag}"]
    found = list(_faults(root))
    if where := os.environ.get("ELMO_SCHEMA"):
        schema = etree.XMLSchema(etree.parse(where))
        if not schema.validate(root):
            found += [str(error) for error in schema.error_log]
    return found


def _name(node: Any) -> str:
    return str(etree.QName(node).localname)


def _faults(node: Any) -> Iterator[str]:
    name = _name(node)
    if (attribute := NEEDED.get(name)) and not node.get(attribute):
        yield f"{name} without {attribute}"
    if name == "title" and node.get(LANG) not in ("ro", "en"):
        yield "title without its language"
    if name not in ORDER:
        yield from _text_faults(node, name)
        return
    places = {child: place for place, (child, _least, _most) in enumerate(ORDER[name])}
    children = [_name(child) for child in node]
    if unknown := set(children) - set(places):
        yield f"{name} holds {sorted(unknown)}"
    elif children != sorted(children, key=lambda child: places[child]):
        yield f"{name} out of order: {children}"
    for child, least, most in ORDER[name]:
        if not least <= children.count(child) <= most:
            yield f"{name} with {children.count(child)} {child}"
    for child in node:
        yield from _faults(child)


def _text_faults(node: Any, name: str) -> Iterator[str]:
    if len(node):
        yield f"{name} holds elements"
    text = node.text or ""
    if text != " ".join(text.split()):
        yield f"{name} is no token: {text!r}"
    if name == "type" and (known := TYPES.get(_name(node.getparent()))) and text not in known:
        yield f"type {text!r} of {_name(node.getparent())}"
    if (form := FORMS.get(name)) and not re.fullmatch(form, text):
        yield f"{name} is {text[:40]!r}"
