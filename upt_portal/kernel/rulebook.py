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

from django.apps import AppConfig, apps

from upt_portal.kernel.params import Parameter, quoted_by
from upt_portal.kernel.sources import REGISTER, Article, Cited
from upt_portal.kernel.words import Sentence

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
    """The rules of one room: (rule ID, the functions that carry it out) in the order of their IDs."""

    title: Sentence
    rules: tuple[tuple[str, tuple[Entry, ...]], ...]


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
    """The rulebook by rooms, the shared conventions first."""
    by_room: dict[AppConfig | None, list[Entry]] = {}
    for entry in entries():
        by_room.setdefault(_room_of(entry.module), []).append(entry)
    rooms = [room for room in apps.get_app_configs() if room in by_room]
    return [Chapter(room.verbose_name, tuple(_by_rule(by_room[room]))) for room in rooms]


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


def _room_of(module: str) -> AppConfig | None:
    return apps.get_containing_app_config(module)


def _by_rule(entries: list[Entry]) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    rules = sorted({rule for entry in entries for rule in entry.rules}, key=_in_order)
    for rule in rules:
        yield rule, tuple(entry for entry in entries if rule in entry.rules)


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
    given, _, expected = line.strip().partition(" -> ")
    return Example(given, expected)
