"""The pytest plugin: a broker's database for each test process, and no folders left by killed runs."""

import os
from pathlib import Path

import pytest

from tests.embedded_plugin import own_database, remove_abandoned
from upt_portal.embedded.postgres import Postgres


@pytest.mark.parametrize(("worker", "number"), [("gw0", 1), ("gw1", 2), ("gw11", 12)])
def test_each_process_has_its_own_database(worker: str, number: int) -> None:
    assert (
        own_database("redis://:secret@127.0.0.1:7001/0", worker) == f"redis://:secret@127.0.0.1:7001/{number}"
    )


def test_folders_of_killed_runs_are_removed_those_of_living_ones_stay(tmp_path: Path) -> None:
    killed, living = (
        tmp_path / "portal-test-servers-4194305-x",
        tmp_path / f"portal-test-servers-{os.getpid()}-y",
    )
    for folder in (killed, living):
        folder.mkdir()
    socket_folder = Postgres(killed / "postgres").sockets
    socket_folder.mkdir()
    assert remove_abandoned(tmp_path) == [killed]
    assert not socket_folder.exists()
    assert list(tmp_path.iterdir()) == [living]
