"""One small function per model: valid by default, nothing random, every field open to the caller.

Numbers run from a counter, so that two of a kind never collide. States are not set by hand here: those of a
contracting come from `tests.contracting.cases`, which presses the same buttons as people do.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from contracting.models import Campaign, StudyContract
from contracting.workflow import StudyContractState
from studentrecords.models import (
    AcademicYear,
    Curriculum,
    Cycle,
    Department,
    Discipline,
    DisciplineChoice,
    DisciplineKind,
    DisciplineYear,
    Enrolment,
    ExamResult,
    Faculty,
    Field,
    Financing,
    Package,
    Person,
    Programme,
    Recognition,
    SheetVersion,
    Teaching,
)
from upt_portal.accounts import roles
from upt_portal.accounts.models import FacultyScope, User
from upt_portal.kernel.cnp import make_cnp
from upt_portal.kernel.crypto import blind_index
from upt_portal.kernel.models import StoredFile

PASSWORD = "parola-de-test-2026"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)  # a Friday; 11:00 in Timișoara
THIS_YEAR, LAST_YEAR = "2026-2027", "2025-2026"

_numbers = count(1)

#: Credits of the disciplines of `curriculum(filled=True)`, by semester; 30 each.
#: The first five of semester 1 are those of example 7.1 of the contracting catalogue.
PLAN: Mapping[int, tuple[int, ...]] = {
    1: (4, 5, 3, 6, 2, 10),
    2: (6, 6, 6, 6, 6),
    3: (6, 6, 6, 6, 6),
    4: (5, 5, 5, 5),
}
#: Package of semester 4: two of three, 5 credits each.
PACKAGE = {"semester": 4, "choose": 2, "credits_each": 5, "options": 3}


def number() -> int:
    """The next number of this run."""
    return next(_numbers)


# ---- accounts ----------------------------------------------------------------------------------------------


def user(*role_names: str, faculties: Iterable[str] = (), **fields: Any) -> User:
    """Somebody with an account, a confirmed address and these roles; staff when a role other than student."""
    n = number()
    values: dict[str, Any] = {
        "email": f"utilizator{n}@upt.ro",
        "first_name": "Ștefan",
        "last_name": f"Țânțaru {n}",
        "is_staff": bool(set(role_names) - {roles.STUDENT, roles.TEACHER}),
        **fields,
    }
    account = User.objects.create_user(password=PASSWORD, **values)
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    account.groups.set(Group.objects.filter(name__in=role_names))
    FacultyScope.objects.bulk_create(FacultyScope(user=account, faculty_code=code) for code in faculties)
    return account


def student_user(**fields: Any) -> User:
    """A user with the student's role and an institutional address."""
    return user(roles.STUDENT, **{"email": f"student{number()}@student.upt.ro", **fields})


def secretary(*faculties: str, **fields: Any) -> User:
    """A secretary of these faculties; of `AC` when none is named."""
    return user(roles.SECRETARY, faculties=faculties or ("AC",), **fields)


def administrator(**fields: Any) -> User:
    """An administrator of the portal itself."""
    return user(roles.ADMINISTRATOR, is_superuser=True, **fields)


# ---- the university ----------------------------------------------------------------------------------------


def faculty(code: str = "AC", **fields: Any) -> Faculty:
    """The faculty of this code, made when missing."""
    values = {
        "name_ro": f"Facultatea {code}",
        "name_en": f"Faculty {code}",
        "office_email": f"secretariat.{code.lower()}@upt.ro",
        **fields,
    }
    return Faculty.objects.get_or_create(code=code, defaults=values)[0]


def department(**fields: Any) -> Department:
    """A department of the faculty AC."""
    n = number()
    values = {"code": f"D{n}", "name_ro": f"Departamentul {n}", **fields}
    values.setdefault("faculty", faculty())
    return Department.objects.create(**values)


def field(name_ro: str = "Calculatoare și tehnologia informației", **fields: Any) -> Field:
    """The field of study of this name, made when missing."""
    return Field.objects.get_or_create(name_ro=name_ro, defaults=fields)[0]


def programme(**fields: Any) -> Programme:
    """A bachelor programme of two years, 120 credits, at the faculty AC."""
    n = number()
    values: dict[str, Any] = {
        "code": f"AC-L-{n}",
        "name_ro": f"Ingineria învățării {n}",
        "name_en": f"Learning Engineering {n}",
        "cycle": Cycle.BACHELOR,
        "semesters": 4,
        "credits": 120,
        "open_to_third_countries": True,
        **fields,
    }
    values.setdefault("faculty", faculty())
    values.setdefault("field", field())
    return Programme.objects.create(**values)


