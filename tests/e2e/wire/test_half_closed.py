"""Clients that close their side right after their requests, as `nc -N` does, over real sockets."""

import asyncio
import json

import pytest

from tests.e2e.wire.test_bad_requests import BODY, HEAD, connection, statuses

GET = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY


async def last_words(stack, *pieces):
    """All that comes back to who closes its side behind these, until the server closes too."""
    async with connection(stack) as (reader, writer), asyncio.timeout(30):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        return await reader.read()


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        (GET, [200]),
        (GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), [200]),
        (POST, [401]),
        (GET * 50, [200] * 50),
        (POST + GET, [401, 200]),
        (GET + POST[:-5], [200]),
        (POST[:-5], []),
        (GET[:-5], []),
        (b"", []),
    ],
)
async def test_what_was_complete_is_answered(any_stack, sent, answers):
    assert statuses(await last_words(any_stack, sent)) == answers


async def test_the_body_comes_whole(any_stack):
    head, _, body = (await last_words(any_stack, POST[:100], POST[100:])).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 401 ")  # that it says "close" depends on which comes first, it or the end
    assert json.loads(body)["error"] == "invalid_credentials"


async def test_connections_that_were_half_closed_do_not_stay(any_stack):
    assert statuses(b"".join([await last_words(any_stack, GET) for _ in range(50)])) == [200] * 50
