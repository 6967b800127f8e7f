"""Fill an empty database with the demonstration university, or take it away again."""

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from upt_portal.demo import build
from upt_portal.kernel import clock


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration university; all people in it are invented."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are students")
        parser.add_argument(
            "--students", type=int, default=build.STUDENTS, metavar="N", help="how many (default %(default)s)"
        )
        parser.add_argument(
            "--reset", action="store_true", help="take the demonstration away first, and lay it around today"
        )

    def handle(self, *args: Any, if_empty: bool, students: int, reset: bool, **options: Any) -> None:
        try:
            if reset and not build.is_empty():
                build.take_away()
            if not build.is_empty():
                return self._leave(if_empty)
            self._build(students)
        except build.NotADemonstration as refused:
            raise CommandError(f"Nothing was changed: {refused}.") from refused

    def _leave(self, if_empty: bool) -> None:
        if build.mark() is None and not if_empty:
            raise CommandError("Nothing was changed: the database already holds students.")
        if not if_empty:
            self.stdout.write("The demonstration is there already; --reset makes it anew.")

    def _build(self, students: int) -> None:
        started = perf_counter()

        def tell(words: str) -> None:
            self.stdout.write(f"demonstration: {words} ({perf_counter() - started:.0f} s)")

        made = build.build(students, now=clock.now(), tell=tell)
        tell(f"{made} enrolments in place")
