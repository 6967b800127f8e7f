"""What is written about the environment is what the code reads: `.env.example` and the containers' file."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from upt_portal.embedded.surroundings import ROOT, Servers

# Read by gunicorn itself, by the script and by the runner; the last one only by the containers' file.
OUTSIDE_SETTINGS = {"PORT", "WEB_CONCURRENCY", "PAPER_WORKERS", "DATABASE_PASSWORD"}
# Set by the runner and the containers for one kind of worker: nobody's choice.
INTERNAL = {"PORTAL_PAPERS"}


def documented() -> list[str]:
    return re.findall(r"^#([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_every_variable_is_documented_once_and_read_somewhere() -> None:
    read = set(re.findall(r'env\.?\w*\(\s*"([A-Z0-9_]+)"', (ROOT / "upt_portal" / "settings.py").read_text()))
    assert sorted(documented()) == sorted(read | OUTSIDE_SETTINGS)


def test_every_documented_variable_has_its_line() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if line[:1] == "#" and line[1:2].isupper() and not before.startswith("# ")
    ]
    assert bare == []


def test_the_containers_use_documented_variables_only(compose: dict[str, Any]) -> None:
    ours = [service for service in compose.values() if service.get("build")]
    assert len(ours) == 5
    used = {name for service in ours for name in service["environment"]}
    asked = set(re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert (used | asked) - INTERNAL <= set(documented())


def test_every_queue_has_a_worker(compose: dict[str, Any]) -> None:
    commands = " ".join(str(service.get("command")) for service in compose.values())
    assert set(re.findall(r"--queues=([\w,]+)", commands)) == {"default,bulk", "papers"}


def test_every_lasting_server_says_whether_it_is_well(compose: dict[str, Any]) -> None:
    lasting = {name for name, service in compose.items() if service.get("restart") == "unless-stopped"}
    assert lasting - {name for name, service in compose.items() if service.get("healthcheck")} == {"beat"}


def test_what_waits_for_another_waits_for_one_that_exists(compose: dict[str, Any]) -> None:
    awaited = {other for service in compose.values() for other in service.get("depends_on", {})}
    assert awaited <= set(compose)


def test_servers_given_by_environment_are_not_started(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://real/portal", "REDIS_URL": "redis://real/0"}
    servers = Servers(tmp_path, given)
    assert servers.start() == {}
    assert servers.processes() == {}
    assert list(tmp_path.iterdir()) == []
