"""The keeper of the processes: what it prints, what it restarts, how everything ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from upt_portal.embedded import processes
from upt_portal.embedded.supervisor import Ended, Service, Stopped, Supervisor
from upt_portal.embedded.surroundings import ROOT

FOREVER = "\nimport signal\nwhile True: signal.pause()"


class Terminal:
    """What the person at the terminal sees; `on` answers a line that starts so."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._answers: list[tuple[str, Callable[[str], None]]] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        for start, answer in self._answers:
            if line.startswith(start):
                answer(line)

    def on(self, start: str, answer: Callable[[str], None]) -> None:
        self._answers.append((start, answer))


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def supervisor(terminal: Terminal) -> Iterator[Supervisor]:
    with Supervisor(terminal) as supervisor:
        yield supervisor


def service(name: str, code: str, *, restarted: bool = False) -> Service:
    return Service(name, [sys.executable, "-u", "-c", code], os.environ, restarted=restarted)


def named_pid(line: str) -> int:
    return int(line.rsplit(" ", 1)[1])


def press_ctrl_c(line: str) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_lines_stand_under_the_name_of_their_part(supervisor: Supervisor, terminal: Terminal) -> None:
    supervisor.finish(service("prepare", "print('one'); print('două'); print('no end', end='')"))
    assert terminal.lines == ["prepare  | one", "prepare  | două", "prepare  | no end"]


def test_a_preparation_that_fails_ends_the_run_with_its_name(supervisor: Supervisor) -> None:
    with pytest.raises(Ended, match=r"^prepare ended by itself with exit code 3$"):
        supervisor.finish(service("prepare", "raise SystemExit(3)"))


def test_a_part_that_ends_while_another_is_awaited_ends_the_run(supervisor: Supervisor) -> None:
    supervisor.start(service("web", "pass"))
    with pytest.raises(Ended, match=r"^web ended by itself with exit code 0$"):
        supervisor.finish(service("check", FOREVER))


def test_a_killed_worker_is_started_again_and_said_so(supervisor: Supervisor, terminal: Terminal) -> None:
    code = f"import os; print('pid', os.getpid()){FOREVER}"
    pids: list[int] = []

    def kill_the_first(line: str) -> None:
        pids.append(named_pid(line))
        os.kill(
            pids[0] if len(pids) == 1 else os.getpid(), signal.SIGKILL if len(pids) == 1 else signal.SIGINT
        )

    terminal.on("worker   | pid", kill_the_first)
    supervisor.start(service("worker", code, restarted=True))
    with pytest.raises(Stopped):
        supervisor.run()
    assert terminal.lines[1] == "worker was ended by signal 9: starting it again"
    assert len(set(pids)) == 2


def test_a_killed_web_ends_the_run(supervisor: Supervisor, terminal: Terminal) -> None:
    terminal.on("web      | pid", lambda line: os.kill(named_pid(line), signal.SIGKILL))
    supervisor.start(service("web", f"import os; print('pid', os.getpid()){FOREVER}"))
    with pytest.raises(Ended, match=r"^web was ended by signal 9$"):
        supervisor.run()


def test_a_worker_that_ends_by_itself_is_a_fault_to_be_seen(supervisor: Supervisor) -> None:
    supervisor.start(service("worker", "raise SystemExit(1)", restarted=True))
    with pytest.raises(Ended, match=r"^worker ended by itself with exit code 1$"):
        supervisor.run()


def test_a_worker_killed_again_and_again_ends_the_run(supervisor: Supervisor, terminal: Terminal) -> None:
    supervisor.start(service("worker", "import os; os.kill(os.getpid(), 9)", restarted=True))
    with pytest.raises(Ended, match=r"^worker was ended by signal 9$"):
        supervisor.run()
    assert terminal.lines == ["worker was ended by signal 9: starting it again"] * 5


