"""The tables of moves of appeals and increases, compared whole: state × role × move (REC §4.4)."""

from studentrecords.workflow.appeals import APPEAL_MOVES, HANDS, AppealState
from studentrecords.workflow.increases import INCREASE_MOVES, IncreaseState
from upt_portal.kernel.moves import NEW, Moves, grid

APPEALS = {
    (NEW, "file"): ("submitted", {"student"}),
    (NEW, "register_paper"): ("registered", {"infocenter"}),
    ("submitted", "register"): ("registered", {"infocenter"}),
    ("registered", "send"): ("with_teacher", {"secretariat"}),
    ("with_teacher", "answer"): ("answered", {"teacher", "secretariat"}),
    ("answered", "communicate"): ("communicated", {"infocenter"}),
    ("communicated", "close"): ("closed", {"system"}),
    ("communicated", "ask_again"): ("reevaluation", {"student", "infocenter"}),
    ("reevaluation", "forward"): ("reevaluation", {"infocenter"}),
    ("reevaluation", "put_before_dean"): ("with_dean", {"secretariat"}),
    ("with_dean", "reject"): ("rejected", {"dean"}),
    ("with_dean", "appoint"): ("commission", {"dean"}),
    ("commission", "hand_over"): ("commission", {"secretariat"}),
    ("commission", "mark"): ("commission", {"member"}),
    ("commission", "report"): ("commission", {"member"}),
    ("commission", "sign"): ("commission", {"member"}),
    ("commission", "sign_last"): ("reported", {"member"}),
    ("reported", "finish"): ("final", {"infocenter"}),
    ("reported", "ask_meeting"): ("reported", {"student"}),
    ("final", "ask_meeting"): ("final", {"student"}),
    ("reported", "set_meeting"): ("reported", {"secretariat"}),
    ("final", "set_meeting"): ("final", {"secretariat"}),
}
INCREASES = {
    (NEW, "ask"): ("requested", {"student"}),
    ("requested", "cancel"): ("cancelled", {"student"}),
    ("requested", "list"): ("listed", {"management", "system"}),
    ("listed", "hold"): ("held", {"system"}),
    ("listed", "miss"): ("absent", {"system"}),
    ("absent", "hold"): ("held", {"system"}),
    ("held", "miss"): ("absent", {"system"}),
}


def compared(moves: Moves, states: list[str], hands, table) -> None:
    found = {(cell.state, cell.actor, cell.name): set(cell.targets) for cell in grid(moves, states, hands)}
    expected = {
        (state, hand, name): {target} if hand in actors else set()
        for state in states
        for hand in hands
        for name in moves.names
        for target, actors in [table.get((state, name), ("", set()))]
    }
    assert found == expected


def test_every_cell_of_an_appeal():
    compared(APPEAL_MOVES, [NEW, *AppealState.values], HANDS, APPEALS)


def test_every_cell_of_an_increase():
    compared(INCREASE_MOVES, [NEW, *IncreaseState.values], ("student", "management", "system"), INCREASES)
