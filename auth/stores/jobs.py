"""Periodic jobs that one worker does for all."""

from datetime import timedelta

from auth.stores import keys
from auth.stores.redis_store import Call, RedisStore, Script

_CLAIM = Script.load("claim")


async def claim(store: RedisStore, name: str, *, period: timedelta) -> bool:
    """True for the first worker that asks in a period. Raises ServiceUnavailable."""
    milliseconds = int(period.total_seconds() * 1000)
    return bool(await store.run(Call(_CLAIM, [keys.job(name)], [milliseconds])))
