"""The whole portal on one machine: which parts, in which order, and how they end."""

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from upt_portal.embedded import processes
from upt_portal.embedded.ports import LOOPBACK, free_port, listen
from upt_portal.embedded.processes import StartFailed
from upt_portal.embedded.runfolder import RunFolder
from upt_portal.embedded.supervisor import Ended, Say, Service, Stopped, Supervisor
from upt_portal.embedded.surroundings import ROOT, Servers, given_environment, local_environment, run_folder

# Any HTTP answer will do: it proves that the web has loaded the portal.
_PROBE = (
    "import http.client, sys\n"
    "page = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=120)\n"
    "page.request('GET', '/healthz')\n"
    "page.getresponse()\n"
)
_SANDBOX_KEYS = {"STRIPE_API_KEY": "sk_test_sandbox", "STRIPE_WEBHOOK_SECRET": "whsec_sandbox"}


@dataclass(frozen=True)
class Options:
    """What the person at the terminal chose. port: the first one tried."""

    port: int = 8000
    demo: bool = True


class Portal:
    """One run of the portal; `say` writes one line to the terminal."""

    def __init__(self, options: Options, say: Say) -> None:
        self._options = options
        self._say = say
        self._given = given_environment()
        self._folder = RunFolder(run_folder(self._given))
        self._surroundings: dict[str, str] = {}
        self._environment: dict[str, str] = {}
        self._state: dict[str, Any] = {}

    def serve(self) -> int:
        """Run until someone stops it; the exit code: 0 when asked to stop, 1 when a part failed."""
        try:
            self._folder.hold()
        except StartFailed as refused:
            self._say(str(refused))
            return 1
        with Supervisor(self._say, self._note_parts) as supervisor:
            try:
                code = self._run(supervisor)
            finally:
                self._folder.let_go()
            self._say("The portal has stopped.")
        return code

    def _run(self, supervisor: Supervisor) -> int:
        ports = self._folder.ports()
        if left := self._folder.clear_leftovers():
            self._say(f"An earlier run was killed; ended what it left: {', '.join(left)}.")
        self._state = {"pid": os.getpid(), "ports": ports}
        self._folder.note(self._state)
        self._environment = local_environment(self._given, self._folder.path)
        servers = Servers(self._folder.path, self._given, port=ports.get("broker", 0))
        try:
            with listen(self._options.port) as door:
                self._start(supervisor, servers, door, sandbox_port=free_port(ports.get("sandbox", 0)))
            self._welcome()
            supervisor.run()
        except Stopped:
            self._say("Stopping.")
            return 0
        except (Ended, StartFailed, OSError) as failure:
            self._say(f"The portal stops: {failure}.")
            return 1
        finally:
            supervisor.stop()
            servers.stop()

    def _start(
        self, supervisor: Supervisor, servers: Servers, door: socket.socket, *, sandbox_port: int
    ) -> None:
        port = int(door.getsockname()[1])
        if port != self._options.port:
            self._say(f"Port {self._options.port} is taken: the portal uses {port}.")
        self._surroundings = {"SITE_URL": f"http://localhost:{port}", **servers.start()}
        if sandboxed := "STRIPE_API_KEY" not in self._given:
            self._surroundings |= _sandbox(sandbox_port)
        self._environment = {**self._surroundings, **self._environment}
        self._state = {
            "pid": os.getpid(),
            "address": self._environment["SITE_URL"],
            "surroundings": self._surroundings,
            "ports": {"broker": servers.valkey.port if servers.valkey else 0, "sandbox": sandbox_port},
        }
        for name, process in servers.processes().items():
            supervisor.watch(name, process)
        supervisor.check()
        supervisor.finish(self._manage("prepare", *([] if self._options.demo else ["--no-demo"])))
        for service in self._services(door.fileno(), sandbox_port if sandboxed else None, port):
            supervisor.start(service)
        supervisor.finish(self._python("check", "-I", "-c", _PROBE, str(port)))

    def _services(self, door: int, sandbox_port: int | None, port: int) -> Iterator[Service]:
        """Web; two workers, so that a thousand papers do not hold up a mail; the clock; the card sandbox."""
        yield self._web(door)
        if sandbox_port is not None:
            state, webhook = self._folder.path / "sandbox", f"http://{LOOPBACK}:{port}/webhooks/stripe/"
            options = ("--port", str(sandbox_port), "--webhook", webhook, "--state", str(state))
            yield self._python("sandbox", "-m", "fees.sandbox", *options)
        yield self._worker("worker", "default,bulk", "2")
        yield self._papers()
        schedule = ("--schedule", str(self._folder.path / "beat-schedule"), "--pidfile=")
        yield self._celery("beat", "beat", *schedule)

    def _web(self, door: int) -> Service:
        """gunicorn on the socket that is already open; its processes share the code that was loaded once."""
        workers = self._given.get("WEB_CONCURRENCY", "2")
        options = ["--preload", "--no-control-socket", "--worker-class", "gthread", "--threads", "4"]
        command = [sys.executable, "-m", "gunicorn", *options, "--workers", workers, "--timeout", "60"]
        level = self._given.get("LOG_LEVEL", "WARNING").lower()
        return Service(
            "web",
            [
                *command,
                "--bind",
                f"fd://{door}",
                "--graceful-timeout",
                "10",
                "--log-level",
                level,
                "upt_portal.wsgi:application",
            ],
            {"DATABASE_POOL": "1", **self._environment},
            folder=ROOT,
            open_files=(door,),
        )

    def _papers(self) -> Service:
        """The worker of the papers: warm before the first one, renewed before its memory grows (kB)."""
        at_once = self._given.get("PAPER_WORKERS") or str(min(os.cpu_count() or 1, 4))
        net = ["--max-tasks-per-child", "200", "--max-memory-per-child", "600000"]
        worker = self._worker("papers", "papers", at_once, *net)
        return replace(worker, environment={**worker.environment, "PORTAL_PAPERS": "1"})

    def _worker(self, name: str, queues: str, at_once: str, *more: str) -> Service:
        """A Celery worker. Alone on its broker, it need not greet others (that waits a second)."""
        options = ["-Q", queues, "-c", at_once, "-n", f"{name}@portal"]
        alone = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
        return self._celery(name, "worker", *options, *alone, *more)

    def _celery(self, name: str, kind: str, *options: str) -> Service:
        level = self._given.get("LOG_LEVEL", "WARNING")
        command = ["-m", "celery", "--quiet", "-A", "upt_portal", kind, "--loglevel", level, *options]
        part = self._python(name, *command, restarted=True, background=True)
        return replace(part, environment={**part.environment, "PORTAL_KEEPER": str(os.getpid())})

    def _manage(self, name: str, *arguments: str) -> Service:
        return self._python(name, "manage.py", name, *arguments)

    def _python(
        self, name: str, *arguments: str, restarted: bool = False, background: bool = False
    ) -> Service:
        command = [sys.executable, *arguments]
        return Service(
            name, command, self._environment, folder=ROOT, restarted=restarted, background=background
        )

    def _note_parts(self, parts: Mapping[str, int]) -> None:
        """For the next start, should this one be killed: each part's pid and when it was born."""
        born = {name: (pid, processes.started_at(pid)) for name, pid in parts.items()}
        alive = {name: both for name, both in born.items() if both[1] is not None}
        self._folder.note({**self._state, "parts": alive})

    def _welcome(self) -> None:
        signins = self._folder.path / "signins.txt"
        if self._options.demo and signins.exists():
            self._say("\n" + signins.read_text().rstrip())
        self._say(f"\nThe portal runs at {self._environment['SITE_URL']}/   (Ctrl-C stops it)\n")


def _sandbox(port: int) -> dict[str, str]:
    """The card payment's surroundings when no real key is given: our own stand-in for the provider."""
    address = f"http://{LOOPBACK}:{port}"
    return {**_SANDBOX_KEYS, "STRIPE_API_BASE": address, "PAYMENT_ORIGINS": address}
