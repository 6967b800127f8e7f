"""The run folder: one holder at a time, and what a killed holder left is ended."""

import subprocess
import sys
from pathlib import Path

import pytest

from upt_portal.embedded import processes
from upt_portal.embedded.runfolder import AlreadyRunning, RunFolder
from upt_portal.embedded.surroundings import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def test_a_second_holder_is_told_where_the_first_one_runs(folder: RunFolder) -> None:
    folder.hold()
    folder.note({"pid": 17, "address": "http://localhost:8001"})
    with pytest.raises(AlreadyRunning) as refused:
        RunFolder(folder.path).hold()
    assert str(refused.value) == (
        f"The portal of {folder.path} already runs at http://localhost:8001 (process 17)."
    )
    folder.let_go()
    RunFolder(folder.path).hold()


def test_one_who_waits_gets_the_folder_when_the_holder_lets_go(folder: RunFolder) -> None:
    code = (
        "import sys; from pathlib import Path; from upt_portal.embedded.runfolder import RunFolder\n"
        "folder = RunFolder(Path(sys.argv[1])); print('asks', flush=True)\n"
        "folder.hold(wait=True); print('holds', flush=True)"
    )
    folder.hold()
    waiting = subprocess.Popen(
        [sys.executable, "-c", code, folder.path], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "asks\n"
    assert waiting.poll() is None
    folder.let_go()
    assert waiting.communicate(timeout=60)[0] == "holds\n"


def test_only_the_owner_reads_it_and_the_ports_are_kept(folder: RunFolder) -> None:
    folder.hold()
    folder.note({"pid": 17, "surroundings": {"REDIS_URL": "secret"}, "ports": {"broker": 7001}})
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert (folder.path / "running.json").stat().st_mode & 0o777 == 0o600
    folder.let_go()
    assert folder.state() == {"ports": {"broker": 7001}}


def test_a_torn_note_counts_as_none(folder: RunFolder) -> None:
    folder.hold()
    (folder.path / "running.json").write_text('{"pid": 1')
    assert folder.state() == {}
    assert folder.clear_leftovers() == []


def test_leftovers_are_ended_but_never_another_program_with_the_same_pid(folder: RunFolder) -> None:
    folder.hold()
    left, stranger = (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
        for _ in range(2)
    )
    try:
        born = processes.started_at(left.pid)
        folder.note({"parts": {"worker": [left.pid, born], "web": [stranger.pid, -1], "beat": [2**22, 5]}})
        assert folder.clear_leftovers() == ["worker"]
        assert left.wait() < 0
        assert stranger.poll() is None
    finally:
        for process in (left, stranger):
            process.kill()
            process.communicate()
