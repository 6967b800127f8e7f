"""manage.py import_curriculum FILE…: curricula from CSV or XLSX files, with a dry run."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from studentrecords.importing import curricula
from studentrecords.importing.curricula import ImportRefused, Report
from studentrecords.importing.drafts import Chosen
from upt_portal.kernel import clock


class Command(BaseCommand):
    help = "Reads curricula from files; all of them are written, or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument(
            "--packages", type=Path, help="the table of packages, when it is a file of its own"
        )
        parser.add_argument(
            "--programme", default="", help="code of the programme, when the file does not say it"
        )
        parser.add_argument("--series", default="", help="series such as 2023-2027, instead of the file's")
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, write nothing")

    @transaction.atomic
    def handle(self, *args: Any, files: list[Path], packages: Path | None, **options: Any) -> None:
        beside = self._bytes(packages) if packages else b""
        chosen = Chosen(options["programme"], options["series"])
        for path in files:
            data = self._bytes(path)
            self.stdout.write(f"{path.name}:")
            try:
                if options["dry_run"]:
                    report = curricula.preview(data, packages=beside, chosen=chosen)
                else:
                    report = curricula.apply(data, packages=beside, chosen=chosen, actor=None, at=clock.now())
            except ImportRefused as refused:
                report = refused.report
            self._tell(report)
            if not report.ok:
                raise CommandError(_("%(file)s: nothing was written") % {"file": path.name})

    def _bytes(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as fault:
            raise CommandError(str(fault)) from fault

    def _tell(self, report: Report) -> None:
        for plan in report.plans:
            counts = {
                "new": len(plan.disciplines.new),
                "changed": len(plan.disciplines.changed),
                "same": len(plan.disciplines.unchanged),
                "removed": len(plan.disciplines.removed),
            }
            words = _("new %(new)s, changed %(changed)s, unchanged %(same)s, removed %(removed)s") % counts
            self.stdout.write(f"  {plan.plan.programme.code} {plan.plan.series}: {words}")
        for fault in report.faults:
            self.stdout.write(self.style.ERROR(f"  {fault}"))
        for warning in report.warnings:
            self.stdout.write(self.style.WARNING(f"  {warning}"))
