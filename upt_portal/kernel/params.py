"""Parameters: every figure of the rulebook that the university may change, by name.

A room registers each with its default; a decision puts another value in its place from a first day, for the
whole university, a faculty, a programme or a campaign. The rows of decisions are read through a function that
the kernel hands over when it starts (`read_decisions_with`), so that rules may import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast

from upt_portal.kernel.kinds import KINDS, BadValue, Kind, choices_in_words
from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

T = TypeVar("T")

UNIVERSITY, FACULTY, PROGRAMME, CAMPAIGN = "university", "faculty", "programme", "campaign"
ANY_SCOPE = (UNIVERSITY, FACULTY, PROGRAMME, CAMPAIGN)

#: How "no value" is stored.
NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class Scope:
    """Where a value is asked for: codes of a faculty and a programme, reference of a campaign; "" is none."""

    faculty: str = ""
    programme: str = ""
    campaign: str = ""

    def nearest_first(self) -> Iterator[tuple[str, str]]:
        """(kind, reference) of every scope that applies, the nearest first."""
        for kind, ref in ((CAMPAIGN, self.campaign), (PROGRAMME, self.programme), (FACULTY, self.faculty)):
            if ref:
                yield kind, ref
        yield UNIVERSITY, ""


EVERYWHERE = Scope()


@dataclass(frozen=True)
class Decision:
    """A value put in place of a default: for a scope, from a first day. `stored`: its JSON."""

    scope_kind: str
    scope_ref: str
    first_day: date
    stored: Any
    decision: str = ""


@dataclass(frozen=True)
class InForce(Generic[T]):
    """The value of a day with the decision it comes from; None is the default."""

    value: T
    decision: Decision | None = None


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """A registered figure.

    kind: a key of `kinds.KINDS`. unit: what the figure counts, in words. rule: the IDs that quote it.
    minimum, maximum: inclusive. optional: None is a value too (always so when the default is None).
    scopes: where a decision may set it. Raises ValueError when the default is not of its kind, or for a name
    registered twice with different contents.
    """

    name: str
    default: T
    kind: str
    unit: Sentence = ""
    rule: str | tuple[str, ...] = ""
    help: Sentence = ""
    choices: tuple[str, ...] = ()
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    optional: bool = False
    scopes: tuple[str, ...] = ANY_SCOPE

    def __post_init__(self) -> None:
        if self.restore(self.store(self.default)) != self.default:
            raise ValueError(f"the default of {self.name} is not of kind {self.kind}")
        if PARAMETERS.setdefault(self.name, self) != self:
            raise ValueError(f"the parameter {self.name} is registered twice")

    @property
    def rules(self) -> tuple[str, ...]:
        return (self.rule,) if isinstance(self.rule, str) else self.rule

    @property
    def may_be_none(self) -> bool:
        return self.optional or self.default is None

    @property
    def expected(self) -> Sentence:
        """What to type, in words."""
        return choices_in_words(self.choices) if self.choices else self._kind.expected

    def read(self, text: str) -> T:
        """The value a person typed; blank is None where that is a value. Raises BadValue in words."""
        text = text.strip()
        if not text:
            if self.may_be_none:
                return cast(T, None)
            raise BadValue(self.expected)
        return self._checked(self._kind.read(text))

    def store(self, value: T) -> Any:
        """`value` as JSON; None is kept as NOTHING, because the column takes no null."""
        return NOTHING if value is None else self._kind.stored(value)

    def typed(self, value: T) -> str:
        """`value` as text that `read` takes back."""
        return "" if value is None else self._kind.typed(value)

    def restore(self, stored: Any) -> T:
        """The value of a stored JSON. Raises BadValue in words when it is not of this kind."""
        if stored == NOTHING and self.may_be_none:
            return cast(T, None)
        try:
            return self._checked(self._kind.restored(stored))
        except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
            raise error if isinstance(error, BadValue) else BadValue(self.expected) from error

    def shown(self, value: T, language: str) -> str:
        """`value` for a reader, the unit apart so that no count governs it: `5 (working days)`, `50 %`."""
        if value is None:
            return "–"
        text, unit = self._kind.shown(value, language), str(self.unit)
        if unit == "%":
            return f"{text}\u00a0%"
        return f"{text} ({unit})" if unit else text

    def on(self, day: date, scope: Scope = EVERYWHERE) -> T:
        """The value in force on `day` for `scope`: the nearest scope wins, then the latest first day."""
        return self.in_force(day, scope).value

    def in_force(self, day: date, scope: Scope = EVERYWHERE) -> InForce[T]:
        """The value in force on `day` for `scope`, with the decision that set it."""
        made = [decision for decision in _decisions(self.name) if decision.first_day <= day]
        for kind, ref in scope.nearest_first():
            here = [d for d in made if (d.scope_kind, d.scope_ref) == (kind, ref)]
            if here and kind in self.scopes:
                latest = max(here, key=lambda decision: decision.first_day)
                return InForce(self.restore(latest.stored), latest)
        return InForce(self.default)

    @property
    def _kind(self) -> Kind:
        return KINDS[self.kind]

    def _checked(self, value: Any) -> T:
        if self.choices and value not in self.choices:
            raise BadValue(self.expected)
        if self.minimum is not None and value < self.minimum:
            raise BadValue(_("Enter %(limit)s or more.") % {"limit": self.minimum})
        if self.maximum is not None and value > self.maximum:
            raise BadValue(_("Enter %(limit)s or less.") % {"limit": self.maximum})
        return cast(T, value)


#: Every registered parameter, by name.
PARAMETERS: dict[str, Parameter[Any]] = {}


def parameter(name: str) -> Parameter[Any]:
    """The registered parameter. Raises LookupError for an unknown name."""
    if name not in PARAMETERS:
        raise LookupError(f"no parameter is called {name!r}")
    return PARAMETERS[name]


def value(name: str, on: date, scope: Scope = EVERYWHERE) -> Any:
    """The value of the parameter `name` on the day `on` for `scope`; a case asks for its own day.

    The nearest scope wins (campaign, programme, faculty, university), then the latest first day; without a
    decision the default. Raises LookupError for an unknown name.
    """
    return parameter(name).on(on, scope)


def quoted_by(rule: str) -> list[Parameter[Any]]:
    """The parameters that a rule quotes, in the order of their registration."""
    return [parameter for parameter in PARAMETERS.values() if rule in parameter.rules]


# --- What the kernel and the rooms hand over when they start ----------------------------------------------


def _none(name: str) -> Sequence[Decision]:
    return ()


_decisions: Callable[[str], Iterable[Decision]] = _none
_known_scopes: dict[str, Callable[[str], bool]] = {}


def read_decisions_with(read: Callable[[str], Iterable[Decision]]) -> None:
    """From now on the decisions about a parameter come from `read(name)`."""
    global _decisions
    _decisions = read


def know_scope(kind: str, exists: Callable[[str], bool]) -> None:
    """Tell how to see that a faculty, programme or campaign exists, so that a mistyped one is refused."""
    _known_scopes[kind] = exists


def scope_exists(kind: str, ref: str) -> bool:
    """Whether the scope is known; True while no room has told how to look."""
    return _known_scopes[kind](ref) if kind in _known_scopes else True
