"""A client that closes its side after its requests: answered within bounds, and then closed."""

import asyncio

import pytest

from app.server.half_closed import HALF_CLOSED_SECONDS
from tests.integration.django_handler.exchanges import GET, text, turns


@pytest.fixture
async def waiting(connect):
    """A connection whose answers wait to be let go, `go_on`."""
    go_on = asyncio.Event()

    async def app(scope, receive, send):
        await go_on.wait()
        await text(b"hello")(scope, receive, send)

    connection = connect(app)
    connection.go_on = go_on
    return connection


async def test_the_answer_leaves_and_is_the_last(waiting):
    await waiting.send()
    assert waiting.protocol.eof_received()
    assert waiting.protocol.eof_received()  # reading was resumed
    waiting.go_on.set()
    await turns()

    assert waiting.answered.endswith(b"hello")
    assert b"connection: close" in waiting.answered
    assert waiting.transport.closed


@pytest.mark.parametrize("ahead", [2, 300])
async def test_so_do_those_that_were_sent_ahead(waiting, ahead):
    await waiting.send(GET * ahead)
    assert waiting.protocol.eof_received()
    waiting.go_on.set()
    for _ in range(ahead):
        await turns()
    waiting.protocol.check_time(0)

    assert waiting.answered.count(b"200 OK") == ahead
    assert waiting.transport.closed


async def test_what_is_cut_off_behind_a_request_does_not_cost_it_its_answer(waiting):
    await waiting.send(GET + GET[:-5])
    assert waiting.protocol.eof_received()
    waiting.go_on.set()
    await turns()

    assert waiting.answered.count(b"HTTP/1.1 ") == 1
    assert waiting.transport.closed


async def test_what_is_malformed_behind_a_request_is_told_too(waiting):
    await waiting.send(GET + b"\0\r\n\r\n")
    assert waiting.protocol.eof_received()
    waiting.go_on.set()
    await turns()

    assert waiting.answered.count(b"HTTP/1.1 200") == 1
    assert waiting.answered.count(b"HTTP/1.1 400") == 1


@pytest.mark.parametrize("sent", [b"", GET[:-5], b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_nothing_is_owed_for_half_a_request(waiting, sent):
    await waiting.send(sent)

    assert not waiting.protocol.eof_received()


async def test_nothing_is_owed_to_who_rests(connect):
    connection = connect(text(b"hello"))
    await connection.send()

    assert not connection.protocol.eof_received()


async def test_nothing_is_owed_to_who_reads_a_stream(connect):
    async def endless(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await receive()

    connection = connect(endless)
    await connection.send()

    assert not connection.protocol.eof_received()


async def test_who_may_have_gone_is_waited_for_no_longer_than_agreed(waiting):
    await waiting.send()
    waiting.protocol.eof_received()
    since = waiting.protocol.loop.time()

    waiting.protocol.check_time(since + HALF_CLOSED_SECONDS / 2)
    assert not waiting.transport.closed
    waiting.protocol.check_time(since + HALF_CLOSED_SECONDS * 1.1)
    assert waiting.transport.closed
