"""Catalogs: compiled without gettext, only when they changed, and never half."""

import gettext
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed

from upt_portal.embedded.catalogs import CatalogError, compile_catalogs

HEADER = r"""msgid ""
msgstr ""
"Language: ro\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n==1?0:(n==0||(n!=1&&n%100>=1&&n%100<=19)?1:2));\n"

"""
ENTRIES = """msgid "Sign"
msgstr "Semnează"

#, fuzzy, python-format
msgid "Withdraw"
msgstr "Renunță la %(what)s"

msgid "%(count)s row"
msgid_plural "%(count)s rows"
msgstr[0] "un rând"
msgstr[1] "%(count)s rânduri"
msgstr[2] "%(count)s de rânduri"
"""


def catalog(root: Path, text: str) -> Path:
    po = root / "room" / "locale" / "ro" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.write_text(text)
    return po


def test_it_says_in_romanian_what_the_catalog_says(tmp_path: Path) -> None:
    po = catalog(tmp_path, HEADER + ENTRIES)
    assert compile_catalogs(tmp_path) == [po]
    with po.with_suffix(".mo").open("rb") as compiled:
        words = gettext.GNUTranslations(compiled)
    assert words.gettext("Sign") == "Semnează"
    assert words.gettext("Withdraw") == "Withdraw"
    forms = [words.ngettext("%(count)s row", "%(count)s rows", count) for count in (1, 19, 20, 101)]
    assert forms == ["un rând", "%(count)s rânduri", "%(count)s de rânduri", "%(count)s rânduri"]
    assert sorted(path.name for path in po.parent.iterdir()) == ["django.mo", "django.po"]


def test_only_what_changed_is_compiled_again(tmp_path: Path) -> None:
    po = catalog(tmp_path, HEADER + ENTRIES)
    compile_catalogs(tmp_path)
    assert compile_catalogs(tmp_path) == []
    later = po.with_suffix(".mo").stat().st_mtime + 1
    os.utime(po, (later, later))
    assert compile_catalogs(tmp_path) == [po]


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ('mgsid "Sign"\nmsgstr "Semnează"\n', "misformatted keyword on 6"),
        ('#, python-format\nmsgid "%(count)s rows"\nmsgstr "%(numar)s"\n', "line 8: .*numar"),
        ('#, python-format\nmsgid "%s of %s"\nmsgstr "%s"\n', "line 8: .*placeholders"),
    ],
)
def test_a_broken_catalog_is_named_with_its_line(tmp_path: Path, broken: str, complaint: str) -> None:
    po = catalog(tmp_path, HEADER + broken)
    with pytest.raises(CatalogError, match=f"{po}.*{complaint}"):
        compile_catalogs(tmp_path)
    assert not po.with_suffix(".mo").exists()


def test_packages_catalogs_are_left_alone(tmp_path: Path) -> None:
    catalog(tmp_path / ".venv", HEADER + ENTRIES)
    assert compile_catalogs(tmp_path) == []


def test_a_process_that_read_the_catalogs_before_reads_the_compiled_ones(
    tmp_path: Path, settings: Any
) -> None:
    """`prepare` compiles at a first start and writes the demonstration's messages in the same process."""
    po = catalog(tmp_path, HEADER + ENTRIES.replace("Sign", "Words of no other catalog"))
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [po.parents[2]]
    fresh = translation_file_changed(sender=None, file_path=po.with_suffix(".mo"))
    with translation.override("ro"):
        before = translation.gettext("Words of no other catalog")
    call_command("compile_catalogs", stdout=StringIO())
    with translation.override("ro"):
        after = translation.gettext("Words of no other catalog")
    translation_file_changed(sender=None, file_path=po.with_suffix(".mo"))

    assert fresh
    assert (before, after) == ("Words of no other catalog", "Semnează")
