"""`python -m upt_portal.embedded`: runs the whole portal on this machine until Ctrl-C.

Apart from Django's command line: the keeper itself needs no Django, and starts a second sooner without it.
"""

import argparse
import os
import signal
import sys

from upt_portal.embedded.portal import Options, Portal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the person at the terminal may choose."""
    port = os.environ.get("PORT") or "8000"
    parser.add_argument("--port", type=int, default=port, help="first port tried (default: PORT, or 8000)")
    parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")


def serve(*, port: int, no_demo: bool) -> int:
    """Run until someone stops it; the exit code."""
    return Portal(Options(port=port, demo=not no_demo), _say).serve()


def _say(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError as gone:  # whoever read the output went away; a closed terminal says so by SIGHUP as well
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(gone, BrokenPipeError):
            os.kill(os.getpid(), signal.SIGHUP)


def main() -> int:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="script/server", description="Run the portal until Ctrl-C.")
    add_arguments(parser)
    chosen = parser.parse_args()
    return serve(port=chosen.port, no_demo=chosen.no_demo)


if __name__ == "__main__":
    sys.exit(main())
