"""How an article is written beside a reason, and where a reader is led from it.

In a sentence "art. 27 alin. (3)" is enough; the rulebook page behind the link names the text in full.
"""

import re

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from upt_portal.kernel.sources import CODE, CONTRACT_GUIDE, DERIVED, REGISTER, Article


def short(article: Article | str) -> str:
    """The article as it stands at the end of a reason, in the reader's language; empty for none."""
    if not isinstance(article, Article):
        return str(article)
    if article.source is CODE:
        return _romanian_paragraph(article.place)
    if article.source is CONTRACT_GUIDE:
        return _place_in_guide(article.place)
    if article.source is DERIVED:
        return _("rule %(id)s") % {"id": article.place}
    return f"{article.source.title}, {article.place}"


def address(article: Article | str, rule: str = "") -> str:
    """The rulebook page of `rule`, or of the first rule that rests on this article; empty when none does."""
    if not rule and isinstance(article, Article):
        rule = article.place if article.source is DERIVED else _first_rule_of(article)
    return reverse("rule", args=[rule]) if rule else ""


def _first_rule_of(article: Article) -> str:
    return next((cited.rules[0] for cited in REGISTER.values() if article in cited.articles), "")


def _romanian_paragraph(place: str) -> str:
    """ "art. 27 (3)" reads "art. 27 alin. (3)" in Romanian."""
    if not (get_language() or "ro").startswith("ro"):
        return place
    return re.sub(r"^(art\. \d+) (\(\d+\))", r"\1 alin. \2", place)


def _place_in_guide(place: str) -> str:
    if stage := re.fullmatch(r"stage (\d)", place):
        return _("guide, stage %(number)s") % {"number": stage[1]}
    if situation := re.fullmatch(r"step (\d), situation (\d)", place):
        return _("guide, step %(step)s, situation %(situation)s") % {"step": situation[1], "situation": situation[2]}
    if step := re.fullmatch(r"step (\d)", place):
        return _("guide, step %(number)s") % {"number": step[1]}
    return _("guide, introduction") if place == "introduction" else _("guide, list of stages")
