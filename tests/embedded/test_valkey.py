"""The embedded broker: own port, own password, jobs that survive a kill."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from upt_portal.embedded.ports import listen
from upt_portal.embedded.valkey import Valkey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / 'a "folder"'


@pytest.fixture
def server(folder: Path) -> Iterator[Valkey]:
    server = Valkey(folder)
    server.start()
    yield server
    server.stop()


def test_jobs_wait_on_disk_through_a_kill(server: Valkey, folder: Path) -> None:
    with redis.Redis.from_url(server.url()) as client:
        client.rpush("papers", "annex 1", "annex 2")
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()

    again = Valkey(folder, preferred_port=server.port)
    try:
        again.start()
        assert again.port == server.port
        with redis.Redis.from_url(again.url(), decode_responses=True) as client:
            assert client.lrange("papers", 0, -1) == ["annex 1", "annex 2"]
    finally:
        again.stop()


def test_nobody_enters_without_the_password(server: Valkey) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as stranger:
        stranger.sendall(b"PING\r\n")
        assert stranger.recv(256).startswith(b"-NOAUTH")
    assert (server.folder / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_test_processes_do_not_see_each_others_keys(server: Valkey) -> None:
    with redis.Redis.from_url(server.url(1)) as first, redis.Redis.from_url(server.url(2)) as second:
        first.set("seen", 1)
        assert second.get("seen") is None


def test_a_busy_port_is_left_to_its_owner(folder: Path) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        server = Valkey(folder, durable=False, preferred_port=port)
        try:
            server.start()
            assert server.port != port
        finally:
            server.stop()
