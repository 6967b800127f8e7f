"""Two hands on one catalogue at the same moment; each with a control that takes the locks away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from django.db.models.query import QuerySet

from studentrecords.models import Catalogue, ExamAttempt, ResultEntry
from studentrecords.refusal import Refused
from studentrecords.services import catalogues
from studentrecords.services.catalogues import Changed, Written
from tests.races import MEET, Gate, at_once
from tests.studentrecords import exams_kit as kit
from upt_portal.kernel.models import TraceEntry
from upt_portal.kernel.moves import MoveRefused

pytestmark = pytest.mark.django_db(transaction=True)
RULES = "studentrecords.services.catalogues.rules"
#: With the locks, and without them: the control.
BOTH = pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])


@contextmanager
def locks(kept: bool) -> Iterator[None]:
    """The block with row locks in force, or as if nobody had asked for them."""
    if kept:
        yield
        return
    with mock.patch.object(QuerySet, "select_for_update", lambda self, *args, **options: self):
        yield


def held_until(
    done: threading.Event, function: Callable[..., Any], reached: threading.Event | None = None
) -> Callable[..., Any]:
    """`function`, called only when the other is done, or when it clearly cannot be. reached: set before."""

    def waits(*args: Any, **options: Any) -> Any:
        if reached is not None:
            reached.set()
        done.wait(MEET)
        return function(*args, **options)

    return waits


def then_tell(done: threading.Event, act: Callable[[], Any]) -> Callable[[], Any]:
    def told() -> Any:
        try:
            return act()
        finally:
            done.set()

    return told


@BOTH
def test_REC_136_two_teachers_save_one_row_at_once(locked: bool) -> None:
    catalogue = kit.opened(kit.students(1))
    row, gate = catalogue.rows.get(), Gate()

    def save(who: Any, grade: str) -> Callable[[], int]:
        return lambda: catalogues.enter(catalogue.pk, {row.pk: Written("", grade)}, actor=who, at=kit.IN_TIME)

    with locks(locked), mock.patch(f"{RULES}.listed_answer", gate.before(catalogues.rules.listed_answer)):
        outcomes = at_once(save(catalogue.holder, "9"), save(catalogue.second, "5"))
    assert gate.passed == 2
    entries = list(ResultEntry.objects.values_list("before", flat=True))
    if locked:
        assert sorted(type(one).__name__ for one in outcomes) == ["Changed", "int"]
        assert entries == [""]
        assert next(one.clashes[0].found for one in outcomes if isinstance(one, Changed)) in ("9", "5")
    else:
        assert entries == ["", ""]  # one of them overwrote the other without having seen it


@BOTH
def test_REC_134_one_signs_while_the_other_edits(locked: bool) -> None:
    catalogue = kit.opened(kit.students(1))
    kit.write(catalogue, "9")
    row, done, reached = catalogue.rows.get(), threading.Event(), threading.Event()

    def sign() -> Catalogue:
        return catalogues.sign(
            catalogue.pk, version=catalogue.version, actor=catalogue.holder, at=kit.IN_TIME
        )

    def edit() -> int:
        written = {row.pk: Written("9", "4")}
        reached.wait(MEET)  # the other has read the list it signs
        return catalogues.enter(catalogue.pk, written, actor=catalogue.second, at=kit.IN_TIME)

    slow = held_until(done, catalogues.rules.signing_answer, reached)
    with locks(locked), mock.patch(f"{RULES}.signing_answer", slow):
        outcomes = at_once(sign, then_tell(done, edit))
    assert outcomes[1] == 1
    catalogue.refresh_from_db()
    row.refresh_from_db()
    assert row.result == "4"
    if locked:
        assert catalogue.signed_by == frozenset()
        assert isinstance(outcomes[0], Refused | Catalogue)
    else:
        assert catalogue.signed_by == {catalogue.holder_id}  # under a grade that was never seen


@BOTH
def test_REC_038_published_twice_posts_once(locked: bool) -> None:
    catalogue = kit.opened(kit.students(2))
    kit.write(catalogue, "9", "4")
    kit.signed(catalogue)
    gate = Gate()

    def publish(who: Any) -> Callable[[], int]:
        return lambda: catalogues.publish(catalogue.pk, actor=who, at=kit.IN_TIME)

    with (
        locks(locked),
        mock.patch("studentrecords.services.catalogues.is_held_back", gate.before(catalogues.is_held_back)),
    ):
        outcomes = at_once(publish(catalogue.holder), publish(catalogue.second))
    assert ExamAttempt.objects.count() == 2
    published = TraceEntry.objects.filter(act="studentrecords.publish_catalogue").count()
    refusals = [type(one) for one in outcomes if isinstance(one, Exception)]
    if locked:
        assert (published, refusals) == (1, [MoveRefused])
    else:
        assert published == 2  # both found it signed, and both say they published it
    assert gate.passed == (1 if locked else 2)


@BOTH
def test_REC_131_the_term_locks_while_somebody_saves(locked: bool) -> None:
    catalogue = kit.opened(kit.students(1))
    row, done = catalogue.rows.get(), threading.Event()

    def save() -> int:
        written = {row.pk: Written("", "8")}
        return catalogues.enter(catalogue.pk, written, actor=catalogue.holder, at=catalogue.enter_until)

    def close() -> bool:
        return catalogues.lock_late(catalogue.pk, at=kit.LATE)

    slow = held_until(done, catalogues.rules.listed_answer)
    with locks(locked), mock.patch(f"{RULES}.listed_answer", slow):
        saved, closed = at_once(save, then_tell(done, close))
    catalogue.refresh_from_db()
    row.refresh_from_db()
    assert closed is True
    if locked:
        assert catalogue.state == "locked"
        assert row.result == ("8" if saved == 1 else "")
        assert ResultEntry.objects.count() == (1 if saved == 1 else 0)
    else:
        assert catalogue.state == "filled"  # open again after it was locked
