"""The only Redis client: runs scripts, and turns faults into ServiceUnavailable."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from auth.errors import ServiceUnavailable
from auth.stores import key_names
from auth.stores.circuit import Circuit
from auth.stores.error_replies import SERVER_CODES
from auth.stores.transports import (
    ErrorReply,
    MultiplexedTransport,
    RedisPyTransport,
    Transport,
    TransportError,
    UnknownScript,
    Unreachable,
)

_RETRY_AFTER = 1.0
_BATCH = 500
"""Calls under way at once for one caller: a backlog of any length must not crowd out the others."""

Argument = str | bytes | int
Client = Literal["multiplexed", "redis-py"]


@dataclass(frozen=True, slots=True)
class Script:
    """One atomic decision, from its own file beside the code that runs it."""

    text: str = field(repr=False)
    sha: str

    @classmethod
    def beside(cls, module: str, name: str) -> Self:
        """`module` is the `__file__` of the code that runs the script."""
        text = Path(module).with_name(f"{name}.lua").read_text()
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Call(NamedTuple):
    """A script with its keys and arguments."""

    script: Script
    keys: Sequence[str]
    args: Sequence[Argument]


_ANNOUNCE = Script.beside(__file__, "announce")
_ANNOUNCED_FOR = timedelta(days=1)


class RedisStore:
    """Every method is one round trip (two when the server has lost its scripts). Raises ServiceUnavailable.

    Until it knows its `deployment`, Redis is unavailable to every script: names of another's must not be touched.
    """

    def __init__(
        self, transport: Transport, *, deployment: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._circuit = Circuit(clock)
        self.deployment = ""
        self._prefix = ""
        if deployment:
            self.join(deployment)

    @classmethod
    def connect(cls, url: str, *, timeout: timedelta, client: Client = "multiplexed", deployment: str = "") -> Self:
        """Opens no socket yet. The second-best client is there to fall back on."""
        kinds: dict[Client, type[MultiplexedTransport | RedisPyTransport]] = {
            "multiplexed": MultiplexedTransport,
            "redis-py": RedisPyTransport,
        }
        return cls(kinds[client](url, timeout=timeout), deployment=deployment)

    def join(self, deployment: str) -> None:
        """From now on all names are this deployment's."""
        self.deployment = deployment
        self._prefix = key_names.of_deployment(deployment)
        self._circuit.allow()

    @property
    def is_available(self) -> bool:
        """False from the first call that Redis could not serve until a probe succeeds; and before the first one."""
        return self._circuit.is_available

    async def run(self, call: Call) -> Any:
        """The script's reply (EVALSHA; EVAL when the server does not know it)."""
        if self._circuit.is_open():
            raise ServiceUnavailable(_RETRY_AFTER)
        prefix = self._prefix
        arguments = (len(call.keys), *[prefix + key for key in call.keys], *call.args)
        try:
            try:
                return await self._transport.call(("EVALSHA", call.script.sha, *arguments))
            except UnknownScript:
                return await self._transport.call(("EVAL", call.script.text, *arguments))
        except TransportError as error:
            if _is_about_the_server(error):
                self._circuit.open(str(error))
            raise ServiceUnavailable(_RETRY_AFTER) from error

    async def run_all(self, calls: Sequence[Call]) -> list[Any]:
        """Many scripts, each atomic by itself. Over the multiplexer _BATCH of them share one round trip."""
        replies: list[Any] = []
        for batch in batched(calls, _BATCH):
            replies += await asyncio.gather(*(self.run(call) for call in batch), return_exceptions=True)
            for reply in replies[-len(batch) :]:
                if isinstance(reply, BaseException):
                    raise reply
        return replies

    async def probe(self) -> list[str]:
        """Whether Redis can do what we need, which is to write; returns the other deployments that use it.

        Asks in any case, and whatever the error is, Redis is unavailable then.
        """
        if not self.deployment:
            raise ServiceUnavailable(_RETRY_AFTER)
        milliseconds = int(_ANNOUNCED_FOR.total_seconds() * 1000)
        try:
            names = key_names.PREFIX + key_names.DEPLOYMENTS
            others = await self._transport.call(("EVAL", _ANNOUNCE.text, 1, names, self.deployment, milliseconds))
        except TransportError as error:
            self._circuit.open(str(error))
            raise ServiceUnavailable(_RETRY_AFTER) from error
        self._circuit.close()
        return [name.decode() for name in others]

    async def eviction_policy(self) -> str | None:
        """What the server drops when memory is full; `noeviction` is the only fit answer. None: it does not say."""
        memory = await self._fact("INFO", "memory")
        return None if memory is None else _field(memory, "maxmemory_policy")

    async def time(self) -> float | None:
        """The server's clock, in Unix seconds. None: it does not say."""
        reply = await self._fact("TIME")
        return None if reply is None else int(reply[0]) + int(reply[1]) / 1e6

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _fact(self, *command: str) -> Any:
        """The reply to what we can do without; None where we may not ask, or the server has no such command."""
        try:
            return await self._transport.call(command)
        except ErrorReply as error:
            if error.code in ("NOPERM", "ERR"):
                return None
            raise ServiceUnavailable(_RETRY_AFTER) from error
        except TransportError as error:
            raise ServiceUnavailable(_RETRY_AFTER) from error


def _is_about_the_server(error: TransportError) -> bool:
    return isinstance(error, Unreachable) or (isinstance(error, ErrorReply) and error.code in SERVER_CODES)


def _field(info: Any, name: str) -> str | None:
    """One field of INFO, which redis-py parses into a dictionary and the multiplexer leaves as text."""
    if isinstance(info, dict):
        return info.get(name)
    lines: list[str] = info.decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line).get(name)
