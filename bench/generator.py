"""A load generator for machines without wrk: `python -m bench.generator PORT CONNECTIONS SECONDS`.

Sends the requests of the file REQUESTS (raw, separated by NUL) in turn, and prints the outcome as JSON. It takes more
of the machine than wrk does, so its figures are lower; they compare with each other all the same.
"""

import asyncio
import itertools
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import uvloop

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Tally:
    deadline: float
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    broken: int = 0


class Client(asyncio.Protocol):
    """One connection: the next request leaves when the answer to the last is complete."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, ended: asyncio.Future[None]) -> None:
        self._requests = requests
        self._tally = tally
        self._ended = ended
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _LENGTH.search(head)
        if len(body) >= (int(length[1]) if length else 0):
            self._count(head)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._tally.broken += 1
            self._ended.set_result(None)

    def _count(self, head: bytes) -> None:
        now = time.perf_counter()
        self._tally.latencies.append(now - self._sent_at)
        self._tally.refused += head[9:10] != b"2"
        self._received = b""
        if now < self._tally.deadline:
            self._send()
        else:
            self._ended.set_result(None)
            self._transport.close()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))  # type: ignore[attr-defined]


async def load(port: int, connections: int, seconds: float, requests: list[bytes]) -> Tally:
    loop = asyncio.get_running_loop()
    tally = Tally(time.perf_counter() + seconds)
    turn = itertools.cycle(requests)
    ends = [loop.create_future() for _ in range(connections)]
    for ended in ends:
        await loop.create_connection(lambda ended=ended: Client(turn, tally, ended), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.wait(ends, timeout=seconds + 20)
    return tally


def main() -> None:
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    requests = Path(os.environ["REQUESTS"]).read_bytes().split(b"\0")
    started = time.perf_counter()
    tally = uvloop.run(load(port, connections, seconds, requests))
    ordered = sorted(tally.latencies) or [0.0]
    outcome = {
        "requests": len(tally.latencies),
        "seconds": time.perf_counter() - started,
        "p50": ordered[len(ordered) // 2] * 1000,
        "p99": ordered[len(ordered) * 99 // 100] * 1000,
        "refused": tally.refused,
        "broken": tally.broken,
    }
    print(orjson.dumps(outcome).decode())


if __name__ == "__main__":
    main()