def academic_year(name: str = THIS_YEAR) -> AcademicYear:
    """The academic year of this name, made when missing: from 28 September to 12 September."""
    first = int(name[:4])
    return AcademicYear.objects.get_or_create(
        name=name,
        defaults={
            "starts_on": date(first, 9, 28),
            "second_semester_on": date(first + 1, 2, 22),
            "ends_on": date(first + 1, 9, 12),
        },
    )[0]


def curriculum(*, filled: bool = True, **fields: Any) -> Curriculum:
    """A curriculum; `filled` with the disciplines of PLAN and the package of semester 4."""
    values: dict[str, Any] = {"series": "2025-2027", **fields}
    values.setdefault("programme", programme())
    made = Curriculum.objects.create(**values)
    if filled:
        for semester, credits in PLAN.items():
            for place, worth in enumerate(credits, 1):
                discipline(
                    curriculum=made,
                    semester=semester,
                    credits=worth,
                    name_ro=f"Disciplina {semester}.{place}",
                )
        options = package(curriculum=made)
        for place in range(1, PACKAGE["options"] + 1):
            discipline(
                curriculum=made,
                semester=options.semester,
                credits=options.credits_each,
                kind=DisciplineKind.ELECTIVE,
                package=options,
                name_ro=f"Opțională 4.{place}",
            )
    return made


def package(**fields: Any) -> Package:
    """A package of electives: two to choose, 5 credits each, in semester 4."""
    values: dict[str, Any] = {
        "code": f"S4-OP{number()}",
        "semester": PACKAGE["semester"],
        "choose": PACKAGE["choose"],
        "credits_each": PACKAGE["credits_each"],
        **fields,
    }
    if "curriculum" not in values:
        values["curriculum"] = curriculum(filled=False)
    return Package.objects.create(**values)


