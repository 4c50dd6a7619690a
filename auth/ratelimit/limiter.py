"""Rate limits: reserve a slot before the work, then confirm or release it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog

from auth.caller import RequestContext
from auth.errors import ServiceUnavailable
from auth.ratelimit import hits as uses
from auth.ratelimit.hits import Hit
from auth.ratelimit.in_memory import LocalLimits
from auth.ratelimit.reservations import Attempt, Outcome, Reservation, admit, report_release, usages_of
from auth.ratelimit.turns import Turns
from auth.stores.client import Call, RedisStore, Script

log = structlog.get_logger("authgate.limits")

_RESERVE = Script.beside(__file__, "reserve")
_RELEASE = Script.beside(__file__, "release")
_CONFIRM = Script.beside(__file__, "confirm")
_FORGIVE = Script.beside(__file__, "forgive")

TRUSTED_SECONDS = 90 * 86400
"""Seconds that a caller is trusted after a success."""
OPEN_SECONDS = 15
"""How long a slot is kept for an attempt without an outcome: its worker was killed."""
ATTEMPT_SECONDS = 12.0
"""Seconds that an attempt may take, well below OPEN_SECONDS: every completed attempt counts."""
_RETRY_AFTER = 2.0


class Limits:
    """`ids` makes each reservation distinct; `clock` (Unix seconds) is Redis' own unless given.

    While Redis is unavailable, `local` counts: stricter, never unlimited.
    """

    def __init__(
        self,
        store: RedisStore,
        *,
        ids: Callable[[], str],
        local: LocalLimits | None = None,
        clock: Callable[[], float] | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._store = store
        self._ids = ids
        self._local = local or LocalLimits(workers=1, clock=time.monotonic)
        self._clock = clock
        self._turns = turns or Turns()
        self._unfinished: set[asyncio.Task[None]] = set()

    async def reserve(self, context: RequestContext, *hits: Hit) -> None:
        """Count a use under every active policy, or under none, and report the usage of each in `context`.

        Raises RateLimited.
        """
        await self._reserve(context, hits, state="counts", max_wait=0.0)

    @asynccontextmanager
    async def attempt(self, context: RequestContext, *hits: Hit, max_wait: float = 0.0) -> AsyncIterator[Attempt]:
        """Like reserve, for a block of work of which only failures count. Leaving it without a result counts.

        However the block ends, even by a disconnect, the slots are confirmed or released. While pending slots fill
        the limit, waits for them up to `max_wait` seconds, so that any number of concurrent correct passwords pass,
        though each takes a slot until it is verified. Raises RateLimited before the block, ServiceUnavailable for a
        block of more than ATTEMPT_SECONDS seconds: it must have no effect then.
        """
        reservation = await self._reserve(context, hits, state="open", max_wait=max_wait)
        attempt = Attempt()
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                yield attempt
        except TimeoutError as error:
            attempt.cancel()
            raise ServiceUnavailable(_RETRY_AFTER) from error
        except ServiceUnavailable:
            attempt.cancel()
            raise
        finally:
            await self._shielded(self._conclude(context, reservation, attempt.outcome))

    def reserve_locally(self, context: RequestContext, hit: Hit) -> None:
        """Like reserve, for calls that another script usually counts in Redis. Raises RateLimited."""
        if hit.policy.quota:
            admit(context, self._reserve_in_memory((hit,)))

    async def forgive(self, *hits: Hit) -> None:
        """Forget all slots under these, and trust the caller from now on. What Redis misses stays until it is old."""
        limited = [hit for hit in hits if hit.policy.quota]
        if limited:
            lists = [name for hit in limited for pair in hit.pairs for name in pair]
            self._local.forget([hit.name for hit in limited])
            await self._try(Call(_FORGIVE, lists + uses.marks(limited), [len(lists), TRUSTED_SECONDS * 1000]))

    async def _reserve(
        self, context: RequestContext, hits: Sequence[Hit], *, state: str, max_wait: float
    ) -> Reservation:
        limited = tuple(hit for hit in hits if hit.policy.quota)
        if not limited:
            return Reservation()
        try:
            found = await self._reserve_in_redis(limited, state)
            if found.is_worth_waiting and max_wait:
                found = await self._wait(found, state, max_wait)
        except ServiceUnavailable:
            found = self._reserve_in_memory(limited)
        return admit(context, found)

    async def _wait(self, found: Reservation, state: str, max_wait: float) -> Reservation:
        """Wait in the queue for the full list; refused immediately if the queue is too long."""

        async def retry() -> bool:
            nonlocal found
            found = await self._reserve_in_redis(found.hits, state)
            return not found.is_worth_waiting

        if found.refusing is not None and not self._turns.is_full(found.refusing.name):
            await self._turns.wait(found.refusing.name, retry, max_wait=max_wait)
        return found

    async def _reserve_in_redis(self, hits: tuple[Hit, ...], state: str) -> Reservation:
        now, name = "" if self._clock is None else int(self._clock() * 1_000_000), self._ids()
        names, numbers = uses.reserve_arguments(hits)
        fixed = [now, name, len(hits), int(state == "open"), OPEN_SECONDS * 1_000_000]
        try:
            wait, refusing, worth, *state_of = await self._store.run(Call(_RESERVE, names, [*fixed, *numbers]))
        except asyncio.CancelledError:  # Redis may have it all the same
            self._start(self._release(hits, name, marks=[]))
            raise
        usages = usages_of(hits, list(zip(state_of[::2], state_of[1::2], strict=True)))
        by = hits[refusing - 1] if wait else None
        return Reservation(hits, name, usages, wait / 1e6, by, is_worth_waiting=bool(worth))

    def _reserve_in_memory(self, hits: tuple[Hit, ...]) -> Reservation:
        name = self._ids()
        wait, states, refusing = self._local.reserve([hit.name for hit in hits], [hit.quota for hit in hits], name)
        return Reservation(hits, name, usages_of(hits, states), wait, hits[refusing] if wait else None, is_local=True)

    async def _conclude(self, context: RequestContext, reservation: Reservation, outcome: Outcome) -> None:
        if not reservation.hits:
            return
        if outcome is Outcome.COUNTS:
            await self._confirm(reservation)
        else:
            is_trusted = outcome is Outcome.SUCCEEDED
            marks = uses.marks(reservation.hits) if is_trusted else []
            if reservation.is_local:
                self._local.release([hit.name for hit in reservation.hits], reservation.id)
            else:
                await self._release(reservation.hits, reservation.id, marks=marks)
            report_release(context, reservation, all_=is_trusted)
        self._turns.decided(hit.name for hit in reservation.hits)

    async def _confirm(self, reservation: Reservation) -> None:
        if not reservation.is_local:
            pairs = [(pair, hit.quota.window * 1000) for hit in reservation.hits for pair in hit.pairs]
            lists, windows = [name for pair, _ in pairs for name in pair], [window for _, window in pairs]
            await self._try(Call(_CONFIRM, lists, [reservation.id, *windows]))

    async def _release(self, hits: Sequence[Hit], name: str, *, marks: list[str]) -> None:
        lists = [open_ for hit in hits for _, open_ in hit.pairs]
        await self._try(Call(_RELEASE, lists + marks, [name, len(lists), TRUSTED_SECONDS * 1000]))

    async def _try(self, call: Call) -> None:
        try:
            await self._store.run(call)
        except ServiceUnavailable:
            log.warning("limits_missed", lists=len(call.keys))

    async def _shielded(self, work: Coroutine[Any, Any, None]) -> None:
        """Cancelling the caller does not cancel it."""
        await asyncio.shield(self._start(work))

    def _start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return task
