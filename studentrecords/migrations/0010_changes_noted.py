"""Triggers that note a change of what a student reads in the grades."""

from typing import Any

from django.db import migrations

#: Table → the rows of a statement whose change a student can see, by what the statement does.
OWN = (
    "studentrecords_examresult",
    "studentrecords_recognition",
    "studentrecords_disciplineyear",
    "studentrecords_earlierattempt",
)
ROWS = "SELECT DISTINCT n.enrolment_id FROM new_rows n"
OLD = "SELECT DISTINCT o.enrolment_id FROM old_rows o"
ENTERED = "SELECT DISTINCT n.enrolment_id FROM new_rows n JOIN old_rows o USING (id) WHERE n.result <> o.result"
STATE = (
    "SELECT DISTINCT r.enrolment_id FROM new_rows n JOIN old_rows o USING (id) "
    "JOIN studentrecords_cataloguerow r ON r.catalogue_id = n.id WHERE n.state <> o.state"
)
NEW_TABLE, OLD_TABLE = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"


def _triggers() -> list[tuple[str, str, str, str]]:
    """(table, act, tables of the statement, which enrolments)."""
    found = [("studentrecords_examattempt", "INSERT", NEW_TABLE, ROWS)]
    for table in OWN:
        found += [
            (table, "INSERT", NEW_TABLE, ROWS),
            (table, "UPDATE", f"{OLD_TABLE} {NEW_TABLE}", ROWS),
            (table, "DELETE", OLD_TABLE, OLD),
        ]
    found.append(("studentrecords_cataloguerow", "UPDATE", f"{OLD_TABLE} {NEW_TABLE}", ENTERED))
    found.append(("studentrecords_catalogue", "UPDATE", f"{OLD_TABLE} {NEW_TABLE}", STATE))
    return found


def _name(table: str, act: str) -> str:
    return f"{table.removeprefix('studentrecords_')}_noted_{act.lower()}"


def make(apps: Any, schema_editor: Any) -> None:
    for table, act, tables, enrolments in _triggers():
        name = _name(table, act)
        schema_editor.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO studentrecords_recordchange (enrolment_id) {enrolments}; RETURN NULL; END $$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {name} AFTER {act} ON {table} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    for table, act, _tables, _enrolments in _triggers():
        schema_editor.execute(f"DROP TRIGGER {_name(table, act)} ON {table}")
        schema_editor.execute(f"DROP FUNCTION {_name(table, act)}()")


class Migration(migrations.Migration):
    dependencies = [("studentrecords", "0009_personal_page")]

    operations = [migrations.RunPython(make, drop)]
