"""Fields behind a chunked body are no part of the head, and bounded (RFC 9110 §6.5.1, RFC 9112 §7.1.1)."""

import asyncio
import json
from contextlib import suppress

import pytest

from tests.e2e.wire.stack import PASSWORD
from tests.security.hardening.test_sockets import SMUGGLED, all_that_is_answered, connection, post
from tests.security.hardening.test_upgrades import answers_to

MOST_SENT = 4 * 1024 * 1024
ENDLESS = {
    "trailers": (
        b"0\r\n",
        b"X-Trailer: " + b"y" * 9000 + b"\r\n",
    ),
    "small trailers": (b"0\r\n", b"a:\r\n" * 1000),
    "one trailer": (b"0\r\nX: ", b"y" * 8192),
    "a trailer's name": (b"0\r\n", b"y" * 8192),
    "an extension": (b"1;", b"y" * 8192),
    "chunks with extensions": (b"", (b"1;" + b"y" * 2000 + b"\r\n \r\n") * 4),
    "blanks before a chunk's size": (b"1\r\n \r\n", b"\r\n" * 4000),
    "zeros of a chunk's size": (b"", b"0" * 8192),
}


@pytest.mark.parametrize("case", ENDLESS)
async def test_what_is_no_body_is_bounded(stack, case):
    opening, more = ENDLESS[case]
    async with connection(stack) as (reader, writer), asyncio.timeout(60):
        writer.write(post(b"Transfer-Encoding: chunked", body=opening))
        answered = asyncio.create_task(reader.read())
        sent = await _until_refused(writer, more, answered)
        head, _, body = (await answered).partition(b"\r\n\r\n")

    assert sent < MOST_SENT
    assert head[:12] in {b"HTTP/1.1 431", b"HTTP/1.1 400"}
    assert json.loads(body)["error"] in {"header_fields_too_large", "invalid_request"}


TRAILERS = {"fields": [b"a:\r\n"] * 300, "101 fields": [b"a:\r\n"] * 101, "a field": [b"X: " + b"y" * 16_400 + b"\r\n"]}


@pytest.mark.parametrize("case", TRAILERS)
@pytest.mark.parametrize("pieces", [1, 2, 40])
async def test_the_bound_of_trailers_holds_however_they_come(stack, case, pieces):
    request = post(b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n" + b"".join(TRAILERS[case]) + b"\r\n")
    size = -(-len(request) // pieces)
    async with connection(stack) as (reader, writer), asyncio.timeout(60):
        for start in range(0, len(request), size):
            writer.write(request[start : start + size])
            await asyncio.sleep(0.002)  # so that they leave as pieces
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 431 ")
    assert json.loads(body)["error"] == "header_fields_too_large"


async def test_a_hundred_trailers_are_taken(stack):
    request = post(b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n" + b"a:\r\n" * 100 + b"\r\n")

    assert (await all_that_is_answered(stack, request)).startswith(b"HTTP/1.1 422 ")


async def _until_refused(writer, more, answered):
    """How much the server took before it answered, MOST_SENT at most."""
    sent = 0
    with suppress(ConnectionError):
        while sent < MOST_SENT and not answered.done():
            writer.write(more)
            await writer.drain()
            await asyncio.wait([answered], timeout=0.002)
            sent += len(more)
    return sent


async def test_a_body_in_one_byte_chunks_is_read(stack):
    body = json.dumps({"username": "nobody", "password": PASSWORD}).encode().ljust(6000)
    request = post(b"Transfer-Encoding: chunked", body=b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")

    answers = await answers_to(stack, request)

    assert [status for status, _ in answers] == [401, 200]


@pytest.mark.parametrize("field", [b"Connection: close", b"Transfer-Encoding: gzip", b"Upgrade: h2c", b"X: y"])
async def test_behind_trailers_no_request_is_left_without_an_answer(stack, field):
    """They end the parser's part of the connection, or not: it closes, and the client asks again elsewhere."""
    request = post(b"Transfer-Encoding: chunked", body=b"0\r\n" + field + b"\r\n\r\n")

    answered = await all_that_is_answered(stack, request + SMUGGLED)

    assert answered[:12] in {b"HTTP/1.1 422", b"HTTP/1.1 400"}
    assert answered.count(b"HTTP/1.1 ") == 1


async def test_a_token_in_the_trailers_is_none(stack):
    async with stack.client() as client:
        token = (await stack.register(client))["access_token"].encode()
    ask = b"POST /api/auth/ws-ticket HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"

    answers = await answers_to(stack, ask + b"Authorization: Bearer " + token + b"\r\n\r\n", last=b"")

    assert [status for status, _ in answers] == [401]
    assert json.loads(answers[0][1])["error"] == "invalid_token"
