"""Development keys: made once, kept for their owner alone."""

import base64
from pathlib import Path

from upt_portal.embedded.keys import development_keys


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    keys = development_keys(path)
    assert set(keys) == {"SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY"}
    assert len(base64.b64decode(keys["FIELD_KEYS"].removeprefix("local:"))) == 32
    assert len(base64.b64decode(keys["BLIND_INDEX_KEY"])) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert development_keys(path) == keys
    assert development_keys(tmp_path / "other.env") != keys


def test_a_key_of_a_newer_version_is_added_and_the_old_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    path.write_text("# kept\nSECRET_KEY=old=with=signs\n")
    keys = development_keys(path)
    assert keys["SECRET_KEY"] == "old=with=signs"
    assert development_keys(path) == keys
