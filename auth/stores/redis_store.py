"""The one door to Redis: runs scripts, never waits long, and turns every fault into ServiceUnavailable."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from pathlib import Path
from typing import Any, Literal, Self

from auth.errors import ServiceUnavailable
from auth.stores.transports import (
    MultiplexedTransport,
    RedisPyTransport,
    Transport,
    TransportError,
    UnknownScript,
    Unreachable,
)

_RETRY_AFTER = 1.0
SHUT_SECONDS = 0.5
_BATCH = 500
"""Calls under way at once for one caller: a backlog of any length must not crowd out the others."""

Argument = str | bytes | int
Client = Literal["multiplexed", "redis-py"]


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

    def __init__(self, transport: Transport, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._clock = clock
        self._shut_until = 0.0

    @classmethod
    def connect(cls, url: str, *, timeout: timedelta, client: Client = "multiplexed") -> Self:
        """Opens no socket yet. The second-best client is there to fall back on."""
        kinds: dict[Client, type[MultiplexedTransport | RedisPyTransport]] = {
            "multiplexed": MultiplexedTransport,
            "redis-py": RedisPyTransport,
        }
        return cls(kinds[client](url, timeout=timeout))

    @property
    def is_open(self) -> bool:
        """Whether Redis is asked; for a moment after it could not be reached, it is not."""
        return self._clock() >= self._shut_until

    def run(self, call: Call) -> Awaitable[Any]:
        """The script's reply (EVALSHA; EVAL when the server does not know it)."""
        return self._guarded(self._evaluate, call)

    async def run_all(self, calls: Sequence[Call]) -> list[Any]:
        """Many scripts, each atomic by itself. Over the multiplexer _BATCH of them share one round trip."""
        replies: list[Any] = []
        for batch in batched(calls, _BATCH):
            replies += await asyncio.gather(*(self.run(call) for call in batch), return_exceptions=True)
            for reply in replies[-len(batch) :]:
                if isinstance(reply, BaseException):
                    raise reply
        return replies

    async def eviction_policy(self) -> str:
        """What the server drops when memory is full; `noeviction` is the only fit answer (INFO memory)."""
        memory = await self._guarded(self._transport.call, ("INFO", "memory"))
        return _field(memory, "maxmemory_policy")

    async def time(self) -> float:
        """The server's clock, in Unix seconds (TIME)."""
        seconds, microseconds = await self._guarded(self._transport.call, ("TIME",))
        return int(seconds) + int(microseconds) / 1e6

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _guarded[Asked](self, ask: Callable[[Asked], Awaitable[Any]], asked: Asked) -> Any:
        """A breaker: after Redis could not be reached, it is not asked again for SHUT_SECONDS, so that nobody waits."""
        if not self.is_open:
            raise ServiceUnavailable(_RETRY_AFTER)
        try:
            return await ask(asked)
        except Unreachable as error:
            self._shut_until = self._clock() + SHUT_SECONDS
            raise ServiceUnavailable(_RETRY_AFTER) from error
        except TransportError as error:
            raise ServiceUnavailable(_RETRY_AFTER) from error

    async def _evaluate(self, call: Call) -> Any:
        try:
            return await self._transport.call(("EVALSHA", call.script.sha, len(call.keys), *call.keys, *call.args))
        except UnknownScript:
            return await self._transport.call(("EVAL", call.script.text, len(call.keys), *call.keys, *call.args))


def _field(info: Any, name: str) -> str:
    """One field of INFO, which redis-py parses into a dictionary and the multiplexer leaves as text."""
    if isinstance(info, dict):
        return str(info.get(name, "unknown"))
    lines: list[str] = info.decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line).get(name, "unknown")
