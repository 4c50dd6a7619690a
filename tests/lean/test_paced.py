"""Requests that come ahead of their answers."""

import asyncio

from tests.lean.exchanges import GET, text, turns

MANY = 10_000
FEW = 150
"""More wait for their turn at no time."""


async def test_a_flood_of_requests_waits_outside_and_each_is_answered(connect):
    most = 0

    async def app(scope, receive, send):
        nonlocal most
        most = max(most, len(connection.protocol.pipeline))
        await text(b"x")(scope, receive, send)

    connection = connect(app)
    connection.protocol.data_received(GET * MANY)
    while connection.answered.count(b"HTTP/1.1 200 OK") < MANY:
        before = len(connection.writes)
        await turns()
        assert len(connection.writes) > before

    assert 1 < most < FEW
    assert connection.transport.is_read


async def test_nothing_is_read_while_a_request_waits_for_its_turn(connect):
    first = asyncio.Event()

    async def app(scope, receive, send):
        await first.wait()
        await receive()  # listens for the client's leaving, as the handler does after a while
        await text(b"x")(scope, receive, send)

    connection = connect(app)
    connection.protocol.data_received(GET * 3)
    await turns()
    assert not connection.transport.is_read
    connection.protocol.data_received(GET * MANY)  # was on its way
    assert len(connection.protocol.pipeline) == 2
    first.set()
    await turns()

    assert connection.answered.count(b"HTTP/1.1 200 OK") > 3


async def test_a_client_that_reads_nothing_is_read_no_further(connect):
    connection = connect(text(b"x"))
    connection.protocol.pause_writing()
    connection.protocol.data_received(GET * MANY)
    for _ in range(3):
        await turns()
        connection.protocol.data_received(GET * MANY)

    assert connection.writes == []
    assert len(connection.protocol.pipeline) < FEW
    assert not connection.transport.is_read
    connection.protocol.resume_writing()
    await turns()
    assert connection.answered.startswith(b"HTTP/1.1 200 OK")


async def test_a_body_in_many_pieces_between_others_is_whole(connect):
    async def app(scope, receive, send):
        body, is_more = b"", True
        while is_more:
            message = await receive()
            body, is_more = body + message.get("body", b""), message.get("more_body", False)
        await text(b"%d" % len(body))(scope, receive, send)

    connection = connect(app)
    body = b"y" * 60_000
    post = GET.replace(b"GET", b"POST")[:-2] + b"Content-Length: 60000\r\n\r\n" + body
    connection.protocol.data_received(GET + post + post + GET)
    for _ in range(10):
        await turns()

    answers = connection.answered.split(b"HTTP/1.1 200 OK")[1:]
    assert [answer.rpartition(b"\r\n\r\n")[2] for answer in answers] == [b"0", b"60000", b"60000", b"0"]
