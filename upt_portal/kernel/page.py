"""Plain values that pages hand to the components: menus, stages, rows, help box.

No markup and no Django here, so that queries and views of any room may build them.
Every text is shown escaped; addresses are paths of the portal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Progress = Literal["done", "now", "later"]


@dataclass(frozen=True)
class NavEntry:
    """One entry of the menu or of the dock.

    icon: name of a drawing in `kernel.icons`, needed in the dock only.
    count: things waiting behind the entry; 0 shows nothing.
    """

    label: str
    url: str
    current: bool = False
    count: int = 0
    icon: str = ""


@dataclass(frozen=True)
class NavGroup:
    """Entries of the staff side menu under one heading."""

    title: str
    entries: Sequence[NavEntry]


@dataclass(frozen=True)
class HelpBox:
    """Whom to ask. `hours` in words ("Monday to Friday, 10:00–14:00"); `reference` is the reader's dossier.

    note: one more line, of a campaign for example.
    """

    office: str
    hours: str = ""
    phone: str = ""
    mail: str = ""
    reference: str = ""
    note: str = ""


@dataclass(frozen=True)
class Crumb:
    """One part of the path to the page; the last one has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class Stage:
    """One stop of the stage line: `when` in words, `who` acts ("you", "the secretariat").

    number: what the disc shows where a reader skips some stages; 0 counts the stops.
    """

    label: str
    state: Progress
    when: str = ""
    who: str = ""
    number: int = 0


@dataclass(frozen=True)
class TimelineItem:
    """One event of a timeline; `detail` in words, `article` linked when it has an address."""

    title: str
    state: Progress = "done"
    detail: str = ""
    article: str = ""
    article_url: str = ""


@dataclass(frozen=True)
class Tab:
    """A page beside this one. Without an address it is closed, and `opens` says when it opens."""

    label: str
    url: str = ""
    current: bool = False
    count: int = 0
    opens: str = ""


@dataclass(frozen=True)
class Pill:
    """A saved filter; `count` None shows no number."""

    label: str
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class LockedRow:
    """A discipline that stays ticked. `amount`: sum to pay, two decimals; `credits`: ECTS."""

    name: str
    credits: int
    amount: Decimal = Decimal("0.00")
    currency: str = "RON"
    number: str = ""
    detail: str = ""
    kind: str = ""
    route: str = ""


@dataclass(frozen=True)
class Figure:
    """A named figure of the totals bar; `on_phone` False leaves it to the wide page."""

    label: str
    value: str
    note: str = ""
    on_phone: bool = True


@dataclass(frozen=True)
class PageThumb:
    """One page of a scan: `src` its picture; `state` "ok", "missing" or "bad"; `url` where it is mended."""

    number: int
    src: str = ""
    state: Literal["ok", "missing", "bad"] = "ok"
    url: str = ""


@dataclass(frozen=True)
class Task:
    """Something on the student's home, from any room: what, when, where.

    group: "now" to do, "waiting" on us, "later", "done". late: returned or past its term; `why` is then told
    on top of the page. button: its words on the next-step card. state: code of `kernel.status`.
    """

    title: str
    group: Literal["now", "waiting", "later", "done"]
    url: str = ""
    hint: str = ""
    state: str = ""
    due: date | datetime | None = None
    button: str = ""
    late: str = ""
    why: str = ""


@dataclass(frozen=True)
class Attempt:
    """One sitting of an exam: what the disc shows and what is read out."""

    mark: str
    outcome: Literal["passed", "failed", "absent"]
    words: str


@dataclass(frozen=True)
class Mark:
    """Something found on a scan: its box in pixels of the picture, and its name."""

    x: int
    y: int
    width: int
    height: int
    label: str
