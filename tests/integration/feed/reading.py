"""A reader of the revocation feed, in the process and over the wire."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from auth.oauth import feed
from auth.runtime import Runtime
from tests.conftest import eventually

PATH = "/api/oauth/revocations"


@dataclass(frozen=True, slots=True)
class Event:
    """`at`: when it came, on the monotonic clock."""

    name: str
    id: str
    data: dict[str, Any]
    at: float


def parse(text: str) -> Event:
    """One event, without the empty line that ends it."""
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    return Event(fields["event"], fields.get("id", ""), orjson.loads(fields["data"]), time.monotonic())


@dataclass(slots=True)
class Reader:
    """What a reader has received, with the moment at which its request was sent."""

    sent_at: float
    events: list[Event] = field(default_factory=list)
    is_over: bool = False

    @property
    def revocations(self) -> list[Event]:
        return [event for event in self.events if event.name == "revocation"]

    @property
    def heartbeats(self) -> list[Event]:
        return [event for event in self.events if event.name == "heartbeat"]

    @property
    def last_id(self) -> str:
        return next((event.id for event in reversed(self.events) if event.id), "")

    async def until_known(self, moment: float) -> None:
        """Until everything is here that was acknowledged before this moment."""

        async def is_known() -> bool:
            return any(self.sent_at + beat.data["at"] > moment for beat in self.heartbeats)

        await eventually(is_known)

    async def until_over(self) -> None:
        async def over() -> bool:
            return self.is_over

        await eventually(over)


@asynccontextmanager
async def reading(client: httpx.AsyncClient, headers: dict[str, str], *, since: str = "") -> AsyncIterator[Reader]:
    """A reader at a server, behind the event `since` if there is one. It leaves with the block."""
    reader = Reader(time.monotonic())
    headers = headers | ({"Last-Event-ID": since} if since else {})
    async with client.stream("GET", PATH, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        task = asyncio.create_task(_collect(answer, reader))
        try:
            yield reader
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _collect(answer: httpx.Response, reader: Reader) -> None:
    text = ""
    try:
        async for part in answer.aiter_text():
            *events, text = (text + part).split("\n\n")
            reader.events += [parse(event) for event in events]
    except httpx.TransportError:
        pass
    finally:
        reader.is_over = True


async def snapshot(runtime: Runtime, *, since: str = "") -> list[Event]:
    """What a reader is sent up to its first heartbeat, without a server."""
    events: list[Event] = []
    chunks = await feed.stream(runtime, client_id="reader", last_event_id=since, abort=lambda: None)
    await runtime.revocations.catch_up()
    async for chunk in chunks:
        events += [parse(text) for text in chunk.decode().split("\n\n") if text]
        if events[-1].name == "heartbeat":
            break
    await chunks.aclose()
    return events


async def head(runtime: Runtime) -> str:
    """The cursor behind which nothing is known yet."""
    return (await snapshot(runtime))[-1].id
