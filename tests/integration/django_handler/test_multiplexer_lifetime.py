"""How connections to Redis are opened, given up and left, by address and by event loop. Leaks are errors here."""

import asyncio
import gc
import os
import ssl
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from app.launch import valkey
from auth.errors import ServiceUnavailable
from auth.stores.client import RedisStore
from auth.stores.multiplexer import Channel
from auth.stores.transports import MultiplexedTransport, TransportError
from tests.conftest import eventually
from tests.integration.django_handler.certificates import self_signed

TIMEOUT = timedelta(seconds=5)
SHORT = timedelta(milliseconds=100)


@pytest.fixture
async def server(tmp_path):
    server = await asyncio.to_thread(valkey.start, tmp_path / "data")
    yield server
    await asyncio.to_thread(server.stop)


@pytest.fixture
async def connect():
    """Transports that are closed when the test ends."""
    made = []

    def make(url, timeout=TIMEOUT):
        made.append(MultiplexedTransport(url, timeout=timeout))
        return made[-1]

    yield make
    for transport in made:
        await transport.aclose()
    gc.collect()  # what was left open complains now, in the test that left it


@pytest.fixture
def redis_url():
    return os.environ["REDIS_URL"]


async def test_the_database_of_the_address_is_used(connect, redis_url):
    second, first = connect(f"{redis_url}?db=2"), connect(redis_url)
    await second.call(("SET", "only-here", "1"))

    assert await second.call(("GET", "only-here")) == b"1"
    assert await first.call(("GET", "only-here")) is None


async def test_the_password_of_the_address_is_used(connect, server):
    admin = connect(server.url)
    await admin.call(("ACL", "SETUSER", "ann", "on", ">secret", "allcommands", "allkeys"))
    path = server.url.removeprefix("unix://")

    assert await connect(f"unix://ann:secret@{path}").call(("ACL", "WHOAMI")) == b"ann"
    with pytest.raises(TransportError):
        await connect(f"unix://ann:wrong@{path}").call(("PING",))


async def test_an_address_with_tls_is_accepted(connect, redis_url, tmp_path):
    certificate = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    plain = unquote(redis_url.removeprefix("unix://"))
    async with _tls_in_front_of(plain, context) as port:
        transport = connect(f"rediss://localhost:{port}/0?ssl_ca_certs={certificate}")
        replies = await asyncio.gather(*(transport.call(("ECHO", f"{n}")) for n in range(100)))
        await transport.aclose()

    assert replies == [b"%d" % n for n in range(100)]


async def test_a_huge_reply_arrives_whole_and_the_next_is_its_own(connect, redis_url):
    transport = connect(redis_url)
    huge = b"x" * 20_000_000
    replies = await asyncio.gather(transport.call(("ECHO", huge)), transport.call(("ECHO", "next")))

    assert [*replies] == [huge, b"next"]


async def test_a_server_that_was_killed_and_came_back_is_found_again(connect, server, tmp_path):
    transport = connect(server.url)
    await transport.call(("PING",))
    server.process.kill()
    await asyncio.to_thread(server.process.wait)
    with pytest.raises(TransportError):  # on the stale connection, or on none
        await transport.call(("PING",))
    again = await asyncio.to_thread(valkey.start, tmp_path / "data")
    try:
        assert await transport.call(("PING",)) == b"PONG"
    finally:
        await asyncio.to_thread(again.stop)


@pytest.mark.parametrize("word", [b"", b"+"], ids=["silent", "dripping"])
async def test_an_attempt_that_is_given_up_leaves_no_connection_open(connect, tmp_path, word):
    """A server that accepts and never gets to the end of its greeting: the deadline ends the attempt amidst it."""

    async def serve(reader, writer):
        while not reader.at_eof():
            writer.write(word)
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1000), 0.03)
        writer.close()

    async with await asyncio.start_unix_server(serve, tmp_path / "slow.sock"):
        with pytest.raises(TransportError):
            await connect(f"unix://{tmp_path}/slow.sock", timeout=SHORT).call(("PING",))
        gc.collect()


async def test_closing_waits_for_an_attempt_and_closes_what_it_opened(connect, server):
    admin, transport = connect(server.url), connect(server.url)
    assert len(await connections(admin)) == 1
    call = asyncio.create_task(transport.call(("PING",)))
    await asyncio.sleep(0)
    await transport.aclose()

    await eventually(lambda: _is_alone(admin))
    with pytest.raises(TransportError):
        await call


async def connections(transport):
    """The ids of the server's connections."""
    lines = (await transport.call(("CLIENT", "LIST"))).splitlines()
    return {int(line.split()[0].removeprefix(b"id=")) for line in lines}


async def _is_alone(admin):
    return len(await connections(admin)) == 1


async def test_closing_twice_or_before_any_call_is_no_error(connect, redis_url):
    transport = connect(redis_url)
    await transport.aclose()
    await transport.aclose()


async def test_no_task_is_left_after_closing(connect, redis_url):
    before = asyncio.all_tasks()
    transport = connect(redis_url)
    await asyncio.gather(*(transport.call(("PING",)) for _ in range(10)))
    await transport.aclose()
    await asyncio.sleep(0)

    assert asyncio.all_tasks() - before == set()


def test_a_store_may_be_used_from_one_event_loop_after_another(redis_url):
    transport = MultiplexedTransport(redis_url, timeout=TIMEOUT)

    async def use_and_close():
        reply = await transport.call(("ECHO", "x"))
        await transport.aclose()
        return reply

    assert [asyncio.run(use_and_close()) for _ in range(2)] == [b"x", b"x"]


async def test_a_call_from_another_event_loop_opens_its_own_connection(connect, server):
    admin, transport = connect(server.url), connect(server.url)

    async def elsewhere():
        reply = await transport.call(("ECHO", "there"))
        await transport.aclose()
        return reply

    assert await transport.call(("ECHO", "here")) == b"here"
    assert len(await connections(admin)) == 2
    assert await asyncio.to_thread(asyncio.run, elsewhere()) == b"there"
    await eventually(lambda: _is_alone(admin))  # ours was closed in its own loop, not left behind
    assert await transport.call(("ECHO", "here again")) == b"here again"


async def test_a_call_whose_caller_goes_as_the_connection_breaks_complains_to_nobody(
    connect, server, caplog, monkeypatch
):
    channels: list[Channel] = []
    stock = Channel.use

    def use(channel, writer):
        channels.append(channel)
        stock(channel, writer)

    monkeypatch.setattr(Channel, "use", use)
    transport = connect(server.url)
    await transport.call(("PING",))
    call = asyncio.create_task(transport.call(("PING",)))
    await asyncio.sleep(0)
    channels[0].close()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    del call
    gc.collect()

    assert "never retrieved" not in caplog.text


async def test_the_store_says_unavailable_when_nobody_listens(tmp_path):
    store = RedisStore.connect(f"unix://{tmp_path}/nobody.sock", timeout=SHORT)
    with pytest.raises(ServiceUnavailable):
        await store.eviction_policy()
    await store.aclose()


class _tls_in_front_of:
    """`async with _tls_in_front_of(socket, context) as port:` relays what comes to the port."""

    def __init__(self, path: str, context: ssl.SSLContext) -> None:
        self._path = Path(path)
        self._context = context

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._serve, "localhost", 0, ssl=self._context)
        return self._server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        from_redis, to_redis = await asyncio.open_unix_connection(self._path)
        back = asyncio.create_task(_pass_on(from_redis, writer))
        await _pass_on(reader, to_redis)
        await back


async def _pass_on(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except (ConnectionError, ssl.SSLError):
        pass
    writer.close()
