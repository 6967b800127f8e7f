"""The tables of moves against the catalogue (§4.2 to §4.4): every state, hand and act, refusals included."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest

from contracting import workflow
from contracting.rules.campaign import Situation, stages
from contracting.workflow import ContractingState
from upt_portal.accounts.roles import CHIEF_SECRETARY, DEANERY, SECRETARY, STUDENT
from upt_portal.kernel.moves import NEW, Cell, MoveRefused, Moves, grid, mermaid

SYSTEM = workflow.SYSTEM
ACTORS = (STUDENT, SECRETARY, CHIEF_SECRETARY, DEANERY, SYSTEM)

ST = (STUDENT,)
SEC = (SECRETARY, CHIEF_SECRETARY)
SYS = (SYSTEM,)

# state: act: (hands, the states it may lead to). Written from the catalogue; what is missing is refused.
Expected = Mapping[str, Mapping[str, tuple[tuple[str, ...], set[str]]]]

CANCEL = {"cancel": (SEC, {"cancelled"})}
REQUEST = {"request_change": (ST + SEC, {"change_requested"})}

CONTRACTING: Expected = {
    NEW: {
        "offer": (SEC + SYS, {"offered"}),
        "open_documents": (SEC + SYS, {"documents_ready"}),
    },
    "offered": {
        "tick": (ST, {"offered"}),
        "validate": (ST, {"validated"}),
        "lapse": (SYS, {"lapsed"}),
        **CANCEL,
    },
    "lapsed": {
        "extend": (SEC, {"offered"}),
        "validate_for": (SEC, {"validated"}),
        **CANCEL,
    },
    "validated": {
        "ask": (SEC, {"clarification"}),
        "approve": (SEC, {"documents_ready"}),
        **REQUEST,
        **CANCEL,
    },
    "clarification": {
        "answer": (ST + SEC, {"validated"}),
        **REQUEST,
        **CANCEL,
    },
    "change_requested": {
        "apply_change": (SEC, {"documents_ready"}),
        "refuse_change": (SEC, {"validated", "clarification", "documents_ready"}),
        **CANCEL,
    },
    "documents_ready": {
        "upload": (ST, {"signed_uploaded"}),
        **REQUEST,
        **CANCEL,
    },
    "signed_uploaded": {
        "reject_file": (SEC, {"documents_ready"}),
        "accept": (SEC, {"contracted"}),
        "reissue": (SEC, {"documents_ready"}),
        **CANCEL,
    },
    "contracted": {
        "reissue": (SEC, {"documents_ready"}),
        "settle": (SYS, {"settled"}),
        **CANCEL,
    },
    "settled": {"reopen": (SYS, {"contracted"})},
    "cancelled": {},
}

CAMPAIGN: Expected = {
    NEW: {"prepare": (SEC, {"draft"})},
    "draft": {"publish": (SEC, {"published"})},
    "published": {"reschedule": (SEC, {"published"}), "close": (SEC + SYS, {"closed"})},
    "closed": {},
}

ANNEX: Expected = {
    NEW: {"issue": (SEC + SYS, {"current"})},
    "current": {"supersede": (SEC, {"superseded"}), "cancel": (SEC + SYS, {"cancelled"})},
    "superseded": {},
    "cancelled": {},
}

SIGNED_DOCUMENT: Expected = {
    NEW: {"upload": (ST, {"uploaded"})},
    "uploaded": {
        "accept": (SEC, {"accepted"}),
        "reject": (SEC, {"rejected"}),
        "supersede": (ST + SEC, {"superseded"}),
    },
    "accepted": {},
    "rejected": {"supersede": (ST + SEC, {"superseded"})},
    "superseded": {},
}

CHANGE_REQUEST: Expected = {
    NEW: {"ask": (ST + SEC, {"asked"})},
    "asked": {
        "record_approval": (SEC, {"approved"}),
        "refuse": (SEC, {"refused"}),
        "cancel": (SEC + SYS, {"cancelled"}),
    },
    "approved": {"apply": (SEC, {"applied"}), "cancel": (SEC + SYS, {"cancelled"})},
    "refused": {},
    "applied": {},
    "cancelled": {},
}

STUDY_CONTRACT: Expected = {
    NEW: {"draft": (SEC + SYS, {"draft"})},
    "draft": {"publish": (SEC, {"awaiting_signature"})},
    "awaiting_signature": {"sign": (ST, {"signed_by_student"}), "miss": (SYS, {"overdue"})},
    "overdue": {"sign_late": (SEC, {"signed_by_student"}), "give_up": (SEC, {"cancelled"})},
    "signed_by_student": {"countersign": (SEC, {"active"})},
    "active": {"suspend": (SYS, {"suspended"}), "terminate": (SEC + SYS, {"terminated"})},
    "suspended": {"resume": (SEC, {"active"}), "terminate": (SEC + SYS, {"terminated"})},
    "terminated": {},
    "cancelled": {},
}

TABLES = [
    pytest.param(workflow.CONTRACTING_MOVES, workflow.ContractingState, CONTRACTING, id="contracting"),
    pytest.param(workflow.CAMPAIGN_MOVES, workflow.CampaignState, CAMPAIGN, id="campaign"),
    pytest.param(workflow.ANNEX_MOVES, workflow.AnnexState, ANNEX, id="annex"),
    pytest.param(
        workflow.SIGNED_DOCUMENT_MOVES, workflow.SignedDocumentState, SIGNED_DOCUMENT, id="signed-document"
    ),
    pytest.param(
        workflow.CHANGE_REQUEST_MOVES, workflow.ChangeRequestState, CHANGE_REQUEST, id="change-request"
    ),
    pytest.param(
        workflow.STUDY_CONTRACT_MOVES, workflow.StudyContractState, STUDY_CONTRACT, id="study-contract"
    ),
]


def expected_grid(expected: Expected) -> list[Cell]:
    names = {name for acts in expected.values() for name in acts}
    return [
        Cell(state, actor, name, frozenset(targets) if actor in hands else frozenset())
        for state, acts in expected.items()
        for actor in ACTORS
        for name in names
        for hands, targets in [acts.get(name, ((), set()))]
    ]


@pytest.mark.parametrize(("moves", "states", "expected"), TABLES)
def test_the_whole_grid_is_as_written_in_the_catalogue(moves: Moves, states, expected: Expected) -> None:
    assert set(expected) == {NEW, *states.values()}
    found = grid(moves, [NEW, *states.values()], ACTORS)
    assert len(found) == len(expected) * len(ACTORS) * len(moves.names)
    assert sorted(found, key=str) == sorted(expected_grid(expected), key=str)


@pytest.mark.parametrize(("moves", "states", "expected"), TABLES)
def test_an_act_that_is_not_in_the_table_is_refused_in_words(
    moves: Moves, states, expected: Expected
) -> None:
    for state in expected:
        for name in moves.names:
            if name in expected[state]:
                assert moves.is_open(name, state)
                continue
            assert not moves.is_open(name, state)
            with pytest.raises(MoveRefused) as refused:
                moves.check(name, state)
            assert str(moves.label_of(state)) in str(refused.value)


@pytest.mark.parametrize(("moves", "states", "expected"), TABLES)
def test_every_state_has_words_and_every_act_a_label(moves: Moves, states, expected: Expected) -> None:
    assert all(str(state.label) and str(state.public) for state in states)
    assert states.choices() == [(state.value, state.label) for state in states]
    assert all(str(move.label) for move in moves)
    assert set(moves.states) == set(states.values())


def test_a_refused_change_leads_back_where_it_came_from() -> None:
    moves = workflow.CONTRACTING_MOVES
    for before in ("validated", "clarification", "documents_ready"):
        assert moves.check("refuse_change", "change_requested", back=before).target == before
    for elsewhere in ("offered", "contracted", "", None):
        with pytest.raises(MoveRefused):
            moves.check("refuse_change", "change_requested", back=elsewhere)


@pytest.mark.parametrize(
    ("group", "states"),
    [
        (workflow.INITIAL_STATES, {"offered", "documents_ready"}),
        (workflow.AWAITING_STUDENT, {"offered", "clarification", "documents_ready"}),
        (workflow.AWAITING_SECRETARIAT, {"validated", "change_requested", "signed_uploaded", "lapsed"}),
        (workflow.SELECTION_OPEN, {"offered"}),
        (workflow.CHANGEABLE, {"validated", "clarification", "documents_ready"}),
        (workflow.SIGNED_DOCUMENTS_IN, {"signed_uploaded", "contracted", "settled"}),
        (workflow.IN_FORCE, {"contracted", "settled"}),
        (workflow.FINAL_STATES, {"settled", "cancelled"}),
    ],
)
def test_groups_of_states(group: frozenset[ContractingState], states: set[str]) -> None:
    assert group == states


def test_nothing_moves_from_a_final_state_and_something_from_any_other() -> None:
    moves = workflow.CONTRACTING_MOVES
    ends = {
        state
        for state in ContractingState
        if {move.name for move in moves.open_from(state)} <= {"reopen"}  # money taken back, by the system
    }
    assert ends == workflow.FINAL_STATES


def test_the_initial_states_are_those_of_the_opening_moves() -> None:
    opening = {move.target for move in workflow.CONTRACTING_MOVES.open_from(NEW)}
    assert opening == workflow.INITIAL_STATES


def test_the_stages_behind_a_student_grow_along_the_way() -> None:
    way = ["offered", "validated", "documents_ready", "signed_uploaded", "contracted", "settled"]
    behind = [workflow.STAGES_DONE[ContractingState(state)] for state in way]
    assert all(earlier <= later for earlier, later in pairwise(behind))
    assert set(workflow.STAGES_DONE) == set(ContractingState)
    assert set(stages(Situation.S1, change_approved=True)) == behind[-1]


def test_the_diagram_shows_every_move() -> None:
    text = mermaid(workflow.CONTRACTING_MOVES, "Contracting")
    for state, acts in CONTRACTING.items():
        for _hands, targets in acts.values():
            for target in targets:
                assert f"{state or '[*]'} --> {target}:" in text
