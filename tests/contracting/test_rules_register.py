"""The rulebook as a whole: every rule is cited, says itself in words, and speaks Romanian."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest
from babel.messages.pofile import read_po

from contracting import rules, workflow
from upt_portal.kernel.sources import REGISTER

ROOM = Path(rules.__file__).parents[1]
MODULES = [import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)]
FUNCTIONS = [
    pytest.param(function, id=f"{module.__name__.rpartition('.')[2]}.{name}")
    for module in MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
]

#: Rules of the catalogue that are decided here, on plain values.
DECIDED_HERE = {
    "CON-003", "CON-004", "CON-005", "CON-006", "CON-007", "CON-008", "CON-009", "CON-020", "CON-021",
    "CON-022", "CON-023", "CON-024", "CON-025", "CON-026", "CON-027", "CON-031", "CON-032", "CON-033",
    "CON-040", "CON-041", "CON-043", "CON-046", "CON-047", "CON-050", "CON-051", "CON-052", "CON-053",
    "CON-054", "CON-060", "CON-061", "CON-065", "CON-066", "CON-067", "CON-070", "CON-080", "CON-081",
    "CON-082", "CON-083", "CON-126", "CON-128", "CON-133", "CON-152",
}  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_public_function_cites_its_rule_and_says_it_in_words(function: FunctionType) -> None:
    cited = REGISTER[f"{function.__module__}.{function.__qualname__}"]
    assert all(re.fullmatch(r"(CON|FEE)-\d{3}", rule) for rule in cited.rules)
    assert all(article.place for article in cited.articles)
    assert str(cited.words).endswith(".")
    assert inspect.getdoc(function)


def test_the_rules_of_the_catalogue_that_live_here() -> None:
    here = {
        cited for key, entry in REGISTER.items() if key.startswith(rules.__name__) for cited in entry.rules
    }
    assert {rule for rule in here if rule.startswith("CON")} == DECIDED_HERE


@cache
def spoken() -> dict[str, str]:
    """Romanian of every sentence in the room's catalogue."""
    with (ROOM / "locale/ro/LC_MESSAGES/django.po").open("rb") as stream:
        return {str(message.id): str(message.string) for message in read_po(stream, locale="ro")}


def sentences(path: Path) -> list[str]:
    """What a module marks for translation."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return [
        ast.literal_eval(call.args[0])
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "_"
    ]


@pytest.mark.parametrize(
    "path",
    [Path(str(module.__file__)) for module in (*MODULES, workflow)],
    ids=lambda path: path.stem,
)
def test_every_sentence_has_its_romanian_with_the_same_blanks(path: Path) -> None:
    blanks = re.compile(r"%\(\w+\)s")
    for sentence in sentences(path):
        romanian = spoken()[sentence]
        assert romanian, sentence
        assert sorted(blanks.findall(romanian)) == sorted(blanks.findall(sentence))
        assert not set("şţŞŢ") & set(romanian), "ș and ț have a comma, not a cedilla"


def test_the_rules_work_where_the_framework_is_not_set_up() -> None:
    program = """
import sys
from datetime import datetime, timezone
from contracting.rules import campaign, documents, offer, selection, windows
answer = windows.may_validate(campaign.sample_windows(), datetime(2020, 11, 1, 22, tzinfo=timezone.utc))
print(answer.reason)
assert not any(name.startswith(("django.db", "django.apps.registry")) for name in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOM.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (
        ran.stdout.strip() == "The term of stage 1 ended on Sunday 1 November 2020, 23:59 (Romanian time)."
    ), ran.stderr
