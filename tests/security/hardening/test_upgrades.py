"""Who offers another protocol is answered as if it had not: a body is a body (RFC 9110 §7.8, RFC 9112 §6.3)."""

import asyncio
import json
import re

import pytest

from tests.conftest import bearer
from tests.e2e.wire.stack import PASSWORD, SERVICE
from tests.security.hardening.test_sockets import SMUGGLED, connection, post

H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"
WEBSOCKET = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + b"A" * 22 + b"=="
)
OFFERS = {"h2c": H2C, "websocket": WEBSOCKET, "two": H2C + b"\r\nUpgrade: TLS/1.0"}
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


async def answers_to(stack, *pieces, last=b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"):
    """Status and body of each answer on one connection. The last request of all closes it."""
    async with connection(stack) as (reader, writer), asyncio.timeout(60):
        for piece in (*pieces, last):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        received = await reader.read()
    parts = _STATUS.split(received)[1:]
    return [(int(status), text.partition(b"\r\n\r\n")[2]) for status, text in zip(parts[::2], parts[1::2], strict=True)]


def chunked(body):
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:5], body[5:])) + b"0\r\n\r\n"


def with_length(offer, body):
    return post(offer, b"Content-Length: %d" % len(body), body=body)


def in_chunks(offer, body):
    return post(offer, b"Transfer-Encoding: chunked", body=chunked(body))


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("filler", [b" " * 4000, b"\r\n" * 2000, b""], ids=["blanks", "line ends", "nothing"])
@pytest.mark.parametrize("framed", [with_length, in_chunks])
async def test_the_body_of_an_upgrade_is_not_read_as_requests(stack, offer, filler, framed):
    answers = await answers_to(stack, framed(OFFERS[offer], filler + SMUGGLED))

    assert [status for status, _ in answers] == [400, 200]
    assert b'"keys"' not in answers[0][1]


@pytest.mark.parametrize("size", [1, 7, 64])
async def test_in_whatever_pieces_an_upgrade_comes_its_body_is_read(stack, size):
    request = with_length(H2C, json.dumps({"username": "nobody", "password": PASSWORD}).encode())
    pieces = [request[start : start + size] for start in range(0, len(request), size)]

    answers = await answers_to(stack, *pieces)

    assert [status for status, _ in answers] == [401, 200]


@pytest.mark.parametrize("framed", [with_length, in_chunks])
@pytest.mark.parametrize("offer", OFFERS)
async def test_a_login_that_offers_an_upgrade_is_a_login(stack, offer, framed):
    async with stack.client() as client:
        name = (await stack.register(client))["user"]["username"]
    body = json.dumps({"username": name, "password": PASSWORD}).encode()

    answers = await answers_to(stack, framed(OFFERS[offer], body), framed(OFFERS[offer], body))

    assert [status for status, _ in answers] == [200, 200, 200]
    assert json.loads(answers[0][1])["user"]["username"] == name


async def test_introspection_with_an_offer_of_h2c_reads_its_form(stack):
    async with stack.client() as client:
        token = (await stack.register(client))["access_token"]
        offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAA"}
        headers = {**SERVICE.basic, **offer}

        answer = await client.post("/api/oauth/introspect", data={"token": token}, headers=headers)

    assert (answer.status_code, answer.json()["active"]) == (200, True)


async def test_a_logout_with_an_offer_of_h2c_ends_the_session_that_its_body_names(stack):
    async with stack.client() as client:
        first = await stack.register(client)
        login = {"username": first["user"]["username"], "password": PASSWORD}
        other = (await client.post("/api/auth/login", json=login)).json()
        offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAA"}

        body = {"refresh_token": other["refresh_token"]}
        answer = await client.post("/api/auth/logout", json=body, headers={**bearer(first["access_token"]), **offer})
        late = await client.get("/api/auth/me", headers=bearer(other["access_token"]))

    assert answer.status_code == 200
    assert late.status_code == 401


async def test_a_client_that_asks_for_a_websocket_gets_the_contracts_answer(stack):
    ask = b"GET /api/auth/me HTTP/1.1\r\nHost: localhost\r\n" + WEBSOCKET + b"\r\n\r\n"

    answers = await answers_to(stack, ask * 3)

    assert [status for status, _ in answers] == [401, 401, 401, 200]
    assert json.loads(answers[0][1])["error"] == "invalid_token"


@pytest.mark.parametrize("target", [b"localhost:443", b"/api/auth/me"])
async def test_a_tunnel_is_refused_and_nothing_is_read_from_it(stack, target):
    ask = b"CONNECT " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"

    answers = await answers_to(stack, ask + SMUGGLED)

    assert len(answers) == 1
    assert (answers[0][0], json.loads(answers[0][1])["error"]) == (400, "invalid_request")
