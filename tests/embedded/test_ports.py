"""Ports: a busy one is passed over, and one that is held cannot be taken by a second checkout."""

import errno

import pytest

from upt_portal.embedded.ports import free_port, listen


def test_a_busy_port_passes_on_to_the_next() -> None:
    with listen(free_port()) as first:
        taken = first.getsockname()[1]
        with listen(taken) as second:
            assert second.getsockname()[1] > taken


def test_no_port_left_is_an_error() -> None:
    with listen(free_port()) as first, pytest.raises(OSError, match="no free port") as refused:
        listen(first.getsockname()[1], tries=1)
    assert refused.value.errno == errno.EADDRINUSE


def test_the_preferred_port_is_kept_while_it_is_free() -> None:
    with listen(free_port()) as first:
        port = first.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port
