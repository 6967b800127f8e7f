"""The embedded database: its rows survive a kill, its folder heals, it leaves nothing behind."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from upt_portal.embedded import processes
from upt_portal.embedded.postgres import Postgres
from upt_portal.embedded.processes import StartFailed
from upt_portal.embedded.surroundings import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a folder, with 'quotes'"


@pytest.fixture
def server(folder: Path) -> Iterator[Postgres]:
    server = Postgres(folder, durable=False)
    yield server
    server.stop()


def write(server: Postgres, text: str) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS word (text text)")
        connection.execute("INSERT INTO word VALUES (%s)", [text])


def words(server: Postgres) -> list[str]:
    with psycopg.connect(server.url()) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM word ORDER BY text")]


def test_rows_are_there_after_a_stop_and_after_a_kill(folder: Path) -> None:
    first, second = Postgres(folder), Postgres(folder)
    try:
        first.start()
        write(first, "Șerban")
        first.stop()
        first.start()
        write(first, "Țepeș")
        assert first.process is not None
        first.process.kill()
        second.start()
        assert words(second) == ["Șerban", "Țepeș"]
    finally:
        second.stop()
        first.stop()


def test_a_stop_leaves_no_process_and_no_socket(server: Postgres) -> None:
    server.start()
    assert server.sockets.stat().st_mode & 0o777 == 0o700
    server.stop()
    assert processes.working_in(server.data, "postgres") == []
    assert not server.sockets.exists()


def test_a_pid_file_that_names_another_program_is_no_obstacle(server: Postgres) -> None:
    server.start()
    server.stop()
    living_stranger = os.getpid()
    (server.data / "postmaster.pid").write_text(f"{living_stranger}\n{server.data}\n1\n5432\n/tmp\n\n1 1\n")
    server.start()
    write(server, "here")
    assert words(server) == ["here"]


def test_an_interrupted_first_start_is_begun_again(server: Postgres, folder: Path) -> None:
    half = folder / "data.new" / "base"
    half.mkdir(parents=True)
    server.start()
    write(server, "whole")
    assert words(server) == ["whole"]
    assert not (folder / "data.new").exists()


def test_data_of_another_version_is_refused_in_words(server: Postgres, folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(
        StartFailed, match=r"written by PostgreSQL 15, the portal runs 18: save it with pg_dump"
    ):
        server.start()


def test_a_start_that_fails_tells_the_servers_own_last_words(server: Postgres) -> None:
    server.start()
    server.stop()
    (server.data / "postgresql.conf").write_text("no_such_setting = on\n")
    with pytest.raises(StartFailed, match='unrecognized configuration parameter "no_such_setting"'):
        server.start()


def test_a_socket_path_stays_short_however_long_the_checkouts_path_is(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 100) / ("b" * 100)
    assert len(os.fsencode(Postgres(deep).sockets / ".s.PGSQL.5432")) <= 107


def test_it_ends_when_its_owner_is_killed(folder: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from upt_portal.embedded.postgres import Postgres\n"
        "server = Postgres(Path(sys.argv[1]), durable=False); server.start()\n"
        "print(server.process.pid, flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert owner.stdout is not None
    server = int(owner.stdout.readline())
    assert processes.started_at(server) is not None
    owner.kill()
    owner.communicate()
    assert processes.wait_until(lambda: processes.started_at(server) is None, seconds=20)
    Postgres(folder).stop()  # its sockets
