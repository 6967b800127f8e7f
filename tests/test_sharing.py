"""Which tests begin first, and what one portal leaves to the next."""

from pathlib import Path

from tests import runfolders
from tests.sharing_plugin import place_of


def test_what_takes_longest_begins_first():
    names = [
        "tests/accounts/test_rights.py::test_a",
        "tests/demo/test_pages.py::test_b",
        "tests/embedded/test_portal.py::test_c",
        "tests/journeys/test_money.py::test_d",
        "tests/test_front.py::test_e",
    ]
    assert [name.rpartition("_")[2] for name in sorted(names, key=place_of)] == ["d", "c", "b", "a", "e"]


def test_a_folder_that_was_left_is_taken_over_once(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(runfolders, "_left", [])
    left, wanted = tmp_path / "left", tmp_path / "wanted"
    assert not runfolders.take_over(wanted)
    left.mkdir()
    (left / "running.json").write_text("{}")
    runfolders.leave(left)
    assert runfolders.take_over(wanted)
    assert [path.name for path in wanted.iterdir()] == ["running.json"]
    assert not runfolders.take_over(wanted)
