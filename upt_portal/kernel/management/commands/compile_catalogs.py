"""Compiles the translations that changed; needs no gettext."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.reloader import translation_file_changed

from upt_portal.embedded.catalogs import CatalogError, compile_catalogs


class Command(BaseCommand):
    help = "Compile every locale/<language>/LC_MESSAGES/django.po that changed into its .mo."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            compiled = compile_catalogs(settings.BASE_DIR)
        except CatalogError as error:
            raise CommandError(str(error)) from error
        for po in compiled:
            self.stdout.write(f"compiled {po.relative_to(settings.BASE_DIR)}")
            # This process may have read the catalogs already, and would go on without the new one: at a first
            # start it writes the demonstration's messages next.
            translation_file_changed(sender=None, file_path=po.with_suffix(".mo"))
