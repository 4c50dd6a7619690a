"""A small server with Authgate's rules for refresh tokens, which fails as a test scripts it."""

import base64
import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LIFETIME = 600  # seconds


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


@dataclass(slots=True)
class Call:
    op: str
    began: float
    trusted: bool
    presented: str


@dataclass(slots=True)
class Fake:
    """`faults[op]` are used up one by one: "lost" (done, but not answered), a status, or (status, Retry-After)."""

    url: str = ""
    lifetime: int = LIFETIME
    faults: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    calls: list[Call] = field(default_factory=list)
    generations: dict[str, int] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def new_session(self) -> str:
        sid = str(uuid.uuid4())
        self.generations[sid] = 0
        return sid

    def pair(self, sid: str) -> dict[str, Any]:
        """The refresh token is a function of the session and its generation, as Authgate's is."""
        generation = self.generations[sid]
        claims = {"sid": sid, "gen": generation}
        access = _part({**claims, "type": "access", "jti": str(uuid.uuid4())})
        refresh = _part({**claims, "type": "refresh", "jti": f"{sid}-{generation}"})
        tokens = {"access_token": f"{_part({})}.{access}.sig", "refresh_token": f"{_part({})}.{refresh}.sig"}
        return {**tokens, "expires_in": self.lifetime, "refresh_after": self.lifetime * 4 // 5}

    def line(self, number: int) -> dict[str, Any]:
        sid, now = self.new_session(), int(time.time())
        times = {
            "expires_at": now + self.lifetime,
            "refresh_at": now + self.lifetime * 4 // 5,
            "session_expires_at": now + 86400,
        }
        person = {"user_id": number, "username": f"load-fake-{number}", "password": "a password of the fake"}
        return {**self.pair(sid), **person, **times, "sid": sid}

    def answer(self, op: str, token: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        with self.lock:
            return {"login": self._login, "refresh": self._refresh}.get(op, self._authorized)(token)

    def _login(self, _token: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        return 200, self.pair(self.new_session()), {}

    def _refresh(self, token: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        claims = _claims(token)
        sid, presented = claims["sid"], claims["gen"]
        current = self.generations.get(sid, -1)
        if current >= 0 and presented < current - 1:
            self.reused.append(sid)
            del self.generations[sid]
        if sid not in self.generations:
            return 401, {"error": "invalid_grant"}, {}
        self.generations[sid] = presented + 1
        return 200, self.pair(sid), {"Authgate-Refresh": "rotated" if presented == current else "retried"}

    def _authorized(self, token: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        live = _claims(token)["sid"] in self.generations
        return (200, {"ticket": "a-ticket"}, {}) if live else (401, {"error": "invalid_token"}, {})


_OPERATIONS = {"/api/auth/login": "login", "/api/auth/refresh": "refresh", "/api/auth/ws-ticket": "ticket"}


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            op = _OPERATIONS.get(self.path, "me")
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            token = body.get("refresh_token") or self.headers.get("Authorization", "").removeprefix("Bearer ")
            fake.calls.append(Call(op, time.monotonic(), self.headers.get("Authgate-Client") is not None, token))
            fault = fake.faults[op].pop(0) if fake.faults[op] else None
            if fault in (None, "lost"):
                status, answer, fields = fake.answer(op, token)
            else:
                status, wait = fault if isinstance(fault, tuple) else (fault, None)
                answer, fields = {"error": "scripted"}, {} if wait is None else {"Retry-After": str(wait)}
            self.close_connection = fault == "lost"
            if fault != "lost":
                self._send(status, json.dumps(answer).encode(), fields)

        do_POST = do_GET

        def _send(self, status: int, body: bytes, fields: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**fields, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler


@contextmanager
def serving() -> Iterator[Fake]:
    fake = Fake()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake)) as server:
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
