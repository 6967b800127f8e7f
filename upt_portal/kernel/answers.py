"""Yes, or no with its reason: what a rule or a permission answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upt_portal.kernel.sources import Article
    from upt_portal.kernel.words import Sentence


@dataclass(frozen=True)
class Answer:
    """Falsy when no.

    reason: a whole sentence for the reader, with the figure in it; show it with `str(...)`.
    article: where it is written. cure: what would make it pass, a whole sentence, or empty.
    """

    ok: bool
    reason: Sentence = ""
    article: Article | str = ""
    cure: Sentence = ""

    def __bool__(self) -> bool:
        return self.ok


YES = Answer(True)


def NO(reason: Sentence, article: Article | str = "", cure: Sentence = "") -> Answer:  # noqa: N802, RUF100
    """No, because of `reason`."""
    return Answer(False, reason, article, cure)
