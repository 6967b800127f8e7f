"""Ringing the workers after a commit: the row is the task, the broker is only the bell."""

import logging
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

from django.core.cache import cache
from django.db import transaction

log = logging.getLogger(__name__)
FIRST, LAST = 0, 9  # of a queue of the broker
OWN_MARK = 0.9  # seconds; less than the mark stands in the cache
_rung: dict[str, float] = {}


def ring_after_commit(task: Any, *args: Any, queue: str | None = None, patient: bool = False) -> None:
    """Ask a worker for `task(*args)` once the transaction holds; a broker that is down is only logged.

    patient: let others of the same queue go first. The sweep of the rows (every 30 seconds) finds whatever
    the bell missed.
    """
    transaction.on_commit(partial(_ring, task, args, queue, 0, LAST if patient else FIRST))


def ring_once_a_second(task: Any, name: str) -> None:
    """The same for many rows at once: at most one bell a second, answered after that second.

    The bell is answered no sooner than its mark expires, so a row committed while the mark stood is
    still found by the answer to it.
    """
    transaction.on_commit(partial(_ring_coalesced, task, name))


def _ring_coalesced(task: Any, name: str) -> None:
    now = monotonic()
    if now < _rung.get(name, 0):
        return  # this process put the mark that still stands; its answer comes after the mark
    if _quietly(lambda: cache.add(f"bell:{name}", 1, timeout=1), default=True):
        _rung[name] = now + OWN_MARK
        _ring(task, (), None, 1)


def _ring(task: Any, args: tuple[Any, ...], queue: str | None, countdown: int, priority: int = FIRST) -> None:
    _quietly(
        lambda: task.apply_async(args=args, queue=queue, countdown=countdown, priority=priority, retry=False),
        default=None,
    )


def _quietly(act: Callable[[], Any], default: Any) -> Any:
    try:
        return act()
    except Exception as error:  # noqa: BLE001  whatever the broker's client raises, the row is already safe
        log.warning("the bell could not be rung: %s", error.__class__.__name__)
        return default
