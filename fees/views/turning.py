"""Turning the pages of an account without losing what else the address says; its years as saved filters."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from upt_portal.kernel.page import Pill


def keep(**values: object) -> str:
    """What else the address of the page says, before the number of the page turned to."""
    said = {name: value for name, value in values.items() if value not in ("", 1)}
    return f"{urlencode(said)}&" if said else ""


def year_pills(page: str, years: Sequence[str], year: str) -> list[Pill]:
    """The academic years of an account; none when there is only one. page: address without a query."""
    if len(years) < 2:
        return []
    every = Pill(_("All years"), page, current=not year)
    return [every, *(Pill(name, f"{page}?year={name}", current=name == year) for name in years)]
