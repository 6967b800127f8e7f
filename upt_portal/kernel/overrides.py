"""The decisions about parameters, read from the database: once per request or task, not per row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery.signals import task_postrun, task_prerun
from django.core.signals import request_finished, request_started
from django.db.models.signals import post_delete, post_save

from upt_portal.kernel import compiled, params
from upt_portal.kernel.models import ParameterOverride
from upt_portal.kernel.params import Decision

_Decisions = dict[str, list[Decision]]
#: Most requests ask for it.
_ALL = compiled.Read(lambda: ParameterOverride.objects.order_by("pk"))


class _Snapshot:
    """All decisions as they stood when the first one was asked for; the table is small."""

    def __init__(self) -> None:
        self._by_name: _Decisions | None = None

    def of(self, name: str) -> list[Decision]:
        if self._by_name is None:
            self._by_name = {}
            for row in _ALL.all():
                self._by_name.setdefault(row.name, []).append(_decision(row))
        return self._by_name.get(name, [])

    def forget(self) -> None:
        self._by_name = None


_snapshot: ContextVar[_Snapshot | None] = ContextVar("parameter_snapshot", default=None)


def decisions(name: str) -> Iterable[Decision]:
    """The decisions about one parameter. Outside a request, a task or `snapshot` each call is a query."""
    kept = _snapshot.get()
    if kept is not None:
        return kept.of(name)
    return [_decision(row) for row in ParameterOverride.objects.filter(name=name)]


@contextmanager
def snapshot() -> Iterator[None]:
    """Inside the block all decisions are read at most once (for commands that go through many cases)."""
    token = _snapshot.set(_Snapshot())
    try:
        yield
    finally:
        _snapshot.reset(token)


def connect() -> None:
    """Hand the decisions to `params`; keep one snapshot per request and per task of a worker."""
    params.read_decisions_with(decisions)
    request_started.connect(_begin, dispatch_uid="parameters")
    request_finished.connect(_end, dispatch_uid="parameters")
    post_save.connect(_forget, sender=ParameterOverride, dispatch_uid="parameters")
    post_delete.connect(_forget, sender=ParameterOverride, dispatch_uid="parameters")
    task_prerun.connect(_begin_task, dispatch_uid="parameters")
    task_postrun.connect(_end_task, dispatch_uid="parameters")


def _decision(row: ParameterOverride) -> Decision:
    return Decision(row.scope_kind, row.scope_ref, row.first_day, row.value, row.decision)


def _begin(**_: object) -> None:
    _snapshot.set(_Snapshot())


def _end(**_: object) -> None:
    _snapshot.set(None)


_tasks: dict[str, _Snapshot] = {}


def _begin_task(task_id: str, **_: object) -> None:
    if _snapshot.get() is None:  # a task that runs inside a request reads with it
        _tasks[task_id] = _Snapshot()
        _snapshot.set(_tasks[task_id])


def _end_task(task_id: str, **_: object) -> None:
    if _tasks.pop(task_id, None) is not None:
        _snapshot.set(None)


def _forget(**_: object) -> None:
    kept = _snapshot.get()
    if kept is not None:
        kept.forget()
