"""The outermost layer: caller, request id, status and duration of each request."""

import re
import time
from collections.abc import Callable
from functools import lru_cache, partial

from app import errors
from app.http import headers
from app.http.access_log import AccessLog
from app.http.asgi_types import ASGIApp, Message, Receive, Scope, Send
from app.http.connections import abort
from app.http.cors import granted
from app.http.last_answer import send_last
from app.metrics.request_counts import RequestCounts
from auth.caller import MAX_USER_AGENT, Caller, RequestContext, address_of
from auth.http.context import STATE_KEY, RequestState
from auth.runtime import Runtime

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_LEFT = 499
"""nginx's word for a client that left before the answer."""
_LONGEST_HOP = 64
"""Bytes of X-Forwarded-For that one proxy appends at most: an IPv6 address with zone and port, and a comma."""


class RequestLogMiddleware:
    """Adds the request id, the security, cache and rate-limit fields, and writes one line to the log."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        defaults: headers.DefaultHeaders,
        log: AccessLog,
        trusted_proxies: int,
        request_ids: Callable[[], str],
        counts: RequestCounts,
        runtime: Callable[[], Runtime],
    ) -> None:
        self._app = app
        self._runtime = runtime
        self._defaults = defaults
        self._log = log
        self._trusted_proxies = trusted_proxies
        self._request_ids = request_ids
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        fields = dict(scope["headers"])
        context = RequestContext(self._caller(scope, fields))
        state = RequestState(self._runtime(), context, self._request_id(fields), partial(abort, send))
        scope.setdefault("state", {})[STATE_KEY] = state
        status = _LEFT

        async def send_complete(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._fields(scope["path"], message["headers"], state)
            await send(message)

        try:
            await self._app(scope, receive, send_complete)
        except Exception as error:
            if status != _LEFT:
                raise  # half an answer is out: the server cuts the connection
            await send_last(errors.known(error), send_complete, granted(scope))
        finally:
            state.abort = _nothing  # what leads back to the scope is a cycle, which the collector would have to find
            self._record(scope["method"], state, status, time.perf_counter() - started)

    def _caller(self, scope: Scope, fields: dict[bytes, bytes]) -> Caller:
        peer = (scope.get("client") or ("",))[0]
        forwarded: tuple[str, ...] = ()
        if count := self._trusted_proxies:  # their hops come last; the rest is cut off, for the memory's sake
            values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            forwarded = tuple([value[-_LONGEST_HOP * count :].decode("latin-1") for value in values[-count:]])
        return Caller(
            address=_address(peer, forwarded, self._trusted_proxies),
            user_agent=_agent(fields.get(b"user-agent", b"")[: 4 * MAX_USER_AGENT]),
        )

    def _request_id(self, fields: dict[bytes, bytes]) -> str:
        """A trusted proxy's own id is kept, so that its log and ours can be joined."""
        sent = fields.get(b"x-request-id", b"") if self._trusted_proxies else b""
        return sent.decode() if _REQUEST_ID.fullmatch(sent) else self._request_ids()

    def _fields(self, path: str, own: headers.Fields, state: RequestState) -> headers.Fields:
        complete = self._defaults.complete(path, own)
        complete.append((b"x-request-id", state.request_id.encode()))
        usages = state.context.usages
        return complete + headers.rate_limit(usages) if usages else complete

    def _record(self, method: str, state: RequestState, status: int, seconds: float) -> None:
        """The route's pattern, never the path or the query: those are the caller's text."""
        self._counts.count(method, state.route, status, seconds)
        self._log.info(
            "request",
            request_id=state.request_id,
            method=method,
            route=state.route,
            status=status,
            duration_ms=round(seconds * 1000, 2),
            user_id=state.context.user_id,
            ip=state.context.caller.address,
        )


def _nothing() -> None:
    """The answer is complete: the connection is no longer this request's to drop."""


@lru_cache(maxsize=4096)
def _address(peer: str, forwarded: tuple[str, ...], trusted_proxies: int) -> str:
    return address_of(peer, forwarded, trusted_proxies=trusted_proxies)


@lru_cache(maxsize=1024)
def _agent(value: bytes) -> str:
    """Cut (before, for the memory's sake) and made printable: it goes into records and pages."""
    text = value.decode("utf-8", "replace")[:MAX_USER_AGENT]
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
