"""A server that is told to stop closes no connection under a request that is on its way."""

import asyncio

import pytest

from app.server import graceful_shutdown
from tests.conftest import eventually
from tests.integration.django_handler.exchanges import text, turns


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(graceful_shutdown, "GRACE_SECONDS", 0.05)


async def test_a_request_that_comes_meanwhile_is_answered_and_its_client_sent_elsewhere(connect):
    connection = connect(text(b"hello"))
    await connection.send()
    connection.protocol.shutdown()
    await connection.send()

    assert connection.answered.count(b"HTTP/1.1 200 OK") == 2
    assert connection.answered.count(b"connection: close") == 1
    assert connection.transport.closed


@pytest.mark.parametrize("asked", [False, True])
async def test_a_connection_that_rests_is_closed_soon(connect, asked):
    connection = connect(text(b"hello"))
    if asked:
        await connection.send()
    connection.protocol.shutdown()
    assert not connection.transport.closed
    await eventually(lambda: asyncio.sleep(0, connection.transport.closed))


async def test_a_request_under_way_is_answered_and_its_connection_closed(connect):
    go_on = asyncio.Event()

    async def app(scope, receive, send):
        await go_on.wait()
        await text(b"hello")(scope, receive, send)

    connection = connect(app)
    await connection.send()
    connection.protocol.shutdown()
    await asyncio.sleep(0.2)
    assert not connection.transport.closed
    go_on.set()
    await turns()

    assert connection.answered.endswith(b"hello")
    assert connection.transport.closed
