"""Periodic jobs that one worker does for all."""

from datetime import timedelta

from auth.stores import key_names
from auth.stores.client import Call, RedisStore, Script

_CLAIM = Script.beside(__file__, "claim")


async def claim(store: RedisStore, name: str, *, period: timedelta) -> bool:
    """True for the first worker that asks in a period. Raises ServiceUnavailable."""
    milliseconds = int(period.total_seconds() * 1000)
    return bool(await store.run(Call(_CLAIM, [key_names.job(name)], [milliseconds])))
