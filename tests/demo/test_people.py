"""The draw is repeatable, shares add up, years are found on any day."""

from datetime import date

import pytest

from studentrecords.models import AcademicYear
from tests import factories
from upt_portal.demo import university
from upt_portal.demo.cast import CAST
from upt_portal.demo.people import FAMILY, MEN, WOMEN, People, sex_of, shares
from upt_portal.demo.plan import CLOSED, DRAFT_RUN, DRAFTS, RUNS, SIZES
from upt_portal.demo.situations import SITUATIONS
from upt_portal.demo.students import invent
from upt_portal.kernel.cnp import birth_date_of

TODAY = date(2026, 11, 20)


def test_the_same_seed_gives_the_same_people():
    first, second = ([one.invented for one in invent(300, People(), TODAY)] for _n in range(2))
    assert first == second
    assert len(first) == 300


def test_addresses_differ_and_have_no_diacritics():
    emails = [one.email for one in invent(2000, People(), TODAY) if one.first is None]
    assert len(set(emails)) == len(emails)
    assert all(email.isascii() for email in emails)


def test_the_cnp_tells_the_day_of_birth():
    for one in invent(200, People(), TODAY):
        born = birth_date_of(one.invented.cnp)
        assert born == one.invented.born or (born is None and one.invented.citizenship != "RO")


def test_women_and_men_are_told_apart():
    assert not set(WOMEN) & set(MEN)
    assert [sex_of(role.first_name) for role in CAST[:3]] == ["F", "M", "F"]
    assert (sex_of("Horia"), sex_of("Amira")) == ("M", "F")
    assert len(set(FAMILY)) == len(FAMILY)


@pytest.mark.parametrize("total", [1, 13, 200, 13000])
def test_shares_add_up(total: int):
    parts = shares(SIZES, total)
    assert sum(parts.values()) == total
    assert all(part >= 0 for part in parts.values())


def test_the_plan_names_only_what_exists():
    covered = [programme for run in RUNS for programme in run.programmes]
    assert sorted(covered) == sorted(SIZES)
    assert {role.situation for role in CAST} - {"none"} <= set(SITUATIONS)
    assert {name for run in (*RUNS, CLOSED) for name in run.crowd} <= set(SITUATIONS)
    assert len(DRAFTS) == 9
    assert DRAFT_RUN.programmes == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("today", "running"),
    [
        (date(2092, 11, 20), 2092),
        (date(2092, 9, 1), 2091),  # the summer gap belongs to the year that ended last
        (date(2096, 1, 15), 2095),  # years not yet known are laid after the last one
    ],
)
def test_academic_years_are_there_on_any_day(today: date, running: int):
    for name in ("2091-2092", "2092-2093"):  # far from those of the demonstration
        factories.academic_year(name)
    years, found = university.academic_years(today)
    assert found == running
    assert {found - 3, found - 2, found - 1, found} <= set(years)
    assert years[found].starts_on <= today
    made = AcademicYear.objects.get(name=f"{found - 3}-{found - 2}")
    assert (made.second_semester_on - made.starts_on).days == 147  # as in the years beside it


@pytest.mark.django_db
def test_before_all_known_years_the_first_one_is_taken():
    factories.academic_year("2091-2092")
    first = min(int(name[:4]) for name in AcademicYear.objects.values_list("name", flat=True))
    years, found = university.academic_years(date(1990, 1, 1))
    assert found == first
    assert {first - 3, first - 2, first - 1} <= set(years)
