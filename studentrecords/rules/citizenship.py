"""Who may take a place: the citizenship category that each enrolment must say (REC-465)."""

from __future__ import annotations

from upt_portal.kernel.answers import NO, YES, Answer
from upt_portal.kernel.sources import CODE, Article, cites
from upt_portal.kernel.words import gettext_lazy as _

PLACES = Article(CODE, "art. 17 (2)")

ROMANIAN, ROMANIAN_ABROAD, EUROPEAN, THIRD = "ro", "abroad", "eu", "third"
CATEGORIES = (ROMANIAN, ROMANIAN_ABROAD, EUROPEAN, THIRD)

#: The European Union, the European Economic Area and Switzerland, without Romania; ISO 3166.
_CODES = "AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT SE SI SK"
EUROPE = frozenset(_CODES.split())


@cites(
    PLACES,
    rule="REC-465",
    words=_(
        "Unless the record says otherwise, the category follows from the citizenship: Romania, the European "
        "Union, the Economic Area and Switzerland, or a third country."
    ),
)
def category_of(country: str) -> str:
    """The category that a citizenship alone says. country: two letters of ISO 3166, in capitals.

    Examples:
        RO -> ro
        CH -> eu
        MD -> third, unless the record says Romanian from abroad
    """
    if country == "RO":
        return ROMANIAN
    return EUROPEAN if country in EUROPE else THIRD


@cites(
    PLACES,
    rule="REC-465",
    words=_(
        "Every enrolment says the citizenship category, and it agrees with the citizenship; Romanians from "
        "abroad may be citizens of any country."
    ),
)
def check_category(category: str, country: str) -> Answer:
    """Whether an enrolment of a citizen of `country` may stand in `category`; an empty one is refused.

    Examples:
        "", RO -> refused
        eu, FR -> accepted
        eu, MD -> refused
        abroad, MD -> accepted
    """
    if category not in CATEGORIES:
        return NO(_("Select the citizenship category: thresholds and fees depend on it."), PLACES)
    if category != ROMANIAN_ABROAD and category != category_of(country):
        return NO(_("The citizenship category does not agree with the citizenship."), PLACES)
    return YES
