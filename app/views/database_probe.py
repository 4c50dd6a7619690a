"""Whether the database accepts writes: with a full disk, reads still succeed.

A read shows nothing, and an updated row may fit into an existing page. So the probe writes something that needs new
space: rarely while that works, each time while it fails.
"""

import time
from collections.abc import Callable

from django.db import Error, OperationalError, ProgrammingError, connection, transaction
from psycopg.errors import DiskFull, InsufficientPrivilege

WRITE_SECONDS = 5.0
"""For this time after a successful write, no other is tried."""


class DatabaseProbe:
    """Call `ask` where the ORM may be used."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written_at = float("-inf")

    def ask(self) -> str:
        """`ok`, or what is wrong: `unavailable`, `read-only`, `full`."""
        try:
            if _is_read_only():
                connection.close()  # another one may lead to a server that takes writes
                return "read-only"
            if self._clock() - self._written_at >= WRITE_SECONDS:
                _write()
                self._written_at = self._clock()
        except Error as error:
            self._written_at = float("-inf")
            return "full" if _is_full(error) else "unavailable"
        return "ok"


def _is_read_only() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only" if connection.vendor == "postgresql" else "SELECT 1")
        return bool(cursor.fetchone() == ("on",))


def _write() -> None:
    if connection.vendor == "postgresql":
        _write_to_postgres()
    else:
        _write_to_sqlite()


def _write_to_postgres() -> None:
    """A temporary table, visible to this session only: it needs a new page each time, and leaves nothing behind."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE authgate_probe ON COMMIT DROP AS SELECT 1 AS one")
            transaction.set_rollback(True)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):  # the right TEMPORARY can be revoked
            raise


def _write_to_sqlite() -> None:
    """A page of its log: SQLite writes only what is committed. The number is unused, and does not change."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA user_version")
        [version] = cursor.fetchone()
        try:
            cursor.execute(f"PRAGMA user_version = {int(version)}")
        except OperationalError as error:
            if "is locked" not in str(error):  # another connection is writing, so writes work
                raise


def _is_full(error: Error) -> bool:
    return isinstance(error, OperationalError) and (
        isinstance(error.__cause__, DiskFull) or "disk is full" in str(error)
    )
