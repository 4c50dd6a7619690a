"""The two Redis transports: our multiplexer, and redis-py (REDIS_CLIENT)."""

from asyncio import StreamWriter
from datetime import timedelta
from typing import Any, Protocol, cast

import hiredis
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from auth.stores.error_replies import SERVER_CODES, code_of
from auth.stores.multiplexer import Channel, Command, Multiplexer

_MAX_CONNECTIONS = 50
_MAX_WAITING = 10_000


class TransportError(Exception):
    """Redis could not be asked, or answered with an error. What it was asked may or may not have happened."""


class Unreachable(TransportError):
    """Nothing came back: the server is down, hung, too busy for us, or does not take us."""


class ErrorReply(TransportError):
    """The server answered with an error. Of that, `code` alone is for logs."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class UnknownScript(ErrorReply):
    """The server does not hold the script that EVALSHA names: nothing happened."""


class Transport(Protocol):
    """Raises TransportError, UnknownScript.

    After an error reply of SERVER_CODES the next call opens a connection anew, and resolves the server's name again:
    after a failover it leads to another server.
    """

    async def call(self, command: Command) -> Any: ...
    async def aclose(self) -> None: ...


class RedisPyTransport:
    """A connection for each command under way. No automatic retries: they turn a dead server into a slow one."""

    def __init__(self, url: str, *, timeout: timedelta) -> None:
        self._pool = BlockingConnectionPool.from_url(url, max_connections=_MAX_CONNECTIONS, **_options(timeout))
        self._pool.timeout = timeout.total_seconds()
        self._client = Redis.from_pool(self._pool)

    async def call(self, command: Command) -> Any:
        try:
            return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            code = _code(error)
            if code in SERVER_CODES:
                await self._pool.disconnect(inuse_connections=False)  # those in use meet the same reply
            raise (_reply(code) if isinstance(error, ResponseError) else Unreachable(code)) from error

    async def aclose(self) -> None:
        await self._client.aclose()


class MultiplexedTransport:
    """One connection for all. redis-py opens it, since it knows URLs, TLS and authentication; the rest is ours."""

    def __init__(self, url: str, *, timeout: timedelta) -> None:
        self._pool = ConnectionPool.from_url(url, **_options(timeout))
        self._multiplexer = Multiplexer(self._connect, timeout=timeout.total_seconds(), limit=_MAX_WAITING)

    async def call(self, command: Command) -> Any:
        try:
            return await self._multiplexer.call(command)
        except hiredis.ReplyError as error:
            raise _reply(code_of(str(error))) from error
        except (RedisError, OSError, TimeoutError) as error:
            raise Unreachable(_code(error)) from error

    async def aclose(self) -> None:
        await self._multiplexer.aclose()

    async def _connect(self, channel: Channel) -> None:
        connection: Any = self._pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.connect()
        except BaseException:  # the deadline cancels, and redis-py then leaves an open connection behind
            await connection.disconnect(nowait=True)
            raise
        channel.use(cast(StreamWriter, connection._writer))
        connection._reader = connection._writer = None  # it is the channel's now, to close as well


def _reply(code: str) -> ErrorReply:
    return UnknownScript(code) if code == "NOSCRIPT" else ErrorReply(code)


def _code(error: BaseException) -> str:
    """Of a reply its code, of anything else the name of its origin. Texts may repeat a password that was sent."""
    if code := getattr(error, "status_code", None):  # redis-py takes known codes off the text
        return code_of(f"{code} {error}")
    if isinstance(error, ResponseError):
        return code_of(str(error))
    inner = error.__cause__ or error.__context__
    return _code(inner) if inner and isinstance(error, RedisError) else type(error).__name__


def _options(timeout: timedelta) -> dict[str, Any]:
    seconds = timeout.total_seconds()
    return {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
