"""The rulebook: every rule the portal applies, in words, with its source, its figures and its examples.

Nothing is written twice: the words come from `cites` and from the docstring of the function that decides, the
figures from the parameters that quote the rule.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType, ModuleType

from django.apps import apps

from upt_portal.kernel.params import Parameter, quoted_by
from upt_portal.kernel.sources import REGISTER, Article, Cited
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

#: Modules of the kernel that carry rules of every room, beside each room's own rulebook.
SHARED = ("upt_portal.kernel.calendar", "upt_portal.kernel.cnp", "upt_portal.kernel.money")


@dataclass(frozen=True)
class Example:
    """One worked example: what is given, what comes out (empty when the line is a statement)."""

    given: str
    expected: str = ""


@dataclass(frozen=True)
class Entry:
    """A rule as a reader sees it.

    words: one sentence, translated where the room gave it; `summary` and `story` are the docstring, English.
    """

    rules: tuple[str, ...]
    words: Sentence
    summary: str
    story: tuple[str, ...]
    examples: tuple[Example, ...]
    articles: tuple[Article, ...]
    parameters: tuple[Parameter[object], ...]
    module: str
    name: str

    @property
    def function(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True)
class Chapter:
    """The rules of one catalogue: (rule ID, the functions that carry it out) in the order of their IDs."""

    title: Sentence
    rules: tuple[tuple[str, tuple[Entry, ...]], ...]


#: Chapters by the letters of the rule IDs; letters not listed follow under their own name.
TITLES: dict[str, Sentence] = {
    "T": _("Terms and days"),
    "CON": _("Contracting"),
    "FEE": _("Fees and payments"),
    "REC": _("Student records"),
    "ADM": _("Admission of third-country citizens"),
    "CCO": _("Counselling and career guidance"),
}


def load() -> list[ModuleType]:
    """Import the parameters and rules of every installed room, and give the modules of rules."""
    found = []
    for room in apps.get_app_configs():
        for name in ("parameters", "rules"):
            modules = [*_modules(f"{room.name}.{name}")]
            found += modules if name == "rules" else []
    return found


def entries() -> list[Entry]:
    """Every cited function, in the order of rule IDs."""
    load()
    return sorted((_entry(cited) for cited in REGISTER.values()), key=lambda entry: _in_order(entry.rules[0]))


def chapters() -> list[Chapter]:
    """The rulebook by the catalogues of requirements, the shared conventions on terms first."""
    by_rule: dict[str, list[Entry]] = {}
    for entry in entries():
        for rule in entry.rules:
            by_rule.setdefault(rule, []).append(entry)
    by_letters: dict[str, list[tuple[str, tuple[Entry, ...]]]] = {letters: [] for letters in TITLES}
    for rule in sorted(by_rule, key=_in_order):
        by_letters.setdefault(_in_order(rule)[0].strip("-"), []).append((rule, tuple(by_rule[rule])))
    return [Chapter(TITLES.get(name, name), tuple(rules)) for name, rules in by_letters.items() if rules]


def entries_of(rule: str) -> list[Entry]:
    """The functions that carry out one rule; none for an ID the portal does not know."""
    return [entry for entry in entries() if rule in entry.rules]


def without_citation() -> list[str]:
    """Public functions of the rooms' rules that cite nothing: "module.function"."""
    names = []
    for module in load():
        for name, function in vars(module).items():
            own = isinstance(function, FunctionType) and function.__module__ == module.__name__
            if own and not name.startswith("_") and f"{module.__name__}.{name}" not in REGISTER:
                names.append(f"{module.__name__}.{name}")
    return names


def _modules(name: str) -> Iterator[ModuleType]:
    """The module `name` and, when it is a package, those inside; none when there is no such module."""
    if find_spec(name) is None:
        return
    module = import_module(name)
    yield module
    for inside in pkgutil.iter_modules(getattr(module, "__path__", [])):
        yield from _modules(f"{name}.{inside.name}")


def _in_order(rule: str) -> tuple[str, int, str]:
    """T2 before T10, CON before FEE."""
    letters, digits = re.sub(r"\d", "", rule), re.sub(r"\D", "", rule)
    return letters, int(digits or 0), rule


def _entry(cited: Cited) -> Entry:
    paragraphs = re.split(r"\n\s*\n", inspect.getdoc(cited.function) or "")
    story = [part for part in paragraphs[1:] if not part.startswith("Examples:")]
    examples = [part for part in paragraphs if part.startswith("Examples:")]
    return Entry(
        rules=cited.rules,
        words=cited.words,
        summary=" ".join(paragraphs[0].split()),
        story=tuple(" ".join(part.split()) for part in story),
        examples=tuple(_example(line) for part in examples for line in part.splitlines()[1:]),
        articles=cited.articles,
        parameters=tuple(dict.fromkeys(parameter for rule in cited.rules for parameter in quoted_by(rule))),
        module=cited.module,
        name=cited.name,
    )


def _example(line: str) -> Example:
    given, _arrow, expected = line.strip().partition(" -> ")
    return Example(given, expected)
