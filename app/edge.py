"""The outermost layer: who is calling, under which request id, with what answer, and how long it took."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app import headers
from app.asgi_types import ASGIApp, Message, Receive, Scope, Send
from auth.caller import MAX_USER_AGENT, Caller, address_of

log = structlog.get_logger("authgate.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Edge:
    """Adds the request id, the security, cache and rate-limit fields, and writes one line to the log."""

    app: ASGIApp
    trusted_proxies: int
    hsts: bytes
    request_ids: Callable[[], str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        state = scope.setdefault("state", {})
        state["caller"] = caller = self._caller(scope)
        state["request_id"] = request_id = self._request_id(scope)
        status = 499  # nginx's word for a client that left before the answer

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._fields(scope, message, caller, request_id)]
            await send(message)

        try:
            await self.app(scope, receive, send_marked)
        finally:
            _log(scope, caller, request_id, status, time.perf_counter() - started)

    def _caller(self, scope: Scope) -> Caller:
        peer = (scope.get("client") or ("",))[0]
        forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        agent = _header(scope, b"user-agent")[:MAX_USER_AGENT]
        return Caller(
            address=address_of(peer, forwarded, trusted_proxies=self.trusted_proxies),
            user_agent="".join(c if c.isprintable() else "\ufffd" for c in agent),
        )

    def _request_id(self, scope: Scope) -> str:
        """A trusted proxy's own id is kept, so that its log and ours can be joined."""
        sent = _header(scope, b"x-request-id") if self.trusted_proxies else ""
        return sent if _REQUEST_ID.fullmatch(sent) else self.request_ids()

    def _fields(self, scope: Scope, message: Message, caller: Caller, request_id: str) -> headers.Fields:
        fields = [(b"x-request-id", request_id.encode()), *headers.security(scope["path"], hsts=self.hsts)]
        present = {name.lower() for name, _ in message["headers"]}
        if b"cache-control" not in present and not scope["path"].startswith("/static/"):
            fields.append((b"cache-control", b"no-store"))
        own = [field for field in fields if field[0] not in present]
        return [*own, *headers.rate_limit(caller.usages)]


def _header(scope: Scope, wanted: bytes) -> str:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value).decode("utf-8", "replace")
    return ""


def _log(scope: Scope, caller: Caller, request_id: str, status: int, seconds: float) -> None:
    """The route's pattern, never the path or the query: those are the caller's text."""
    log.info(
        "request",
        request_id=request_id,
        method=scope["method"],
        route=scope["state"].get("route", "unmatched"),
        status=status,
        duration_ms=round(seconds * 1000, 2),
        user_id=caller.user_id,
        ip=caller.address,
    )
