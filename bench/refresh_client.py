"""`python -m bench.refresh_client PORT CONNECTIONS SECONDS < TOKENS`: refreshes many sessions, again and again.

Each connection has sessions of its own, and goes round them: the next request leaves when the answer to the last is
complete. Every answer is checked. Prints the outcome as JSON, with the token that each session has in the end.
"""

import asyncio
import itertools
import sys
import time
from dataclasses import dataclass, field

import orjson
import uvloop

_HEAD = (
    "POST /api/auth/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: application/json\r\n"
    "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
)


@dataclass(slots=True)
class Tally:
    deadline: float
    latencies: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Client(asyncio.Protocol):
    """One connection; `tokens` holds the newest refresh token of each of its sessions."""

    def __init__(self, tokens: list[str], tally: Tally, ended: asyncio.Future[None]) -> None:
        self.tokens = tokens
        self.access_token = ""
        self._tally = tally
        self._ended = ended
        self._turn = itertools.cycle(range(len(tokens)))
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if separator and len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
            self._received = b""
            self._take(head, body)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._tally.wrong.append(f"the connection was lost: {exc}")
            self._ended.set_result(None)

    def _take(self, head: bytes, body: bytes) -> None:
        now = time.perf_counter()
        if head[9:12] == b"200" and b"authgate-refresh: rotated" in head.lower():
            answer = orjson.loads(body)
            self.tokens[self._number], self.access_token = answer["refresh_token"], answer["access_token"]
            self._tally.latencies.append(now - self._sent_at)
        else:
            self._tally.wrong.append(f"{head[:12].decode()} {body[:200].decode()}")
        if now < self._tally.deadline:
            self._send()
        else:
            self._ended.set_result(None)
            self._transport.close()

    def _send(self) -> None:
        self._number = next(self._turn)
        body = b'{"refresh_token":"%b"}' % self.tokens[self._number].encode()
        self._sent_at = time.perf_counter()
        self._transport.write(_HEAD.format(length=len(body)).encode() + body)  # type: ignore[attr-defined]


async def drive(port: int, connections: int, seconds: float, tokens: list[str]) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    tally = Tally(started + seconds)
    clients = [Client(tokens[number::connections], tally, loop.create_future()) for number in range(connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.wait([client._ended for client in clients], timeout=seconds + 20)
    ordered = sorted(tally.latencies) or [0.0]
    return {
        "refreshes": len(tally.latencies),
        "seconds": time.perf_counter() - started,
        "p50": ordered[len(ordered) // 2] * 1000,
        "p99": ordered[len(ordered) * 99 // 100] * 1000,
        "wrong": tally.wrong[:5],
        "tokens": [token for client in clients for token in client.tokens],
        "access_tokens": [client.access_token for client in clients],
    }


if __name__ == "__main__":
    held = sys.stdin.read().split()
    print(orjson.dumps(uvloop.run(drive(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), held))).decode())
