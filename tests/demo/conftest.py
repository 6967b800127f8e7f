"""One small demonstration for all tests of this folder; each test's own changes are taken back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test.utils import override_settings

from upt_portal.demo import build
from upt_portal.kernel import clock

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SMALL = 60


@pytest.fixture(scope="package")
def _demonstration(
    django_db_setup: None, django_db_blocker: pytest.FixtureDef, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("run")
    with django_db_blocker.unblock(), override_settings(RUN_DIR=folder), transaction.atomic():
        with clock.shifted(NOW):
            yield build.build(SMALL, now=NOW, tell=lambda words: None)
        transaction.set_rollback(True)


@pytest.fixture
def demonstration(_demonstration: int) -> Iterator[int]:
    """The demonstration as it stands at NOW; the number of its enrolments.

    Tests carry the mark `django_db` too: it makes the test database, and takes back what a test changed.
    """
    with clock.shifted(NOW):
        yield _demonstration
