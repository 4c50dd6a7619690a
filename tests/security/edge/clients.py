"""Clients that send a stream each, and one beside them that must not notice."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.pace import Pace, pace
from tests.security.edge.judges import Request, Verdict
from tests.security.edge.messages import Stream, plain

_AT_ONCE = 24
_SILENCE = 0.25
"""Seconds without a byte after which no answer comes any more: the server waits for a body that does not come."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def told(self) -> dict[str, Any] | None:
        """What the application read of the request, if it was the application that answered."""
        return json.loads(self.body) if self.body.startswith(b'{"identity"') else None


async def answers_to_all(port: int, streams: Iterable[Stream]) -> list[list[Answer]]:
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(stream: Stream) -> list[Answer]:
        async with free:
            return parsed(await _exchange(port, stream.pieces))

    return await asyncio.gather(*[one(stream) for stream in streams])


async def _exchange(port: int, pieces: Iterable[bytes]) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = bytearray()
    try:
        with suppress(ConnectionError):
            for piece in pieces:
                if reader.at_eof() or writer.transport.is_closing():
                    break
                writer.write(piece)
                await asyncio.sleep(0)
        with suppress(ConnectionError, TimeoutError):
            while more := await asyncio.wait_for(reader.read(65536), _SILENCE):
                received += more
    finally:
        await closed(writer)
    return bytes(received)


def parsed(received: bytes) -> list[Answer]:
    """The answers, each by its stated length: all that is served here states one. None to 100 Continue."""
    answers: list[Any] = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1."):  # nginx's page for HTTP/0.9, which has no head
            return [*answers, Answer(400, received)]
        status, length = int(head[9:12]), _LENGTH.search(head)
        size = int(length[1]) if length else 0 if status < 200 else len(rest)
        if status >= 200:
            answers.append(Answer(status, rest[:size]))
        received = rest[size:]
    return answers


def complaint(verdict: Verdict, answers: list[Answer]) -> str:
    """What is wrong with the answers to a stream in which a judge has read this; empty when nothing is."""
    if len(answers) > verdict.answers:
        return f"{len(answers)} answers to {verdict.answers} requests"
    expected = iter(verdict.requests)  # each `in` goes on where the last one ended: so the order counts
    for told in filter(None, (answer.told for answer in answers)):
        if Request(told["identity"], told["body"]) not in expected:
            return f"an answer to what is no request, or in another order, or to another body: {told}"
        if any("trailer" in field and not field.startswith(("te:", "trailer:")) for field in told["fields"]):
            return f"a trailer among the fields: {told}"
    return ""


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def is_own(stream: Stream, answer: Answer) -> bool:
    """Whether what was answered is of the stream: a request of it, or something inside that a proxy took for one."""
    return answer.told is None or answer.told["identity"].encode() in stream.sent


@asynccontextmanager
async def bystanders(port: int, amount: int = 1) -> AsyncIterator[list[float]]:
    """Clients that ask over and over while the block runs. How long each answer took is in the list, without pauses."""
    waits: list[float] = []
    async with pace() as going:
        tasks = [asyncio.create_task(_bystand(port, f"bystander{number}", waits, going)) for number in range(amount)]
        try:
            yield waits
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                assert isinstance(ended, asyncio.CancelledError), ended


async def _bystand(port: int, name: str, waits: list[float], going: Pace) -> None:
    """Each connection serves for ten questions, so that a proxy shares and renews its own."""
    for turn in count():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for number in range(10):
                identity, began = f"{name}x{turn}x{number}", time.monotonic()
                writer.write(plain(identity))
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(int(_LENGTH.findall(head)[0]))
                waits.append(going.since(began))
                assert json.loads(body)["identity"] == identity
                await asyncio.sleep(0.01)
        finally:
            writer.close()
