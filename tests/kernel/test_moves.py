"""The table of moves, on a small case that has every sort of move."""

from enum import StrEnum

import pytest
from django.utils import translation

from upt_portal.kernel.moves import BACK, NEW, SAME, Cell, Move, MoveRefused, Moves, grid, mermaid


class State(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    HELD = "held"
    DONE = "done"

    @property
    def label(self) -> str:
        return self.value.capitalize()


STUDENT, CLERK = "student", "clerk"


def row(name, sources, target, *actors, **more):
    return Move(name, frozenset(sources), target, frozenset(actors), name.capitalize(), **more)


MOVES = Moves(
    row("open", {NEW}, State.DRAFT, CLERK),
    row("edit", {State.DRAFT}, SAME, STUDENT),
    row("send", {State.DRAFT}, State.SENT, STUDENT),
    row("hold", {State.DRAFT, State.SENT}, State.HELD, CLERK),
    row("release", {State.HELD}, BACK, CLERK, back_to=frozenset({State.DRAFT, State.SENT})),
    row("close", {State.SENT}, State.DONE, CLERK),
    row("close", {State.HELD}, State.DRAFT, CLERK),
)


@pytest.mark.parametrize(
    ("name", "state", "back", "target"),
    [
        ("open", NEW, None, State.DRAFT),
        ("edit", "draft", None, State.DRAFT),
        ("send", "draft", None, State.SENT),
        ("hold", State.SENT, None, State.HELD),
        ("release", State.HELD, "draft", State.DRAFT),
        ("release", State.HELD, State.SENT, State.SENT),
        ("close", "sent", None, State.DONE),
        ("close", "held", None, State.DRAFT),
    ],
)
def test_an_open_move_gives_the_state_it_leads_to(name, state, back, target):
    move = MOVES.check(name, state, back=back)
    assert (move.name, move.target) == (name, target)


@pytest.mark.parametrize(
    ("name", "state", "back"),
    [
        ("send", "sent", None),
        ("open", "draft", None),
        ("send", "unheard of", None),
        ("release", "held", "done"),
        ("release", "held", None),
    ],
)
def test_any_other_move_is_refused(name, state, back):
    with pytest.raises(MoveRefused) as refused:
        MOVES.check(name, state, back=back)
    assert (refused.value.move, refused.value.state) == (name, state)


def test_the_refusal_says_why_in_the_readers_language():
    with pytest.raises(MoveRefused) as refused:
        MOVES.check("hold", State.DONE)
    with translation.override("en"):
        assert str(refused.value) == (
            "“Hold” is not possible now: the state is “Done”. It is possible from: Draft, Sent."
        )
    with translation.override("ro"):
        assert str(refused.value) == (
            "Acțiunea „Hold” nu este posibilă acum: starea este „Done”. Este posibilă din: Draft, Sent."
        )


def test_what_opens_a_case_is_possible_from_no_state():
    with pytest.raises(MoveRefused) as refused:
        MOVES.check("open", State.DONE)
    with translation.override("en"):
        assert str(refused.value) == "“Open” is not possible now: the state is “Done”."


def test_a_name_outside_the_table_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="no move is called 'fly'"):
        MOVES.check("fly", State.DRAFT)


def test_what_is_open_from_a_state():
    assert [move.name for move in MOVES.open_from("held")] == ["release", "close"]
    assert [move.name for move in MOVES.open_from(State.DRAFT, STUDENT)] == ["edit", "send"]
    assert [move.name for move in MOVES.open_from(State.DONE)] == []
    assert MOVES.is_open("close", "held")
    assert not MOVES.is_open("close", "draft")
    assert not MOVES.is_open("fly", "draft")


def test_the_table_can_be_read():
    assert MOVES.names == ("open", "edit", "send", "hold", "release", "close")
    assert set(MOVES.states) == set(State)
    assert len(list(MOVES)) == 7


@pytest.mark.parametrize(
    "rows",
    [
        [row("a", set(), State.DONE)],
        [row("a", {State.DRAFT}, BACK)],
        [row("a", {State.DRAFT}, State.SENT, back_to=frozenset({State.DONE}))],
        [row("a", {State.DRAFT}, State.SENT), row("a", {State.DRAFT, State.SENT}, State.DONE)],
    ],
)
def test_a_table_that_contradicts_itself_is_an_error(rows):
    with pytest.raises(ValueError, match="'a' st"):
        Moves(*rows)


def test_the_grid_has_every_cell():
    cells = grid(MOVES, [NEW, *State], [STUDENT, CLERK])
    open_cells = {(c.state, c.actor, c.name): set(c.targets) for c in cells if c.targets}
    assert len(cells) == 5 * 2 * 6
    assert len(set(cells)) == len(cells)
    assert open_cells == {
        (NEW, CLERK, "open"): {State.DRAFT},
        (State.DRAFT, STUDENT, "edit"): {State.DRAFT},
        (State.DRAFT, STUDENT, "send"): {State.SENT},
        (State.DRAFT, CLERK, "hold"): {State.HELD},
        (State.SENT, CLERK, "hold"): {State.HELD},
        (State.SENT, CLERK, "close"): {State.DONE},
        (State.HELD, CLERK, "release"): {State.DRAFT, State.SENT},
        (State.HELD, CLERK, "close"): {State.DRAFT},
    }
    assert Cell(State.DONE, CLERK, "close", frozenset()) in cells


def test_the_diagram_for_the_documentation():
    assert mermaid(Moves(*list(MOVES)[:4]), "A case").splitlines() == [
        "---",
        "title: A case",
        "---",
        "stateDiagram-v2",
        "    draft: Draft",
        "    sent: Sent",
        "    held: Held",
        "    [*] --> draft: Open",
        "    draft --> draft: Edit",
        "    draft --> sent: Send",
        "    draft --> held: Hold",
        "    sent --> held: Hold",
        "    held --> [*]",
    ]
