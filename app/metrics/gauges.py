"""Gauges of a worker, read each second: queue lengths, state of the stores."""

from collections.abc import Callable
from dataclasses import dataclass

from app.django_handler.threads import DatabaseThreads
from app.metrics.event_loop_lag import EventLoopLag
from auth.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Sources:
    runtime: Runtime
    threads: DatabaseThreads
    lag: EventLoopLag


@dataclass(frozen=True, slots=True)
class Gauge:
    help: str
    read: Callable[[Sources], float]


GAUGES = {
    "event_loop_lag_seconds": Gauge(
        "Maximum delay of the event loop within the last minute.",
        lambda source: source.lag.longest(),
    ),
    "password_hashes_waiting": Gauge(
        "Password hashes running or waiting; at most PASSWORD_HASH_QUEUE.",
        lambda source: source.runtime.passwords.waiting,
    ),
    "database_calls_waiting": Gauge(
        "Database calls running or waiting for a thread; at most DB_QUEUE.",
        lambda source: source.threads.waiting,
    ),
    "records_waiting": Gauge(
        "Entries of login history and security events not yet written.",
        lambda source: source.runtime.recorder.waiting,
    ),
    "messages_waiting": Gauge(
        "E-mail messages neither sent nor abandoned yet.",
        lambda source: source.runtime.mail_queue.waiting,
    ),
    "feed_readers": Gauge(
        "Open streams of the revocation feed; at most FEED_READERS.",
        lambda source: source.runtime.feed_readers.count,
    ),
    "revocation_log_age_seconds": Gauge(
        "Age of the last read of the revocation log; above 1, the database decides instead of memory.",
        lambda source: source.runtime.revocations.age(),
    ),
    "clock_offset_seconds": Gauge(
        "How far the database's clock, which is authoritative, is ahead of this host's.",
        lambda source: source.runtime.database_clock.offset,
    ),
    "redis_up": Gauge(
        "1 while Redis works, 0 from the first call that it could not serve until a probe succeeds.",
        lambda source: float(source.runtime.store.is_available),
    ),
}


def read(sources: Sources) -> dict[str, float]:
    return {name: float(gauge.read(sources)) for name, gauge in GAUGES.items()}
