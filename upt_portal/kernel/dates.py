"""Days and moments in words, in Romanian and English.

Moments are aware datetimes and are shown in Europe/Bucharest; a plain date is already a local day.
Django's own Romanian names are capitalised, which Romanian is not, hence these lists.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

ROMANIA = ZoneInfo("Europe/Bucharest")
LAST_MINUTE = time(23, 59)

RO_MONTHS = (
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie"
)
EN_MONTHS = "January February March April May June July August September October November December"
RO_SHORT = "ian feb mar apr mai iun iul aug sep oct nov dec"
EN_SHORT = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
RO_DAYS = "luni marți miercuri joi vineri sâmbătă duminică"
EN_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"

MONTHS = {"ro": RO_MONTHS.split(), "en": EN_MONTHS.split()}
SHORT_MONTHS = {"ro": RO_SHORT.split(), "en": EN_SHORT.split()}
WEEKDAYS = {"ro": RO_DAYS.split(), "en": EN_DAYS.split()}


def local(value: date | datetime) -> tuple[date, time | None]:
    """The local day of `value`, and its local time unless it is a plain date. ValueError when naive."""
    if not isinstance(value, datetime):
        return value, None
    if value.tzinfo is None:
        raise ValueError(f"a moment needs its zone: {value!r}")
    there = value.astimezone(ROMANIA)
    return there.date(), there.time()


def _names(language: str) -> str:
    return "ro" if language.startswith("ro") else "en"


def short_month(value: date | datetime, language: str) -> str:
    """Three letters for the deadline tile: "nov"."""
    return SHORT_MONTHS[_names(language)][local(value)[0].month - 1]


def day(value: date | datetime, language: str) -> str:
    """For tables: "20.11.2026"; in English "20 Nov 2026", which cannot be misread."""
    on = local(value)[0]
    if _names(language) == "ro":
        return f"{on:%d.%m.%Y}"
    return f"{on.day} {SHORT_MONTHS['en'][on.month - 1]} {on.year}"


def day_long(value: date | datetime, language: str) -> str:
    """For text: "20 noiembrie 2026", "20 November 2026"."""
    on = local(value)[0]
    return f"{on.day} {MONTHS[_names(language)][on.month - 1]} {on.year}"


def month_year(value: date | datetime, language: str) -> str:
    """ "noiembrie 2026" """
    on = local(value)[0]
    return f"{MONTHS[_names(language)][on.month - 1]} {on.year}"


def day_month(value: date | datetime, language: str) -> str:
    """Where the year is plain: "20 noiembrie", "20 November"."""
    on = local(value)[0]
    return f"{on.day} {MONTHS[_names(language)][on.month - 1]}"


def weekday_day(value: date | datetime, language: str) -> str:
    """With its weekday: "vineri, 20 noiembrie 2026", "Friday 20 November 2026"."""
    names = _names(language)
    name = WEEKDAYS[names][local(value)[0].weekday()]
    comma = "," if names == "ro" else ""
    return f"{name}{comma} {day_long(value, language)}"


def clock_time(value: datetime | time, language: str) -> str:
    """ "ora 14:10" in Romanian, "14:10" in English."""
    at = value.astimezone(ROMANIA).time() if isinstance(value, datetime) else value
    return f"ora {at:%H:%M}" if _names(language) == "ro" else f"{at:%H:%M}"


def moment(value: datetime, language: str) -> str:
    """ "20 noiembrie 2026, ora 14:10", "20 November 2026, 14:10"."""
    return f"{day_long(value, language)}, {clock_time(value, language)}"


def deadline_day(value: date | datetime, language: str) -> str:
    """A deadline without its zone: "vineri, 20 noiembrie 2026, ora 23:59"; a plain date lasts till 23:59."""
    at = local(value)[1] or LAST_MINUTE
    return f"{weekday_day(value, language)}, {clock_time(at, language)}"


def weekday_time(value: date | datetime, language: str) -> str:
    """Beside the calendar leaf, which shows the day: "vineri, ora 23:59", "Friday, 23:59"."""
    on, at = local(value)
    name = WEEKDAYS[_names(language)][on.weekday()]
    return f"{name}, {clock_time(at or LAST_MINUTE, language)}"


def deadline(value: date | datetime, language: str) -> str:
    """A deadline in full: "vineri, 20 noiembrie 2026, ora 23:59 (ora României)"."""
    zone = "ora României" if _names(language) == "ro" else "Romanian time"
    return f"{deadline_day(value, language)} ({zone})"


def days_between(today: date, value: date | datetime) -> int:
    """Whole local days from `today` to the day of `value`; negative when it has passed."""
    return (local(value)[0] - today).days


def has_passed(now: datetime, value: date | datetime) -> bool:
    """Whether the deadline is behind: a moment to the instant, a plain date after its whole day."""
    if isinstance(value, datetime):
        return value < now
    return value < local(now)[0]
