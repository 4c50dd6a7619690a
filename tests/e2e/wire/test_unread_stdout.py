"""A stdout that nobody reads: every request is answered, what is lost is counted, and told of once somebody reads."""

import asyncio
import json
import os
import signal
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from app import log_writer
from app.launch import processes
from tests.conftest import eventually
from tests.e2e.wire.server import Server

pytestmark = pytest.mark.long

BATCH = 500
PROJECT = Path(__file__).resolve().parents[3]
CALL = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
LINE = 200  # bytes of the log, at least, for each call


class Unread(Server):
    """Its output goes into a pipe, of which the test has the reading end."""

    def start(self):
        self.reading_end, writing_end = os.pipe()
        os.set_blocking(self.reading_end, False)
        with open(writing_end, "wb", buffering=0) as pipe:
            self.process = processes.spawn(
                self.command, death_signal=signal.SIGTERM, output=pipe, env=self.env, directory=PROJECT
            )

    def read(self):
        """What is in the pipe now."""
        text = b""
        try:
            while some := os.read(self.reading_end, 65536):
                text += some
        except BlockingIOError:
            pass
        return text


@pytest_asyncio.fixture
async def server(any_stack, tmp_path):
    async with Unread(env={**any_stack.env, "METRICS_DIR": str(tmp_path), "RATE_LIMIT_API": "off"}) as server:
        try:
            yield server
        finally:
            os.close(server.reading_end)


async def call(server, times):
    """The number of answers to so many calls, sent in batches on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    answered = 0
    for _ in range(times // BATCH):
        writer.write(CALL * BATCH)
        received = b""
        async with asyncio.timeout(60):
            while received.count(b"HTTP/1.1 200") < BATCH or not received.endswith(b"}"):
                received += await reader.read(65536)
        answered += received.count(b"HTTP/1.1 200")
    writer.close()
    return answered


async def dropped(server):
    """What /metrics says of it."""
    async with httpx.AsyncClient(base_url=server.url) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    [value] = [line.split()[1] for line in lines if line.startswith("authgate_log_lines_dropped_total")]
    return int(float(value))


async def test_every_request_is_answered_and_what_is_lost_is_counted_and_told_of(server):
    times = log_writer.CAPACITY // LINE // BATCH * BATCH + BATCH

    assert await call(server, times) == times

    async def counted():
        return await dropped(server)

    lost = await eventually(counted)
    text = b""

    async def told():
        nonlocal text
        text += server.read()
        return b"log_lines_dropped" in text and text.endswith(b"\n")

    await eventually(told)
    events = [json.loads(line) for line in text.splitlines() if line.startswith(b"{")]
    assert sum(event.get("count", 0) for event in events if event["event"] == "log_lines_dropped") >= lost
    assert sum(event["event"] == "request" for event in events) > log_writer.CAPACITY // LINE // 3
