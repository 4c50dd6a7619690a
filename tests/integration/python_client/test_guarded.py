"""Applications behind `SocketKit.guard`, which know nothing of logins."""

import pytest_asyncio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from authgate_verifier.sockets import SocketKit
from tests.integration.python_client.fake import fake, revocation
from tests.integration.python_client.socket_client import SocketClient


class Service:
    def __init__(self, authgate, verifier):
        self.authgate, self.kit = authgate, SocketKit(verifier)
        self.seen, self.ends = [], []
        routes = [WebSocketRoute("/ws", self.echo), Route("/", lambda request: PlainTextResponse("open"))]
        self.app = self.kit.guard(Starlette(routes=routes))

    async def echo(self, websocket):
        self.seen.append(websocket.scope)
        await websocket.accept(subprotocol="other")
        try:
            while (text := await websocket.receive_text()) != "bye":
                if text == "deny":
                    raise HTTPException(404)
                await websocket.send_json({"from": websocket.scope["authgate"].claims.username, "text": text})
            await websocket.close(4000, "bye")
        except WebSocketDisconnect as error:
            self.ends.append(error.code)

    async def login(self):
        client = SocketClient(self.app, "authgate", f"authgate.bearer.{self.authgate.token()}")
        await client.heard(1)
        return client


@pytest_asyncio.fixture
async def service():
    async with fake() as authgate, authgate.verifier() as verifier:
        yield Service(authgate, verifier)


async def test_it_sees_a_socket_that_is_logged_in_and_no_secret(service):
    client = (await service.login()).say("a")

    assert (await client.heard(2))[1] == {"from": "ada", "text": "a"}
    assert client.protocol == "authgate"
    [scope] = service.seen
    assert scope["subprotocols"] == ["authgate"]
    assert "bearer" not in repr([scope["headers"], scope["subprotocols"]])


async def test_it_never_sees_a_socket_that_did_not_log_in_nor_a_renewal(service):
    refused = SocketClient(service.app).say("a")
    assert await refused.ends() == 4401
    assert service.seen == []

    client = (await service.login()).say({"type": "auth", "token": service.authgate.token(jti="j2")}, "a")
    await client.heard(3)
    assert client.types == ["auth.ok", "auth.ok", None]


async def test_it_is_told_of_a_revocation(service):
    client = await service.login()
    service.authgate.send(revocation(1, sid="s1"))

    assert await client.ends() == 4403
    assert service.ends == [4403]


async def test_it_closes_as_it_likes(service):
    client = (await service.login()).say("bye")

    assert await client.ends() == 4000
    assert service.kit.size == 0


async def test_its_answer_by_http_closes_the_socket(service):
    client = (await service.login()).say("deny")

    assert await client.ends() == 1008


async def test_what_is_no_socket_passes(service):
    sent = []

    async def send(message):
        sent.append(message)

    await service.app({"type": "http", "method": "GET", "path": "/", "headers": []}, None, send)

    assert sent[0]["status"] == 200
