"""Every table the portal gives away: nothing in it runs, and whoever stands in it is told (REC-053).

The places that write such files are counted in the source, so a new export without a row here fails.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import resolve
from openpyxl import load_workbook

from contracting.models import StudentContracting
from fees.services import presentations
from studentrecords.models import Enrolment, EnrolmentStatus, MovingFault, MovingFile, Person
from studentrecords.rules.sessions import Standing
from tests import factories
from tests.fees import ledger_kit, tariff_kit
from tests.test_permissions_table import World, address, world
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import clock
from upt_portal.kernel.exports import LIVE
from upt_portal.kernel.models import Job, RecordRead

__all__ = ["world"]
pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent
FORMULA, AT_SIGN = "=HYPERLINK(1)", "@SUM(A1)"
NUMBER = re.compile(r"-?\d+([.,]\d+)?")


@dataclass(frozen=True)
class Export:
    """One file. who: role or a name of the world; asked: what is sent beside the shape; texts: whether it
    holds words that somebody typed."""

    name: str
    who: str
    way: str = "GET"
    asked: dict[str, str] = field(default_factory=dict)
    shape: str = "format"
    people: bool = True
    texts: bool = True


_SPAN = {"first": "2026-11-01", "last": "2026-12-31"}
EXPORTS = (
    Export("studentrecords:catalogue_download", "teacher", shape="csv"),
    Export("admin:studentrecords_enrolment_supplement", "secretary", shape="as", people=False),
    Export("admin:studentrecords_movingfile_faults", "chief", people=False),
    Export("admin:studentrecords_movingfile_out", "chief", "POST", {"kind": "students"}, shape="shape"),
    Export("fees:overdue_export", "finance"),
    Export("fees:tuition_generate", "office"),
    Export("fees:second_week", "office"),
    Export("fees:exams", "office", asked={"session": "A-I"}),
    Export("fees:day_export", "finance", "POST", {"day": "2026-11-20"}),
    Export("fees:exports", "finance", "POST", {"table": "movements", **_SPAN}, shape="shape"),
    Export("admin:contracting_studentcontracting_export", "secretary", "POST", {"place": "all"}),
    Export("admin:contracting_studentcontracting_job", "secretary"),
    Export("admin:contracting_campaign_publish", "chief"),
)
#: Other tables of the same address, for the notes.
MORE = tuple(
    Export("fees:exports", "finance", "POST", {"table": name, **_SPAN}, shape="shape")
    for name in ("payments", "open")
) + tuple(
    Export("admin:studentrecords_movingfile_out", "chief", "POST", {"kind": kind}, shape="shape", texts=texts)
    for kind, texts in (("enrolments", True), ("results", False))
)  # fmt: skip


def test_every_place_that_writes_a_table_is_tried_here():
    found: Counter[str] = Counter()
    for room in ("upt_portal", "studentrecords", "fees", "contracting", "admissions", "counseling"):
        for path in (ROOT / room).rglob("*.py"):
            if path.match("kernel/exports.py"):
                continue
            text = path.read_text()
            calls = len(re.findall(r"\bexports\.(download|stream|xlsx_bytes|csv_bytes)\(", text))
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found.update({module: calls} if calls else {})
            assert "csv.writer(" not in text, f"{module} writes a CSV of its own"
            assert "Workbook(" not in text, f"{module} writes a workbook of its own"
    assert found.total() == len(EXPORTS), found


# ---- a world in which everybody has a formula for a name ---------------------------------------------------


@pytest.fixture(scope="module")
def hostile(world: World) -> World:
    """Everything there is something to export of."""
    enrolment = Enrolment.objects.get(pk=world.args["enrolment"])
    tariff_kit.price("REEXAM", "60", unit="presentation")
    year = tariff_kit.year(sessions=True)
    presentations.register(
        enrolment.pk, enrolment.curriculum.disciplines.order_by("pk")[0], year, "A-I",
        standing=Standing.EARLIER, form_filed_at=factories.NOW, actor=None, at=factories.NOW,
    )  # fmt: skip
    late = factories.enrolment(status=EnrolmentStatus.EXTENSION)
    tariff_kit.pay(ledger_kit.charge(late, rule="FEE-050", year=year, due_at=factories.NOW))
    before = {"posted_at": factories.NOW - timedelta(days=60), "due_at": factories.NOW - timedelta(days=30)}
    ledger_kit.charge(late, released_at=before["posted_at"], **before)
    factories.result(enrolment, enrolment.curriculum.disciplines.order_by("pk")[0])
    case = StudentContracting.objects.get(enrolment=enrolment)
    refused = {"refused": [[case.pk, "=1"]]}
    Job.objects.filter(pk=world.args["job"]).update(
        state=Job.State.DONE, result=refused, finished_at=factories.NOW
    )
    chief = factories.user(roles.CHIEF_SECRETARY, faculties=["AC"], is_staff=True)
    moving = MovingFile.objects.create(
        kind="students",
        name="=1.csv",
        sent_by=chief,
        sent_at=factories.NOW,
        state_at=factories.NOW,
        faculties="AC",
        size=1,
    )
    MovingFault.objects.create(moving=moving, row=1, column="CNP", value=FORMULA, words="@x")
    world.own["admin:studentrecords_movingfile_faults"] = {"pk": moving.pk}
    world.users |= {"chief": chief, "office": factories.user(roles.SCHOOL_MANAGEMENT)}
    Person.objects.update(last_name=FORMULA, first_name=AT_SIGN)
    Enrolment.objects.update(group=FORMULA, decision=FORMULA)
    return world


def taken(export: Export, world: World, shape: str) -> tuple[bytes, User]:
    """The file and who took it."""
    user = world.users[export.who]
    assert user is not None
    client = Client()
    client.force_login(user, backend="upt_portal.accounts.backends.PortalBackend")
    asked = {**export.asked, export.shape: shape}
    if (export.shape, shape) == ("csv", "xlsx"):
        asked = export.asked
    answer = getattr(client, export.way.lower())(address(export.name, world), asked)
    assert answer.status_code == 200, (export.name, answer.status_code)
    assert "attachment" in answer["Content-Disposition"], export.name
    return b"".join(_pieces(answer)), user


def _pieces(answer: HttpResponseBase) -> Iterator[bytes]:
    yield from (answer.streaming_content if answer.streaming else [answer.content])  # type: ignore[attr-defined]


def cells_of(data: bytes, shape: str) -> list[str]:
    """Every text in the file; numbers and dates of a workbook are typed and cannot run."""
    if shape == "csv":
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
        return [cell for row in rows for cell in row]
    cells = [cell for line in load_workbook(io.BytesIO(data)).active.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
    return [cell.value for cell in cells if isinstance(cell.value, str)]


#: Each file in each of its shapes; a supplement is JSON or a workbook, never CSV.
FILES = [
    pytest.param(export, shape, id="-".join([export.name, *export.asked.values(), shape]))
    for export in EXPORTS + MORE
    for shape in ("csv", "xlsx")
    if (export.shape, shape) != ("as", "csv")
]


@pytest.mark.parametrize(("export", "shape"), FILES)
def test_attack_formulas_in_every_export(export: Export, shape: str, hostile: World):
    with transaction.atomic():
        data, user = taken(export, hostile, shape)
        read = set(RecordRead.objects.filter(reader=user).values_list("person", flat=True))
        transaction.set_rollback(True)
    cells = cells_of(data, shape)
    live = [cell for cell in cells if LIVE.match(cell) and not NUMBER.fullmatch(cell)]
    assert live == []
    assert not export.texts or any(cell.startswith("'") for cell in cells), (
        "no hostile name in the file: it shows nothing"
    )
    if export.people:
        numbers = Enrolment.objects.filter(matriculation_number__in=cells, person__user__isnull=False)
        told = set(numbers.values_list("person__user", flat=True))
        assert told <= read
        assert read, "somebody stands in the file, nobody is told"


def test_the_modules_of_the_table_are_those_of_the_addresses(hostile: World):
    """The count above is of modules that these addresses lead to."""
    for export in EXPORTS:
        module = resolve(address(export.name, hostile)).func.__module__
        assert module.split(".")[0] in {"studentrecords", "fees", "contracting"}, module


def test_REC_053_a_list_taken_twice_is_told_once_a_day_and_in_words(hostile: World):
    export = next(one for one in EXPORTS if one.name == "fees:overdue_export")
    with transaction.atomic():
        for _time in range(2):
            _data, user = taken(export, hostile, "csv")
        rows = RecordRead.objects.filter(reader=user, what="fees.export")
        assert rows.count() == rows.values("person").distinct().count() > 0
        assert {row.day for row in rows} == {clock.today()}
        transaction.set_rollback(True)
