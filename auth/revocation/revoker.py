"""The one door through which something is taken back: the database first, then every worker.

The caller is answered only when the database has it. Redis and this worker's memory follow at once; should Redis miss
it, each worker reads it from the revocation log within POLL_SECONDS.
"""

from collections.abc import Callable, Sequence

import structlog
from asgiref.sync import sync_to_async

from auth.core.revocations import Taken
from auth.errors import ServiceUnavailable
from auth.runtime import Runtime

log = structlog.get_logger("authgate.revocations")


async def revoke(runtime: Runtime, ending: Callable[[], list[Taken]]) -> list[Taken]:
    """Run one of auth/revocation/revoke.py in a thread, and spread what it took. Returns that.

    Raises the database's Error: then nothing was taken back, and nobody may be told that it was.
    """
    taken = await sync_to_async(ending)()
    await spread(runtime, taken)
    return taken


async def spread(runtime: Runtime, taken: Sequence[Taken]) -> None:
    """Tell this worker and Redis of what the database already has."""
    runtime.revocations.note(taken)
    try:
        await runtime.principals.take_back(taken)
    except ServiceUnavailable:
        log.warning("redis_missed_revocation", entries=len(taken))  # the log brings it
