"""WeasyPrint's system libraries (Pango and what it needs), which no Python package brings along."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

LIBRARIES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
_FOLDER = Path(sys.prefix, "pango")  # beside the packages: part of the installation, not of the data
# Without a single font Pango crashes; a system without Pango may have none.
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/cache</cachedir>
</fontconfig>
"""


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The variables under which a process finds the libraries that were unpacked without root; often none."""
    if not _FOLDER.exists():
        return {}
    libraries = ":".join(filter(None, [*map(str, _library_folders()), given.get("LD_LIBRARY_PATH", "")]))
    return {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_FILE": str(_FOLDER / "fonts.conf")}


def ensure() -> str:
    """Make the libraries available if they are not; "" when they are, else the sentence that tells the cure.

    In turn: present already; installed by root or password-free sudo; unpacked beside the packages.
    """
    if _loads() or (_install() and _loads()) or (_unpack() and _loads()):
        return ""
    return (
        "The PDF papers are off: the library Pango is missing. An administrator can install it with: "
        f"apt-get install -y --no-install-recommends {' '.join(LIBRARIES)}"
    )


def _loads() -> bool:
    """Whether a new process can import WeasyPrint (this one has fixed its library path when it started)."""
    with_libraries = {**os.environ, **environment(os.environ)}
    return _runs([sys.executable, "-c", "import weasyprint"], with_libraries)


def _install() -> bool:
    if os.geteuid() == 0:
        become = []
    elif shutil.which("sudo") and _runs(["sudo", "-n", "true"]):
        become = ["sudo", "-n"]
    else:
        return False
    quiet = [
        *become,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-q",
        "-o",
        "DPkg::Lock::Timeout=120",
    ]
    install = [*quiet, "install", "-y", "--no-install-recommends", *LIBRARIES]
    # The package lists of a fresh image are empty, and old ones name versions that are gone.
    return _runs(install) or (_runs([*quiet, "update"]) and _runs(install))


def _unpack() -> bool:
    """Debian's packages unpacked into a folder of ours; needs package lists, not root."""
    names = _missing_packages()
    if not names:
        return False
    with tempfile.TemporaryDirectory() as downloads:
        if not _runs(["apt-get", "download", "-q", *names], folder=Path(downloads)):
            return False
        draft = _FOLDER.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        if not all(
            _runs(["dpkg", "-x", str(package), str(draft)]) for package in Path(downloads).glob("*.deb")
        ):
            return False
    (draft / "fonts.conf").write_text(_FONTS.format(folder=escape(str(_FOLDER))))
    shutil.rmtree(_FOLDER, ignore_errors=True)
    draft.rename(_FOLDER)
    return True


def _missing_packages() -> list[str]:
    """The libraries and all they need that is not installed, by the names of this release."""
    options = ["--recurse", "--important"]  # Depends and Pre-Depends only
    needs = needed(_output(["apt-cache", "depends", *options, *LIBRARIES]))
    states = _output(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"]).splitlines()
    missing, asked = set[str](), list(LIBRARIES)
    while asked:
        name = asked.pop()
        if name in needs and name not in missing and f"{name} installed" not in states:
            missing.add(name)
            asked += needs[name]
    return sorted(missing)


def needed(depends: str) -> dict[str, list[str]]:
    """What each package needs, by `apt-cache depends`: of alternatives ("|") the first, as apt does."""
    needs: dict[str, list[str]] = {}
    name, chosen = "", False
    for line in depends.splitlines():
        if re.match(r"[a-z0-9]", line):
            name = line
            needs[name] = []
        elif found := re.fullmatch(r" ([ |])(?:Pre)?Depends: (\S+)", line):
            if not chosen and not found[2].startswith("<"):  # <virtual>: some package present provides it
                needs[name].append(found[2])
            chosen = found[1] == "|"
    return needs


def _library_folders() -> list[Path]:
    return sorted(
        {path.parent for path in _FOLDER.glob("usr/lib/*/*.so.*")}
        | {path.parent for path in _FOLDER.glob("lib/*/*.so.*")}
    )


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""


def _runs(
    command: list[str], environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> bool:
    try:
        return (
            subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=False).returncode
            == 0
        )
    except FileNotFoundError:
        return False


def main(arguments: list[str]) -> int:
    """Without arguments: ensure the libraries. With some: become Python with them, able to find Pango."""
    if arguments:
        os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, **environment(os.environ)})  # noqa: S606
    sentence = ensure()
    if sentence:
        sys.stderr.write(sentence + "\n")
    return 1 if sentence else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
