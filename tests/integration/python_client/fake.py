"""An Authgate of sockets and bytes alone: its public keys and its feed, which misbehaves when it is told to."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from authgate_verifier import Clocks, Verifier

ISSUER = "https://auth.example.org"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def jwk(key: ec.EllipticCurvePrivateKey, kid: str = "k1") -> dict[str, Any]:
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return public | {"kid": kid, "alg": "ES256", "use": "sig"}


def claims(**changes: Any) -> dict[str, Any]:
    """Those of a good token; a claim that is None is left out."""
    now = int(time.time())
    found: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "authgate",
        "sub": "7",
        "sid": "s1",
        "jti": "j1",
        "client_id": "authgate",
    }
    found |= {"iat": now, "exp": now + 900, "gen": 1, "epoch": 3, "type": "access"}
    found |= {"user_id": 7, "username": "ada", "is_staff": True, "is_superuser": False, **changes}
    return {name: value for name, value in found.items() if value is not None}


def entry(**changes: Any) -> dict[str, Any]:
    """An entry of the feed."""
    now = time.time()
    return {"sub": "7", "before": now, "exp": int(now) + 1000, "reason": "test", **changes}


def revocation(place: int, **changes: Any) -> bytes:
    return f"event: revocation\nid: {place}-1-1\ndata: {json.dumps(entry(**changes))}\n\n".encode()


def heartbeat(at: float, place: int = 0) -> bytes:
    cursor = f"id: {place}-1-1\n" if place else ""
    return f'event: heartbeat\n{cursor}data: {{"head": {place}, "at": {at}}}\n\n'.encode()


@dataclass(slots=True)
class Clock:
    """Both clocks of a verifier, moved by hand."""

    passed: float = 0.0
    slept: float = 0.0
    """What only the wall clock saw."""

    def clocks(self) -> Clocks:
        start = time.time()
        return Clocks(lambda: 100.0 + self.passed, lambda: start + self.passed + self.slept)


@dataclass(slots=True)
class Fake:
    """`beats`: whether streams beat by themselves. Without, tests say with `send` what comes."""

    beats: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    keys: list[Any] = field(default_factory=list)
    url: str = ""
    key_requests: int = 0
    keys_away: bool = False
    refusal: bytes = b""
    cursors: list[str] = field(default_factory=list)
    """The Last-Event-ID of each feed request."""
    heads: list[str] = field(default_factory=list)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Ticket -> claims, until it is redeemed."""
    ticket_answer: bytes | None = None
    """What is said to every ticket instead; empty: nothing, for good."""
    _streams: list[asyncio.StreamWriter] = field(default_factory=list)

    def token(self, head: dict[str, Any] | None = None, **changes: Any) -> str:
        headers = {"typ": "at+jwt", "kid": "k1"} | (head or {})
        return jwt.encode(claims(**changes), self.key, algorithm="ES256", headers=headers)

    def send(self, data: bytes) -> None:
        for stream in self._streams:
            stream.write(data)

    def cut(self) -> None:
        for stream in self._streams:
            stream.transport.abort()
        self._streams.clear()

    def verifier(self, **options: Any) -> Verifier:
        """By its own clock, what it knows does not age while a test runs: a process may stand still for seconds."""
        patient = {} if "clocks" in options else {"max_staleness": 60.0}
        return Verifier(self.url, client_id="a:b", client_secret="s+s/", issuer=ISSUER, **(patient | options))

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        if "/jwks.json" in head.splitlines()[0]:
            await self._answer_keys(writer)
        elif "/redeem" in head.splitlines()[0]:
            await self._redeem(head, reader, writer)
        elif self.refusal:
            writer.write(self.refusal)
            await _end(writer)
        else:
            await self._stream(head, writer)

    async def _answer_keys(self, writer: asyncio.StreamWriter) -> None:
        self.key_requests += 1
        if not self.keys_away:
            writer.write(answer(200, {"keys": self.keys}))
        await _end(writer)

    async def _redeem(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
        body = (await reader.readexactly(length)).decode()
        found = self.tickets.pop(body.removeprefix("ticket="), None)
        usual = answer(200, found) if found else answer(400, {"error": "invalid_grant"})
        writer.write(usual if self.ticket_answer is None else self.ticket_answer)
        if self.ticket_answer == b"":
            await reader.read()  # until the client gives up
        await _end(writer)

    async def _stream(self, head: str, writer: asyncio.StreamWriter) -> None:
        fields = dict(line.split(": ", 1) for line in head.lower().splitlines()[1:] if line)
        self.cursors.append(fields.get("last-event-id", ""))
        arrived = time.monotonic()
        writer.write(STREAM)
        self._streams.append(writer)
        while self.beats and not writer.is_closing():
            writer.write(heartbeat(time.monotonic() - arrived))
            await asyncio.sleep(0.05)


def answer(status: int, body: object) -> bytes:
    text = json.dumps(body).encode()
    return b"HTTP/1.1 %d -\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (status, len(text), text)


async def _end(writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    writer.close()


@asynccontextmanager
async def fake(**options: Any) -> AsyncIterator[Fake]:
    authgate = Fake(**options)
    authgate.keys.append(jwk(authgate.key))
    server = await asyncio.start_server(authgate.answer, "127.0.0.1", 0)
    authgate.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield authgate
    finally:
        authgate.cut()
        server.close()
