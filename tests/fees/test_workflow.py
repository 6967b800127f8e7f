"""The tables of moves compared whole with the catalogue (FEE §4.2, §4.3)."""

from fees.workflow import CARD_MOVES, CHARGE_MOVES, CLOSED, PAYABLE, CardState, ChargeState
from upt_portal.kernel.moves import NEW

CHARGE_TABLE = {
    (NEW, "post"): "configured",
    ("configured", "release"): "due",
    ("configured", "pay"): "paid",
    ("configured", "exempt"): "exempted",
    ("configured", "close_short"): "paid",
    ("configured", "exempt_part"): "configured",
    ("configured", "cancel"): "cancelled",
    ("due", "hide"): "configured",
    ("due", "pay"): "paid",
    ("due", "pay_part"): "partly_paid",
    ("due", "mark_overdue"): "overdue",
    ("due", "extend"): "due",
    ("due", "exempt"): "exempted",
    ("due", "exempt_part"): "due",
    ("due", "cancel"): "cancelled",
    ("partly_paid", "hide"): "configured",
    ("partly_paid", "pay"): "paid",
    ("partly_paid", "pay_part"): "partly_paid",
    ("partly_paid", "mark_overdue"): "overdue",
    ("partly_paid", "extend"): "partly_paid",
    ("partly_paid", "exempt"): "exempted",
    ("partly_paid", "exempt_part"): "partly_paid",
    ("partly_paid", "close_short"): "paid",
    ("partly_paid", "cancel_paid"): "cancelled",
    ("overdue", "hide"): "configured",
    ("overdue", "pay"): "paid",
    ("overdue", "pay_part"): "overdue",
    ("overdue", "extend"): "due",
    ("overdue", "exempt"): "exempted",
    ("overdue", "close_short"): "paid",
    ("overdue", "exempt_part"): "overdue",
    ("overdue", "cancel"): "cancelled",
    ("paid", "cancel_paid"): "cancelled",
    ("exempted", "restore"): "due",
    ("exempted", "cancel_paid"): "cancelled",
}
CARD_TABLE = {
    (NEW, "begin"): "initiated",
    ("initiated", "confirm"): "confirmed",
    ("initiated", "fail"): "failed",
    ("initiated", "expire"): "expired",
    ("failed", "confirm"): "confirmed",
    ("expired", "confirm"): "confirmed",
    ("confirmed", "reverse"): "reversed",
}


def test_every_cell_of_the_charges_table() -> None:
    found = {}
    for state in [NEW, *ChargeState.values]:
        for move in CHARGE_MOVES.open_from(state):
            back = state if state in ("due", "partly_paid") else "due"
            found[state, move.name] = CHARGE_MOVES.check(
                move.name, state, back=back if move.name in ("extend", "restore") else None
            ).target
    assert found == CHARGE_TABLE


def test_every_cell_of_the_card_payments_table() -> None:
    found = {
        (state, move.name): CARD_MOVES.check(move.name, state).target
        for state in [NEW, *CardState.values]
        for move in CARD_MOVES.open_from(state)
    }
    assert found == CARD_TABLE


def test_every_state_is_payable_closed_or_waiting() -> None:
    assert set(ChargeState) == PAYABLE | CLOSED | {ChargeState.CONFIGURED}
    assert not PAYABLE & CLOSED
