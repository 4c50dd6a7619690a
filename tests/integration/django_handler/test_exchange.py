"""What leaves a connection, in which writes and in which order."""

import asyncio
import gc

import pytest

from app.application import Application
from tests.integration.django_handler.exchanges import GET, text, turns


async def test_a_whole_answer_leaves_in_one_write(connect):
    connection = connect(text(b"hello", (b"X-Own", b"1")))

    await connection.send()

    (answer,) = connection.writes
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\ncontent-length: 5\r\nx-own: 1\r\n" in answer
    assert answer.endswith(b"\r\n\r\nhello")


async def test_the_answers_of_one_turn_leave_together_after_it(connect):
    """Whoever computes in between must not come between their writes."""
    order = []

    async def app(scope, receive, send):
        await text(b"x")(scope, receive, send)
        order.append("computed")

    connections = [connect(app) for _ in range(3)]
    for connection in connections:
        connection.transport.write = lambda _: order.append("written")
        connection.protocol.data_received(GET)
    await turns()

    assert order == ["computed"] * 3 + ["written"] * 3


async def test_pipelined_requests_are_answered_in_order(connect):
    first = asyncio.Event()

    async def app(scope, receive, send):
        if scope["path"] == "/slow":
            await first.wait()
        await text(scope["path"].encode())(scope, receive, send)

    connection = connect(app)
    await connection.send(GET.replace(b"/ ", b"/slow ") + GET.replace(b"/ ", b"/fast ") + GET.replace(b"/ ", b"/last "))
    assert connection.writes == []
    first.set()
    await turns()

    assert [part[-5:] for part in connection.answered.split(b"HTTP/1.1 200 OK\r\n")[1:]] == [
        b"/slow",
        b"/fast",
        b"/last",
    ]


async def test_the_head_of_a_stream_does_not_wait_for_its_body(connect):
    body = asyncio.Event()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await body.wait()
        await send({"type": "http.response.body", "body": b"late"})

    connection = connect(app)
    await connection.send()
    assert connection.answered.endswith(b"transfer-encoding: chunked\r\n\r\n")
    body.set()
    await turns()

    assert connection.answered.endswith(b"4\r\nlate\r\n0\r\n\r\n")


async def test_a_body_in_pieces_is_whole(connect):
    connection = connect(text(b"hello", pieces=5))

    await connection.send()

    assert connection.answered.endswith(b"\r\n\r\nhello")


async def test_a_stream_does_not_wait_without_bound(connect):
    connection = connect(text(b"y" * 300_000, pieces=30))

    await connection.send()

    assert len(connection.writes) > 3
    assert connection.answered.endswith(b"\r\n\r\n" + b"y" * 300_000)


async def test_head_is_answered_without_a_body(connect):
    connection = connect(text(b"hello"))

    await connection.send(GET.replace(b"GET", b"HEAD"))

    assert b"content-length: 5\r\n" in connection.answered
    assert connection.answered.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("asked", ["by the client", "by the application"])
async def test_a_last_answer_is_sent_before_the_connection_closes(connect, asked):
    close = (b"Connection", b"close")
    app, request = (
        (text(b"bye"), GET[:-2] + b"Connection: close\r\n\r\n")
        if asked == "by the client"
        else (text(b"bye", close), GET)
    )
    connection = connect(app)

    await connection.send(request)

    assert connection.answered.endswith(b"bye")
    assert b"\r\nconnection: close\r\n" in connection.answered
    assert connection.transport.closed


async def with_an_answer_that_waits(connect):
    connection = connect(text(b"hello"))
    connection.protocol.data_received(GET)
    await asyncio.sleep(0)
    assert connection.protocol.cycle.response_complete
    assert connection.writes == []  # else these tests prove nothing
    return connection


async def test_an_answer_that_waits_is_sent_before_the_server_closes(connect):
    connection = await with_an_answer_that_waits(connect)

    connection.protocol.transport.close()

    assert connection.answered.endswith(b"hello")
    assert connection.transport.closed


async def test_an_answer_to_a_client_that_has_gone_is_let_go(connect):
    connection = await with_an_answer_that_waits(connect)

    await connection.close()

    assert connection.writes == []


async def test_an_application_that_fails_after_its_head_is_500(connect):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        raise RuntimeError("lost the body")

    connection = connect(app)
    await connection.send()

    assert connection.answered.startswith(b"HTTP/1.1 500 ")
    assert connection.answered.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "field", [(b"x-own", b"1\r\nx-forged: 1"), (b"x-own", b"\x00"), (b"x own", b"1"), (b"x:own", b"1")]
)
async def test_a_field_that_breaks_the_head_is_not_sent(connect, field):
    connection = connect(text(b"hello", field))

    await connection.send()

    assert connection.answered.startswith(b"HTTP/1.1 500 ")
    assert b"own" not in connection.answered


async def test_a_body_that_is_not_as_long_as_stated_ends_the_connection(connect):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        await send({"type": "http.response.body", "body": b"short"})

    connection = connect(app)
    await connection.send()

    assert connection.transport.closed


async def never(scope, receive, send):
    await asyncio.Event().wait()


async def test_a_connection_that_rests_too_long_is_closed_and_no_other(connect):
    resting, busy = connect(text(b"x")), connect(never)
    await resting.send()
    await busy.send()
    now, patience = asyncio.get_running_loop().time(), resting.protocol.timeout_keep_alive
    for connection in (resting, busy):
        connection.protocol.check_time(now + patience - 1)
    assert not resting.transport.closed

    for connection in (resting, busy):
        connection.protocol.check_time(now + patience + 1)

    assert resting.transport.closed
    assert not busy.transport.closed


async def test_a_request_leaves_nothing_for_the_garbage_collector(connect):
    """Cycles cost a pause for all, later. The whole application takes part, without its stores."""
    connection = connect(Application())
    await connection.send(GET.replace(b"/ ", b"/health/live "))  # what is made once
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            await connection.send(GET.replace(b"/ ", b"/health/live "))
        found = gc.collect()
    finally:
        gc.enable()

    assert connection.answered.count(b"HTTP/1.1 200 OK") == 51
    assert found < 50
