"""Migrations run once: each test process takes a copy of the database they make.

The template is named by a fingerprint of every migration and of the data they read, so another branch
on the same server has its own. A real server keeps it between runs; those of a week ago are dropped.
"""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import django
from django.apps import apps
from django.db.backends.base.creation import BaseDatabaseCreation
from psycopg import errors, sql

from tests import restoring
from upt_portal.kernel import clock, sparing

ROOT = Path(__file__).parents[1]
PREFIX = "portal_template_"
KEPT = timedelta(days=7)
#: Held, with the template's own number, while it is made: processes of the same sources wait for it
#: instead of making their own, those of another branch on the same server do not.
LOCK = 0x7E57


def install() -> None:
    """Make every test database from the template; called once by the conftest."""
    BaseDatabaseCreation.create_test_db = _copied(BaseDatabaseCreation.create_test_db)


def fingerprint() -> str:
    """What the emptied portal of these sources is called: 16 hexadecimal digits."""
    digest = hashlib.sha256(django.__version__.encode())
    packages = sorted(Path(config.path) for config in apps.get_app_configs())
    files = [path for package in packages for path in sorted(package.glob("migrations/*.py"))]
    for path in [
        *files,
        Path(sparing.__file__),
        Path(restoring.__file__),
        *sorted((ROOT / "data").glob("*")),
        *_read_after_migrating(),
    ]:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _read_after_migrating() -> list[Path]:
    """Rights are granted when migrations end, from what each room says in its permissions."""
    return sorted(ROOT.glob("*/permissions.py")) + sorted((ROOT / "upt_portal/accounts").glob("r*.py"))


def _copied(create: Callable[..., str]) -> Callable[..., str]:
    def make(self: Any, *args: Any, **kwargs: Any) -> str:
        template = PREFIX + fingerprint()
        with self._nodb_cursor() as cursor:
            lock = [LOCK, int(template[-7:], 16)]
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", lock)
            if _known(cursor, template):
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", lock)
                return _from(self, template, create, *args, **kwargs)
            with sparing.sparing():
                name = create(self, *args, **kwargs)
            restoring.keep_rows(self.connection)
            self.connection.close()
            _keep(cursor, name, template)
            return name

    return make


def _known(cursor: Any, template: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
    return cursor.fetchone() is not None


def _from(creation: Any, template: str, create: Callable[..., str], *args: Any, **kwargs: Any) -> str:
    tests = creation.connection.settings_dict["TEST"]
    with mock.patch.dict(tests, {"TEMPLATE": template}), mock.patch("django.core.management.call_command"):
        return create(creation, *args, **kwargs)


def _keep(cursor: Any, name: str, template: str) -> None:
    """Keep a copy of the database just made; forget the copies of a week ago."""
    today = clock.today()
    cursor.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname LIKE %s",
        [PREFIX + "%"],
    )
    for old, day in cursor.fetchall():
        if not day or date.fromisoformat(day) < today - KEPT:
            try:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
            except errors.ObjectInUse:  # somebody is copying it
                continue
    made, source = sql.Identifier(template), sql.Identifier(name)
    cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, source))
    cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(made, today.isoformat()))
