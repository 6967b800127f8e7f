"""A management command on the portal's own servers: those of the running portal, or started for it."""

import os
import signal
import subprocess
import sys

from upt_portal.embedded.processes import StartFailed
from upt_portal.embedded.runfolder import AlreadyRunning, RunFolder
from upt_portal.embedded.surroundings import ROOT, Servers, given_environment, local_environment, run_folder


def main(arguments: list[str]) -> int:
    """Run `manage.py` with `arguments`; its exit code."""
    given = given_environment()
    folder = RunFolder(run_folder(given))
    try:
        folder.hold()
    except AlreadyRunning as running:
        if surroundings := running.state.get("surroundings"):
            return _manage({**surroundings, **local_environment(given, folder.path)}, arguments)
        if "command" not in running.state:
            return _fail(running)
        sys.stderr.write("Waiting for another command to finish.\n")
        folder.hold(wait=True)
    servers = Servers(folder.path, given)
    try:
        folder.clear_leftovers()
        folder.note({"pid": os.getpid(), "ports": folder.ports(), "command": arguments[:1]})
        return _manage({**local_environment(given, folder.path), **servers.start()}, arguments)
    except StartFailed as failure:
        return _fail(failure)
    finally:
        servers.stop()
        folder.let_go()


def _fail(failure: StartFailed) -> int:
    sys.stderr.write(f"{failure}\n")
    return 1


def _manage(environment: dict[str, str], arguments: list[str]) -> int:
    """In the same terminal, as its own: Ctrl-C is for the command to answer."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(
            command,
            env=environment,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            check=False,
        ).returncode
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
