"""Who somebody says he is, and which passwords say only that."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.calendar import add_working_days
from upt_portal.kernel.cnp import birth_date_of, check_cnp
from upt_portal.kernel.sources import DERIVED, PAGE_GUIDE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

_GUIDE = Article(PAGE_GUIDE, "§ 2")
_SHORTEST_PASSPORT, _LONGEST_PASSPORT = 5, 15


@cites(
    _GUIDE,
    rule="REC-012",
    words=_("Who activates an account types the birth date of the record; it must be the same day."),
)
def birth_date_on_record(recorded: date | None, cnp: str) -> date | None:
    """The day that the birth date typed must be: the recorded one, else the one the CNP says.

    Examples:
        nothing recorded, CNP 5050614352661 -> 14 June 2005
        15 June 2005 recorded, CNP 5050614352661 -> 15 June 2005
        nothing recorded, no CNP -> None: nobody is identified
    """
    if recorded is not None or not cnp:
        return recorded
    return birth_date_of(cnp)


@cites(
    _GUIDE,
    rule="REC-011",
    words=_("A person without a CNP is known by the number of the passport."),
)
def check_identity_number(text: str) -> Answer:
    """Whether `text` can be a CNP or, when it holds a letter or is short, the number of a passport."""
    bare = re.sub(r"[\s\-]", "", text)
    if not bare:
        return NO(_("Enter your CNP or the number of your passport"))
    if len(bare) >= 12 and bare.isascii() and bare.isdigit():  # a CNP, perhaps with a digit left out
        return check_cnp(bare)
    if not (_SHORTEST_PASSPORT <= len(bare) <= _LONGEST_PASSPORT and bare.isascii() and bare.isalnum()):
        return NO(_("Enter the 13 digits of the CNP, or letters and digits as on the passport"))
    return YES


@cites(
    _GUIDE,
    rule="REC-016",
    words=_("A password never is the birth date, the CNP or the number of the passport."),
)
def check_password(password: str, numbers: Collection[str], born: date | None) -> Answer:
    """Whether a password says more than who somebody is: no CNP, no passport, no birth date in any writing.

    numbers: the person's CNP and passport, empty ones left out of account. born: None when not recorded.

    Examples:
        "03-01-1981" for 3 January 1981 -> refused
        "1810103345216ab" for that CNP -> refused
    """
    bare = re.sub(r"[^0-9a-z]", "", password.casefold())
    for number in numbers:
        if number and number.casefold() in bare:
            return NO(
                _("The password must not hold your CNP or passport number."), Article(DERIVED, "REC-016")
            )
    if born is not None:
        digits = re.sub(r"\D", "", password)
        letters = re.sub(r"[^a-z]", "", password.casefold())
        writings = {f"{born:%d%m%Y}", f"{born:%Y%m%d}", f"{born:%m%d%Y}"}
        if (
            any(one in digits for one in writings) and len(letters) < 8
        ):  # a phrase around a date is not the date
            return NO(_("The password must not be your birth date."), Article(DERIVED, "REC-016"))
    return YES


@cites(
    Article(DERIVED, "REC-003"),
    rule=("REC-003", "REC-016"),
    words=_("The secretariat decides about a declared address within the office's working days."),
)
def decision_due(submitted: date, days: int, closed: Collection[date]) -> date:
    """The last day to decide about an address declared on `submitted`: `days` working days later."""
    return add_working_days(submitted, days, closed)
