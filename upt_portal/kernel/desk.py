"""What waits for a member of staff: each room tells its queues, the administration shows them first."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from upt_portal.kernel.page import NavGroup

if TYPE_CHECKING:
    from upt_portal.accounts.models import User

Told = Callable[["User"], Sequence[NavGroup]]
_ROOMS: dict[str, Told] = {}


def register_queues(room: str, tell: Told) -> None:
    """Have `room` asked for its queues on every page of the administration; keep the answer to one query.

    tell: gives the groups of entries of a user, with counts; none for somebody without work there.
    """
    _ROOMS[room] = tell


def queues_of(user: "User") -> list[NavGroup]:
    """The queues of all rooms for one member of staff, in the order of their registration."""
    return [group for tell in _ROOMS.values() for group in tell(user)]
