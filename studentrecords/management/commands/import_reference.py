"""manage.py import_reference [folder]: faculties, programmes and academic years from the reference files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from studentrecords.importing import reference


class Command(BaseCommand):
    help = "Loads faculties, programmes and academic years; may be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=Path(settings.BASE_DIR) / "data")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            loaded = reference.load(folder)
        except reference.ReferenceRefused as refused:
            raise CommandError(str(refused)) from refused
        for words, count in (
            (_("faculties"), loaded.faculties),
            (_("programmes"), loaded.programmes),
            (_("academic years"), loaded.years),
            (_("calendar events"), loaded.events),
        ):
            self.stdout.write(f"{words}: {count}")
