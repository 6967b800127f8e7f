"""Two people at the same moment: threads with their own connections, stopped together at one place."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

MEET = 1.5  # seconds one waits for the other; with a lock in force the other never comes


class Gate:
    """A place in the code where both must have arrived before either goes on; counts who came through.

    With the lock in force the second one cannot arrive, so the first goes on alone after `MEET` seconds.
    """

    def __init__(self, parties: int = 2) -> None:
        self._barrier = threading.Barrier(parties)
        self.passed = 0
        self._count = threading.Lock()

    def __call__(self) -> None:
        with self._count:
            self.passed += 1
        try:
            self._barrier.wait(MEET)
        except threading.BrokenBarrierError:
            return

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, entered through the gate."""

        def gated(*args: Any, **kwargs: Any) -> Any:
            self()
            return function(*args, **kwargs)

        return gated


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do the acts at the same time; what each gave, or the exception it raised, in their order."""
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            outcomes[place] = act()
        except Exception as error:  # noqa: BLE001  the outcome of a race may be any refusal
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
