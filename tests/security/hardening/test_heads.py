"""Heads of requests that are too large, too many or too slow, over raw sockets."""

import asyncio
import json

import pytest

from tests.conftest import eventually
from tests.security.hardening.test_sockets import SMUGGLED, all_that_is_answered, connection, post

BEGUN = b"GET /api/auth/me HTTP/1.1\r\nHost: localhost\r\n"
TOO_LARGE = {
    "1,000 fields": BEGUN + b"".join(b"X-%d: y\r\n" % n for n in range(1000)) + b"\r\n",
    "101 fields": BEGUN + b"X: y\r\n" * 100 + b"\r\n",
    "a large field": BEGUN + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
    "a large target": b"GET /api/auth/me?" + b"y" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a large name": BEGUN + b"y" * 20_000 + b": y\r\n\r\n",
    "a large second head": SMUGGLED + BEGUN + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("case", TOO_LARGE)
async def test_a_head_that_is_too_large_is_431_and_the_connection_is_closed(stack, case):
    answered = await all_that_is_answered(stack, TOO_LARGE[case] + SMUGGLED)

    assert b'"keys"' not in answered.partition(b" 431 ")[2]
    if case != "a large second head":  # there the first request may still be under way
        head, _, body = answered.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 431 ")
        assert b"\r\nx-content-type-options: nosniff" in head
        assert json.loads(body)["error"] == "header_fields_too_large"


@pytest.mark.parametrize(
    ("sent", "error"), [(TOO_LARGE["a large field"], "header_fields_too_large"), (b"GET\r\n\r\n", "invalid_request")]
)
async def test_what_is_refused_before_it_is_read_can_be_found_in_the_log(stack, sent, error):
    mark = stack.mark()
    answered = await all_that_is_answered(stack, sent)
    request_id = answered.decode().partition("\r\nx-request-id: ")[2].partition("\r\n")[0]

    assert request_id

    async def found():
        entries = [json.loads(line) for line in await stack.log_since(mark)]
        return [entry for entry in entries if entry.get("request_id") == request_id]

    [entry] = await eventually(found)
    assert (entry["event"], entry["error"], entry["peer"]) == ("head_refused", error, "127.0.0.1")


async def test_a_head_within_the_bounds_is_answered(stack):
    fields = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 140) for n in range(98))

    answered = await all_that_is_answered(stack, SMUGGLED[:-2] + fields + b"Connection: close\r\n\r\n")

    assert answered.startswith(b"HTTP/1.1 200 ")


async def test_a_connection_is_used_again_after_large_bodies(stack):
    """What a body takes is not counted as head, in whichever pieces it comes."""
    body = b"y" * 60_000
    head = post(b"Content-Length: 60000")
    async with connection(stack) as (reader, writer), asyncio.timeout(60):
        for _ in range(3):
            writer.write(head + body)
            answered = await reader.readuntil(b"\r\n\r\n")
            assert answered.startswith(b"HTTP/1.1 400 ")
            length = int(answered.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
