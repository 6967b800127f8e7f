"""The texts the rules come from, and the register of the functions that carry them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Source:
    """A regulation, guide or decision."""

    code: str
    title: Sentence

    def __str__(self) -> str:
        return str(self.title)


@dataclass(frozen=True)
class Article:
    """A place in a source: `Article(CODE, "art. 27 (3)")`."""

    source: Source
    place: str

    def __str__(self) -> str:
        return f"{self.source.title}, {self.place}" if self.place else str(self.source.title)


CONTRACT_GUIDE = Source("contract-guide", _("User guide of the study-contract application, UPT"))
CODE = Source("code", _("Student code and regulation on professional activity, WUT"))
ADMISSION_PROCEDURE = Source("admission-procedure", _("Admission procedure for third-country citizens, UPT"))
PAGE_GUIDE = Source("page-guide", _("Guide of the personal page, Spiru Haret University"))
DERIVED = Source("derived", _("Follows from the sources; chosen by the portal"))


@dataclass(frozen=True)
class Cited:
    """A function of the rulebook with its rule IDs and articles.

    words: the rule as one translated sentence for readers; empty when only the docstring says it.
    """

    rules: tuple[str, ...]
    articles: tuple[Article, ...]
    function: Callable[..., Any]
    words: Sentence = ""

    @property
    def name(self) -> str:
        return self.function.__qualname__

    @property
    def module(self) -> str:
        return self.function.__module__


#: Every cited function, by "module.function", in the order of definition.
REGISTER: dict[str, Cited] = {}


def cites(*articles: Article, rule: str | tuple[str, ...], words: Sentence = "") -> Callable[[F], F]:
    """Enter the function below in the rulebook.

    rule: its ID in the catalogue of requirements, or several. words: the rule in one translated sentence.
    Raises ValueError without an article or an ID.
    """
    rules = (rule,) if isinstance(rule, str) else rule
    if not articles or not all(rules) or not rules:
        raise ValueError("a rule names at least one article and one ID")

    def enter(function: F) -> F:
        REGISTER[f"{function.__module__}.{function.__qualname__}"] = Cited(rules, articles, function, words)
        return function

    return enter
