"""The tables of moves of admission against the catalogue (§5): every state, hand and act."""

from collections.abc import Mapping

import pytest

from admissions.rules import states as rule_states
from admissions.workflow import dossier as dossiers
from admissions.workflow import refund as refunds
from admissions.workflow import smaller
from admissions.workflow.actors import SYSTEM
from upt_portal.accounts import roles
from upt_portal.kernel.moves import NEW, Cell, MoveRefused, Moves, grid

CA, SYS = (roles.CANDIDATE,), (SYSTEM,)
DRI = (roles.DRI_OFFICER, roles.DRI_HEAD)
HEAD = (roles.DRI_HEAD,)
FAC, BOARD, FIN = (roles.DEANERY,), (roles.BOARD_SECRETARY,), (roles.FINANCE,)
SEC = (roles.SECRETARY, roles.CHIEF_SECRETARY)
ADM = (roles.ADMISSIONS_ADMIN, roles.ADMINISTRATOR)
ACTORS = (*CA, *DRI, *FAC, *BOARD, *FIN, *SEC, *ADM, roles.STUDENT, *SYS)

# state: act: (hands, the states it may lead to). Written from the catalogue; what is missing is refused.
Expected = Mapping[str, Mapping[str, tuple[tuple[str, ...], set[str]]]]

EARLY = ("submitted", "clarification", "at_faculty", "preaccepted", "sent_to_mec", "letter_sent")
LATE = (
    "tuition_declared",
    "tuition_confirmed",
    "certificate_issued",
    "visa_applied",
    "visa_refused",
    "visa_granted",
)
ANY_LIVE = {
    "withdraw": (CA, {"withdrawn"}),
    "lapse": (DRI, {"lapsed"}),
    "ask_refund_force_majeure": (CA + DRI, {"refund_requested"}),
}
EXCEPTION = {"enrol_exceptionally": (SEC, {"enrolled"})}

DOSSIER: Expected = {
    NEW: {"open": (CA + DRI, {"draft"})},
    "draft": {"submit": (CA + DRI, {"submitted"}), "cancel": (CA + SYS, {"cancelled"})},
    "submitted": {
        "ask": (DRI, {"clarification"}),
        "declare_ineligible": (DRI, {"ineligible"}),
        "not_select": (DRI, {"not_selected"}),
        "transmit": (DRI, {"at_faculty"}),
        **ANY_LIVE,
    },
    "clarification": {
        "answer": (CA + DRI, {"submitted"}),
        "close_question": (DRI, {"submitted"}),
        **ANY_LIVE,
    },
    "at_faculty": {
        "return_to_office": (FAC, {"submitted"}),
        "preaccept": (FAC, {"preaccepted"}),
        "reject": (FAC, {"rejected"}),
        **ANY_LIVE,
    },
    "rejected": {"reopen": (HEAD, {"at_faculty"})},
    "preaccepted": {
        "send_to_ministry": (DRI, {"sent_to_mec"}),
        "reuse_letter": (DRI, {"letter_sent"}),
        **ANY_LIVE,
    },
    "sent_to_mec": {
        "take_back": (DRI, {"preaccepted"}),
        "ministry_refuses": (DRI, {"mec_refused"}),
        "send_letter": (DRI, {"letter_sent"}),
        **ANY_LIVE,
    },
    "letter_sent": {
        "declare_tuition": (CA, {"tuition_declared"}),
        "carry_tuition": (DRI, {"tuition_confirmed"}),
        **ANY_LIVE,
    },
    "tuition_declared": {
        "return_tuition": (DRI, {"letter_sent"}),
        "confirm_tuition": (DRI, {"tuition_confirmed"}),
        **ANY_LIVE,
    },
    "tuition_confirmed": {
        "issue_certificate": (DRI, {"certificate_issued"}),
        **EXCEPTION,
        **ANY_LIVE,
    },
    "certificate_issued": {"apply_for_visa": (CA, {"visa_applied"}), **EXCEPTION, **ANY_LIVE},
    "visa_applied": {
        "grant_visa": (CA + DRI, {"visa_granted"}),
        "refuse_visa": (CA, {"visa_refused"}),
        **EXCEPTION,
        **ANY_LIVE,
    },
    "visa_refused": {
        "ask_refund": (CA, {"refund_requested"}),
        "defer": (CA, {"deferred"}),
        "win_appeal": (DRI, {"visa_granted"}),
        **ANY_LIVE,
    },
    "visa_granted": {"enrol": (SEC, {"enrolled"}), **ANY_LIVE},
    "refund_requested": {
        "win_appeal": (DRI, {"visa_granted"}),
        "settle_refund": (SYS, {"withdrawn"}),
        "resume": (SYS, {*EARLY, *LATE}),
    },
    **{
        end: {}
        for end in (
            "enrolled",
            "deferred",
            "cancelled",
            "ineligible",
            "not_selected",
            "mec_refused",
            "withdrawn",
            "lapsed",
        )
    },
}

BACK_OUT = {"withdraw": (CA, {"withdrawn"})}
REFUND: Expected = {
    NEW: {"open": (CA, {"draft"})},
    "draft": {"file": (CA + DRI, {"submitted"}), **BACK_OUT},
    "submitted": {
        "find_incomplete": (DRI + SYS, {"incomplete"}),
        "hold": (DRI, {"on_hold_appeal"}),
        "ask": (DRI, {"clarification"}),
        "send_to_board": (DRI, {"at_board"}),
        **BACK_OUT,
    },
    "incomplete": {"complete": (CA, {"submitted"}), "miss_completion": (SYS, {"ineligible"}), **BACK_OUT},
    "on_hold_appeal": {"release": (CA + DRI, {"submitted"}), "void": (DRI, {"void"}), **BACK_OUT},
    "clarification": {"answer": (CA, {"submitted"}), **BACK_OUT},
    "at_board": {"approve": (BOARD, {"approved"}), "reject": (BOARD, {"rejected"})},
    "approved": {"pay": (FIN, {"paid"})},
    **{end: {} for end in ("paid", "rejected", "ineligible", "void", "withdrawn")},
}

