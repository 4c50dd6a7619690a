"""The outermost layer: caller, request id, status and duration of each request."""

import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial

from app import errors
from app.http import headers
from app.http.access_log import AccessLog
from app.http.asgi_types import ASGIApp, Fields, Message, Receive, Scope, Send
from app.http.connections import abort
from app.http.cors import granted
from app.http.last_answer import send_last
from app.http.whole_response import WHOLE
from app.metrics.request_counts import RequestCounts
from auth.caller import MAX_USER_AGENT, Caller, RequestContext, address_of
from auth.http.context import STATE_KEY, RequestState
from auth.runtime import Runtime

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_LEFT = 499
"""nginx's word for a client that left before the answer."""
_NONE: frozenset[bytes] = frozenset()
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
        listed = scope["headers"]
        fields = dict(listed)
        # A trusted proxy's own id is kept, so that its log and ours can be joined.
        sent = fields.get(b"x-request-id", b"") if self._trusted_proxies else b""
        state = RequestState(
            self._runtime(),
            RequestContext(self._caller(scope, fields)),
            sent.decode() if _REQUEST_ID.fullmatch(sent) else self._request_ids(),
            partial(abort, send),
            fields,
            _NONE if len(fields) == len(listed) else _repeated(listed),
        )
        scope.setdefault("state", {})[STATE_KEY] = state
        status = _LEFT

        def send_complete(message: Message) -> Awaitable[None]:
            nonlocal status
            if "status" in message:
                status = message["status"]
                own = [*message["headers"], (b"x-request-id", state.request_id.encode())]
                defaults = self._defaults.beside(scope["path"], own)
                if state.context.usages:
                    own += headers.rate_limit(state.context.usages)
                is_whole = message["type"] == WHOLE
                message.update({"headers": own, "common": defaults} if is_whole else {"headers": own + defaults.fields})
            return send(message)

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
        agent = fields.get(b"user-agent", b"")[: 4 * MAX_USER_AGENT]
        count, forwarded = self._trusted_proxies, b""
        if count and b"x-forwarded-for" in fields:  # the hops of ours come last, perhaps in several fields
            values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            forwarded = b",".join([value[-_LONGEST_HOP * count :] for value in values[-count:]])  # cut: it is kept
        return _caller_of(peer, forwarded, agent, count)

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


def _repeated(listed: Fields) -> frozenset[bytes]:
    names = Counter(name for name, _ in listed)
    return frozenset(name for name, count in names.items() if count > 1)


@lru_cache(maxsize=2048)
def _caller_of(peer: str, forwarded: bytes, agent: bytes, trusted_proxies: int) -> Caller:
    """The user agent is made printable: it goes into records and pages."""
    hops = [forwarded.decode("latin-1")] if forwarded else []
    text = agent.decode("utf-8", "replace")[:MAX_USER_AGENT]
    printable = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return Caller(address_of(peer, hops, trusted_proxies=trusted_proxies), printable)
