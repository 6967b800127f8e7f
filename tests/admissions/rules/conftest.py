"""What the tests of the rulebook share."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture
def english() -> Iterator[None]:
    """Sentences are read in English, as the code writes them."""
    with translation.override("en"):
        yield
