"""Taking records out: the same columns as they come in, as a file that is read back without a change."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy

from studentrecords.importing import moving_columns as columns
from studentrecords.models import MovingKind
from studentrecords.queries import moving as queries
from upt_portal.accounts.models import User
from upt_portal.kernel import audit

audit.register_act("studentrecords.take_out", gettext_lazy("Records taken out as a file"))

#: Words of the columns whose values are codes.
_WORDS: Final[Mapping[str, columns.Words]] = {
    "financing": columns.FINANCING,
    "citizenship_category": columns.CATEGORIES,
    "status": columns.STATUSES,
    "kind": columns.KINDS,
    "paid": columns.YES_WORDS,
}
#: File names; without anybody's name.
NAMES: Final = {
    MovingKind.STUDENTS: "studenti",
    MovingKind.ENROLMENTS: "inmatriculari",
    MovingKind.RESULTS: "rezultate",
}


def headings(kind: str) -> list[str]:
    """The headings: those of the first alias, in Romanian, by which the file is read back in any language."""
    return [column.aliases[0] if column.name != "cnp" else "CNP" for column in columns.COLUMNS[kind]]


def rows(kind: str, faculties: Sequence[str] | None) -> Iterator[list[Any]]:
    """The rows in the order of the columns; faculties: their codes, None for all."""
    names = [column.name for column in columns.COLUMNS[kind]]
    for values in queries.values(kind, faculties):
        yield [_cell(kind, name, values[name]) for name in names]


def _cell(kind: str, name: str, value: Any) -> Any:
    if name in _WORDS:
        return columns.words_of(_WORDS[name], value)
    if name == "result":
        return columns.RESULTS_TOLD.get(value, int(value) if value.isdecimal() else value)
    return value


@transaction.atomic
def record(kind: str, faculties: Sequence[str] | None, *, count: int, actor: User, at: datetime) -> None:
    """Keep who took which records and how many (REC-053)."""
    User.objects.select_for_update().get(pk=actor.pk)  # two files at once, one after the other
    data = {"rows": kind, "faculties": list(faculties) if faculties is not None else "all", "count": count}
    audit.record(
        f"studentrecords.take_out:{actor.pk}", "studentrecords.take_out", actor=actor, at=at, data=data
    )
