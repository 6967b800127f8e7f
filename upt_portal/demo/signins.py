"""Whom one can sign in as, where that stands, and what to try."""

from django.utils import translation

from studentrecords.models import Person
from upt_portal.accounts.models import User
from upt_portal.accounts.roles import LABELS
from upt_portal.demo.cast import CAST, STAFF
from upt_portal.demo.newcomers import NEWCOMERS


def table() -> list[tuple[str, str, str]]:
    """Rows (e-mail address, role, what to try): students first, then staff, in the order of the cast."""
    found = User.objects.filter(person__isnull=False)
    students = {(user.first_name, user.last_name): user.email for user in found.order_by("-pk")}
    staff = {
        (user.first_name, user.last_name): user.email
        for user in User.objects.filter(person__isnull=True).order_by("-pk")
    }
    years = _years()
    rows = []
    for role in CAST:
        email = students.get((role.first_name, role.last_name))
        if email and role.try_it:
            rows.append((email, f"student, {years.get(email, '')}", role.try_it))
    with translation.override("en"):
        for member in STAFF:
            first, last = member.name.split(" ", 1)
            email = staff.get((first, last))
            if email and member.try_it:
                label = str(LABELS[member.roles[0]])
                place = f" {'/'.join(member.faculties)}" if member.faculties else ""
                rows.append((email, f"{label.lower()}{place}", member.try_it))
    return rows


def to_activate() -> list[tuple[str, str, str]]:
    """Rows (CNP, birth date as it is typed, what to try) of those who still have no account that is open."""
    people = Person.objects.exclude(user__state="active").filter(enrolments__isnull=False)
    found = {(one.first_name, one.last_name): one for one in people}
    rows = []
    for newcomer in NEWCOMERS:
        first, last = newcomer.name.split(" ", 1)
        if (one := found.get((first, last))) and one.birth_date:
            rows.append((one.cnp, f"{one.birth_date:%d.%m.%Y}", f"{newcomer.name}. {newcomer.try_it}"))
    return rows


def _years() -> dict[str, str]:
    """Programme and year of study of each student of the cast: "CALC 3"."""
    names = {(role.first_name, role.last_name) for role in CAST}
    people = Person.objects.filter(last_name__in={last for _first, last in names}).prefetch_related(
        "enrolments__programme"
    )
    return {
        person.user.email: ", ".join(
            f"{one.programme.code.split('-', 2)[2]} {one.year_of_study}" for one in person.enrolments.all()
        )
        for person in people.select_related("user")
        if person.user is not None and (person.first_name, person.last_name) in names
    }
