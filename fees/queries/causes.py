"""The case a sum comes from: money knows it as text only ("contracting.studentcontracting:17").

The room that charges says what its cases are called and where they are seen:

    causes.register("contracting.studentcontracting", causes_of_cases)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """A case in words ("contract of 2026-2027"), and its page for the student and for staff, if any."""

    label: str
    url: str = ""
    staff_url: str = ""


#: Keys of cases to what they are; a case that is not there any more is left out. Constant queries.
Find = Callable[[Sequence[int]], Mapping[int, Cause]]
_KINDS: dict[str, Find] = {}


def register(kind: str, find: Find) -> None:
    """Have the cases of a kind (the label of their model in small letters) named and linked beside sums."""
    _KINDS[kind] = find


def causes_of(references: Iterable[str]) -> dict[str, Cause]:
    """What is known of these references; one call for each kind among them."""
    wanted: dict[str, dict[int, str]] = {}
    for reference in set(references):
        kind, _colon, key = reference.partition(":")
        key = key.partition(":")[0]
        if kind in _KINDS and key.isdecimal():
            wanted.setdefault(kind, {})[int(key)] = reference
    return {
        keys[key]: cause
        for kind, keys in wanted.items()
        for key, cause in _KINDS[kind](sorted(keys)).items()
        if key in keys
    }
