"""Two students who have not opened their account yet, for trying the first access."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib.auth.models import Group

from studentrecords.models import Curriculum, Enrolment, EnrolmentStatus, Financing, Person
from studentrecords.rules.citizenship import category_of
from upt_portal.accounts import roles
from upt_portal.accounts.models import User
from upt_portal.demo.people import People, sex_of
from upt_portal.kernel.crypto import blind_index


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """on_file: whether the portal holds an address of theirs; without one the secretariat decides."""

    name: str
    on_file: bool
    try_it: str


PROGRAMME, AGE, FIRST_PLACE = "AC-L-TI", 19, 9001
NEWCOMERS = (
    Newcomer(
        name="Ioana Negrilă",
        on_file=True,
        try_it="Account made, never opened: the link goes to the address on file, whatever is typed",
    ),
    Newcomer(
        name="Radu Cernăianu",
        on_file=False,
        try_it="No address on file: the secretariat of AC approves the one that is typed",
    ),
)


def lay(people: People, today: date, running: int) -> int:
    """Make them, freshmen of the year that runs (the number of its first autumn). Returns how many."""
    plan = Curriculum.objects.select_related("programme").filter(programme__code=PROGRAMME).latest("series")
    for place, one in enumerate(NEWCOMERS, FIRST_PLACE):
        person = _person(one, people, today)
        Enrolment.objects.create(
            person=person,
            programme=plan.programme,
            curriculum=plan,
            matriculation_number=f"{plan.programme.upt_code}.{running % 100:02d}.{place:04d}",
            promotion=f"{running}-{running + 4}",
            year_of_study=1,
            group="TI 1.1",
            financing=Financing.STATE,
            citizenship_category=category_of(person.citizenship),
            status=EnrolmentStatus.ENROLLED,
            enrolled_on=date(running, 9, 25),
            decision=f"DR {100 + running % 100}/{date(running, 9, 20):%d.%m.%Y}",
        )
    return len(NEWCOMERS)


def _person(one: Newcomer, people: People, today: date) -> Person:
    first, last = one.name.split(" ", 1)
    who = people.invent(
        born_in=today.year - AGE, first_name=first, last_name=last, sex=sex_of(first), citizenship="RO"
    )
    return Person.objects.create(
        user=_account(first, last, people) if one.on_file else None,
        last_name=last,
        first_name=first,
        father_initial=who.father_initial,
        cnp=who.cnp,
        cnp_index=blind_index(who.cnp, "cnp"),
        cnp_last=who.cnp[-4:],
        birth_date=who.born,
        citizenship=who.citizenship,
        phone=who.phone,
    )


def _account(first: str, last: str, people: People) -> User:
    """As the records office makes it: institutional address, no password, not activated."""
    address = people.address(first, last, settings.STUDENT_EMAIL_DOMAIN)
    user = User.objects.create_user(address, first_name=first, last_name=last, institutional_email=address)
    user.groups.add(Group.objects.get(name=roles.STUDENT))
    return user
