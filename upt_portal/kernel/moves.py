"""The table of moves of a case: which act leads from which states to which, and by whose hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from upt_portal.kernel.words import Sentence
from upt_portal.kernel.words import gettext_lazy as _

#: Target of a move that leaves the case where it is.
SAME = "same"
#: Target of a move that returns to the state the case came from, one of the move's `back_to`.
BACK = "back"
#: State of a case that does not exist yet: the source of the move that opens it.
NEW = ""


@dataclass(frozen=True)
class Move:
    """One act.

    target: the state it leads to, or SAME, or BACK. actors: whose hand may make it.
    label: the words of its button. guard_note: what else must hold, for the documentation.
    back_to: the states a BACK move may return to.
    """

    name: str
    sources: frozenset[str]
    target: str
    actors: frozenset[str]
    label: Sentence
    guard_note: Sentence = ""
    back_to: frozenset[str] = frozenset()

    def targets_from(self, state: str) -> frozenset[str]:
        """Every state this move can lead to when it starts at `state`."""
        if self.target == BACK:
            return self.back_to
        return frozenset({state if self.target == SAME else self.target})


class MoveRefused(Exception):
    """An act that the state of the case does not allow; `str()` says why, for the reader."""

    def __init__(self, message: Sentence, move: str = "", state: str = "") -> None:
        super().__init__(message)
        self.message, self.move, self.state = message, move, state

    def __str__(self) -> str:
        return str(self.message)


class Moves:
    """The moves of one kind of case; whatever is not listed is refused.

    A name may stand on several rows with different sources. Raises ValueError when two rows of a name share
    a source, when a row starts nowhere, or when BACK has no state to return to.
    """

    def __init__(self, *moves: Move) -> None:
        self._moves = moves
        self._at: dict[tuple[str, str], Move] = {}
        self._labels: dict[str, object] = {}
        for move in moves:
            if not move.sources or (move.target == BACK) != bool(move.back_to):
                raise ValueError(f"{move.name!r} starts nowhere or leads nowhere")
            for source in move.sources:
                if (move.name, str(source)) in self._at:
                    raise ValueError(f"{move.name!r} stands twice at {source!r}")
                self._at[move.name, str(source)] = move
            for state in (*move.sources, move.target, *move.back_to):
                self._labels[str(state)] = getattr(state, "label", state)

    def __iter__(self) -> Iterator[Move]:
        return iter(self._moves)

    @property
    def names(self) -> tuple[str, ...]:
        """The acts, each once, in the order of the table."""
        return tuple(dict.fromkeys(move.name for move in self._moves))

    @property
    def states(self) -> tuple[str, ...]:
        """The states the table speaks of, in order of appearance."""
        return tuple(state for state in self._labels if state not in (SAME, BACK, NEW))

    def label_of(self, state: str) -> object:
        """The words for a state, where the states carry a `label`; otherwise the state."""
        return self._labels.get(str(state), state)

    def check(self, name: str, state: str, *, back: str | None = None) -> Move:
        """The move `name` as it starts at `state`, its target resolved to one state.

        back: for a BACK move, the state to return to. Raises MoveRefused when the case does not stand
        where the move starts (or `back` is none of its returns), ValueError for a name not in the table.
        """
        if name not in self.names:
            raise ValueError(f"no move is called {name!r}")
        move = self._at.get((name, str(state)))
        if move is None:
            raise MoveRefused(self._why_not(name, state), name, str(state))
        if move.target == BACK:
            if back not in move.back_to:
                raise MoveRefused(self._why_not(name, state), name, str(state))
            return replace(move, target=back)
        return replace(move, target=state) if move.target == SAME else move

    def is_open(self, name: str, state: str) -> bool:
        """Whether the case stands where the move `name` starts."""
        return (name, str(state)) in self._at

    def open_from(self, state: str, actor: str | None = None) -> list[Move]:
        """The moves that start at `state`, in the order of the table; with `actor`, those of this hand."""
        return [
            move
            for move in self._moves
            if self._at.get((move.name, str(state))) is move and (actor is None or actor in move.actors)
        ]

    def _why_not(self, name: str, state: str) -> Sentence:
        rows = [move for move in self._moves if move.name == name]
        starts = [str(self.label_of(s)) for s in self.states if any(s in move.sources for move in rows)]
        words = {"act": rows[0].label, "state": self.label_of(state), "starts": ", ".join(starts)}
        if not starts:
            return _("“%(act)s” is not possible now: the state is “%(state)s”.") % words
        return (
            _("“%(act)s” is not possible now: the state is “%(state)s”. It is possible from: %(starts)s.")
            % words
        )


@dataclass(frozen=True)
class Cell:
    """One cell of the grid: where an act by a hand leads from a state; no targets means refused."""

    state: str
    actor: str
    name: str
    targets: frozenset[str]


def grid(moves: Moves, states: Iterable[str], actors: Iterable[str]) -> list[Cell]:
    """Every state × actor × move, so that a test compares the whole and a forgotten cell shows."""
    actors = list(actors)
    cells = []
    for state in states:
        open_here = {(move.name, actor): move for move in moves.open_from(state) for actor in move.actors}
        for actor in actors:
            for name in moves.names:
                move = open_here.get((name, actor))
                cells.append(Cell(state, actor, name, move.targets_from(state) if move else frozenset()))
    return cells


def mermaid(moves: Moves, title: str) -> str:
    """The state diagram of `moves` as Mermaid text, for the documentation."""
    lines = ["---", f"title: {title}", "---", "stateDiagram-v2"]
    lines += [f"    {state}: {moves.label_of(state)}" for state in moves.states]
    for move in moves:
        for source in sorted(move.sources):
            for target in sorted(move.targets_from(source)):
                lines.append(f"    {source or '[*]'} --> {target}: {move.label}")
    ends = [state for state in moves.states if not moves.open_from(state)]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ends)]) + "\n"
