"""What the sandbox remembers, in one SQLite file of the state folder: a restart loses nothing."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Thing = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS things (id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0);
"""


@dataclass(frozen=True)
class Delivery:
    """One event on its way. due: seconds since 1970; status: the last HTTP answer, 0 for none."""

    number: int
    event: str
    due: float
    tries: int
    status: int
    done: bool


class Store:
    """Objects by id, remembered answers by idempotency key, and the queue of deliveries."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
        # A killed process loses nothing either way; only a power cut would, and this is a stand-in.
        self._db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {SCHEMA}")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens whole or not at all, one caller at a time."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def put(self, thing: Thing) -> None:
        with self._lock:
            self._db.execute(
                "INSERT INTO things VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (thing["id"], thing["object"], json.dumps(thing)),
            )

    def get(self, kind: str, thing_id: str) -> Thing | None:
        with self._lock:
            row = self._db.execute(
                "SELECT body FROM things WHERE kind = ? AND id = ?", (kind, thing_id)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str) -> list[Thing]:
        """Every object of one kind, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT body FROM things WHERE kind = ? ORDER BY rowid", (kind,)
            ).fetchall()
        return [json.loads(body) for (body,) in rows]

    def remember(self, key: str, fingerprint: str, body: Thing) -> None:
        with self._lock:
            self._db.execute("INSERT INTO answers VALUES (?, ?, ?)", (key, fingerprint, json.dumps(body)))

    def remembered(self, key: str) -> tuple[str, Thing] | None:
        """Fingerprint and answer kept under an idempotency key."""
        with self._lock:
            row = self._db.execute("SELECT fingerprint, body FROM answers WHERE key = ?", (key,)).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def forget(self) -> None:
        """Forget every idempotency key, as the provider does after a day."""
        with self._lock:
            self._db.execute("DELETE FROM answers")

    def set(self, name: str, value: str) -> None:
        with self._lock:
            self._db.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    def setting(self, name: str, default: str = "") -> str:
        with self._lock:
            row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else default

    def queue(self, event_id: str, due: float) -> None:
        with self._lock:
            self._db.execute("INSERT INTO deliveries (event, due) VALUES (?, ?)", (event_id, due))

    def deliveries(self) -> list[Delivery]:
        with self._lock:
            rows = self._db.execute(
                "SELECT number, event, due, tries, status, done FROM deliveries ORDER BY number"
            ).fetchall()
        return [
            Delivery(number, event, due, tries, status, bool(done))
            for number, event, due, tries, status, done in rows
        ]

    def waiting(self) -> list[Delivery]:
        return [delivery for delivery in self.deliveries() if not delivery.done]

    def note_attempt(self, number: int, *, status: int, done: bool, due: float) -> None:
        with self._lock:
            self._db.execute(
                "UPDATE deliveries SET tries = tries + 1, status = ?, done = ?, due = ? WHERE number = ?",
                (status, int(done), due, number),
            )
