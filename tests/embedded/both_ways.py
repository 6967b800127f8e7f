"""The short way of the first start's migrations leads where `migrate` leads.

`migrate` takes minutes, so this is not of the suite: `script/check` asks for it by name.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.embedded import schema
from upt_portal.embedded.surroundings import ROOT

NAME = f"portal_plain_{os.getpid()}"


@pytest.fixture
def plain(db: None) -> Iterator[str]:
    """The address of an empty database on the server of the tests."""
    name = sql.Identifier(NAME)
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
    yield urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{NAME}"))
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def test_both_ways_make_the_same_database(plain: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    environment = {**os.environ, "DATABASE_URL": plain, "DJANGO_SETTINGS_MODULE": "upt_portal.settings"}
    subprocess.run(command, env=environment, cwd=ROOT, check=True)
    with psycopg.connect(plain) as other:
        here, there = schema.read(connection.cursor()), schema.read(other.cursor())
    assert len(there) > 1000
    assert here ^ there == set()
