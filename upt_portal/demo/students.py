"""Two hundred students, or thirteen thousand: accounts, people, enrolments, contracts, in bulk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from contracting.models import StudyContract
from contracting.workflow import StudyContractState
from studentrecords.models import (
    AcademicYear,
    Curriculum,
    Cycle,
    Enrolment,
    EnrolmentStatus,
    Financing,
    Person,
)
from studentrecords.rules.citizenship import category_of
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.demo.cast import CAST, PASSWORD, Role
from upt_portal.demo.history import Overdue
from upt_portal.demo.people import ABROAD, Invented, People, sex_of, shares
from upt_portal.demo.plan import CLOSED, SIZES
from upt_portal.kernel.crypto import blind_index, reserve_keys
from upt_portal.kernel.names import search_key, sort_key

BATCH = 2000
GROUP_SIZE = 25
AGE_AT_START = {Cycle.BACHELOR: 19, Cycle.MASTER: 23}
STUDY_YEARS = {Cycle.BACHELOR: 4, Cycle.MASTER: 2}
#: Parts of a hundred in the crowd.
FEE_PAYING, FROM_ABROAD, IN_ENGLISH = 34, 3, 4


@dataclass
class Student:
    """One enrolment to make, and what became of it."""

    invented: Invented
    email: str
    programme: str
    year: int
    fee: bool
    overdue: Overdue = field(default_factory=Overdue)
    situation: str = ""
    language: str = "ro"
    status: str = EnrolmentStatus.ENROLLED
    first: "Student | None" = None
    enrolment: Enrolment = field(init=False)
    user: User = field(init=False)


def invent(total: int, people: People, today: date) -> list[Student]:
    """The cast, and a crowd that fills up the programmes to `total` enrolments."""
    students = [student for role in CAST for student in _of_cast(role, people, today)]
    sizes = shares(SIZES, max(total, len(students)))
    for student in students:
        sizes[student.programme] -= 1
    for programme, size in sizes.items():
        students += [_of_crowd(programme, people, today) for _n in range(size)]
    return students


def _of_cast(role: Role, people: People, today: date) -> Iterator[Student]:
    invented = people.invent(
        born_in=_born_in(role.programme, role.year, today),
        first_name=role.first_name,
        last_name=role.last_name,
        sex=sex_of(role.first_name),
        citizenship=role.citizenship,
    )
    main = Student(
        invented=invented,
        email=_address(people, invented),
        programme=role.programme,
        year=role.year,
        fee=role.fee,
        overdue=Overdue(role.overdue, role.exam_only),
        situation=role.situation,
        language=role.language,
        status=role.status,
    )
    yield main
    if role.second:
        programme, year = role.second
        yield Student(
            invented=invented,
            email=main.email,
            programme=programme,
            year=year,
            fee=True,
            overdue=Overdue(()),
            situation="ready",
            first=main,
        )


def _of_crowd(programme: str, people: People, today: date) -> Student:
    draw = people.draw
    year = draw.randint(1, 4 if programme.startswith("AC-L") else 2)
    abroad = draw.randrange(100) < FROM_ABROAD
    citizenship = draw.choice(ABROAD)[0] if abroad else "RO"
    invented = people.invent(born_in=_born_in(programme, year, today), citizenship=citizenship)
    return Student(
        invented=invented,
        email=_address(people, invented),
        programme=programme,
        year=year,
        fee=draw.randrange(100) < FEE_PAYING,
        language="en" if abroad or draw.randrange(100) < IN_ENGLISH else "ro",
    )


def _born_in(programme: str, year: int, today: date) -> int:
    bachelor = programme.startswith("AC-L")
    return today.year - AGE_AT_START[Cycle.BACHELOR if bachelor else Cycle.MASTER] - year


def _address(people: People, invented: Invented) -> str:
    return people.address(invented.first_name, invented.last_name, settings.STUDENT_EMAIL_DOMAIN)


# ---- rows --------------------------------------------------------------------------------------------------


def enrol(students: list[Student], years: dict[int, AcademicYear], current: int) -> None:
    """Make accounts, people, enrolments and study contracts; `student.enrolment` and `.user` are set.

    years: academic years by the number of their first autumn; current: that of the year now running.
    """
    alone = [student for student in students if student.first is None]
    accounts(
        [
            (
                User(
                    email=student.email,
                    first_name=student.invented.first_name,
                    last_name=student.invented.last_name,
                    language=student.language,
                ),
                (roles.STUDENT,),
            )
            for student in alone
        ]
    )
    by_email = {user.email: user for user in User.objects.filter(groups__name=roles.STUDENT)}
    for student in students:
        student.user = by_email[student.email]
    people = {student.email: _person(student) for student in alone}
    reserve_keys(list(people.values()))
    Person.objects.bulk_create(people.values(), batch_size=BATCH)
    _make_enrolments(students, people, years, current)


def accounts(wanted: Sequence[tuple[User, Iterable[str]]]) -> None:
    """Users with confirmed addresses and their roles; all have the password of the demonstration.

    It is hashed once: a hash for each of thirteen thousand would take ten minutes.
    """
    password = make_password(PASSWORD)
    for user, _names in wanted:
        user.password = password
    users = User.objects.bulk_create([user for user, _names in wanted], batch_size=BATCH)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users],
        batch_size=BATCH,
    )
    groups = dict(Group.objects.values_list("name", "pk"))
    member = User.groups.through
    member.objects.bulk_create(
        [member(user_id=user.pk, group_id=groups[name]) for user, names in wanted for name in names],
        batch_size=BATCH,
    )


def _person(student: Student) -> Person:
    """bulk_create calls no save(), so what save() computes is set here."""
    who = student.invented
    return Person(
        user=student.user,
        last_name=who.last_name,
        father_initial=who.father_initial,
        first_name=who.first_name,
        sort=sort_key(f"{who.last_name} {who.first_name}")[:200],
        search=search_key(f"{who.last_name} {who.first_name} {who.last_name}")[:200],
        cnp=who.cnp,
        cnp_index=blind_index(who.cnp, "cnp"),
        cnp_last=who.cnp[-4:],
        birth_date=who.born,
        citizenship=who.citizenship,
        phone=who.phone,
    )


def _make_enrolments(
    students: list[Student], people: dict[str, Person], years: dict[int, AcademicYear], current: int
) -> None:
    newest = {
        plan.programme.code: plan
        for plan in Curriculum.objects.select_related("programme__faculty").order_by("series")
    }
    counts: dict[tuple[str, int], int] = {}
    for student in students:
        plan = newest[student.programme]
        key = (student.programme, student.year)
        place = counts[key] = counts.get(key, 0) + 1
        student.enrolment = _enrolment(student, plan, people[student.email], place, current)
    Enrolment.objects.bulk_create([student.enrolment for student in students], batch_size=BATCH)
    StudyContract.objects.bulk_create(
        [_contract(student.enrolment, number, years) for number, student in enumerate(students, 1001)],
        batch_size=BATCH,
    )


def _enrolment(student: Student, plan: Curriculum, person: Person, place: int, current: int) -> Enrolment:
    """In the programmes of last year's campaign students stand as they stood then; it promotes them.

    Only the cast was offered anything then: a scan and a payment for each of a crowd would take an hour.
    """
    then = student.programme in CLOSED.programmes
    not_yet = then and (student.year == 1 or not student.situation)
    programme = plan.programme
    first = current - student.year + 1
    last = first + STUDY_YEARS[Cycle(programme.cycle)]
    short = programme.code.split("-", 2)[2]
    return Enrolment(
        person=person,
        programme=programme,
        curriculum=plan,
        matriculation_number=f"{programme.upt_code}.{first % 100:02d}.{place:04d}",
        promotion=f"{first}-{last}",
        year_of_study=max(student.year - then, 1),
        group=f"{short} {student.year}.{(place - 1) // GROUP_SIZE + 1}",
        financing=Financing.FEE if student.fee else Financing.STATE,
        citizenship_category=category_of(person.citizenship),
        status=EnrolmentStatus.ADMITTED if not_yet else student.status,
        enrolled_on=date(first, 9, 25),
        decision=f"DR {100 + first % 100}/{date(first, 9, 20):%d.%m.%Y}",
    )


def _contract(enrolment: Enrolment, number: int, years: dict[int, AcademicYear]) -> StudyContract:
    """Signed in the first days of the first year; suspended with the studies."""
    started = years[int(enrolment.promotion[:4])].starts_on
    interrupted = enrolment.status == EnrolmentStatus.INTERRUPTED
    return StudyContract(
        enrolment=enrolment,
        number=str(number),
        date=started + timedelta(days=1),
        state=StudyContractState.SUSPENDED if interrupted else StudyContractState.ACTIVE,
        due_until=started + timedelta(days=4),
        student_signed_on=started + timedelta(days=1),
        university_signed_on=started + timedelta(days=3),
    )


def noon(day: date) -> datetime:
    """12:00 UTC of a day: a moment on which every zone agrees what day it is."""
    return datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12)
