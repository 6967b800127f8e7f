"""Many at once: threads with their own database connection, let go together."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 30  # seconds after which a race that hangs has failed


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `count` threads got from `act(number)`, in their order; an exception stands for itself."""
    gate, got = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        try:
            gate.wait(timeout=PATIENCE)
            got[number] = act(number)
        except BaseException as fault:  # noqa: BLE001  the test looks at it
            got[number] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE)
    return got


class Crowd:
    """A place where threads wait for each other, so that a missing lock lets them through together.

    With the lock only one comes at a time, nobody joins it, and it goes on alone after a moment.
    """

    def __init__(self, size: int, patience: float = 0.4) -> None:
        self._barrier, self._patience = threading.Barrier(size), patience
        self.together = 0

    def wait(self) -> None:
        try:
            self._barrier.wait(timeout=self._patience)
        except threading.BrokenBarrierError:
            return
        self.together += 1
