"""One connection for all: whatever goes wrong with one call, no other call gets its reply."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from auth.errors import ServiceUnavailable
from auth.stores.client import Call, Script
from auth.stores.multiplexer import Channel, ConnectionLost
from tests.integration.stores.conftest import TIMEOUT, echo, without_breaker

SHORT = timedelta(milliseconds=200)


class Imposter:
    """A server that greets as Redis does and then answers every command with `reply`."""

    def __init__(self, path: Path, reply: bytes) -> None:
        self.url = f"unix://{path}"
        self.reply = reply
        self.connections = 0
        self._path = path

    async def __aenter__(self):
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        while data := await reader.read(65536):
            greetings = data.count(b"CLIENT") + data.count(b"SELECT")
            writer.write(b"+OK\r\n" * greetings if greetings else self.reply)
        writer.close()


@pytest.fixture
def imposter(tmp_path):
    return lambda reply: Imposter(tmp_path / "imposter.sock", reply)


@pytest.fixture
async def connect():
    """Stores that are closed when the test ends."""
    stores = []

    def make(url, timeout=TIMEOUT):
        stores.append(without_breaker(url, timeout=timeout))
        return stores[-1]

    yield make
    for store in stores:
        await store.aclose()


async def outcome(store, text="x"):
    return await outcome_of(store.run(echo(text)))


async def outcome_of(call):
    try:
        return await call
    except ServiceUnavailable:
        return None


async def test_calls_of_one_turn_of_the_loop_leave_together(relay, connect):
    store = connect(relay.url)
    await store.run(echo("x"))
    relay.reset()
    await asyncio.gather(*(store.run(echo(f"{n}")) for n in range(50)))

    assert relay.round_trips == 1


@pytest.mark.parametrize("unwritable", ["\ud800", None, [], {}], ids=ascii)
async def test_a_command_that_cannot_be_written_takes_no_place_in_the_queue(own_server, connect, unwritable):
    store = connect(own_server.url)
    await store.run(echo("x"))
    calls = [store.run(echo("a")), store.run(Call(echo("").script, ["k"], [unwritable])), store.run(echo("b"))]
    first, failed, last = await asyncio.gather(*calls, return_exceptions=True)

    assert isinstance(failed, (UnicodeEncodeError, TypeError))
    assert (first, last, await store.run(echo("c"))) == (b"a", b"b", b"c")


async def test_a_reply_that_is_overdue_never_reaches_a_later_call(relay, connect):
    store = connect(relay.url, SHORT)
    await store.run(echo("x"))
    relay.hold()
    assert await outcome(store, "overdue") is None
    relay.release()

    assert [await outcome(store, f"{n}") for n in range(3)] == [b"0", b"1", b"2"]


async def test_all_calls_that_wait_behind_an_overdue_one_fail_with_it(relay, connect):
    store = connect(relay.url, SHORT)
    await store.run(echo("x"))
    relay.hold()

    assert await asyncio.gather(*(outcome(store, f"{n}") for n in range(20))) == [None] * 20


async def test_calls_that_were_all_cancelled_do_not_keep_a_hung_connection(relay, connect):
    store = connect(relay.url, SHORT)
    await store.run(echo("x"))
    relay.hold()
    lost = asyncio.create_task(store.run(echo("lost")))
    await relay.heard(b"lost")
    lost.cancel()

    assert await outcome(store, "behind it") is None
    relay.release()
    assert await outcome(store, "after") == b"after"


@pytest.mark.parametrize(
    "reply",
    [b"+A\r\n+B\r\n", b"garbage\r\n", b"$5\r\nab", b"*-7\r\n", b"\0" * 100, b""],
    ids=["two replies", "garbage", "half a reply", "a bad length", "zeros", "silence"],
)
async def test_a_stream_that_is_not_redis_fails_calls_and_never_serves_a_stray_reply(imposter, connect, reply):
    async with imposter(reply) as server:
        store = connect(server.url, SHORT)
        results = [await outcome(store) for _ in range(3)]

        assert b"B" not in results
        assert set(results) <= {None, b"A"}


async def test_a_reply_that_nobody_asked_for_closes_the_connection(imposter, connect):
    async with imposter(b"+A\r\n+B\r\n") as server:
        store = connect(server.url, SHORT)
        for _ in range(3):
            await outcome(store)

        assert server.connections == 3


async def test_callers_that_come_before_the_connection_share_the_attempt(imposter, connect):
    async with imposter(b"") as server:
        store = connect(server.url, SHORT)
        await asyncio.gather(*(outcome(store) for _ in range(50)))

        assert server.connections == 1


async def test_a_caller_that_goes_away_does_not_end_the_attempt_of_others(own_server, connect):
    store = connect(own_server.url)
    lost, kept = (asyncio.create_task(store.run(echo(text))) for text in ("lost", "kept"))
    await asyncio.sleep(0)
    lost.cancel()

    assert await kept == b"kept"


async def test_an_error_reply_fails_its_own_call_alone(own_server, connect):
    store = connect(own_server.url)
    broken = "return redis.error_reply('ERR on purpose')"
    failing = Call(Script(broken, hashlib.sha1(broken.encode()).hexdigest()), [], [])
    first, failed, last = await asyncio.gather(
        store.run(echo("a")), outcome_of(store.run(failing)), store.run(echo("b"))
    )

    assert (first, failed, last) == (b"a", None, b"b")


async def test_a_channel_that_is_not_open_takes_no_call():
    with pytest.raises(ConnectionLost):
        Channel(timeout=1, limit=10).call(["PING"])


async def test_more_calls_than_may_wait_are_refused_and_the_others_served(own_server):
    _, writer = await asyncio.open_unix_connection(own_server.url.removeprefix("unix://"))
    channel = Channel(timeout=5, limit=3)
    channel.use(writer)
    replies = [channel.call(["ECHO", f"{n}"]) for n in range(3)]

    with pytest.raises(ConnectionLost, match="too many"):
        channel.call(["ECHO", "x"])
    assert await asyncio.gather(*replies) == [b"0", b"1", b"2"]
    assert await channel.call(["ECHO", "y"]) == b"y"
    channel.close()


async def test_closing_a_channel_fails_what_waits(own_server):
    _, writer = await asyncio.open_unix_connection(own_server.url.removeprefix("unix://"))
    channel = Channel(timeout=5, limit=3)
    channel.use(writer)
    reply = channel.call(["ECHO", "x"])
    channel.close()

    with pytest.raises(ConnectionLost):
        await reply
    assert not channel.is_open
