"""The Python socket kit: what cannot be known, clients and frameworks that misbehave, and the end."""

import asyncio
import json
from typing import Any

import pytest

from authgate_verifier.sockets import Close, SocketKit
from tests.conftest import eventually
from tests.docs.documents import code_blocks, read
from tests.integration.python_client.fake import Clock, answer, fake, revocation
from tests.integration.python_client.socket_client import SocketClient
from tests.integration.python_client.socket_service import TICKET, serving

UNDECIDED = {
    "503": answer(503, {"error": "service_unavailable"}),
    "401": answer(401, {"error": "invalid_client"}),
    "429": answer(429, {"error": "rate_limited"}),
    "another 400": answer(400, {"error": "invalid_request"}),
    "no object": answer(200, []),
    "no JSON": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n{",
    "a redirect": b"HTTP/1.1 307 -\r\nLocation: /x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "garbage": b"garbage\r\n\r\n",
}


@pytest.mark.parametrize("kind", UNDECIDED)
async def test_a_ticket_that_nobody_can_judge_is_never_called_invalid(service, kind, caplog):
    service.authgate.ticket_answer = UNDECIDED[kind]
    refused, open_one = service.open().say({"type": "auth", "ticket": TICKET}), await service.login()
    open_one.say({"type": "auth", "ticket": TICKET}, "still here")

    assert await refused.ends() == 1013
    await open_one.heard(3)
    assert open_one.messages[1] == {"type": "auth.error", "error": "unavailable"}
    assert "a ticket could not be redeemed" in caplog.text
    assert TICKET not in caplog.text


async def test_a_redemption_that_is_never_answered_ends_in_time(service, monkeypatch):
    monkeypatch.setattr("authgate_verifier.redemption.TIMEOUT", 0.2)
    service.authgate.ticket_answer = b""

    assert await service.open().say({"type": "auth", "ticket": TICKET}).ends() == 1013


async def test_while_the_feed_is_stale_nobody_comes_in_and_open_sockets_have_a_grace(monkeypatch):
    monkeypatch.setattr("authgate_verifier.sockets.kit.CHECK_SECONDS", 0.01)
    clock = Clock()
    looks: list[float] = []
    async with serving(clock, grace=30) as service:
        client = await service.login()
        service.authgate.beats = False
        await asyncio.sleep(0.1)  # what was on its way
        clock.passed += 10
        refused = await service.login()
        assert await refused.ends() == 1013
        stock = service.verifier.staleness

        def staleness():
            looks.append(clock.passed)
            return stock()

        monkeypatch.setattr(service.verifier, "staleness", staleness)
        await eventually(lambda: asyncio.sleep(0, len(looks) > 2))  # nobody else asks meanwhile
        client.say("a")
        await client.heard(2)
        client.say({"type": "auth", "token": service.authgate.token()})
        await client.heard(3)
        assert client.messages[2] == {"type": "auth.error", "error": "unavailable"}
        clock.passed += 21

        assert await client.ends() == 1013
        assert service.kit.size == 0


async def test_a_socket_of_a_client_that_takes_nothing_ends_for_the_application_at_once(service):
    """Its close waits in the server's buffer; nobody waits for that."""
    stuck = asyncio.Event()
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    inbox.put_nowait({"type": "websocket.connect"})
    login = {"type": "auth", "token": service.authgate.token()}
    inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(login)})
    ended = asyncio.Event()

    async def send(message):
        if message["type"] == "websocket.close":
            await stuck.wait()

    async def application():
        async with service.kit.accept({"type": "websocket"}, inbox.get, send) as session:
            assert [text async for text in session] == []
            ended.set()
            stuck.set()

    task = asyncio.create_task(application())
    await eventually(lambda: asyncio.sleep(0, service.kit.size == 1))
    service.authgate.send(revocation(1, sid="s1"))
    async with asyncio.timeout(30):
        await ended.wait()
    await task


async def test_a_framework_that_wraps_the_error_of_a_gone_client_is_understood(service):
    class Disconnected(Exception):
        pass

    def wrapping(send):
        async def wrapped(message):
            try:
                await send(message)
            except OSError:
                raise Disconnected from None

        return wrapped

    async def app(scope, receive, send):
        await service(scope, receive, wrapping(send))

    client = SocketClient(app).say({"type": "auth", "token": service.authgate.token()})
    await client.heard(1)
    client.say("a")
    client.leaves = True
    client.leave()

    assert await client.ends() is None


async def test_closing_the_kit_closes_every_socket(service):
    clients = [await service.login() for _ in range(3)]
    await service.kit.close()

    assert [await client.ends() for client in clients] == [1013] * 3


async def test_an_application_may_close_its_own_way():
    async with fake() as authgate, authgate.verifier() as verifier:
        kit = SocketKit(verifier)

        async def app(scope, receive, send):
            async with kit.accept(scope, receive, send) as session:
                assert session
                await session.close(Close(4000, "moved"))
                await session.send_text("nobody hears it")
                with pytest.raises(ConnectionResetError, match="4000 moved"):
                    await session.send({"type": "websocket.send", "text": "nor this"})
                assert [text async for text in session] == []

        client = SocketClient(app).say({"type": "auth", "token": authgate.token()})
        assert await client.ends() == 4000


async def test_the_example_of_the_documentation_works_as_it_stands():
    [example] = code_blocks(read("docs/websockets.md"), "python")
    async with fake() as authgate, authgate.verifier() as verifier:
        names: dict[str, Any] = {"SocketKit": SocketKit, "verifier": verifier}
        exec(example, names)
        client = SocketClient(names["chat"]).say({"type": "auth", "token": authgate.token()}, "hello")
        await client.heard(2)

        assert client.messages[1] == {"from": "ada", "text": "hello"}
        await names["kit"].close()
        assert await client.ends() == 1013
