"""What no HTTP client would send: ambiguous framing."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

CHUNKED = b"0\r\n\r\n"
SMUGGLED = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post(*fields, body=b"", version=b"1.1"):
    lines = [b"POST /api/auth/login HTTP/" + version, b"Host: localhost", b"Content-Type: application/json", *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


AMBIGUOUS = {
    "length and chunks": post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=CHUNKED),
    "chunks and length": post(b"Transfer-Encoding: chunked", b"Content-Length: 0", body=CHUNKED),
    "two lengths": post(b"Content-Length: 0", b"Content-Length: 5", body=b"{}   "),
    "a list of lengths": post(b"Content-Length: 0, 5", body=b"{}   "),
    "a negative length": post(b"Content-Length: -1"),
    "a length with a sign": post(b"Content-Length: +0"),
    "a hexadecimal length": post(b"Content-Length: 0x0"),
    "a space before the colon": post(b"Transfer-Encoding : chunked", body=CHUNKED),
    "an unknown coding": post(b"Transfer-Encoding: xchunked", body=CHUNKED),
    "a coding before the chunks": post(b"Transfer-Encoding: gzip, chunked", body=CHUNKED),
    "a coding on a line before": post(b"Transfer-Encoding: x", b"Transfer-Encoding: chunked", body=CHUNKED),
    "chunks in chunks": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=CHUNKED),
    "chunks not last": post(b"Transfer-Encoding: chunked, identity", body=CHUNKED),
    "a bad chunk size": post(b"Transfer-Encoding: chunked", body=b"0x0\r\n\r\n"),
    "a negative chunk size": post(b"Transfer-Encoding: chunked", body=b"-1\r\n\r\n"),
    "a folded field": post(b"X-Folded: a", b" b", b"Transfer-Encoding:", b" chunked", body=CHUNKED),
    "a bare carriage return": post(b"X: a\rTransfer-Encoding: chunked", b"Content-Length: 0"),
    "NUL in a field": post(b"X: \0", b"Content-Length: 0"),
}


@asynccontextmanager
async def connection(stack):
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.server.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def all_that_is_answered(stack, sent, *, seconds=60):
    """What the server says until it closes. Fails when it does not close."""
    async with connection(stack) as (reader, writer), asyncio.timeout(seconds):
        writer.write(sent)
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def test_two_requests_in_a_row_are_both_answered(stack):
    """Without this the tests below could see nothing."""
    closing = SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    answered = await all_that_is_answered(stack, SMUGGLED + closing)

    assert answered.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("case", AMBIGUOUS)
async def test_behind_an_ambiguous_request_nothing_is_smuggled_and_the_connection_is_closed(stack, case):
    answered = await all_that_is_answered(stack, AMBIGUOUS[case] + SMUGGLED)

    assert answered.count(b"HTTP/1.1 ") <= 1
    assert b"HTTP/1.1 2" not in answered
    assert b'"keys"' not in answered


UNREADABLE = {
    "an unknown coding": post(b"Transfer-Encoding: gzip", body=b"{}"),
    "a bad chunk size": post(b"Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk longer than its size": post(b"Transfer-Encoding: chunked", body=b"2\r\n{}XX0\r\n\r\n"),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_a_body_that_cannot_be_read_is_told_so(stack, case):
    answered = await all_that_is_answered(stack, UNREADABLE[case] + SMUGGLED)

    head, _, body = answered.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"] == "invalid_request"


async def test_a_body_that_breaks_off_later_is_told_so(stack):
    """The application waits for the rest by then."""
    async with connection(stack) as (reader, writer), asyncio.timeout(60):
        writer.write(post(b"Transfer-Encoding: chunked", b"Expect: 100-continue"))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"2\r\n{}\r\nzz\r\n")

        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")


async def test_no_answer_names_the_server(stack):
    answered = await all_that_is_answered(stack, SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    head = answered.split(b"\r\n\r\n")[0].lower()
    assert b"\r\nserver:" not in head
    assert b"uvicorn" not in head


BROKEN = {
    "no request": b"GARBAGE\r\n\r\n",
    "a bad field": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "a bad body": post(b"Transfer-Encoding: chunked", body=b"zz\r\n"),
    "too many fields": b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 101 + b"\r\n",
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("before", [1, 2, 3])
async def test_what_is_complete_before_a_broken_request_is_answered_in_order(stack, case, before):
    answered = await all_that_is_answered(stack, SMUGGLED * before + BROKEN[case] + SMUGGLED)

    statuses = [part[:3] for part in answered.split(b"HTTP/1.1 ")[1:]]
    assert statuses[:-1] == [b"200"] * before
    assert statuses[-1] == (b"431" if case == "too many fields" else b"400")
    assert b"\r\nconnection: close\r\n" in answered
