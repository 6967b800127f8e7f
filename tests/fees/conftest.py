"""Fixtures of the fees room."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from studentrecords.models import Enrolment
from tests import factories
from tests.fees.cards_kit import Cardholder
from tests.fees.sandbox_kit import KEY, SECRET, Receiver, Running


@pytest.fixture
def english() -> Iterator[None]:
    """Sentences are read in English, as the code writes them."""
    with translation.override("en"):
        yield


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox(tmp_path: Path, receiver: Receiver) -> Iterator[Running]:
    running = Running(tmp_path / "sandbox", receiver.address)
    yield running
    running.stop()


@pytest.fixture
def provider(sandbox: Running, settings: Any) -> Running:
    """The sandbox as the portal's card provider; its events are held, tests hand them over themselves."""
    settings.STRIPE_API_KEY, settings.STRIPE_API_BASE = KEY, sandbox.base
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    sandbox.control("hold")
    return sandbox


@pytest.fixture
def account(db: None) -> Enrolment:
    """A student's account in the year that runs."""
    factories.academic_year()
    return factories.enrolment()


@pytest.fixture
def cardholder(account: Enrolment, provider: Running) -> Cardholder:
    """The student of `account` with cards in hand."""
    return Cardholder(account, provider)
