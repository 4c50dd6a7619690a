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
        "The longest that the event loop came late to anything within the last minute.",
        lambda source: source.lag.longest(),
    ),
    "password_hashes_waiting": Gauge(
        "Passwords that are being hashed or wait for it; PASSWORD_HASH_QUEUE is the most.",
        lambda source: source.runtime.passwords.waiting,
    ),
    "database_calls_waiting": Gauge(
        "Calls of the database under way or waiting for a thread; DB_QUEUE is the most.",
        lambda source: source.threads.waiting,
    ),
    "records_waiting": Gauge(
        "Entries of login history and security events that are not written yet.",
        lambda source: source.runtime.recorder.waiting,
    ),
    "messages_waiting": Gauge(
        "E-mail messages that are not sent yet, nor given up.",
        lambda source: source.runtime.mail_queue.waiting,
    ),
    "feed_readers": Gauge(
        "Open streams of the revocation feed; FEED_READERS is the most.",
        lambda source: source.runtime.feed_readers.count,
    ),
    "revocation_log_age_seconds": Gauge(
        "How long ago the revocation log was last read; above 1 the database is asked instead of memory.",
        lambda source: source.runtime.revocations.age(),
    ),
    "clock_offset_seconds": Gauge(
        "How far the database's clock, which counts, is ahead of this host's.",
        lambda source: source.runtime.database_clock.offset,
    ),
    "redis_up": Gauge(
        "1 while Redis does what we need, 0 from the first call that it could not serve until a probe succeeds.",
        lambda source: float(source.runtime.store.is_available),
    ),
}


def read(sources: Sources) -> dict[str, float]:
    return {name: float(gauge.read(sources)) for name, gauge in GAUGES.items()}
