"""Runs the whole portal on this machine until Ctrl-C, as `script/server` does."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from upt_portal.embedded.__main__ import add_arguments, serve


class Command(BaseCommand):
    help = "Run the portal: database, broker, web, workers, clock and card sandbox, until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, port: int, no_demo: bool, **options: Any) -> None:
        sys.exit(serve(port=port, no_demo=no_demo))
