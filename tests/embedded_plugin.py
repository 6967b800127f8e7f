"""Pytest plugin: one database server and one broker for all test processes, made for the run and thrown away.

A DATABASE_URL or REDIS_URL in the environment is used instead of the one or the other.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from upt_portal.embedded.catalogs import compile_catalogs
from upt_portal.embedded.postgres import Postgres
from upt_portal.embedded.processes import started_at
from upt_portal.embedded.surroundings import ROOT, Servers

_PREFIX = "portal-test-servers-"


@pytest.hookimpl(tryfirst=True)  # before pytest-django reads the settings
def pytest_load_initial_conftests() -> None:
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["REDIS_URL"] = own_database(os.environ["REDIS_URL"], worker)
    else:
        compile_catalogs(ROOT)
        start_servers()


def own_database(url: str, worker: str) -> str:
    """The broker's address for one of several test processes: gw0 takes database 1, gw1 takes 2, ..."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{int(worker.removeprefix('gw')) + 1}"))


def start_servers() -> None:
    """Start what the environment does not give, name it there, stop it when this process ends."""
    remove_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    servers = Servers(folder, os.environ, durable=False)
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:  # a forked child runs the exit handlers of its parent too
            servers.stop()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    os.environ |= servers.start()


def remove_abandoned(parent: Path) -> list[Path]:
    """Remove the folders of test runs that were killed; those removed."""
    folders = parent.glob(f"{_PREFIX}*-*")
    abandoned = [path for path in folders if started_at(int(path.name.split("-")[3])) is None]
    for path in abandoned:
        Postgres(path / "postgres").stop()  # its socket stands elsewhere
        shutil.rmtree(path, ignore_errors=True)
    return abandoned
