"""The university itself: reference data, calendar, curricula, prices, offices, teachers, staff."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from django.conf import settings

from fees.services import bankaccounts, tariff
from studentrecords.importing import curricula, reference
from studentrecords.models import (
    AcademicYear,
    CalendarEvent,
    Curriculum,
    Cycle,
    Discipline,
    Faculty,
    Teaching,
)
from upt_portal.accounts import roles
from upt_portal.accounts.models import FacultyScope, User
from upt_portal.demo.cast import STAFF
from upt_portal.demo.people import SEED, People
from upt_portal.demo.students import BATCH, accounts

STAFF_DOMAIN = "upt.ro"
YEARS_BACK = 3
TITLES = ("prof. dr. ing.", "conf. dr. ing.", "conf. dr. ing.", "ș.l. dr. ing.", "ș.l. dr. ing.", "lect. dr.")
TEACHERS_A_PROGRAMME = 14


@dataclass(frozen=True)
class Published:
    """A price carried on from a row of data/fees.csv. year: the row's own."""

    code: str
    cycle: str
    amount: str
    row: str
    year: str
    faculty: str = ""
    form: str = ""
    citizenship: str = ""
    currency: str = "RON"
    unit: str = "year"


_BACHELOR, _MASTER = Cycle.BACHELOR.value, Cycle.MASTER.value
PRICES = (
    Published("TUITION", _BACHELOR, "4020.00", "TXSC-ID-TEH 2025-2026", ""),
    Published("TUITION", _BACHELOR, "4020.00", "TXSC-ID-TEH", "2025-2026", form="ID"),
    Published("TUITION", _MASTER, "3900.00", "TXSC-M", "2021-2022"),
    Published("TUITION", _BACHELOR, "2430.00", "NEU-ING", "2025-2026", citizenship="third", currency="EUR"),
    Published("TUITION", _MASTER, "2430.00", "NEU-ING", "2025-2026", citizenship="third", currency="EUR"),
    Published("TUITION", _BACHELOR, "3150.00", "NEU-ARH", "2025-2026", faculty="ARH", citizenship="third",
              currency="EUR"),
    Published("TUITION", _BACHELOR, "1980.00", "NEU-SC", "2025-2026", faculty="SC", citizenship="third",
              currency="EUR"),
    Published("REEXAM", "", "60.00", "TXP3", "2024-2025", unit="presentation"),
    Published("REENROLMENT", "", "150.00", "TXINMAT", "2024-2025", unit="request"),
    Published("FINAL_EXAM", _BACHELOR, "600.00", "TXFIN-SEPT-TEH", "2024-2025", form="ID", unit="request"),
)  # fmt: skip
CARRIED_ON = "demonstrație: preluat din fees.csv, rândul {row}; de confirmat de universitate"
AS_PUBLISHED = "fees.csv, rândul {row}"

#: Invented, with right check digits; no bank of the country has this code.
BANK_ACCOUNTS = (("RON", "RO54DEMO0000123456789RON"), ("EUR", "RO97DEMO0000123456789EUR"))

#: Hours of a secretariat; the telephone numbers lead nowhere.
OFFICE_HOURS = ("luni–vineri, 10:00–14:00", "Monday to Friday, 10:00–14:00")


def load(folder: Path, *, at: datetime) -> None:
    """Faculties, programmes, academic years and every published curriculum, from the reference files."""
    reference.load(folder)
    packages = (folder / "curricula_packages.csv").read_bytes()
    for plan in sorted((folder / "curricula").glob("*.csv")):
        curricula.apply(plan.read_bytes(), packages=packages, actor=None, at=at)


# ---- calendar ----------------------------------------------------------------------------------------------


def academic_years(today: date) -> tuple[dict[int, AcademicYear], int]:
    """Academic years by the number of their first autumn, and the number of the one that runs today.

    Years that the reference data does not hold are laid 52 weeks beside their neighbour, so that weekdays
    stay; the demonstration then works on any day.
    """
    years = {int(year.name[:4]): year for year in AcademicYear.objects.all()}
    while max(year.starts_on for year in years.values()) + timedelta(weeks=52) <= today:
        last = max(years)
        years[last + 1] = _beside(years[last], +1)
    running = max((first for first, year in years.items() if year.starts_on <= today), default=min(years))
    for first in range(running, running - YEARS_BACK - 1, -1):
        if first not in years:
            years[first] = _beside(years[first + 1], -1)
    return years, running


