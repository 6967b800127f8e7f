"""What the database itself refuses, so that no program can make the ledger disagree with itself.

A refusal carries the code of a violated check, so Python sees an IntegrityError, as with a constraint.
"""

import pgtrigger

KEPT = pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)

# Inside the trigger of an allocation the depth is 2; a statement of a program stands at 1.
ALLOCATED_BY_ALLOCATIONS = pgtrigger.Trigger(
    name="allocated_by_allocations",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'INSERT' THEN
            IF NEW.allocated <> 0 THEN
                RAISE EXCEPTION 'a new line has nothing allocated' USING ERRCODE = 'check_violation';
            END IF;
        ELSIF NEW.allocated IS DISTINCT FROM OLD.allocated AND pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'allocated sums change by allocations only' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

ALLOCATION_COUNTS = pgtrigger.Trigger(
    name="allocation_counts",
    operation=pgtrigger.Insert,
    when=pgtrigger.After,
    declare=[("money", "fees_payment%ROWTYPE"), ("line", "fees_charge%ROWTYPE")],
    func="""
        IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM fees_allocation AS made
            WHERE made.id = NEW.reverses_id AND made.amount = -NEW.amount
                AND made.payment_id = NEW.payment_id AND made.charge_id = NEW.charge_id
                AND made.reverses_id IS NULL
        ) THEN
            RAISE EXCEPTION 'a reversal takes back one allocation whole' USING ERRCODE = 'check_violation';
        END IF;
        UPDATE fees_payment SET allocated = allocated + NEW.amount WHERE id = NEW.payment_id
            RETURNING * INTO money;
        UPDATE fees_charge SET allocated = allocated + NEW.amount WHERE id = NEW.charge_id
            RETURNING * INTO line;
        IF money.currency <> line.currency THEN
            RAISE EXCEPTION 'payment and charge differ in currency' USING ERRCODE = 'check_violation';
        END IF;
        IF money.enrolment_id IS DISTINCT FROM line.enrolment_id THEN
            RAISE EXCEPTION 'payment and charge differ in account' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

REDUCED_BY_REDUCTIONS = pgtrigger.Trigger(
    name="reduced_by_reductions",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'INSERT' THEN
            IF NEW.reduced <> 0 THEN
                RAISE EXCEPTION 'a new line is not reduced' USING ERRCODE = 'check_violation';
            END IF;
        ELSIF NEW.reduced IS DISTINCT FROM OLD.reduced AND pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'lines are reduced by reductions only' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

REDUCTION_COUNTS = pgtrigger.Trigger(
    name="reduction_counts",
    operation=pgtrigger.Insert,
    when=pgtrigger.After,
    func="""
        IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM fees_reduction AS made
            WHERE made.id = NEW.reverses_id AND made.amount = -NEW.amount
                AND made.charge_id = NEW.charge_id AND made.kind = NEW.kind AND made.reverses_id IS NULL
        ) THEN
            RAISE EXCEPTION 'a reversal takes back one reduction whole' USING ERRCODE = 'check_violation';
        END IF;
        UPDATE fees_charge SET reduced = reduced + NEW.amount WHERE id = NEW.charge_id;
        RETURN NEW;
    """,
)

PRICE_IN_USE_STAYS = pgtrigger.Trigger(
    name="price_in_use_stays",
    operation=pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF EXISTS (SELECT 1 FROM fees_charge WHERE price_id = OLD.id) THEN
            RAISE EXCEPTION 'charges use this price; add a dated row' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)

# A payment is reversed by a row of its own; nothing may be allocated from it afterwards.
REVERSED_BY_REVERSALS = pgtrigger.Trigger(
    name="reversed_by_reversals",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'INSERT' THEN
            IF NEW.reversed_at IS NOT NULL THEN
                RAISE EXCEPTION 'a new payment is not reversed' USING ERRCODE = 'check_violation';
            END IF;
        ELSIF NEW.reversed_at IS DISTINCT FROM OLD.reversed_at
            AND (pg_trigger_depth() < 2 OR OLD.reversed_at IS NOT NULL) THEN
            RAISE EXCEPTION 'payments are reversed by reversals only' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

REVERSAL_COUNTS = pgtrigger.Trigger(
    name="reversal_counts",
    operation=pgtrigger.Insert,
    when=pgtrigger.After,
    declare=[("taken", "fees_bankentry%ROWTYPE")],
    func="""
        UPDATE fees_payment SET reversed_at = NEW.at WHERE id = NEW.payment_id;
        IF NEW.bank_entry_id IS NULL THEN
            UPDATE fees_bankentry SET booked = fees_bankentry.booked - money.amount
            FROM fees_entrybooking AS link JOIN fees_payment AS money ON money.id = link.payment_id
            WHERE link.payment_id = NEW.payment_id AND fees_bankentry.id = link.entry_id;
        ELSE
            SELECT * INTO taken FROM fees_bankentry WHERE id = NEW.bank_entry_id;
            IF taken.kind <> 'taken_back' OR NOT EXISTS (
                SELECT 1 FROM fees_payment AS money WHERE money.id = NEW.payment_id
                    AND money.currency = taken.currency AND money.amount <= taken.amount
            ) THEN
                RAISE EXCEPTION 'the bank did not take this payment back' USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        RETURN NEW;
    """,
)

BOOKED_BY_BOOKINGS = pgtrigger.Trigger(
    name="booked_by_bookings",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'INSERT' THEN
            IF NEW.booked <> 0 THEN
                RAISE EXCEPTION 'a new entry has nothing booked' USING ERRCODE = 'check_violation';
            END IF;
        ELSIF NEW.booked IS DISTINCT FROM OLD.booked AND pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'entries are booked by bookings only' USING ERRCODE = 'check_violation';
        ELSIF NEW.booked <> OLD.booked AND OLD.closed_at IS NOT NULL THEN
            RAISE EXCEPTION 'the bookings of a closed entry stay' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

BOOKING_COUNTS = pgtrigger.Trigger(
    name="booking_counts",
    operation=pgtrigger.Insert,
    when=pgtrigger.After,
    declare=[("money", "fees_payment%ROWTYPE"), ("entry", "fees_bankentry%ROWTYPE")],
    func="""
        SELECT * INTO money FROM fees_payment WHERE id = NEW.payment_id;
        UPDATE fees_bankentry SET booked = booked + money.amount WHERE id = NEW.entry_id
            RETURNING * INTO entry;
        IF money.currency <> entry.currency OR money.method <> 'bank' THEN
            RAISE EXCEPTION 'payment and bank entry differ' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

# Money on its way back, or back already: counted by the refunds themselves, as allocations count themselves.
REFUNDED_BY_REFUNDS = pgtrigger.Trigger(
    name="refunded_by_refunds",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.Before,
    func="""
        IF TG_OP = 'INSERT' THEN
            IF NEW.refunded <> 0 THEN
                RAISE EXCEPTION 'of a new payment nothing is given back' USING ERRCODE = 'check_violation';
            END IF;
        ELSIF NEW.refunded IS DISTINCT FROM OLD.refunded AND pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'refunded sums change by refunds only' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

# The account of a payment may be found later (a candidate who enrols), and then it stays.
ACCOUNT_SET_ONCE = pgtrigger.Trigger(
    name="account_set_once",
    operation=pgtrigger.Update,
    when=pgtrigger.Before,
    condition=pgtrigger.Condition(
        "OLD.enrolment_id IS NOT NULL AND NEW.enrolment_id IS DISTINCT FROM OLD.enrolment_id"
    ),
    func="RAISE EXCEPTION 'the account of a payment is set once' USING ERRCODE = 'check_violation';",
)

REFUND_COUNTS = pgtrigger.Trigger(
    name="refund_counts",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.After,
    declare=[("was", "numeric := 0"), ("is_now", "numeric := 0"), ("money", "fees_payment%ROWTYPE")],
    func="""
        IF TG_OP = 'UPDATE' AND OLD.held_at IS NOT NULL AND OLD.refused_at IS NULL
            AND OLD.withdrawn_at IS NULL AND OLD.closed_at IS NULL THEN was := OLD.amount; END IF;
        IF NEW.held_at IS NOT NULL AND NEW.refused_at IS NULL
            AND NEW.withdrawn_at IS NULL AND NEW.closed_at IS NULL THEN is_now := NEW.amount; END IF;
        IF was <> is_now THEN
            UPDATE fees_payment SET refunded = refunded + is_now - was WHERE id = NEW.payment_id;
        END IF;
        SELECT * INTO money FROM fees_payment WHERE id = NEW.payment_id;
        IF money.currency <> NEW.currency THEN
            RAISE EXCEPTION 'refund and payment differ in currency' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


def month_is_open(column: str, *, changes: bool = False) -> pgtrigger.Trigger:
    """Refuse a movement in a month of the books that is closed (`MonthClosing`).

    column: the moment the movement counts on. changes: it is written on a row that exists.
    """
    changed = f"NEW.{column} IS DISTINCT FROM OLD.{column} AND" if changes else ""
    closed = f"closed.month >= date_trunc('month', NEW.{column} AT TIME ZONE 'Europe/Bucharest')::date"
    return pgtrigger.Trigger(
        name=f"{column}_in_open_month",
        operation=pgtrigger.Update if changes else pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"""
            IF {changed} EXISTS (SELECT 1 FROM fees_monthclosing AS closed WHERE {closed}) THEN
                RAISE EXCEPTION 'the month of this movement is closed' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,  # noqa: S608  columns of our own
    )
