"""After a transactional test the database is as migrations left it: their rows stay, all others go.

Django would truncate every table and write back what it kept as text, half a second a test. Here only those
with rows are emptied, and what migrations wrote is copied from a schema of its own, made with the template.
"""

from typing import Any

from django.db import connection
from django.test import TransactionTestCase

KEPT = "kept"

_TABLES = """
    SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE'
"""
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


def install() -> None:
    """Put the database back after each transactional test; called once by the conftest."""
    TransactionTestCase._fixture_teardown = _put_back


def keep_rows(database: Any) -> None:
    """Copy what migrations wrote into the schema of kept rows. database: a Django connection."""
    with database.cursor() as cursor:
        filled = _filled(cursor, "public")
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in filled:
            cursor.execute(
                f'CREATE TABLE {KEPT}."{table}" AS SELECT {_columns(cursor, table)} FROM "{table}"'
            )


def _put_back(self: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        # No trigger of ours and no foreign key is asked: the tables end as consistent as they began.
        cursor.execute("SET session_replication_role = replica")
        try:
            for table in _filled(cursor, "public"):
                cursor.execute(f'DELETE FROM "{table}"')
            for table in _filled(cursor, KEPT):
                columns = _columns(cursor, table)
                cursor.execute(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {KEPT}."{table}"')
        finally:
            cursor.execute("RESET session_replication_role")


def _filled(cursor: Any, schema: str) -> list[str]:
    """Tables with rows, in one statement: an empty one costs a look at its first page."""
    cursor.execute(_TABLES, [schema])
    looks = [
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {schema}.\"{table}\")"
        for (table,) in cursor.fetchall()
    ]
    cursor.execute(" UNION ALL ".join(looks))
    return [table for (table,) in cursor.fetchall()]


def _columns(cursor: Any, table: str) -> str:
    cursor.execute(_COLUMNS, [table])
    return ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
