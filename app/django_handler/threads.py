"""The few threads that run the ORM, each with its own database connections.

Stock Django starts a thread for each request that touches the ORM, and with it a new connection. Here a request that
does is lent one of a few long-lived threads, the least busy one, for as long as it lasts; others cost none.

Safe because Django's connections belong to threads: whoever runs on a thread uses its connection one call at a time.
Two requests may take turns on one thread, so a transaction must begin and end within one call: ours live in one
function, and one that is left open is rolled back before the next call.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from django.db import connections

from app.django_handler.deadline import Deadline
from auth.errors import ServiceUnavailable

IDLE_SECONDS = 5.0
"""A connection that rested longer is checked before it is used: a server may have closed it."""
_RETRY_AFTER = 1.0


class DatabaseThread(Executor):
    """One thread, one call at a time, in order."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._used_at = 0.0
        self._counting = threading.Lock()  # calls begin and end on different threads
        self.waiting = 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._count(1)
        job = self._pool.submit(self._run, function, args, kwargs)
        job.add_done_callback(self._finished)  # also of a job whose caller went away before it began
        return job

    def close(self) -> None:
        """Close the thread's connections, and end it when its calls are done."""
        self._pool.submit(connections.close_all)
        self._pool.shutdown(wait=True)

    def _run(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        try:
            self._prepare()
            return function(*args, **kwargs)
        finally:
            self._used_at = time.monotonic()
            _end_transactions()

    def _finished(self, _: Future[Any]) -> None:
        self._count(-1)

    def _count(self, change: int) -> None:
        with self._counting:
            self.waiting += change

    def _prepare(self) -> None:
        """What close_old_connections does for stock Django, when there is reason to."""
        is_stale = time.monotonic() - self._used_at > IDLE_SECONDS
        for connection in connections.all(initialized_only=True):
            if is_stale or connection.errors_occurred:
                connection.close_if_unusable_or_obsolete()


def _end_transactions() -> None:
    """Raises RuntimeError when the call has left a transaction open, after rolling it back with its connection."""
    left = [connection for connection in connections.all(initialized_only=True) if _is_in_transaction(connection)]
    for connection in left:
        connection.close()
        del connections[connection.alias]  # a fresh one instead: this one would refuse work until the block ends
    if left:
        raise RuntimeError("A transaction must begin and end within one call of sync_to_async; it was rolled back.")


def _is_in_transaction(connection: Any) -> bool:
    is_manual = connection.connection is not None and connection.autocommit != connection.settings_dict["AUTOCOMMIT"]
    return connection.in_atomic_block or is_manual


class DatabaseThreads:
    """`count` threads for requests; at most `limit` calls may wait, more are refused with ServiceUnavailable.

    A call that takes longer than `seconds`, its wait for the thread included, fails with OperationalError.
    """

    def __init__(self, count: int, *, limit: int, seconds: float | None = None) -> None:
        self._threads = [DatabaseThread(f"database-{number}") for number in range(count)]
        self._limit = limit
        self._deadline = None if seconds is None else Deadline(seconds)

    @property
    def waiting(self) -> int:
        """Calls under way or waiting for their turn."""
        return sum(thread.waiting for thread in self._threads)

    def lease(self) -> "Lease":
        return Lease(self, self._deadline)

    def least_busy(self) -> DatabaseThread:
        thread = min(self._threads, key=lambda thread: thread.waiting)
        if thread.waiting * len(self._threads) >= self._limit:
            raise ServiceUnavailable(_RETRY_AFTER)
        return thread

    def close(self) -> None:
        for thread in self._threads:
            thread.close()


class Lease(Executor):
    """What a request's ThreadSensitiveContext gets: takes a thread at the first call, and stays with it."""

    def __init__(self, threads: DatabaseThreads, deadline: Deadline | None) -> None:
        self._threads = threads
        self._deadline = deadline
        self._thread: DatabaseThread | None = None

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._thread is None:
            self._thread = self._threads.least_busy()
        job = self._thread.submit(function, *args, **kwargs)
        return job if self._deadline is None else self._deadline.bound(job)
