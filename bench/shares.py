"""`python -m bench.shares`: what part of the CPU of /me goes into the guard and the limit on calls.

Inside this process, without a socket: rounds with both and rounds with neither take turns, and the median of the ratios
of neighbours counts. Redis counts the call in the script that decides on the token, in either case one round trip.
Needs a migrated database and Redis, as DATABASE_URL and REDIS_URL say; the account that it makes is deleted.
"""

import asyncio
import secrets
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from statistics import median
from typing import Any

from django.conf import settings

import asgi  # noqa: F401  sets Django up
from app.application import Application
from app.http.cors import CorsMiddleware
from auth.caller import Caller
from auth.core.policies import Quota
from auth.models import User
from auth.sessions.issue import new_session, token_pair
from auth.sessions.stages import Admission
from bench.inprocess import keep, nothing, scope_of

_ROUNDS, _TASKS, _REQUESTS = 21, 64, 4096
_PLENTY = Quota(1_000_000, 60)


async def main() -> None:
    policies = settings.AUTH.policies
    async with AsyncExitStack() as stack:
        settings.AUTH = replace(settings.AUTH, policies=replace(policies, api=replace(policies.api, quota=_PLENTY)))
        hardened = Application()
        runtime = await stack.enter_async_context(hardened.running())
        settings.AUTH = replace(settings.AUTH, policies=replace(policies, api=replace(policies.api, quota=None)))
        bare = Application()
        await stack.enter_async_context(bare.running())
        bare._outermost._app = CorsMiddleware(bare._route)
        name = f"shares-{secrets.token_hex(4)}"
        user = await User.objects.acreate(username=name, email=f"{name}@example.com", password="!")
        session = new_session(runtime, Admission(user), Caller(address="127.0.0.1", user_agent="shares"))
        await session.asave(force_insert=True)
        try:
            scope = scope_of((await token_pair(runtime, user, session)).access_token)
            pairs = [(await _cpu(hardened, scope), await _cpu(bare, scope)) for _ in range(_ROUNDS + 1)][1:]
        finally:
            await user.adelete()
    full = median(both for both, _ in pairs)
    share = median(1 - neither / both for both, neither in pairs)
    sys.stdout.write(f"/me costs {full:.1f} us of CPU, of which guard and limit take {share:.1%}\n")


async def _cpu(application: Application, scope: dict[str, Any]) -> float:
    """Microseconds a request."""

    async def one() -> None:
        for _ in range(_REQUESTS // _TASKS):
            await application({**scope, "state": {}}, nothing, keep)

    started = time.thread_time()
    await asyncio.gather(*(one() for _ in range(_TASKS)))
    return (time.thread_time() - started) / _REQUESTS * 1e6


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
