"""Runs the whole portal on this machine until Ctrl-C: `script/server` ends here."""

import os
import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from upt_portal.embedded.portal import Options, Portal


class Command(BaseCommand):
    help = "Run the portal: database, broker, web, workers, clock and card sandbox, until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        port = int(os.environ.get("PORT") or 8000)
        parser.add_argument(
            "--port", type=int, default=port, help="first port tried (default: PORT, or 8000)"
        )
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, port: int, no_demo: bool, **options: Any) -> None:
        sys.exit(Portal(Options(port=port, demo=not no_demo), _say).serve())


def _say(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:  # whoever read the output went away: as if the terminal had been closed
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        os.kill(os.getpid(), signal.SIGHUP)
