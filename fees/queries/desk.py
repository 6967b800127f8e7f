"""The finance desk: which pages it has for whom, what waits behind each, and what its search finds.

A subject registers its own page and its own search in its module of `fees.queries`; `apps` reads them all:

    desk.register_page(DeskPage("fees:matching", _("Matching queue"), Group.PAYMENTS, waiting=unmatched))
    desk.register_search(_("Refunds"), found_refunds)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Value
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.accounts.permissions import has_role
from upt_portal.kernel.page import NavEntry, NavGroup

#: Who works with everybody's money.
FINANCE_ROLES = frozenset({roles.FINANCE, roles.ADMINISTRATOR})
#: The faculties' offices and the School Management Center come in where a page says so.
FACULTY_ROLES = roles.FACULTY_ROLES
DESK_ROLES = FINANCE_ROLES | FACULTY_ROLES | {roles.SCHOOL_MANAGEMENT}

HOME = "fees:desk"
A_SEARCH = 20  # hits of one kind that a search shows


class Group(Enum):
    """The headings of the menu, in their order."""

    ACCOUNTS = _("Accounts")
    PAYMENTS = _("Payments")
    DEBTS = _("Debts")
    REFUNDS = _("Refunds")
    PRICES = _("Prices and charges")
    BOOKS = _("Books")


@dataclass(frozen=True)
class DeskPage:
    """A page of the desk, reached without arguments.

    name: of its address; query: what follows the "?" there. waiting: what of its work waits for this user, as
    rows to be counted; all counters together are one query. place: inside its group, smaller first.
    below: names of further addresses that belong to it, so that the menu marks it there too.
    """

    name: str
    label: Promise | str
    group: Group
    waiting: Callable[[User], QuerySet[Any]] | None = None
    roles: frozenset[str] = FINANCE_ROLES
    query: str = ""
    place: int = 50
    below: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.name) + (f"?{self.query}" if self.query else "")

    def is_at(self, view: str) -> bool:
        """Whether the menu marks it on the page of this name."""
        return not self.query and view in (self.name, *self.below)


@dataclass(frozen=True)
class Hit:
    """Something found: what it is, what tells it from others, where it is seen."""

    label: str
    detail: str
    url: str


@dataclass(frozen=True)
class AccountAct:
    """Something staff may do with an account: a page whose address takes the enrolment alone."""

    name: str
    label: Promise | str
    roles: frozenset[str] = FINANCE_ROLES
    place: int = 50


#: Words typed and who asks, to hits; at most `A_SEARCH` of them.
Find = Callable[[str, User], Sequence[Hit]]

_PAGES: dict[str, DeskPage] = {}
_SEARCHES: dict[str, tuple[Promise | str, Find]] = {}
_ACTS: dict[str, AccountAct] = {}


def register_page(page: DeskPage) -> None:
    """Have a page stand in the menu of the desk; a page of the same address and query takes its place."""
    _PAGES[f"{page.name}?{page.query}"] = page


def register_account_act(act: AccountAct) -> None:
    """Have an act stand beside the account of a student, for those who may do it."""
    _ACTS[act.name] = act


def account_acts(user: User, enrolment: int) -> list[NavEntry]:
    """What a member of staff may do with this account."""
    acts = sorted(_ACTS.values(), key=lambda act: (act.place, act.name))
    return [
        NavEntry(str(act.label), reverse(act.name, args=[enrolment]))
        for act in acts
        if has_role(user, *act.roles)
    ]


def register_search(title: Promise | str, find: Find) -> None:
    """Have the search of the desk look through one more kind of thing.

    find: gives what this user may see, and nothing else.
    """
    _SEARCHES[f"{find.__module__}.{find.__qualname__}"] = (title, find)


def pages_of(user: User) -> list[DeskPage]:
    """The pages a user may open, in the order of the menu."""
    order = list(Group)
    own = [page for page in _PAGES.values() if has_role(user, *page.roles)]
    return sorted(own, key=lambda page: (order.index(page.group), page.place, page.name))


def counts_of(user: User, pages: Sequence[DeskPage]) -> dict[DeskPage, int]:
    """How much waits behind each page that counts anything; one query for all of them."""
    counted = [page for page in pages if page.waiting is not None]
    asked = [
        page.waiting(user)
        .order_by()
        .annotate(desk_place=Value(place, IntegerField()))
        .values("desk_place")
        .annotate(desk_count=Count("pk"))
        .values_list("desk_place", "desk_count")
        for place, page in enumerate(counted)
        if page.waiting is not None
    ]
    if not asked:
        return {}
    found = dict(asked[0].union(*asked[1:], all=True)) if len(asked) > 1 else dict(asked[0])
    return {page: found.get(place, 0) for place, page in enumerate(counted)}


def menu_of(user: User, view: str = "") -> list[NavGroup]:
    """The menu of the desk with what waits; view: name of the page it is drawn on. One query."""
    pages = pages_of(user)
    counts = counts_of(user, pages)
    return [
        NavGroup(
            str(group.value),
            [
                NavEntry(str(page.label), page.url, current=page.is_at(view), count=counts.get(page, 0))
                for page in pages
                if page.group == group
            ],
        )
        for group in dict.fromkeys(page.group for page in pages)
    ]


@dataclass(frozen=True)
class Found:
    """The hits of one kind. more: there are others beyond those shown."""

    title: str
    hits: Sequence[Hit]
    more: bool


def search(words: str, user: User) -> list[Found]:
    """What the desk knows by these words, kind by kind; kinds without a hit are left out."""
    if not words.strip():
        return []
    found = ((str(title), list(find(words.strip(), user))) for title, find in _SEARCHES.values())
    return [Found(title, hits[:A_SEARCH], len(hits) >= A_SEARCH) for title, hits in found if hits]
