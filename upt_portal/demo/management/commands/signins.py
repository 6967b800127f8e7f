"""The sign-ins of the demonstration, as a table."""

from typing import Any

from django.core.management.base import BaseCommand

from upt_portal.demo import build, signins
from upt_portal.demo.cast import PASSWORD


class Command(BaseCommand):
    help = "Show whom one can sign in as in the demonstration, and what to try."

    def handle(self, *args: Any, **options: Any) -> None:
        if build.mark() is None:
            return
        rows = signins.table()
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        self.stdout.write(f"Demonstration sign-ins; the password of all is {PASSWORD}\n\n")
        for email, role, try_it in rows:
            self.stdout.write(f"  {email:<{widths[0]}}  {role:<{widths[1]}}  {try_it}".rstrip())
        if waiting := signins.to_activate():
            self.stdout.write(
                "\nTo open an account at /activate/, by CNP and birth date (both generated)\n\n"
            )
            for cnp, born, try_it in waiting:
                self.stdout.write(f"  {cnp}  {born}  {try_it}")
