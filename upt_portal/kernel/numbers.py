"""Registration numbers without gaps."""

from django.db import transaction

from upt_portal.kernel.models import NumberSeries


def next_number(name: str, year: int) -> int:
    """The next number of a register in a year: 1, 2, 3 … without gaps.

    Call it last in the transaction that needs the number: the register's row stays locked until the commit,
    and a rollback gives the number back.
    """
    return next_numbers(name, year, 1)[0]


def next_numbers(name: str, year: int, count: int) -> range:
    """The next `count` numbers of a register, one after another; for many rows written at once."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number is given inside the transaction that uses it")
    NumberSeries.objects.bulk_create([NumberSeries(name=name, year=year)], ignore_conflicts=True)
    series = NumberSeries.objects.select_for_update().get(name=name, year=year)
    first = series.last + 1
    series.last += count
    series.save(update_fields=["last"])
    return range(first, series.last + 1)
