"""What the factories promise: valid by default, and the figures other tests rely on."""

import pytest

from studentrecords.queries import core as queries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "make",
    [
        factories.user,
        factories.department,
        factories.programme,
        factories.curriculum,
        factories.package,
        factories.discipline,
        factories.teaching,
        factories.person,
        factories.enrolment,
        factories.campaign,
    ],
)
def test_two_of_a_kind_are_valid(make):
    first, second = make(), make()
    assert first.pk != second.pk
    for row in (first, second):
        row.full_clean(exclude=["password"])


def test_a_filled_plan_has_thirty_credits_a_semester():
    plan = factories.curriculum()
    by_semester: dict[int, int] = {}
    for row in plan.disciplines.filter(package=None):
        by_semester[row.semester] = by_semester.get(row.semester, 0) + row.credits
    for package in plan.packages.all():
        by_semester[package.semester] += package.choose * package.credits_each
    assert by_semester == {1: 30, 2: 30, 3: 30, 4: 30}


def test_the_past_leaves_exactly_the_overdue_ones_unpassed():
    enrolment = factories.with_past(factories.enrolment(), {1: False, 2: True})
    standings = queries.standings([enrolment], factories.academic_year())[enrolment.pk]
    unpassed = [(row.discipline.credits, row.standards_met) for row in standings.values() if not row.passed]
    assert sorted(unpassed) == [(4, False), (5, True)]
    assert len(queries.choices_for([enrolment], factories.academic_year())[enrolment.pk]) == 2
