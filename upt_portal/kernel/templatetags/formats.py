"""Filters for money, dates and counts, in the reader's language.

{{ sum|money }}  {{ sum|money:"EUR" }}   1.250,00 lei / RON 1,250.00, no-break spaces
{{ day|day }}                            20.11.2026 / 20 Nov 2026 (tables)
{{ day|day_long }}                       20 noiembrie 2026
{{ day|day_month }}                      20 noiembrie
{{ day|month_year }}                     noiembrie 2026
{{ day|weekday_day }}                    vineri, 20 noiembrie 2026
{{ at|moment }}                          20 noiembrie 2026, ora 14:10
{{ due|deadline }}                       vineri, 20 noiembrie 2026, ora 23:59 (ora României)
{{ due|deadline_day }}                   the same without the zone
{{ due|weekday_time }}                   vineri, ora 23:59 (beside a tile, which shows the day)
{{ due|days_left }}                      mai sunt 5 zile / azi este ultima zi / a trecut pe 27 octombrie
{{ count|credits }}                      5 credite

An empty value gives an empty text. `today` defaults to the portal's day.
"""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.translation import get_language, gettext, ngettext

from upt_portal.kernel import clock, dates
from upt_portal.kernel.money import format_money

register = template.Library()
Day = date | datetime | None


def language() -> str:
    """The language of the page, Romanian when none is active."""
    return get_language() or "ro"


@register.filter
def money(value: Decimal | None, currency: str = "RON") -> str:
    return "" if value is None else format_money(value, currency, language())


@register.filter
def day(value: Day) -> str:
    return dates.day(value, language()) if value else ""


@register.filter
def day_long(value: Day) -> str:
    return dates.day_long(value, language()) if value else ""


@register.filter
def day_month(value: Day) -> str:
    return dates.day_month(value, language()) if value else ""


@register.filter
def month_year(value: Day) -> str:
    return dates.month_year(value, language()) if value else ""


@register.filter
def weekday_day(value: Day) -> str:
    return dates.weekday_day(value, language()) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    return dates.moment(value, language()) if value else ""


@register.filter
def deadline(value: Day) -> str:
    return dates.deadline(value, language()) if value else ""


@register.filter
def deadline_day(value: Day) -> str:
    return dates.deadline_day(value, language()) if value else ""


@register.filter
def weekday_time(value: Day) -> str:
    return dates.weekday_time(value, language()) if value else ""


@register.filter
def days_left(value: Day, today: date | None = None) -> str:
    """How long a deadline still runs, in whole local days."""
    if not value:
        return ""
    left = dates.days_between(today or clock.today(), value)
    if left < 0 or (today is None and dates.has_passed(clock.now(), value)):
        return gettext("passed on %(day)s") % {"day": dates.day_month(value, language())}
    if left == 0:
        return gettext("today is the last day")
    return ngettext("%(days)d day left", "%(days)d days left", left) % {"days": left}


@register.filter
def credits(value: int | None) -> str:
    if value is None:
        return ""
    return ngettext("%(count)d credit", "%(count)d credits", value) % {"count": value}
