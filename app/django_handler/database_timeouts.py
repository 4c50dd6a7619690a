"""Timeouts of Postgres statements and connections, set for a server process.

Postgres ends a statement that takes too long. One that is stopped, or whose disk hangs, ends none, while its system
keeps the connection open: neither keepalives nor TCP's timeouts notice. Then we end the connection, and the thread that
waits is free to open another, perhaps to a server that took its place. So we do with one that takes no writes: it may
have been the primary once.

Commands and migrations are not bound.
"""

from typing import Any

from psycopg import Connection, OperationalError
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.pq import TransactionStatus

LOCK_SECONDS = 2
STATEMENT_SECONDS = 5
SILENCE_SECONDS = 6.0
"""Longer: as a rule Postgres ends the statement, and the connection stays."""
_BOUNDS = (
    f"SET lock_timeout = '{LOCK_SECONDS}s'; SET statement_timeout = '{STATEMENT_SECONDS}s'; "
    # Of statements outside a transaction, too: under serializable a logout may fail for a neighbour's login.
    "SET default_transaction_isolation = 'read committed'"
)


def bound(connection: Any, **_: Any) -> None:
    """Receives Django's connection_created."""
    if connection.vendor == "postgresql":
        _watch(connection.connection)
        with connection.cursor() as cursor:
            cursor.execute(_BOUNDS)


def _watch(link: Connection) -> None:
    """Whatever is asked of Postgres passes through its method `wait`, which knows no limit of its own."""
    wait = link.wait

    def watched(generator: Any, *arguments: Any, **options: Any) -> Any:
        options.setdefault("timeout", SILENCE_SECONDS)
        try:
            return wait(generator, *arguments, **options)
        except OperationalError:
            if link.pgconn.transaction_status == TransactionStatus.ACTIVE:  # the reply would be taken for the next one
                link.close()
            raise
        except ReadOnlySqlTransaction as error:
            link.close()
            raise OperationalError("Postgres takes no writes") from error

    link.wait = watched  # type: ignore[method-assign, assignment]
