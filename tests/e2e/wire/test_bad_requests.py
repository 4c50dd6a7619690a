"""Requests that no client should send, over real sockets: refused, and the server goes on."""

import asyncio
import json
import re
from contextlib import asynccontextmanager, suppress

import pytest

HEAD = "POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
BODY = b'{"username":"nobody","password":"not the password"}'
CHUNK = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"


@asynccontextmanager
async def connection(stack):
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.server.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def answers_to(stack, sent, *, seconds=5):
    """All that comes back, until the server closes or is silent for a moment."""
    async with connection(stack) as (reader, writer):
        writer.write(sent)
        received = b""
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(seconds):
                while more := await reader.read(65536):
                    received += more
        return received


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def body_of(received):
    return json.loads(received.partition(b"\r\n\r\n")[2])


async def assert_serves(stack):
    async with stack.client() as client:
        assert (await client.get("/.well-known/jwks.json")).status_code == 200


async def test_a_body_of_a_megabyte_is_413_also_for_a_client_that_sends_all_of_it_first(any_stack):
    """Such a client would never see an answer that came with the end of its connection."""
    async with connection(any_stack) as (reader, writer):
        writer.write(f"{HEAD}Content-Length: 1000000\r\n\r\n".encode())
        for _ in range(20):
            writer.write(b"x" * 50_000)
            await writer.drain()
            await asyncio.sleep(0.01)  # the line is slower than the server
        received = await reader.read()

    assert statuses(received) == [413]
    assert body_of(received)["error"] == "payload_too_large"
    await assert_serves(any_stack)


async def test_an_endless_body_is_refused_and_the_connection_ends(any_stack):
    """A client that goes on for long is cut off, whether it has read its 413 or not."""
    sent, limit = 0, 64_000_000
    async with connection(any_stack) as (reader, writer):
        writer.write(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        with suppress(ConnectionError):
            while not reader.at_eof() and sent < limit:
                writer.write(CHUNK)
                sent += len(CHUNK)
                await writer.drain()
        received = b""
        with suppress(ConnectionError):
            received = await reader.read()

    assert sent < limit
    assert statuses(received) in ([413], [])
    await assert_serves(any_stack)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", id="length and coding"),
        pytest.param("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", id="coding and length"),
        pytest.param("Content-Length: 51\r\nContent-Length: 4\r\n", id="two lengths"),
        pytest.param("Content-Length: 51, 4\r\n", id="list of lengths"),
        pytest.param("Content-Length: -1\r\n", id="negative length"),
        pytest.param("Content-Length: +51\r\n", id="signed length"),
        pytest.param("Content-Length: 0x33\r\n", id="hexadecimal length"),
        pytest.param("Content-Length: 99999999999999999999999\r\n", id="length beyond 64 bits"),
        pytest.param("Transfer-Encoding: xchunked\r\n", id="unknown coding"),
        pytest.param("Transfer-Encoding: chunked, identity\r\n", id="chunked not last"),
        pytest.param("Transfer-Encoding : chunked\r\n", id="space before the colon"),
        pytest.param("X: a\r\n Transfer-Encoding: chunked\r\n", id="folded field"),
        pytest.param("Bad Field: x\r\nContent-Length: 51\r\n", id="space in a name"),
        pytest.param("X: a\x00b\r\nContent-Length: 51\r\n", id="NUL in a value"),
    ],
)
async def test_a_smuggled_request_is_not_answered(any_stack, fields):
    """At most one answer, which is no success, and the connection ends (RFC 9112 §6.1)."""
    smuggled = b"GET /api/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    sent = f"{HEAD}{fields}\r\n".encode() + b"0\r\n\r\n" + smuggled

    received = await answers_to(any_stack, sent, seconds=1)

    assert len(statuses(received)) <= 1
    assert all(status >= 400 for status in statuses(received))
    assert b"openapi" not in received
    await assert_serves(any_stack)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"nonsense\r\n\r\n", id="nonsense"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", id="version"),
        pytest.param(b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", id="NUL in the target"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", id="huge field"),
        pytest.param(b"GET /api/auth/me HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET /api/auth/me HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n", id="two hosts"),
        pytest.param(b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", id="foreign absolute form"),
        pytest.param(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", id="CONNECT"),
        pytest.param(b"FROBNICATE /api/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", id="unknown method"),
    ],
)
async def test_bad_framing_is_an_error_and_closes(any_stack, sent):
    received = await answers_to(any_stack, sent, seconds=1)

    assert all(400 <= status < 500 for status in statuses(received))
    await assert_serves(any_stack)


@pytest.mark.parametrize("path", ["/api/auth/me", "/health/live", "/api/auth/login"])
async def test_trace_is_refused_and_repeats_nothing(any_stack, path):
    sent = f"TRACE {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: secret\r\nConnection: close\r\n\r\n"

    received = await answers_to(any_stack, sent.encode())

    assert statuses(received) == [405]
    assert b"secret" not in received


async def test_a_client_that_leaves_in_the_middle_of_a_body_hinders_nobody(any_stack):
    for _ in range(20):
        async with connection(any_stack) as (_, writer):
            writer.write(f"{HEAD}Content-Length: 100\r\n\r\n{{".encode())
            await writer.drain()

    await assert_serves(any_stack)


async def test_clients_that_leave_before_their_answer_hinder_nobody(any_stack):
    request = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    for _ in range(30):
        async with connection(any_stack) as (_, writer):
            writer.write(request)
            await writer.drain()

    async with any_stack.client() as client:
        await any_stack.register(client)


async def test_after_a_refusal_the_connection_goes_on_where_it_can(any_stack):
    bad = f"{HEAD}Content-Length: 1\r\n\r\n{{".encode()
    good = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

    assert statuses(await answers_to(any_stack, bad + good)) == [400, 200]


@pytest.mark.parametrize("form", ["Content-Length:{} ", "Content-Length: {}\t ", "Content-Length:  \t{}"])
async def test_blanks_around_a_length_are_no_part_of_it(any_stack, form):
    """RFC 9110 §5.5."""
    head = f"{HEAD}Connection: close\r\n{form.format(len(BODY))}\r\n\r\n"

    assert statuses(await answers_to(any_stack, head.encode() + BODY)) == [401]
