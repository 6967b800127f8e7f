"""Fixtures of the fees room."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fees.sandbox_kit import Receiver, Running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox(tmp_path: Path, receiver: Receiver) -> Iterator[Running]:
    running = Running(tmp_path / "sandbox", receiver.address)
    yield running
    running.stop()
