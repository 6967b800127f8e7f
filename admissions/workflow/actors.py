"""The hands that make a move: roles of the portal, and the portal itself."""

from typing import Final

from upt_portal.accounts import roles

SYSTEM: Final = "system"
CANDIDATE: Final = frozenset({roles.CANDIDATE})
#: The head may do all that an officer does (actors table, §2).
DRI: Final = frozenset({roles.DRI_OFFICER, roles.DRI_HEAD})
HEAD: Final = frozenset({roles.DRI_HEAD})
FACULTY: Final = frozenset({roles.DEANERY})
BOARD: Final = frozenset({roles.BOARD_SECRETARY})
MONEY: Final = frozenset({roles.FINANCE})
SECRETARIAT: Final = roles.SECRETARIAT
ITSELF: Final = frozenset({SYSTEM})
