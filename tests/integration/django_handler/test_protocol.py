"""Requests that come ahead of their answers."""

import asyncio
import random

import pytest

from tests.integration.django_handler.exchanges import GET, text, turns

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


@pytest.mark.parametrize("seed", range(30))
async def test_in_whatever_pieces_requests_come_each_is_answered_once_and_in_order(connect, seed):
    chance = random.Random(seed)
    requests = [_request(chance, number) for number in range(chance.randint(1, 40))]
    stream = b"".join(request for request, _ in requests)
    connection = connect(_echo)
    while stream:
        size = chance.choice([1, 7, 100, 2048, 5000, 70_000])
        connection.protocol.data_received(stream[:size])
        stream = stream[size:]
        for _ in range(chance.randint(0, 3)):
            await asyncio.sleep(0)
    for _ in range(40):
        await turns()

    answers = connection.answered.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert [answer.partition(b"\r\n\r\n")[2] for answer in answers] == [expected for _, expected in requests]
    assert connection.transport.is_read


def _request(chance, number):
    """A request, and the body of its answer."""
    method = chance.choice([b"GET", b"HEAD", b"POST"])
    body = b"y" * chance.choice([0, 1, 3000, 9000]) if method == b"POST" else b""
    head = b"%b /%d HTTP/1.1\r\nHost: testserver\r\nContent-Length: %d\r\n\r\n" % (method, number, len(body))
    return head + body, b"" if method == b"HEAD" else b"/%d %d" % (number, len(body))


async def _echo(scope, receive, send):
    size, is_more = 0, scope["method"] == "POST"
    while is_more:
        message = await receive()
        size, is_more = size + len(message.get("body", b"")), message.get("more_body", False)
    await text(b"%b %d" % (scope["raw_path"], size))(scope, receive, send)
