"""What migrations put into the database is there again after a test that emptied it.

A transactional test ends by emptying every table: roles, holidays and kinds of fees too. The test that comes
next in the same process finds them again; they are written back once, by the first test that needs them.
"""

from typing import Any

from django.db import connection
from django.test import TestCase, TransactionTestCase

_emptied = False


def install() -> None:
    """Follow the two kinds of test; called once by the conftest."""
    setup, enter = TransactionTestCase._fixture_setup.__func__, TestCase._enter_atomics.__func__
    teardown = TransactionTestCase._fixture_teardown

    def after(self: TransactionTestCase) -> None:
        global _emptied
        type(self).serialized_rollback = True  # otherwise emptying would write back half, under other numbers
        teardown(self)
        _emptied = True

    def before(cls: type[TransactionTestCase]) -> Any:
        global _emptied
        if cls.serialized_rollback:  # Django writes it back by itself
            _emptied = False
        _write_back()
        return setup(cls)

    def before_atomic(cls: type[TestCase]) -> Any:
        _write_back()
        return enter(cls)

    TransactionTestCase._fixture_setup = classmethod(before)
    TransactionTestCase._fixture_teardown = after
    TestCase._enter_atomics = classmethod(before_atomic)


def _write_back() -> None:
    global _emptied
    if _emptied:
        connection.creation.deserialize_db_from_string(connection._test_serialized_contents)
        _emptied = False
