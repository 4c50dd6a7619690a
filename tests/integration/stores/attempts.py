"""Attempts that a test leaves open, and ends as it likes."""

import asyncio
from collections.abc import Callable

from auth.caller import Caller, RequestContext
from auth.errors import RateLimited
from auth.ratelimit.hits import Hit
from auth.ratelimit.limiter import Limits
from auth.ratelimit.reservations import Attempt

_begun: set["asyncio.Task[None]"] = set()


async def end_all() -> None:
    """What a test has left open would speak to Redis when the loop ends."""
    for task in _begun:
        task.cancel()
    if _begun:
        await asyncio.wait(_begun)
    _begun.clear()


def new_context(address: str = "") -> RequestContext:
    return RequestContext(Caller(address, ""))


async def wait(limits: Limits, *hits: Hit, context: RequestContext | None = None) -> float:
    """How long the call has to wait; 0 when it was admitted."""
    try:
        await limits.reserve(context or new_context(), *hits)
    except RateLimited as refused:
        return refused.retry_after
    return 0


class Trying:
    """`trying = await Trying.begin(limits, hit)` has its slots; `await trying.end(Attempt.succeed)` says what came."""

    def __init__(self, limits: Limits, context: RequestContext, hits: tuple[Hit, ...], max_wait: float) -> None:
        self._attempt = limits.attempt(context, *hits, max_wait=max_wait)
        self._verdict: asyncio.Future[Callable[[Attempt], None]] = asyncio.get_running_loop().create_future()
        self._admitted = asyncio.Event()
        self.task = asyncio.create_task(self._run())
        _begun.add(self.task)

    @classmethod
    async def begin(
        cls, limits: Limits, *hits: Hit, context: RequestContext | None = None, max_wait: float = 0.0
    ) -> "Trying":
        """Raises RateLimited. Whoever cancels this, cancels the attempt."""
        trying = cls(limits, context or new_context(), hits, max_wait)
        admitted = asyncio.create_task(trying._admitted.wait())
        try:
            await asyncio.wait([admitted, trying.task], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            trying.task.cancel()
            raise
        finally:
            admitted.cancel()
        if trying.task.done():
            await trying.task
        return trying

    async def end(self, verdict: Callable[[Attempt], None] = lambda _: None) -> None:
        """Without a verdict it counts."""
        self._verdict.set_result(verdict)
        await self.task

    async def _run(self) -> None:
        async with self._attempt as attempt:
            self._admitted.set()
            (await self._verdict)(attempt)
