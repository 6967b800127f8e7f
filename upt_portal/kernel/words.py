"""Sentences that rules may speak: translated when they are shown, without the framework.

A rule gives a reason long before anybody knows in which language it will be read, and `rules.py` imports no
Django. Here `_("…")` marks a sentence for the catalog just as Django's own marker does; when it starts, the
kernel hands over the voice that translates (`speak_with`). Without a voice the sentence is read in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from upt_portal.kernel import dates

ZONE = dates.ROMANIA


class Sentence(Protocol):
    """What can be shown to a person: a plain string, a lazy translation of Django, or `Words`."""

    def __str__(self) -> str: ...

    def __mod__(self, values: Any, /) -> Any: ...


class Voice(Protocol):
    """What translates: Django's functions once the kernel has started, plain English before."""

    def one(self, msgid: str) -> str: ...

    def many(self, singular: str, plural: str, count: int) -> str: ...

    def language(self) -> str: ...


class _PlainEnglish:
    def one(self, msgid: str) -> str:
        return msgid

    def many(self, singular: str, plural: str, count: int) -> str:
        return singular if count == 1 else plural

    def language(self) -> str:
        return "en"


_voice: Voice = _PlainEnglish()


def speak_with(voice: Voice) -> None:
    """From now on sentences are translated by `voice` (called once, when the kernel starts)."""
    global _voice
    _voice = voice


def language() -> str:
    """The language sentences are read in now: "ro" or "en"."""
    return "ro" if _voice.language().startswith("ro") else "en"


@dataclass(frozen=True, eq=False)
class Words:
    """A sentence with named blanks; text only when it is shown, in the language of that moment.

    values: what fills the blanks. Days and moments are written in words of the reader: `20 noiembrie 2026`,
    `vineri, 20 noiembrie 2026, ora 23:59 (ora României)`; a sentence among them is shown in it too.
    """

    msgid: str
    plural: str = ""
    count: int = 0
    values: Mapping[str, object] = field(default_factory=dict)

    def __mod__(self, values: Mapping[str, object], /) -> Words:
        return replace(self, values={**self.values, **values})

    def __str__(self) -> str:
        text = _voice.many(self.msgid, self.plural, self.count) if self.plural else _voice.one(self.msgid)
        return text % {name: _shown(value) for name, value in self.values.items()} if self.values else text

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Words):
            return self._parts() == other._parts()
        return str(self) == other

    def __hash__(self) -> int:
        return hash(self.msgid)

    def _parts(self) -> tuple[object, ...]:
        return self.msgid, self.plural, self.count, dict(self.values)


def gettext_lazy(msgid: str) -> Words:
    """`msgid` as a sentence translated when shown."""
    return Words(msgid)


def ngettext_lazy(singular: str, plural: str, count: int) -> Words:
    """The form for `count` (Romanian has three), translated when shown; `%(count)s` is filled."""
    return Words(singular, plural, count, {"count": count})


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return dates.deadline(value, language())
    if isinstance(value, date):
        return dates.day_long(value, language())
    return value if isinstance(value, int | float) else str(value)
