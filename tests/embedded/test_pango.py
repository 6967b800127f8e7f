"""The papers' libraries: which packages are asked for, and what a process is told."""

from pathlib import Path

import pytest

from upt_portal.embedded import pango

DEPENDS = """libpango-1.0-0
  Depends: fontconfig
  Depends: libc6
fontconfig
 |Depends: debconf
  Depends: <debconf-2.0>
    cdebconf
    debconf
 |Depends: fonts-dejavu-core
 |Depends: fonts-liberation
  Depends: fonts-texgyre
  PreDepends: dpkg
<debconf-2.0>
"""


def test_of_alternatives_the_first_is_taken() -> None:
    assert pango.needed(DEPENDS) == {
        "libpango-1.0-0": ["fontconfig", "libc6"],
        "fontconfig": ["debconf", "fonts-dejavu-core", "dpkg"],
    }


def test_a_process_is_told_nothing_unless_libraries_were_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pango"
    monkeypatch.setattr(pango, "_FOLDER", folder)
    assert pango.environment({"LD_LIBRARY_PATH": "/opt/lib"}) == {}
    library = folder / "usr" / "lib" / "x86_64-linux-gnu" / "libpango-1.0.so.0"
    library.parent.mkdir(parents=True)
    library.touch()
    assert pango.environment({"LD_LIBRARY_PATH": "/opt/lib"}) == {
        "LD_LIBRARY_PATH": f"{library.parent}:/opt/lib",
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
    }
