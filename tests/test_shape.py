"""The shape of the house: what no single test of a room would notice."""

import ast
import importlib
import inspect
import io
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import Field
from django.template import engines

from upt_portal.kernel.sources import REGISTER

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("studentrecords", "fees", "contracting", "admissions", "counseling")
SOURCES = ("upt_portal", *ROOMS, "tests")

#: A foreign key leads to the same level or a lower one; neighbours on one level do not know each other.
LEVELS = {
    "kernel": 0,
    "accounts": 1,
    "studentrecords": 2,
    "fees": 3,
    "contracting": 4,
    "admissions": 4,
    "counseling": 4,
    "demo": 5,
}


def local_apps() -> list[AppConfig]:
    """The apps that live in this repository."""
    inside = [ROOT / name for name in ("upt_portal", *ROOMS)]
    return [
        app for app in apps.get_app_configs() if any(Path(app.path).is_relative_to(where) for where in inside)
    ]


def python_files(*folders: str) -> Iterator[Path]:
    """Our Python files, migrations left out."""
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def template_folders() -> list[Path]:
    return [ROOT / "templates", *(Path(app.path) / "templates" for app in local_apps())]


def templates(*suffixes: str) -> list[tuple[str, Path]]:
    """Name and file of each of our templates."""
    return [
        (str(path.relative_to(folder)), path)
        for folder in template_folders()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in suffixes
    ]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def contracts() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


# ---- templates ---------------------------------------------------------------------------------------------


def test_every_template_compiles():
    found = templates(".html", ".txt", ".xml")
    assert found
    faults = []
    for name, _path in found:
        try:
            engines["django"].get_template(name)
        except Exception as fault:  # noqa: BLE001  every fault is listed, not only the first
            faults.append(f"{name}: {fault}")
    assert faults == []


#: What a Content-Security-Policy without `unsafe-inline` does not run or apply. A block of data (JSON) is no
#: script. Mails and papers are no pages: readers of mail know no stylesheet, WeasyPrint loads none.
INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=.application/(ld\+)?json)", re.I),
    "inline stylesheet": re.compile(r"<style\b", re.I),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "script in an attribute": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "script as an address": re.compile(r"(href|src|action)\s*=\s*[\"']\s*javascript:", re.I),
    "htmx script in an attribute": re.compile(r"\bhx-(on\b|vals=[\"']js:)", re.I),
}


def test_no_script_and_no_style_inside_a_page():
    pages = [
        (name, path) for name, path in templates(".html") if not {"mail", "papers"} & set(Path(name).parts)
    ]
    assert pages
    faults = [
        f"{name}: {what}"
        for name, path in pages
        for what, pattern in INLINE.items()
        if pattern.search(path.read_text())
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ("<script>alert(1)</script>", "inline script"),
        ("<style>p{}</style>", "inline stylesheet"),
        ('<p class="a" style="color:red">', "style attribute"),
        ('<a href="#" onclick="x()">', "script in an attribute"),
        ('<a href="javascript:x()">', "script as an address"),
        ('<b hx-on:click="x()">', "htmx script in an attribute"),
    ],
)
def test_the_search_for_inline_code_finds_it(markup: str, what: str):
    assert [name for name, pattern in INLINE.items() if pattern.search(markup)] == [what]
    assert not any(p.search('<script src="{% static "a.js" %}" defer></script>') for p in INLINE.values())


# ---- rooms -------------------------------------------------------------------------------------------------


def test_every_local_app_stands_under_the_import_contracts():
    parser = contracts()
    roots = parser["importlinter"]["root_packages"].split()
    rooms = parser["importlinter:contract:room"]["containers"].split()
    wiring = re.findall(r"\w+", parser["importlinter:contract:wiring"]["layers"])
    named = {*rooms, *(f"upt_portal.{name}" for name in wiring)} - {"upt_portal"}
    local = {app.name for app in local_apps()} - {"upt_portal.adminapp"}
    assert local - named - {"upt_portal"} == set()
    assert {name.split(".")[0] for name in local} <= set(roots)
    assert set(roots) == {"upt_portal", *ROOMS}


def test_the_import_contracts_hold():
    from importlinter.cli import lint_imports  # a tool of the check, not of the portal

    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0


def test_foreign_keys_point_downward():
    faults = []
    for app in local_apps():
        for model in app.get_models():
            for field in model._meta.get_fields():
                if not isinstance(field, Field) or field.remote_field is None:
                    continue
                faults += fault_of(model._meta.app_label, field)
    assert faults == []


def fault_of(label: str, field: Field) -> list[str]:
    """What is wrong with a relation that starts in the app `label`; nothing when it leads downward."""
    target = field.related_model._meta
    if target.label == settings.AUTH_USER_MODEL or target.app_label not in LEVELS:
        return []  # the user is Django's swappable model: the kernel names it by its setting
    mine, theirs = LEVELS[label], LEVELS[target.app_label]
    downward = theirs < mine or target.app_label == label
    return [] if downward else [f"{field.model.__name__}.{field.name} → {target.label}"]


def test_every_local_app_with_tables_has_a_level():
    assert {app.label for app in local_apps() if list(app.get_models())} <= set(LEVELS)


@pytest.mark.django_db
def test_no_migration_is_missing():
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, verbosity=1)
    except SystemExit:
        pytest.fail(f"a migration is missing: {said.getvalue()}")


# ---- code --------------------------------------------------------------------------------------------------

#: The UTC day is yesterday just after a Romanian midnight; the local day comes from kernel.clock.
NOT_THE_LOCAL_DAY = re.compile(r"now\(\)\s*\.date\(\)|\bdate\.today\(\)|datetime\.today\(\)|utcnow\(")


def test_the_day_is_the_local_day():
    own = Path(__file__)
    faults = [
        f"{relative(path)}:{line}"
        for path in python_files(*SOURCES)
        if path != own
        for line, text in enumerate(path.read_text().splitlines(), 1)
        if NOT_THE_LOCAL_DAY.search(text.split("#")[0]) and '"""' not in text and "`" not in text
    ]
    assert faults == []


def test_every_module_says_what_lives_there():
    faults = [
        relative(path)
        for path in python_files(*SOURCES)
        if (text := path.read_text()).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert faults == []


def rule_modules() -> list[str]:
    """Every module of rules: `rules.py`, or the modules of the package `rules`."""
    found = []
    for room in ROOMS:
        if not importlib.util.find_spec(f"{room}.rules"):
            continue
        module = importlib.import_module(f"{room}.rules")
        found.append(module.__name__)
        found += [
            f"{module.__name__}.{inner.name}"
            for inner in pkgutil.iter_modules(getattr(module, "__path__", []))
        ]
    return found


def test_every_rule_cites_its_article():
    found = []
    for name in rule_modules():
        module = importlib.import_module(name)
        found += [
            f"{name}.{function}"
            for function, what in inspect.getmembers(module, inspect.isfunction)
            if what.__module__ == name and not function.startswith("_")
        ]
    assert found
    assert [name for name in found if name not in REGISTER] == []


def test_the_pinned_packages_carry_hashes_and_no_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--index-url|--find-links", text), lock.name


def test_the_tools_know_every_room():
    checked = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]["run"]["source"]
    assert {room for room in ROOMS if (ROOT / room / "models.py").exists()} <= set(checked) | {"fees"}
