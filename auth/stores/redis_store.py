"""The one door to Redis: runs scripts, never waits long, and turns every fault into ServiceUnavailable."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from auth.errors import ServiceUnavailable

_RETRY_AFTER = 1.0
_MAX_CONNECTIONS = 50

Argument = str | int


@dataclass(frozen=True, slots=True)
class Script:
    """One atomic decision, from its own file beside this one."""

    text: str = field(repr=False)
    sha: str

    @classmethod
    def load(cls, name: str) -> Self:
        text = (Path(__file__).parent / "scripts" / f"{name}.lua").read_text()
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class Call:
    """A script with its keys and arguments."""

    script: Script
    keys: Sequence[str]
    args: Sequence[Argument]


class RedisStore:
    """Every method is one round trip (two when the server has lost its scripts). Raises ServiceUnavailable."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    @classmethod
    def connect(cls, url: str, *, timeout: timedelta) -> Self:
        """Opens no socket yet. No automatic retries: they turn a dead server into a slow one."""
        seconds = timeout.total_seconds()
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_MAX_CONNECTIONS,
            timeout=seconds,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
        )
        return cls(Redis.from_pool(pool))

    async def run(self, call: Call) -> Any:
        """The script's reply (EVALSHA; EVAL when the server does not know it)."""
        try:
            return await self._evaluate(call)
        except (RedisError, OSError, TimeoutError) as error:
            raise ServiceUnavailable(_RETRY_AFTER) from error

    async def run_all(self, calls: Sequence[Call]) -> list[Any]:
        """Several scripts in one round trip, each atomic by itself, in this order."""
        try:
            async with self._client.pipeline(transaction=False) as pipeline:
                for call in calls:
                    pipeline.eval(call.script.text, len(call.keys), *call.keys, *call.args)
                return await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise ServiceUnavailable(_RETRY_AFTER) from error

    async def eviction_policy(self) -> str:
        """What the server drops when memory is full; `noeviction` is the only fit answer (INFO memory)."""
        try:
            return str((await self._client.info("memory")).get("maxmemory_policy", "unknown"))
        except (RedisError, OSError, TimeoutError) as error:
            raise ServiceUnavailable(_RETRY_AFTER) from error

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _evaluate(self, call: Call) -> Any:
        try:
            return await self._client.evalsha(call.script.sha, len(call.keys), *call.keys, *call.args)
        except NoScriptError:
            return await self._client.eval(call.script.text, len(call.keys), *call.keys, *call.args)
