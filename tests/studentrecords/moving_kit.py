"""Files of a university that moves in, as its former system would write them; jobs done at once."""

from collections.abc import Sequence
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile

from studentrecords.importing import moving
from studentrecords.models import Curriculum, MovingFile
from tests import factories
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.kernel import jobs
from upt_portal.kernel.cnp import make_cnp
from upt_portal.kernel.models import Job

STUDENTS = "Nume;Prenume;Inițiala tatălui;CNP;Pașaport;Data nașterii;Cetățenia;E-mail;Telefon"
ENROLMENTS = (
    "Nr. matricol;CNP;Pașaport;Cod program;Seria;Anul de studiu;Grupa;Finanțare;Categoria de cetățenie;"
    "Stare;Data înmatriculării;Decizia"
)
RESULTS = "Nr. matricol;Cod disciplină;An universitar;Sesiunea;Felul prezentării;Data;Nota;Cu plată"
BORN = date(2004, 3, 9)
PLAN = "2023-2025"


def cnp(serial: int) -> str:
    return make_cnp(BORN, "F", 1 + serial // 900, 1 + serial % 900)


def student(serial: int, **values: str) -> str:
    given = {"last": "Țânțaru", "first": f"Ștefania {serial}", "cnp": cnp(serial), "passport": "", "born": ""}
    given |= {"citizenship": "RO", "email": f"s{serial}@example.ro", "phone": "+40 722 000 000"} | values
    names = ("last", "first", "", "cnp", "passport", "born", "citizenship", "email", "phone")
    return ";".join(given.get(name, "") for name in names)


def enrolment(serial: int, programme: str, **values: str) -> str:
    given = {"number": f"M{serial:05d}", "cnp": cnp(serial), "programme": programme, "series": PLAN}
    given |= {"year": "2", "group": "G1", "money": "buget", "category": "română", "status": "înmatriculat"}
    given |= {"on": "25.09.2023", "decision": "DR 1/2023"} | values
    names = (
        "number", "cnp", "passport", "programme", "series", "year", "group", "money", "category", "status",
        "on", "decision",
    )  # fmt: skip
    return ";".join(given.get(name, "") for name in names)


def result(serial: int, code: str, grade: str = "8", **values: str) -> str:
    given = {"number": f"M{serial:05d}", "code": code, "year": "2025-2026", "session": "A-I"}
    given |= {"kind": "normală", "on": "20.01.2026", "paid": ""} | values
    names = ("number", "code", "year", "session", "kind", "on")
    return ";".join([*(given[name] for name in names), grade, given["paid"]])


def table(heading: str, *rows: str, encoding: str = "utf-8-sig", separator: str = ";") -> bytes:
    return "\r\n".join([heading, *rows]).replace(";", separator).encode(encoding)


def plan(code: str = "AC-L-MV", disciplines: Sequence[str] = ("D1", "D2", "D3")) -> Curriculum:
    factories.academic_year("2025-2026")
    made = factories.curriculum(filled=False, programme=factories.programme(code=code), series=PLAN)
    for name in disciplines:
        factories.discipline(curriculum=made, code=name)
    return made


def chief(*faculties: str) -> User:
    return factories.user(roles.CHIEF_SECRETARY, faculties=faculties or ("AC",))


def center() -> User:
    return factories.user(roles.SCHOOL_MANAGEMENT)


def sent(kind: str, data: bytes, *, by: User | None = None, faculties: str = "") -> MovingFile:
    """A file that was sent and looked at."""
    upload = SimpleUploadedFile("fisier.csv", data)
    found = moving.receive(kind, upload, faculties=faculties, actor=by or center(), at=factories.NOW)
    work()
    found.refresh_from_db()
    return found


def work() -> None:
    """Do the jobs that wait, as a worker would."""
    for job in Job.objects.filter(state=Job.State.QUEUED, kind__contains="moving"):
        assert jobs.run(str(job.pk), at=factories.NOW), Job.objects.get(pk=job.pk).error


def written(kind: str, data: bytes, *, by: User | None = None) -> MovingFile:
    """A file that was sent, confirmed and written."""
    found = sent(kind, data, by=by)
    moving.confirm(found.pk, actor=found.sent_by, at=factories.NOW)
    work()
    found.refresh_from_db()
    return found


def faults(found: MovingFile) -> list[str]:
    return [f"{fault.row} {fault.column}: {fault.words}" for fault in found.faults.all()]


def moved_in(count: int = 2, code: str = "AC-L-MV") -> None:
    """So many students with their enrolments."""
    plan()
    written("students", table(STUDENTS, *(student(n) for n in range(count))))
    written("enrolments", table(ENROLMENTS, *(enrolment(n, code) for n in range(count))))
