"""What a database consists of, in words that can be compared."""

from typing import Any

_PARTS = (
    """
    SELECT 'column', c.table_name, c.column_name, c.data_type, c.is_nullable, c.column_default,
        c.character_maximum_length, c.numeric_precision, c.numeric_scale, c.is_identity,
        c.generation_expression
    FROM information_schema.columns c WHERE c.table_schema = 'public'
    """,
    """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    """,
    "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text
    FROM pg_trigger WHERE NOT tgisinternal
    """,
    """
    SELECT 'function', p.proname, pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.pronamespace = 'public'::regnamespace AND l.lanname IN ('sql', 'plpgsql')
    """,
    "SELECT 'extension', extname, extversion FROM pg_extension",
)


def names(rows: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """What there is, without how it is defined: servers of two versions write that differently."""
    return {row[:2] if row[0] in ("function", "extension") else row[:3] for row in rows}


def read(cursor: Any) -> set[tuple[Any, ...]]:
    """Columns, constraints, indexes, triggers and functions of the portal's schema."""
    found: set[tuple[Any, ...]] = set()
    for part in _PARTS:
        cursor.execute(part)
        found.update(tuple(row) for row in cursor.fetchall())
    return found
