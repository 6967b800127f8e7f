"""The run folder that a stopped portal left: the next one to be started need not make it all again."""

import shutil
from pathlib import Path

_left: list[Path] = []


def leave(folder: Path) -> None:
    """A portal of this process has stopped; its folder may be taken over."""
    _left.append(folder)


def take_over(wanted: Path) -> bool:
    """Move what was left last to the folder `wanted`; whether there was anything."""
    if _left:
        shutil.move(_left.pop(), wanted)
        return True
    return False
