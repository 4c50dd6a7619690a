"""Servers that have no lifespan and send few close codes, as Daphne; and verifiers that nobody started."""

import asyncio
import logging
from typing import Any

import httpx
import pytest
import pytest_asyncio

from authgate_verifier import KeysUnavailable
from authgate_verifier.asgi import RequireAuth, RunVerifier
from authgate_verifier.sockets import SocketKit
from tests.conftest import bearer, eventually
from tests.integration.python_client.fake import fake
from tests.integration.python_client.socket_client import SocketClient


class FewCodes(SocketClient):
    """On a server like autobahn, which lets applications send 1000 and what is registered from 3000 on."""

    async def take(self, message):
        if message["type"] == "websocket.close" and message["code"] != 1000 and message["code"] < 3000:
            raise Exception(f"invalid close code {message['code']} (must be 1000 or from [3000, 4999])")  # noqa: TRY002  as it is there
        await super().take(message)


@pytest_asyncio.fixture
async def authgate():
    async with fake() as found:
        yield found


@pytest_asyncio.fixture
async def verifier(authgate):
    """Nobody has started it."""
    found = authgate.verifier()
    yield found
    await found.close()


async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["state"]["authgate"].username.encode()})


def without_lifespan(app, authgate):
    headers = bearer(authgate.token())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service", headers=headers)


async def test_the_first_requests_start_the_verifier_once_and_wait_for_it(authgate, verifier):
    app = RunVerifier(RequireAuth(hello, verifier), verifier)
    async with without_lifespan(app, authgate) as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(20)))

    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "ada")}
    assert len(authgate.cursors) == 1


async def test_a_client_that_leaves_does_not_stop_the_start_for_the_others(authgate, verifier):
    app = RunVerifier(RequireAuth(hello, verifier), verifier)
    async with without_lifespan(app, authgate) as client:
        first, second = [asyncio.create_task(client.get("/")) for _ in range(2)]
        await eventually(lambda: asyncio.sleep(0, verifier.is_started))
        first.cancel()

        assert (await second).status_code == 200


async def test_a_first_socket_starts_it_too(authgate, verifier):
    async def echo(scope, receive, send):
        await receive()
        await send({"type": "websocket.send", "text": "{}"})

    app = RunVerifier(SocketKit(verifier).guard(echo), verifier)
    client = SocketClient(app, "authgate", f"authgate.bearer.{authgate.token()}")

    assert (await client.heard(2))[0]["type"] == "auth.ok"
    assert await client.ends() == 1000


async def test_an_outage_at_the_first_request_is_503_and_told_and_ends_by_itself(authgate, verifier, caplog):
    authgate.keys_away = True
    app = RunVerifier(RequireAuth(hello, verifier), verifier)
    async with without_lifespan(app, authgate) as client:
        assert (await client.get("/")).status_code == 503
        authgate.keys_away = False

        async def is_served():
            return (await client.get("/")).status_code == 200

        await eventually(is_served)
    assert "did not serve within 3 s" in caplog.text


async def test_with_a_lifespan_it_starts_before_any_request(authgate, verifier):
    app = RunVerifier(RequireAuth(hello, verifier), verifier)
    told, asked = asyncio.Queue[Any](), asyncio.Queue[Any]()
    asked.put_nowait({"type": "lifespan.startup"})
    server = asyncio.create_task(app({"type": "lifespan"}, asked.get, told.put))

    assert (await told.get())["type"] == "lifespan.startup.complete"
    async with without_lifespan(app, authgate) as client:
        assert (await client.get("/")).status_code == 200
    asked.put_nowait({"type": "lifespan.shutdown"})
    await server
    assert len(authgate.cursors) == 1


async def test_a_verifier_that_was_never_started_says_so_to_callers_and_once_to_the_log(authgate, verifier, caplog):
    caplog.set_level(logging.ERROR)
    for _ in range(3):
        with pytest.raises(KeysUnavailable, match="never started; use RunVerifier"):
            verifier.verify(authgate.token())

    assert [record.getMessage().split(";")[0] for record in caplog.records] == ["the verifier was never started"]


@pytest.mark.parametrize(("sent", "arrives"), [(1013, 4013), (1001, 4001), (4401, 4401), (1000, 1000)])
async def test_a_close_code_that_the_server_cannot_send_falls_back(authgate, verifier, sent, arrives):
    async def closing(scope, receive, send):
        await receive()
        await send({"type": "websocket.close", "code": sent})

    app = RunVerifier(SocketKit(verifier).guard(closing), verifier)

    assert await FewCodes(app, "authgate", f"authgate.bearer.{authgate.token()}").ends() == arrives


async def test_a_socket_that_cannot_be_judged_is_closed_on_such_a_server_too(authgate, verifier):
    async def never(scope, receive, send):
        raise AssertionError("the application must not see it")

    app = SocketKit(verifier).guard(never)  # nobody starts the verifier: 1013

    assert await FewCodes(app, "authgate", f"authgate.bearer.{authgate.token()}").ends() == 4013
