"""Two workers on the same stores, a clock that stands until it is moved, and a Redis that forgets when told to."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db.models import F, QuerySet
from django.test.utils import override_settings
from redis.asyncio import Redis

from app import wiring
from auth.audit.last_used import LastUsedWriter
from auth.audit.recorder import Recorder
from auth.caller import Caller, RequestContext
from auth.core.policies import Policy
from auth.errors import ServiceUnavailable
from auth.models import Revocation, session_queries
from auth.revocation.log import read_batch
from auth.revocation.queries import LogBatch
from auth.revocation.revoker import Revoker
from auth.runtime import Runtime
from auth.tokens.cache import VerifiedTokenCache
from tests.security.model import pauses
from tests.security.model.doubles import Cache, Log, Passwords
from tests.security.model.pauses import Operation, Outcome, Threads
from tests.unit.clock import FakeClock

_REDIS_DATABASE = 15  # other tests use 0, and are not to be flushed

Snapshot = dict[bytes, tuple[bytes, float]]
"""What Redis had on disk: a key, its value, and the moment it expires."""


class World:
    """Make it inside `opened()`. `workers` are Runtimes without background jobs: tests do those."""

    seconds_passed = 0.0
    """In all worlds: what an operation has read while it stands still ages by the difference."""

    def __init__(self, runner: asyncio.Runner, threads: Threads, base: Runtime, redis: Redis) -> None:
        self._runner = runner
        self._threads = threads
        self._base = base
        self._redis = redis
        self.clock = FakeClock(float(int(time.time())))
        self.run(redis.flushdb)
        self._first = self.run(Revocation.objects.order_by("-id").values_list("id", flat=True).afirst) or 0
        self.workers = [self._worker(), self._worker()]
        for number in range(len(self.workers)):
            self.catch_up(number)

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        return self._runner.run(self._threads.run(work)).get()

    def outcome(self, work: Callable[[], Awaitable[Any]]) -> Outcome:
        return self._runner.run(self._threads.run(work))

    def begin(self, point: str, work: Callable[[], Awaitable[Any]]) -> Operation:
        return self._runner.run(self._threads.begin(point, work))

    def finish(self, operation: Operation) -> Outcome:
        return self._runner.run(operation.finish())

    def kill(self, operation: Operation) -> None:
        self._runner.run(operation.kill())

    def catch_up(self, number: int) -> None:
        """One round of the job that follows the revocation log; Redis may be deaf."""
        outcome = self.outcome(self.workers[number].revocations.catch_up)
        if not (isinstance(outcome.error, ServiceUnavailable) and self.is_deaf(number)):
            outcome.get()

    def restart(self, number: int) -> None:
        """A new process: nothing in memory, and a first look before the first request."""
        self.workers[number] = self._worker()
        self.catch_up(number)

    def set_deaf(self, number: int, *, is_deaf: bool) -> None:
        self._cache(number).is_deaf = is_deaf

    def is_deaf(self, number: int) -> bool:
        return self._cache(number).is_deaf

    def close(self) -> None:
        """Other tests are not to find entries of the log that are older than they could be."""
        self.run(self._entries().adelete)

    def pass_time(self, seconds: float) -> None:
        """Everything grows older: what is in Redis, and the entries of the revocation log."""
        self.clock.advance(seconds)
        World.seconds_passed += seconds
        snapshot = self.snapshot()  # of the new moment, with the old lifetimes
        self.restore({key: (value, until - seconds) for key, (value, until) in snapshot.items()})
        older = F("created_at") - timedelta(seconds=seconds)
        self.run(lambda: self._entries().aupdate(created_at=older))
        for worker in self.workers:
            assert isinstance(worker.revocations, Log)
            worker.revocations.entries_grew_older(seconds)

    def flush(self) -> None:
        self.run(self._redis.flushdb)

    def snapshot(self) -> Snapshot:
        return dict(self.run(self._dump))

    def restore(self, snapshot: Snapshot) -> None:
        """Redis starts again from what it once had on disk."""

        async def load() -> None:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.flushdb()
                for key, (value, until) in snapshot.items():
                    if until > self.clock():
                        pipeline.restore(key, int((until - self.clock()) * 1000), value)
                await pipeline.execute()

        self.run(load)

    def _entries(self) -> QuerySet[Revocation]:
        return Revocation.objects.filter(id__gt=self._first)

    async def _dump(self) -> list[tuple[bytes, tuple[bytes, float]]]:
        keys: list[Any] = await self._redis.keys()
        async with self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.dump(key)
                pipeline.pttl(key)
            found = await pipeline.execute()
        pairs = zip(keys, found[::2], found[1::2], strict=True)
        return [(key, (value, self.clock() + ttl / 1000)) for key, value, ttl in pairs if value and ttl > 0]

    def _cache(self, number: int) -> Cache:
        cache = self.workers[number].principals
        assert isinstance(cache, Cache)
        return cache

    def _worker(self) -> Runtime:
        base, clock = self._base, self.clock
        lifetime = base.settings.access_lifetime + base.settings.leeway
        cache = Cache(base.store, lifetime=lifetime, policy=base.settings.policies.api)
        revocations = Log(
            cache,
            lifetime=base.revocations.feed.lifetime,
            now=base.database_clock.synced_now,
            clock=clock,
            read=_pausing_after(read_batch, "read"),
        )
        access_tokens = replace(base.access_tokens, clock=clock, jitter=lambda: 0.0)
        return replace(
            base,
            access_tokens=access_tokens,
            verified_tokens=VerifiedTokenCache(access_tokens, size=100, clock=clock),
            refresh_tokens=replace(base.refresh_tokens, clock=clock),
            principals=cache,
            revocations=revocations,
            revoker=Revoker(revocations, cache, now=self.utc_now),
            recorder=Recorder(),
            activity=LastUsedWriter(now=self.utc_now, clock=clock),
            clock=self.utc_now,
        )

    def utc_now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def caller() -> Caller:
    return Caller("192.0.2.1", "a test")


def context() -> RequestContext:
    return RequestContext(caller())


@contextmanager
def opened() -> Iterator[Callable[[], World]]:
    """A maker of worlds, each with an empty Redis. They share the database, the connections and the keys."""
    url = f"{settings.AUTH.redis_url}?db={_REDIS_DATABASE}"
    policies = replace(settings.AUTH.policies, api=Policy("api", None))
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner(loop_factory=asyncio.new_event_loop))
        # The model knows the grace alone: whether a successor was seen depends on when it is written down.
        auth = replace(settings.AUTH, redis_url=url, policies=policies, lost_answer_retry=timedelta(0))
        stack.enter_context(override_settings(AUTH=auth))
        stack.enter_context(patch.object(session_queries, "rotate", _pausing_before(session_queries.rotate, "rotate")))
        runtime = wiring.build_runtime()
        runtime.passwords.close()
        runtime.store.join("model")
        base = replace(runtime, passwords=Passwords(threads=1, queue=100))
        stack.callback(base.passwords.close)
        threads = Threads()
        stack.callback(threads.close)
        redis = Redis.from_url(url)
        stack.callback(lambda: runner.run(redis.aclose()))
        stack.callback(lambda: runner.run(base.store.aclose()))
        yield lambda: World(runner, threads, base, redis)


def _pausing_before(function: Callable[..., Any], point: str) -> Callable[..., Any]:
    def pausing(*args: Any, **named: Any) -> Any:
        pauses.stop_thread(point)
        return function(*args, **named)

    return pausing


def _pausing_after(read: Callable[..., Awaitable[LogBatch]], point: str) -> Callable[..., Awaitable[LogBatch]]:
    """What was read grows older while the operation stands still, as the entries in the database do."""

    async def pausing(*args: Any) -> LogBatch:
        found, before = await read(*args), World.seconds_passed
        await pauses.stop(point)
        passed = timedelta(seconds=World.seconds_passed - before)
        pages = found.unnumbered, found.numbered
        return LogBatch(*([entry._replace(created_at=entry.created_at - passed) for entry in page] for page in pages))

    return pausing
