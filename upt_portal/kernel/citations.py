"""How an article is written beside a reason, and where a reader is led from it.

In a sentence "art. 27 alin. (3)" is enough; the rulebook page behind the link names the text in full.
"""

import re

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from upt_portal.kernel.sources import CODE, CONTRACT_GUIDE, DERIVED, REGISTER, Article


def short(article: Article | str) -> str:
    """The article as it stands at the end of a reason, in the reader's language; empty for none.

    A text that is the ID of a rule ("CON-065") is called a rule.
    """
    if rule := _rule_in(article):
        return _("rule %(id)s") % {"id": rule}
    if not isinstance(article, Article):
        return _in_order(article)
    if article.source is CODE:
        return _in_order(article.place)
    if article.source is CONTRACT_GUIDE:
        return _place_in_guide(article.place)
    return f"{article.source.title}, {article.place}"


def address(article: Article | str, rule: str = "") -> str:
    """The rulebook page of `rule`, or of the first rule that rests on this article; empty when none does."""
    wanted = rule or _rule_in(article)
    for cited in REGISTER.values():
        if wanted in cited.rules or (not wanted and article in cited.articles):
            return reverse("rule", args=[wanted or cited.rules[0]])
    return ""


def _rule_in(article: Article | str) -> str:
    place = article.place if isinstance(article, Article) and article.source is DERIVED else str(article)
    return place if re.fullmatch(r"[A-Z]{3}-\d+|T\d+", place) else ""


def _in_order(place: str) -> str:
    """ "art. 27 (3)" reads "art. 27 alin. (3)" in Romanian."""
    if not (get_language() or "ro").startswith("ro"):
        return place
    return re.sub(r"^(art\. \d+) (\(\d+\))", r"\1 alin. \2", place)


def _place_in_guide(place: str) -> str:
    if stage := re.fullmatch(r"stage (\d)", place):
        return _("guide, stage %(number)s") % {"number": stage[1]}
    if situation := re.fullmatch(r"step (\d), situation (\d)", place):
        return _("guide, step %(step)s, situation %(situation)s") % {
            "step": situation[1],
            "situation": situation[2],
        }
    if step := re.fullmatch(r"step (\d)", place):
        return _("guide, step %(number)s") % {"number": step[1]}
    return _("guide, introduction") if place == "introduction" else _("guide, list of stages")