def discipline(**fields: Any) -> Discipline:
    """A compulsory discipline of 5 credits in semester 1; its year follows from the semester."""
    n = number()
    values: dict[str, Any] = {
        "code": f"X.{n:05d}",
        "name_ro": f"Disciplina {n}",
        "name_en": f"Discipline {n}",
        "semester": 1,
        "kind": DisciplineKind.COMPULSORY,
        "credits": 5,
        "evaluation": "E",
        **fields,
    }
    values.setdefault("year", (values["semester"] + 1) // 2)
    if "curriculum" not in values:
        values["curriculum"] = curriculum(filled=False)
    return Discipline.objects.create(**values)


def teaching(**fields: Any) -> Teaching:
    """A teacher's name at a discipline this year."""
    values: dict[str, Any] = {"teacher_name": "conf. dr. ing. Mărioara Șoimu", **fields}
    values.setdefault("year", academic_year())
    if "discipline" not in values:
        values["discipline"] = discipline()
    return Teaching.objects.create(**values)


# ---- people and what they passed ---------------------------------------------------------------------------


def person(**fields: Any) -> Person:
    """A person with an account and a generated CNP; `user=None` for one without an account."""
    n = number()
    values: dict[str, Any] = {
        "last_name": "Văleanu",
        "first_name": f"Andra {n}",
        "father_initial": "Ș.",
        "birth_date": date(2005, 6, 14),
        "cnp": make_cnp(date(2005, 6, 14), "F", 1 + n // 900 % 90, 1 + n % 900),
        **fields,
    }
    if "user" not in values:
        values["user"] = student_user(first_name=values["first_name"], last_name=values["last_name"])
    if values["cnp"]:
        values.setdefault("cnp_index", blind_index(values["cnp"], "cnp"))
        values.setdefault("cnp_last", values["cnp"][-4:])
    return Person.objects.create(**values)


def enrolment(**fields: Any) -> Enrolment:
    """A state-funded student in year 2 of a filled curriculum; give the `programme` or the `curriculum`."""
    values: dict[str, Any] = {
        "matriculation_number": f"LB{number():05d}",
        "promotion": "2025-2027",
        "year_of_study": 2,
        "group": "CTI-2.1",
        "financing": Financing.STATE,
        "enrolled_on": date(2025, 9, 29),
        **fields,
    }
    if "curriculum" not in values:
        values["curriculum"] = curriculum(
            **({"programme": values["programme"]} if "programme" in values else {})
        )
    values.setdefault("programme", values["curriculum"].programme)
    values.setdefault("person", person())
    return Enrolment.objects.create(**values)


def choice(of: Enrolment, what: Discipline, year: str = THIS_YEAR) -> DisciplineChoice:
    """The student chose this discipline for the year."""
    return DisciplineChoice.objects.create(
        enrolment=of,
        discipline=what,
        year=academic_year(year),
        chosen_at=datetime(int(year[:4]), 9, 20, 9, tzinfo=UTC),
    )


def result(
    of: Enrolment, what: Discipline, grade: int | None = 8, year: str = LAST_YEAR, **fields: Any
) -> ExamResult:
    """An attempt in the first session of the discipline's semester; grade None is an absence."""
    first = what.semester % 2 == 1
    values: dict[str, Any] = {
        "session": ExamResult.Session.A1 if first else ExamResult.Session.A2,
        "on": date(int(year[:4]) + 1, 2 if first else 6, 15),
        **fields,
    }
    return ExamResult.objects.create(
        enrolment=of, discipline=what, year=academic_year(year), grade=grade, absent=grade is None, **values
    )


def standing(
    of: Enrolment, what: Discipline, standards_met: bool | None = True, year: str = LAST_YEAR
) -> DisciplineYear:
    """How the student stood at the discipline in a year: minimum standards met or not."""
    return DisciplineYear.objects.create(
        enrolment=of, discipline=what, year=academic_year(year), standards_met=standards_met, marked_at=NOW
    )


def recognition(of: Enrolment, what: Discipline, **fields: Any) -> Recognition:
    """A recognised discipline."""
    return Recognition.objects.create(
        **{"enrolment": of, "discipline": what, "decision": "DE 12/01.10.2026", **fields}
    )


def sheet(what: Discipline, year: str = THIS_YEAR) -> SheetVersion:
    """A published discipline sheet; its file is a row without bytes."""
    by = user(roles.TEACHER)
    stored = StoredFile.objects.create(
        owner=by,
        purpose="studentrecords.sheet",
        sha256="0" * 64,
        size=1,
        content_type="application/pdf",
        uploaded_at=NOW,
    )
    return SheetVersion.objects.create(
        discipline=what, year=academic_year(year), number=1, stored=stored, published_at=NOW, published_by=by
    )


def with_past(of: Enrolment, overdue: Mapping[int, bool] | None = None) -> Enrolment:
    """The student passed year 1 but for the `overdue`: place in the plan (from 1) → minimum standards met.

    Electives of year 2 are chosen: the first ones of each package. Returns the enrolment.
    """
    overdue = overdue or {}
    past = of.curriculum.disciplines.filter(year=1, kind=DisciplineKind.COMPULSORY).order_by("semester", "pk")
    for place, what in enumerate(past, 1):
        standing(of, what, overdue.get(place, True))
        if place not in overdue:
            result(of, what)
        elif overdue[place]:
            result(of, what, 4)
    for options in of.curriculum.packages.all():
        for what in options.options.order_by("pk")[: options.choose]:
            choice(of, what)
    return of


# ---- contracting -------------------------------------------------------------------------------------------


def campaign(**fields: Any) -> Campaign:
    """A draft campaign of AC for this year: on the day of NOW stage 1 and stage 2 are open."""
    values: dict[str, Any] = {
        "name": f"Contractare {number()}",
        "stage1_from": date(2026, 11, 16),
        "stage1_until": date(2026, 11, 25),
        "stage2_from": date(2026, 11, 17),
        "stage2_until": date(2026, 11, 27),
        "stage3_from": date(2026, 11, 27),
        "stage3_until": date(2026, 11, 27),
        "stage4_from": date(2026, 11, 28),
        "stage4_until": date(2026, 12, 4),
        "documents_from": date(2026, 11, 19),
        "payment_until": date(2026, 12, 13),
        "contact": "secretariat.ac@upt.ro",
        **fields,
    }
    values.setdefault("year", academic_year())
    values.setdefault("faculty", faculty())
    return Campaign.objects.create(**values)


def study_contract(of: Enrolment, **fields: Any) -> StudyContract:
    """The signed contract of an enrolment."""
    values = {
        "number": str(number()),
        "date": date(2025, 9, 29),
        "state": StudyContractState.ACTIVE,
        "student_signed_on": date(2025, 9, 29),
        "university_signed_on": date(2025, 9, 30),
        **fields,
    }
    return StudyContract.objects.create(enrolment=of, **values)


def money(text: str) -> Decimal:
    """A sum with two decimals, for comparing whole values."""
    return Decimal(text).quantize(Decimal("0.01"))
