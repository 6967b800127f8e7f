"""The table of moves of a catalogue, compared whole: state × role × move (REC §4.4)."""

from studentrecords.workflow.catalogues import (
    CATALOGUE_MOVES,
    MANAGEMENT,
    SECRETARIAT,
    SYSTEM,
    TEACHER,
    CatalogueState,
)
from upt_portal.kernel.moves import NEW, grid

T, S, M, Y = TEACHER, SECRETARIAT, MANAGEMENT, SYSTEM
TABLE = {
    (NEW, "plan"): ({"planned"}, {S}),
    ("planned", "replan"): ({"planned"}, {S}),
    ("open", "replan"): ({"open"}, {S}),
    ("planned", "open"): ({"open"}, {S, M, Y}),
    ("open", "list"): ({"open"}, {S, M, Y}),
    ("filled", "list"): ({"open"}, {S, M, Y}),
    ("open", "enter"): ({"open"}, {T, S}),
    ("filled", "enter"): ({"filled"}, {T, S}),
    ("open", "fill"): ({"filled"}, {T, S}),
    ("filled", "clear"): ({"open"}, {T, S}),
    ("signed", "change"): ({"filled"}, {T, S}),
    ("published", "change"): ({"filled"}, {T, S}),
    ("filled", "sign"): ({"filled"}, {T}),
    ("locked", "sign"): ({"locked"}, {T}),
    ("filled", "sign_second"): ({"signed"}, {T}),
    ("locked", "sign_second"): ({"signed"}, {T}),
    ("signed", "publish"): ({"published"}, {T, S}),
    ("open", "lock"): ({"locked"}, {Y}),
    ("filled", "lock"): ({"locked"}, {Y}),
    ("locked", "correct"): ({"correction"}, {S}),
    ("published", "correct"): ({"correction"}, {S}),
    ("correction", "enter_correction"): ({"correction"}, {T, S}),
    ("correction", "finish"): ({"published", "locked"}, {T, S, Y}),
}


def test_every_cell_of_state_role_and_move():
    cells = grid(CATALOGUE_MOVES, [NEW, *CatalogueState.values], [T, S, M, Y])
    expected = {
        (state, actor, name): targets if actor in hands else set()
        for state in [NEW, *CatalogueState.values]
        for actor in (T, S, M, Y)
        for name in CATALOGUE_MOVES.names
        for targets, hands in [TABLE.get((state, name), (set(), set()))]
    }
    assert {(cell.state, cell.actor, cell.name): set(cell.targets) for cell in cells} == expected
