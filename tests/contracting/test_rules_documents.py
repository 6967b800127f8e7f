"""The papers to sign, what is still missing, and what a change may leave out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.utils import translation

from contracting.rules import documents
from contracting.rules.documents import DocumentKind, Scan, Wanted
from contracting.rules.offer import Kind, Route, Row


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Reasons are read in English here; their translations have a test of their own."""
    with translation.override("en"):
        yield


ANNEX_1 = Wanted(DocumentKind.ANNEX, "17", 1)
ANNEX_2 = Wanted(DocumentKind.ANNEX, "17", 2)
CONTRACT = Wanted(DocumentKind.CONTRACT, "5")
ADDENDUM = Wanted(DocumentKind.ADDENDUM, "9")


@pytest.mark.parametrize(
    ("contracts", "addenda", "wanted"),
    [
        ((), (), (ANNEX_1,)),
        (("5",), (), (ANNEX_1, CONTRACT)),
        ((), ("9",), (ANNEX_1, ADDENDUM)),
        (("5",), ("9",), (ANNEX_1, CONTRACT, ADDENDUM)),
    ],
)
def test_the_annex_and_whatever_is_open_beside_it(contracts, addenda, wanted) -> None:
    assert documents.required_documents("17", 1, contracts=contracts, addenda=addenda) == wanted


@pytest.mark.parametrize(
    ("required", "scans", "missing"),
    [
        ((ANNEX_1,), (), (ANNEX_1,)),
        ((ANNEX_1,), (Scan(ANNEX_1),), ()),
        ((ANNEX_2,), (Scan(ANNEX_1),), (ANNEX_2,)),  # a scan of the replaced version does not count
        ((ANNEX_2,), (Scan(ANNEX_1), Scan(ANNEX_2)), ()),
        ((ANNEX_1,), (Scan(ANNEX_1, counts=False),), (ANNEX_1,)),  # rejected
        ((ANNEX_1,), (Scan(ANNEX_1, counts=False), Scan(ANNEX_1)), ()),
        ((ANNEX_1, CONTRACT), (Scan(ANNEX_1),), (CONTRACT,)),
        ((ANNEX_1, CONTRACT), (Scan(CONTRACT),), (ANNEX_1,)),
        ((ANNEX_1, CONTRACT), (Scan(CONTRACT), Scan(ANNEX_1)), ()),
        ((ANNEX_1,), (Scan(Wanted(DocumentKind.ANNEX, "18", 1)),), (ANNEX_1,)),  # of another annex
    ],
)
def test_what_is_still_to_upload(required, scans, missing) -> None:
    assert documents.still_to_upload(required, scans) == missing


def row(key: str, *, mandatory: bool) -> Row:
    return Row(
        key=key,
        code=key,
        name=f"Discipline {key}",
        credits=5,
        kind=Kind.COMPULSORY,
        route=Route.NEW,
        year=2,
        semester=1,
        current_year=True,
        mandatory=mandatory,
        amount=Decimal("0.00"),
    )


ROWS = (row("locked", mandatory=True), row("free", mandatory=False), row("other", mandatory=True))


@pytest.mark.parametrize(
    ("dropped", "named", "accepted"),
    [
        (set(), set(), True),
        ({"free"}, set(), True),
        ({"locked"}, set(), False),
        ({"locked"}, {"locked"}, True),
        ({"locked", "free"}, {"locked"}, True),
        ({"locked", "other"}, {"locked"}, False),
        ({"locked"}, {"other"}, False),
    ],
)
def test_a_mandatory_row_goes_only_when_the_approval_names_it(dropped, named, accepted) -> None:
    assert bool(documents.may_drop(ROWS, dropped, named)) is accepted


def test_the_refusal_names_the_row_that_is_not_named() -> None:
    answer = documents.may_drop(ROWS, {"locked", "other"}, {"locked"})
    assert str(answer.reason) == "Discipline other is mandatory, and the dean's approval does not name it."
    assert str(answer.article)
    assert str(answer.cure)
