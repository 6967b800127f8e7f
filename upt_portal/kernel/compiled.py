"""Statements of the busiest acts, compiled once from the ORM's own queries.

Building a queryset and compiling it costs several times what the database needs to answer it. On the evening
on which thousands validate, the same few statements run again and again: here the ORM writes their text once,
from the models, and only the values change. As the text stays the same, the server keeps its plan too.

Elsewhere the ORM is used as it is; a statement belongs here once a measurement in tests/bench says so.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators
from django.db.models.sql import InsertQuery, UpdateQuery

M = TypeVar("M", bound=Model)
_bound_by_server: Any = ServerBindingCursor  # the stubs know the cursor of psycopg 2 only
_populators: Any = get_related_populators


class Hole(Expression):
    """A place of a query that gets its value at each run, by name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


def _execute(sql: str, params: Sequence[Any]) -> Any:
    """Run a statement with its values bound by the server, which so keeps its plan; gives the cursor.

    A wrapper around statements (row histories put the name of staff before each) needs the ordinary cursor.
    """
    here: Any = connections[DEFAULT_DB_ALIAS]
    if here.execute_wrappers or here.queries_logged:
        cursor = here.cursor()
    else:
        here.ensure_connection()
        cursor = here.make_cursor(_bound_by_server(here.connection))
    cursor.execute(sql, params)
    return cursor


class _Text:
    """Text and parameters of a statement with holes."""

    def __init__(self, sql: str, params: Iterable[Any]) -> None:
        self.sql, self.params = sql, list(params)

    def run(self, values: dict[str, Any]) -> Any:
        return _execute(self.sql, [values[one.name] if isinstance(one, Hole) else one for one in self.params])


class Read(Generic[M]):
    """A queryset of whole models, `select_related` included, compiled at its first run.

    query: makes the queryset, with holes; asked once, when the models are ready.
    """

    def __init__(self, query: Callable[[], QuerySet[M]]) -> None:
        self._query = query

    @cached_property
    def _compiled(self) -> tuple[_Text, Callable[[list[Sequence[Any]]], Iterable[Sequence[Any]]], Any]:
        compiler = self._query().query.get_compiler(connection=connection)
        text = _Text(*compiler.as_sql())
        converters = compiler.get_converters([column[0] for column in compiler.select])

        def converted(rows: list[Sequence[Any]]) -> Iterable[Sequence[Any]]:
            return compiler.apply_converters(rows, converters) if converters else rows

        return text, converted, self._maker(compiler)

    @staticmethod
    def _maker(compiler: Any) -> Callable[[Sequence[Any]], Any]:
        klass, select, alias = compiler.klass_info, compiler.select, connection.alias
        fields = slice(klass["select_fields"][0], klass["select_fields"][-1] + 1)
        names = [column[0].target.attname for column in select[fields]]
        related = _populators(klass, select, alias)

        def make(row: Sequence[Any]) -> Any:
            found = klass["model"].from_db(alias, names, row[fields])
            for populator in related:
                populator.populate(row, found)
            return found

        return make

    def all(self, **values: Any) -> list[M]:
        """Every row the query gives with these values."""
        text, converted, make = self._compiled
        with text.run(values) as cursor:
            rows = cursor.fetchall()
        return [make(row) for row in converted(rows)]

    def first(self, **values: Any) -> M | None:
        """The first row, or None."""
        found = self.all(**values)
        return found[0] if found else None


class Change:
    """An update of a queryset, compiled at its first run. query: makes the queryset, with holes."""

    def __init__(self, query: Callable[[], QuerySet[Any]], **fields: Any) -> None:
        self._query, self._fields = query, fields

    @cached_property
    def _text(self) -> _Text:
        query: Any = self._query().query.chain(UpdateQuery)
        query.add_update_values(self._fields)
        return _Text(*query.get_compiler(connection=connection).as_sql())

    def run(self, **values: Any) -> int:
        """Make the change; gives the number of rows changed."""
        with self._text.run(values) as cursor:
            return int(cursor.rowcount)


@cache
def _insertion(model: type[Model], ignore_conflicts: bool) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not (field.generated or field.primary_key)]
    query = InsertQuery(model, on_conflict=OnConflict.IGNORE if ignore_conflicts else None)
    query.insert_values(fields, [model(**{field.attname: Hole(field.attname) for field in fields})])
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = [] if ignore_conflicts else [model._meta.pk]
    ((sql, _params),) = compiler.as_sql()
    return sql, fields


def insert(row: Model, *, ignore_conflicts: bool = False) -> None:
    """What `row.save(force_insert=True)` writes, without signals; the key is put on the row.

    ignore_conflicts: a row that is there already stays as it is; the key is then not known.
    """
    sql, fields = _insertion(type(row), ignore_conflicts)
    with _execute(sql, [_prepared(row, field, adding=True) for field in fields]) as cursor:
        if not ignore_conflicts:
            row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


@cache
def _updating(model: type[Model], names: tuple[str, ...]) -> tuple[Change, list[Any]]:
    holes = {name: Hole(name) for name in names}
    fields = [model._meta.get_field(name) for name in names]
    return Change(lambda: model._default_manager.filter(pk=Hole("pk")), **holes), fields


def update(row: Model, names: Iterable[str]) -> None:
    """What `row.save(update_fields=names)` writes, without signals.

    Raises LookupError when the row is gone.
    """
    change, fields = _updating(type(row), tuple(sorted(names)))
    values = {field.name: _prepared(row, field, adding=False) for field in fields}
    if change.run(pk=row.pk, **values) != 1:
        raise LookupError(f"{row._meta.label} {row.pk} is gone")


def _prepared(row: Model, field: Any, *, adding: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, adding), connection)
