"""Django's migrate, by one process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from auth.maintenance.doctor import unfit_encoding

_LOCK = int.from_bytes(b"authgate")
"""Of Postgres' advisory locks, which belong to one database each."""
_FOR_EVER = (
    "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
)


class Command(Migrate):
    def handle(self, *args: Any, database: str, **options: Any) -> Any:
        connection = connections[database]
        if problem := unfit_encoding(connection):
            raise CommandError(problem)
        lock = _advisory_lock if connection.vendor == "postgresql" else _file_lock
        with lock(connection):
            return super().handle(*args, database=database, **options)


@contextmanager
def _advisory_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Held by a separate transaction, so that a connection pooler keeps it on one connection. Ends with the process."""
    own = connection.copy()
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute(_FOR_EVER)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield
    finally:
        own.close()


@contextmanager
def _file_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """SQLite's own lock is not held between migrations. A database in memory is not shared."""
    name = str(connection.settings_dict["NAME"])
    in_memory: bool = connection.is_in_memory_db()  # type: ignore[attr-defined]  # SQLite's
    with nullcontext() if in_memory else Path(f"{name}.migrating").open("w") as lock:
        if lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
