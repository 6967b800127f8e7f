"""The rulebook of admissions as a whole: cited, said in words, spoken in Romanian, every example tested."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from babel.messages.pofile import read_po

from admissions import rules
from upt_portal.kernel.sources import REGISTER

ROOM = Path(rules.__file__).parents[1]
MODULES = [import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)]
HERE = Path(__file__).parent


def test_every_module_is_named_in_the_docstring_of_the_package() -> None:
    named = set(re.findall(r"^(\w+)\.py ", rules.__doc__ or "", re.MULTILINE))
    assert named == {module.__name__.rpartition(".")[2] for module in MODULES}


def test_every_public_function_cites_a_rule_of_the_catalogue_and_says_it() -> None:
    for module in MODULES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            cited = REGISTER[f"{module.__name__}.{name}"]
            assert all(re.fullmatch(r"ADM-\d{3}", rule) for rule in cited.rules), name
            assert str(cited.words).endswith("."), name
            assert inspect.getdoc(function), name


def test_every_cited_rule_has_a_test_of_its_name() -> None:
    cited = {
        rule for key, entry in REGISTER.items() if key.startswith("admissions.rules.") for rule in entry.rules
    }
    written = "\n".join(path.read_text().lower() for path in HERE.glob("test_*.py"))
    assert {rule for rule in cited if rule.lower().replace("-", "_") not in written} == set()


def test_every_worked_example_is_tested() -> None:
    written = "\n".join(path.read_text() for path in HERE.glob("test_*.py") if path != Path(__file__))
    found = {int(number) for number in re.findall(r"ex[-_](\d\d)\b", written.lower().replace("_", "-"))}
    assert set(range(1, 79)) - found == set()


def test_every_sentence_has_its_romanian() -> None:
    with (ROOM / "locale/ro/LC_MESSAGES/django.po").open("rb") as stream:
        catalog = read_po(stream)
    spoken = {
        (message.id if isinstance(message.id, str) else message.id[0])
        for message in catalog
        if message.id and message.string and all(message.string) and not message.fuzzy
    }
    said = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "ngettext_lazy"}:
                assert isinstance(node.args[0], ast.Constant)
                said.add(node.args[0].value)
    assert said - spoken == set()


def test_the_rules_need_no_tables() -> None:
    code = (
        "import sys, pkgutil, importlib, admissions.rules as r;"
        "[importlib.import_module(f'admissions.rules.{m.name}') for m in pkgutil.iter_modules(r.__path__)];"
        "sys.exit(any(name.startswith(('django.db', 'django.apps.registry')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOM.parent, check=False).returncode == 0
