"""Clients that are slow on purpose, of every kind, all at the same time."""

import asyncio
import time

import pytest

from tests.integration.calls import me
from tests.security.hardening.test_heads import BEGUN
from tests.security.hardening.test_sockets import all_that_is_answered, connection, post

pytestmark = pytest.mark.long

STALLED = 80
DRIPPING = 40


async def endless(stack):
    """The answer to a field that does not end."""
    async with connection(stack) as (reader, writer), asyncio.timeout(60):
        reading = asyncio.create_task(reader.read())
        writer.write(BEGUN + b"X: ")
        while not reading.done():
            writer.write(b"y" * 1000)
            await asyncio.wait([reading], timeout=0.01)
        return await reading


async def dripping(stack):
    """The answer to a head of which one byte comes each second."""
    async with connection(stack) as (reader, writer), asyncio.timeout(60):
        reading = asyncio.create_task(reader.read())
        for byte in BEGUN:
            writer.write(bytes([byte]))
            await asyncio.wait([reading], timeout=1)
            if reading.done():
                break
        return await reading


async def stalled(stack):
    """The answer to a body of which the rest never comes, and how long it took."""
    started = time.monotonic()
    answer = await all_that_is_answered(stack, post(b"Content-Length: 1000", body=b'{"username": '), seconds=60)
    return answer, time.monotonic() - started


async def test_they_are_ended_and_hinder_nobody(stack):
    heads = [asyncio.create_task(dripping(stack)) for _ in range(DRIPPING)]
    heads.append(asyncio.create_task(all_that_is_answered(stack, b"\r\n", seconds=60)))
    bodies = [asyncio.create_task(stalled(stack)) for _ in range(STALLED)]
    too_large = asyncio.create_task(endless(stack))
    async with stack.client() as client:
        token = (await stack.register(client))["access_token"]
        waits = [await timed(client, token) for _ in range(20)]

    answers = [*await asyncio.gather(*heads), *(answer for answer, _ in await asyncio.gather(*bodies))]

    assert max(waits) < 8  # the slow ones are ended after 10
    assert (await too_large).startswith(b"HTTP/1.1 431 ")
    assert {answer.split(b" ")[1] for answer in answers} == {b"408"}
    assert all(b'"request_timeout"' in answer for answer in answers)
    assert min(seconds for _, seconds in await asyncio.gather(*bodies)) > 9


async def timed(client, token):
    started = time.perf_counter()
    assert (await me(client, token)).status_code == 200
    return time.perf_counter() - started
