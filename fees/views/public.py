"""The public price list: what each fee is, who set it, and how the sums of a student come about (FEE-002)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fees import parameters
from fees.models import CitizenshipCategory
from fees.queries import tariff
from fees.queries.tuition import NoPlan, Plans
from fees.rules import recoveries, tuition
from studentrecords.models import AcademicYear, Faculty, Programme
from studentrecords.queries.core import academic_year_of
from upt_portal.kernel import citations, clock, dates
from upt_portal.kernel.money import format_money
from upt_portal.kernel.page import Pill
from upt_portal.kernel.params import Scope

EXAMPLE_CREDITS = 5
Money = Callable[[Decimal], str]


@dataclass(frozen=True)
class Example:
    """A sum worked out with the real price. rule: its ID, linked to the rulebook."""

    what: str
    working: str
    result: str
    rule: str

    @property
    def url(self) -> str:
        return citations.address("", self.rule)


@require_safe
def price_list(request: HttpRequest) -> HttpResponse:
    """The prices of a year for a programme and a citizenship, or all rows of the year; no sign-in asked."""
    today = clock.today()
    years = list(AcademicYear.objects.filter(pk__in=tariff.years_with_prices()).order_by("-name"))
    year = _chosen_year(request.GET.get("year", ""), years, today)
    faculty = Faculty.objects.filter(code=request.GET.get("faculty", "")[:12]).first()
    programmes = Programme.objects.select_related("faculty").order_by("name_ro", "code")
    programme = programmes.filter(code=request.GET.get("programme", "")[:24]).first()
    third = request.GET.get("citizenship") == CitizenshipCategory.THIRD
    if faculty and programme and programme.faculty_id != faculty.pk:
        programme = None
    context: dict[str, Any] = {
        "year": year,
        "years": years,
        "faculties": list(Faculty.objects.order_by("name_ro")),
        "faculty": faculty,
        "programmes": list(programmes.filter(faculty=faculty) if faculty else programmes),
        "programme": programme,
        "third": third,
        "today": today,
        "pills": _pills(request, years, year),
        "terms": _terms(programme, year, today) if year else [],
    }
    if year is not None and programme is not None:
        entries = tariff.entries_for(programme, year, "third" if third else "eu", _day_in(year, today))
        context |= {"entries": entries, "examples": _examples(entries, programme, year, today)}
    elif year is not None:
        context["rows"] = [row for row in tariff.rows_of(year, today) if row.state != "past"]
    return render(request, "fees/public.html", context)


@dataclass(frozen=True)
class Term:
    """Until when a kind of fee is paid, in words. rule: its ID."""

    label: str
    words: str
    rule: str


def _terms(programme: Programme | None, year: AcademicYear, today: date) -> list[Term]:
    """The terms of the fees with the figures in force today."""
    scope = Scope(programme=programme.code if programme else "")
    day = parameters.CAMPAIGN_PAYMENT_END.on(today, scope).on_or_after(year.starts_on)
    first = parameters.RECONTRACT_TERM.on(today)
    exam, hours = parameters.REEXAM_TERM.on(today), parameters.EXTENSION_PAY.on(today)
    repetition = parameters.REPETITION_PAY.on(today)
    return [
        Term(_("Tuition and the annex"), dates.day_long(day, get_language() or "ro"), "FEE-061"),
        Term(
            _("Disciplines outside an annex"),
            ngettext(
                "the first working day of the year", "the first %(count)s working days of the year", first
            )
            % {"count": first},
            "FEE-034",
        ),
        Term(
            _("An exam presentation"),
            ngettext(
                "%(count)s working day before the session", "%(count)s working days before the session", exam
            )
            % {"count": exam},
            "FEE-041",
        ),
        Term(
            _("An extension"),
            ngettext("%(count)s hour from the notice", "%(count)s hours from the notice", hours)
            % {"count": hours},
            "FEE-050",
        ),
        Term(
            _("A repeated year"),
            ngettext(
                "%(count)s working day from the notice", "%(count)s working days from the notice", repetition
            )
            % {"count": repetition},
            "FEE-052",
        ),
    ]


def _chosen_year(name: str, years: Sequence[AcademicYear], today: date) -> AcademicYear | None:
    """The year of the address, else the running one, else the newest with prices."""
    running = academic_year_of(today)
    for wanted in (name, running.name if running else ""):
        for year in years:
            if year.name == wanted:
                return year
    return years[0] if years else None


def _day_in(year: AcademicYear, today: date) -> date:
    """The day whose prices are shown: today, or the end of a year that is over."""
    return min(today, year.ends_on)


def _pills(request: HttpRequest, years: Sequence[AcademicYear], current: AcademicYear | None) -> list[Pill]:
    given = request.GET.copy()
    pills = []
    for year in years:
        given["year"] = year.name
        pills.append(Pill(str(year), f"?{given.urlencode()}", current=year == current))
    return pills if len(pills) > 1 else []


def _examples(
    entries: Sequence[tariff.Entry], programme: Programme, year: AcademicYear, today: date
) -> list[Example]:
    """What the sums of a student of this programme come to, by the rules; none without a tuition."""
    found = tariff.annual_of(entries, programme, _day_in(year, today))
    if found is None:
        return []
    annual, currency = found
    scope = Scope(faculty=programme.faculty.code if programme.faculty else "", programme=programme.code)
    divisor, share = parameters.CREDIT_DIVISOR.on(today, scope), parameters.HALF_SHARE.on(today)
    free = parameters.FREE_RECOVERIES.on(today)

    def money(amount: Decimal) -> str:
        return format_money(amount, currency, get_language() or "ro")

    by_credits = f"{money(annual)} × {EXAMPLE_CREDITS} ÷ {divisor}"
    half = tuition.transfer_tuition(annual, fee_paying=True, from_second_semester=True, half_share=share)
    again = money(tuition.recontract_fee(annual, EXAMPLE_CREDITS, divisor))
    missed = recoveries.recovery_fee(free + 1, annual, EXAMPLE_CREDITS, free=free, divisor=divisor)
    examples = _instalments(programme, year, annual, money, today)
    return [
        *examples,
        Example(
            _("A discipline of %(credits)s credits contracted again") % {"credits": EXAMPLE_CREDITS},
            by_credits, again, "FEE-030",
        ),
        Example(
            _("A transfer to a fee-paying place from the second semester"),
            f"{money(annual)} × {share.normalize():f} %", money(half), "FEE-015",
        ),
        Example(
            _("Missed laboratories of a discipline, up to %(count)s, all motivated") % {"count": free},
            "", money(Decimal(0)), "FEE-084",
        ),
        Example(
            _("One more missed, a discipline of %(credits)s credits") % {"credits": EXAMPLE_CREDITS},
            by_credits, money(missed), "FEE-084",
        ),
    ]  # fmt: skip


def _instalments(
    programme: Programme, year: AcademicYear, annual: Decimal, money: Money, today: date
) -> list[Example]:
    """The tuition of the year on a fee-paying place, part by part."""
    try:
        parts = Plans(year).parts(programme, annual, today)
    except NoPlan:
        return []
    return [
        Example(
            _("Tuition of the year, due %(day)s") % {"day": f"{part.due_at:%d.%m.%Y}"}
            if part.of == 1
            else _("Instalment %(number)s of %(count)s, due %(day)s")
            % {"number": part.number, "count": part.of, "day": f"{part.due_at:%d.%m.%Y}"},
            "" if part.of == 1 else f"{money(annual)} ÷ {part.of}",
            money(part.amount),
            "FEE-011",
        )
        for part in parts
    ]