def _beside(known: AcademicYear, step: int) -> AcademicYear:
    """The year after (+1) or before (-1) a known one, with its calendar, moved by 52 weeks."""
    first, shift = int(known.name[:4]) + step, timedelta(weeks=52 * step)
    year = AcademicYear.objects.create(
        name=f"{first}-{first + 1}",
        starts_on=known.starts_on + shift,
        second_semester_on=known.second_semester_on + shift,
        ends_on=known.ends_on + shift,
    )
    CalendarEvent.objects.bulk_create(
        CalendarEvent(
            year=year,
            event=event.event,
            starts_on=event.starts_on + shift,
            ends_on=event.ends_on + shift,
            source="completed",
            note=f"demonstrație: anul {known.name}, mutat cu 52 de săptămâni",
        )
        for event in known.events.all()
    )
    return year


# ---- prices ------------------------------------------------------------------------------------------------


def prices(years: dict[int, AcademicYear], running: int, *, actor: User, at: datetime) -> None:
    """Prices of this year and the one before, as published for that year, or to be confirmed.

    Extension, repetition, certificates and duplicates have no published amount: they are left to be set.
    """
    faculties = {faculty.code: faculty for faculty in Faculty.objects.all()}
    for first in (running - 1, running):
        year = years[first]
        for one in PRICES:
            of_this_year = one.year == year.name
            tariff.set_price(
                one.code,
                year,
                Decimal(one.amount),
                first_day=date(first, 7, 1),
                actor=actor,
                at=at,
                currency=one.currency,
                faculty=faculties[one.faculty] if one.faculty else None,
                cycle=one.cycle,
                form=one.form,
                citizenship=one.citizenship,
                unit=one.unit,
                source="published" if of_this_year else "completed",
                note=(AS_PUBLISHED if of_this_year else CARRIED_ON).format(
                    row=f"{one.row} {one.year}".strip()
                ),
            )


def open_bank_accounts(*, actor: User, at: datetime) -> None:
    """Where students pay by transfer: invented numbers of an invented bank, their check digits right."""
    for currency, iban in BANK_ACCOUNTS:
        bankaccounts.open_account(
            currency,
            iban,
            bic="DEMOROBU",
            bank="Banca Demonstrativă",
            beneficiary=settings.INSTITUTION_NAME,
            actor=actor,
            at=at,
        )


# ---- offices, staff, teachers ------------------------------------------------------------------------------


def offices() -> None:
    """Contact of each faculty's secretariat, on every page of its students (CON-010)."""
    for place, faculty in enumerate(Faculty.objects.order_by("code"), 1):
        faculty.office = f"Secretariatul facultății {faculty.code}"
        faculty.office_en = f"Secretariat of the faculty {faculty.code}"
        faculty.office_hours, faculty.office_hours_en = OFFICE_HOURS
        faculty.office_phone = f"0256 000 {place:03d}"
        faculty.office_email = f"secretariat.{faculty.code.lower()}@{STAFF_DOMAIN}"
        faculty.save()


def staff(people: People) -> dict[str, User]:
    """Accounts of the staff of the cast, by name."""
    wanted = []
    for member in STAFF:
        first, last = member.name.split(" ", 1)
        user = User(
            email=people.address(first, last, STAFF_DOMAIN),
            first_name=first,
            last_name=last,
            is_staff=member.roles != (roles.TEACHER,),
            is_superuser=member.superuser,
        )
        wanted.append((user, member.roles))
    accounts(wanted)
    made = {user.display_name: user for user, _names in wanted}
    FacultyScope.objects.bulk_create(
        FacultyScope(user=made[member.name], faculty_code=code)
        for member in STAFF
        for code in member.faculties
    )
    return made


def teachers(year: AcademicYear, people: People, made: dict[str, User]) -> None:
    """Who holds each discipline this year: invented names, two of them with an account."""
    with_account = [
        (f"{member.title} {member.name}", made[member.name]) for member in STAFF if member.teaches
    ]
    rows = []
    for plan in Curriculum.objects.select_related("programme").order_by("programme__code"):
        draw = Random(f"{SEED}:{plan}")  # noqa: S311  repeatable, no secret
        names: list[tuple[str, User | None]] = [*with_account]
        for _n in range(TEACHERS_A_PROGRAMME):
            who = people.invent(born_in=draw.randrange(1962, 1994))
            names.append((f"{draw.choice(TITLES)} {who.first_name} {who.last_name}", None))
        for discipline in Discipline.objects.filter(curriculum=plan).order_by("pk"):
            name, user = draw.choice(names)
            rows.append(Teaching(discipline=discipline, year=year, teacher=user, teacher_name=name))
    Teaching.objects.bulk_create(rows, batch_size=BATCH)
