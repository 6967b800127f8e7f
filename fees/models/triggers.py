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
