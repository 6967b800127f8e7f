"""What the portal's processes find around them: the servers and the environment variables that name them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import environ

from upt_portal.embedded import pango
from upt_portal.embedded.keys import development_keys
from upt_portal.embedded.postgres import Postgres
from upt_portal.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]


def given_environment() -> dict[str, str]:
    """The variables given to this process, then those of `.env`; what is empty counts as not given."""
    if (ROOT / ".env").exists():
        environ.Env.read_env(ROOT / ".env")
    return {name: value for name, value in os.environ.items() if value}


def run_folder(given: Mapping[str, str]) -> Path:
    """Where a portal of this checkout keeps its data: RUN_DIR, or `.run` beside the code."""
    return Path(given.get("RUN_DIR") or ROOT / ".run").resolve()


def local_environment(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """`given`, completed for a portal of this machine: keys of development, libraries of the papers."""
    return {
        "PYTHONUNBUFFERED": "1",
        "RUN_DIR": str(folder),
        # Celery means well, but in a container root is the only user there is.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        **development_keys(folder / "secrets.env"),
        **given,
        **pango.environment(given),
    }


class Servers:
    """The embedded servers in `folder`: only those that `given` does not replace by a real one.

    durable: False for tests, which may lose everything. port: the broker's port of last time.
    """

    def __init__(
        self, folder: Path, given: Mapping[str, str], *, durable: bool = True, port: int = 0
    ) -> None:
        self.postgres = None if given.get("DATABASE_URL") else Postgres(folder / "postgres", durable=durable)
        self.valkey = (
            None
            if given.get("REDIS_URL")
            else Valkey(folder / "valkey", durable=durable, preferred_port=port)
        )

    def start(self) -> dict[str, str]:
        """Start them; the variables that name them. Raises StartFailed."""
        urls = {}
        if self.postgres:
            self.postgres.start()
            urls["DATABASE_URL"] = self.postgres.url()
        if self.valkey:
            self.valkey.start()
            urls["REDIS_URL"] = self.valkey.url()
        return urls

    def stop(self) -> None:
        """Stop them, the database last; also after a start that failed half-way."""
        for server in (self.valkey, self.postgres):
            if server:
                server.stop()

    def processes(self) -> dict[str, subprocess.Popen[bytes]]:
        """The running ones by name."""
        named = {"database": self.postgres, "broker": self.valkey}
        return {name: server.process for name, server in named.items() if server and server.process}
