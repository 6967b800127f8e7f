"""What the web needs before it starts, in one process: tables, catalogs, static files, demonstration."""

import hashlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from upt_portal.kernel.sparing import sparing


class Command(BaseCommand):
    help = (
        "Migrate, compile catalogs, collect static files and load the demonstration into an empty database."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, no_demo: bool, **options: Any) -> None:
        call_command("compile_catalogs", stdout=self.stdout)
        call_command("build_assets", stdout=self.stdout)
        self._collect_static()
        self._migrate()
        if not no_demo:
            call_command("demo", "--if-empty", stdout=self.stdout)
            with Path(settings.RUN_DIR, "signins.txt").open("w") as signins:
                call_command("signins", stdout=signins)

    def _migrate(self) -> None:
        """`migrate` draws every model it ever knew, even when nothing is to be done.

        Then only what follows it runs: rights and content types.
        """
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
            return
        with sparing() if _is_empty() else nullcontext():
            call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)

    def _collect_static(self) -> None:
        """Skipped when no source changed: compressing them all takes longer than the rest of a start."""
        note = Path(settings.STATIC_ROOT, ".sources")
        sources = fingerprint(_static_sources())
        if not note.exists() or note.read_text() != sources:
            self.stdout.write("collecting static files")
            call_command("collectstatic", interactive=False, verbosity=0, stdout=self.stdout)
            note.write_text(sources)


def _is_empty() -> bool:
    """Whether no migration has ever run."""
    return "django_migrations" not in connection.introspection.table_names()


def _static_sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def fingerprint(paths: Iterator[Path]) -> str:
    """Changes when a file comes, goes, or is written again."""
    lines = sorted(f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in paths)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
