"""A refusal that carries its reason, article and cure to the page."""

from upt_portal.kernel.answers import Answer
from upt_portal.kernel.sources import Article
from upt_portal.kernel.words import Sentence


class Refused(Exception):
    """An act that a rule does not allow now; nothing was changed. `str()` is the reason in words."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer

    def __str__(self) -> str:
        return str(self.answer.reason)


def demand(answer: Answer) -> None:
    """Go on when the answer is yes; raise Refused with it when it is no."""
    if not answer:
        raise Refused(answer)


def refuse(reason: Sentence, article: Article | str = "", cure: Sentence = "") -> Refused:
    """A refusal in words, to be raised."""
    return Refused(Answer(False, reason, article, cure))