FEE: Expected = {
    NEW: {"require": (CA + DRI, {"due"}), "waive": (CA + DRI, {"waived"})},
    "due": {"declare": (CA + DRI, {"declared"})},
    "declared": {"confirm": (DRI, {"confirmed"}), "find_short": (DRI, {"short"})},
    "short": {"confirm": (DRI, {"confirmed"}), "find_short": (DRI, {"short"})},
    "confirmed": {},
    "waived": {},
}
CAMPAIGN: Expected = {
    NEW: {"prepare": (ADM, {"draft"})},
    "draft": {"open": (ADM, {"open"})},
    "open": {"close": (ADM, {"closed"})},
    "closed": {},
}
BATCH: Expected = {
    NEW: {"build": (DRI, {"open"})},
    "open": {"send": (DRI, {"sent"})},
    "sent": {"settle": (DRI + SYS, {"answered"})},
    "answered": {},
}
IMPOSSIBILITY: Expected = {
    NEW: {"receive": (CA + DRI, {"received"})},
    "received": {"accept": (DRI, {"accepted"}), "refuse": (DRI + SYS, {"refused"})},
    "accepted": {},
    "refused": {},
}
CERTIFICATE: Expected = {
    NEW: {"request": (CA + SYS, {"requested"})},
    "requested": {"issue": (DRI, {"issued"}), "refuse": (DRI, {"refused"})},
    "issued": {},
    "refused": {},
}
DEFERRAL: Expected = {
    NEW: {"grant": (CA, {"active"})},
    "active": {"use": (CA + SYS, {"used"}), "lapse": (SYS, {"lapsed"})},
    "used": {},
    "lapsed": {},
}
MANDATE: Expected = {
    NEW: {"upload": (CA + DRI, {"uploaded"})},
    "uploaded": {"verify": (DRI, {"verified"}), "reject": (DRI, {"rejected"})},
    "verified": {},
    "rejected": {},
}
RETURN: Expected = {
    NEW: {"open": (SYS, {"open"})},
    "open": {"hand_back": (DRI, {"returned"}), "hold_nothing": (DRI, {"nothing_held"})},
    "returned": {},
    "nothing_held": {},
}

TABLES = [
    pytest.param(dossiers.DOSSIER_MOVES, dossiers.DossierState, DOSSIER, id="T01-T31-dossier"),
    pytest.param(refunds.REFUND_MOVES, refunds.RefundState, REFUND, id="R01-R15-refund"),
    pytest.param(smaller.FEE_MOVES, smaller.FeeState, FEE, id="fee"),
    pytest.param(smaller.CAMPAIGN_MOVES, smaller.CampaignState, CAMPAIGN, id="campaign"),
    pytest.param(smaller.BATCH_MOVES, smaller.BatchState, BATCH, id="batch"),
    pytest.param(smaller.IMPOSSIBILITY_MOVES, smaller.ImpossibilityState, IMPOSSIBILITY, id="impossibility"),
    pytest.param(smaller.CERTIFICATE_MOVES, smaller.CertificateState, CERTIFICATE, id="certificate"),
    pytest.param(smaller.DEFERRAL_MOVES, smaller.DeferralState, DEFERRAL, id="deferral"),
    pytest.param(smaller.MANDATE_MOVES, smaller.MandateState, MANDATE, id="mandate"),
    pytest.param(smaller.RETURN_MOVES, smaller.ReturnState, RETURN, id="return"),
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
    assert set(expected) == {NEW, *states.values}
    found = grid(moves, [NEW, *states.values], ACTORS)
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
            with pytest.raises(MoveRefused) as refused:
                moves.check(name, state)
            assert str(moves.label_of(state)) in str(refused.value)


def test_a_refund_that_ends_without_money_leads_back_where_it_came_from() -> None:
    for before in (*EARLY, *LATE):
        assert dossiers.DOSSIER_MOVES.check("resume", "refund_requested", back=before).target == before
    for elsewhere in ("enrolled", "refund_requested", "draft", "", None):
        with pytest.raises(MoveRefused):
            dossiers.DOSSIER_MOVES.check("resume", "refund_requested", back=elsewhere)


def test_the_rules_and_the_tables_speak_of_the_same_states() -> None:
    assert set(rule_states.State) == set(dossiers.DossierState.values)
    assert rule_states.ENDED == dossiers.ENDED
    assert rule_states.TURNED_DOWN == dossiers.GIVES_REAPPLICATION
    assert rule_states.PAID_AND_LIVE == dossiers.CERTIFIABLE
    assert rule_states.ADMITTED | {"refund_requested"} == dossiers.ADMITTED


def test_nothing_moves_from_an_ended_dossier_but_a_rejection_made_by_a_clerical_error() -> None:
    moving = {end for end in dossiers.ENDED if dossiers.DOSSIER_MOVES.open_from(end)}
    assert moving == {dossiers.DossierState.REJECTED}
    assert not any(refunds.REFUND_MOVES.open_from(end) for end in refunds.REFUND_ENDED)