def test_a_killed_part_takes_its_own_children_along(supervisor: Supervisor, terminal: Terminal) -> None:
    pool: list[int] = []
    terminal.on("worker   | pid", lambda line: pool.append(named_pid(line)))
    code = (
        f"import os, subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}]); "
        "print('pid', child.pid); os.kill(os.getpid(), 9)"
    )
    supervisor.start(service("worker", code))
    with pytest.raises(Ended):
        supervisor.run()
    assert processes.wait_until(lambda: processes.started_at(pool[0]) is None, seconds=10)


def test_ctrl_c_lets_work_in_hand_be_finished(supervisor: Supervisor, terminal: Terminal) -> None:
    code = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: (print('paper done'), sys.exit()))\n"
        f"print('ready'){FOREVER}"
    )
    terminal.on("worker   | ready", press_ctrl_c)
    supervisor.start(service("worker", code))
    with pytest.raises(Stopped):
        supervisor.run()
    supervisor.stop()
    assert terminal.lines == ["worker   | ready", "worker   | paper done"]


def test_a_signal_passed_on_twice_is_one_wish(supervisor: Supervisor, terminal: Terminal) -> None:
    code = (
        "import signal, sys\n"
        "def end(*_): print('term'); print('done'); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"print('ready'){FOREVER}"
    )
    terminal.on("worker   | ready", press_ctrl_c)
    terminal.on("worker   | term", press_ctrl_c)
    supervisor.start(service("worker", code))
    with pytest.raises(Stopped):
        supervisor.run()
    supervisor.stop()
    assert terminal.lines == ["worker   | ready", "worker   | term", "worker   | done"]


def test_a_second_ctrl_c_ends_by_force(
    supervisor: Supervisor, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upt_portal.embedded.supervisor._DELIBERATE", 0.0)
    code = f"import signal; signal.signal(signal.SIGTERM, lambda *_: print('busy'))\nprint('ready'){FOREVER}"
    for line in ("worker   | ready", "worker   | busy"):
        terminal.on(line, press_ctrl_c)
    supervisor.start(service("worker", code))
    with pytest.raises(Stopped):
        supervisor.run()
    supervisor.stop()
    assert terminal.lines == ["worker   | ready", "worker   | busy", "ending by force: worker"]


def test_nothing_outlives_a_killed_keeper() -> None:
    code = (
        "import os; from tests.embedded.test_supervisor import FOREVER, service\n"
        "from upt_portal.embedded.supervisor import Supervisor\n"
        "with Supervisor(lambda line: print(line, flush=True)) as supervisor:\n"
        "    supervisor.start(service('worker', 'import os; print(1, os.getpid())' + FOREVER))\n"
        "    supervisor.run()\n"
    )
    keeper = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert keeper.stdout is not None
    worker = named_pid(keeper.stdout.readline())
    assert processes.started_at(worker) is not None
    keeper.kill()
    keeper.communicate()
    assert processes.wait_until(lambda: processes.started_at(worker) is None, seconds=10)


STUBBORN = (
    "import os, signal, subprocess; from upt_portal.embedded import processes\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "pool = subprocess.Popen(['sleep', '600'])\n"
    "processes.GRACE = 0.2\n"
)


@pytest.mark.parametrize("watched", [False, True])
def test_a_part_that_ignores_the_wish_is_killed_with_what_it_started(watched: bool) -> None:
    """The control, which is not watched, is still there long after the patience."""
    watch = "processes.end_after(os.getppid())\n" if watched else ""
    worker = f"{STUBBORN}{watch}print(pool.pid, os.getpid()){FOREVER}"
    code = (
        "from tests.embedded.test_supervisor import service\n"
        "from upt_portal.embedded.supervisor import Supervisor\n"
        "with Supervisor(lambda line: print(line, flush=True)) as supervisor:\n"
        f"    supervisor.start(service('worker', {worker!r}))\n"
        "    supervisor.run()\n"
    )
    keeper = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert keeper.stdout is not None
    parts = [int(pid) for pid in keeper.stdout.readline().split()[-2:]]
    try:
        keeper.kill()
        keeper.wait()
        gone = processes.wait_until(
            lambda: all(processes.started_at(pid) is None for pid in parts), seconds=10 if watched else 2.0
        )
        assert gone is watched
    finally:
        processes.kill_session(parts[1])
        keeper.communicate()
