"""Refusals before Django: foreign hosts, and large, slow or compressed bodies.

Its refusals pass CORS on their way out, so that pages may read them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial

from django.http.request import split_domain_port, validate_host

from app.http.asgi_types import ASGIApp, Message, Receive, Scope, Send
from app.http.last_answer import send_last
from app.root_path import ADVICE
from auth.errors import (
    AuthError,
    InsecureTransport,
    InvalidRequest,
    PayloadTooLarge,
    RequestTimeout,
    ServiceUnavailable,
    UnsupportedCoding,
    UnsupportedMediaType,
)
from auth.http.context import STATE_KEY, RequestState, state_of

MAX_BODY = 64 * 1024
MAX_HELD = 16 * 1024 * 1024
"""Bytes of a worker's bodies under way, without the first _FREE of each: who fills it keeps nobody from logging in."""
_FREE = 4 * 1024
_RETRY_AFTER = 1.0
BODY_SECONDS = 10.0
_MAX_DISCARDED = 8 * 1024 * 1024
_MAX_MEDIA_TYPE = 256
_FORM = b"application/x-www-form-urlencoded"
_FORMS = frozenset({b"", _FORM, _FORM + b";charset=utf-8"})
_MAX_HOST = 300  # a name has at most 253 characters, and a port comes after it
_SILENCE_SECONDS = 0.5
_DISCARD_SECONDS = 3.0
_WITH_CREDENTIALS = ("/api/", "/admin/")
_BY_ADDRESS = ("/health/", "/metrics")
_BODY_FIELDS = frozenset({b"content-length", b"content-type", b"transfer-encoding"})


class _DisconnectedError(Exception):
    """The client left before its body was complete."""


class RequestGuard:
    """Reads the whole body before the application runs: it is small, and must come in time."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        allowed_hosts: Sequence[str],
        is_secure: Callable[[Scope], bool] | None = None,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._app = app
        self._is_secure = is_secure
        self._body_seconds = body_seconds
        self._held = 0
        self._is_ours = lru_cache(maxsize=1024)(partial(_is_among, tuple(allowed_hosts)))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        state: RequestState = scope["state"][STATE_KEY]
        try:
            self._check_host(scope, state)
            if self._is_secure and scope["path"].startswith(_WITH_CREDENTIALS) and not self._is_secure(scope):
                raise InsecureTransport  # a redirect would come after the password was sent in clear
        except AuthError as error:
            return _refuse(error, scope, receive, send)
        if not _BODY_FIELDS.isdisjoint(state.fields):
            return self._with_body(scope, receive, send)
        return self._app(scope if scope["method"] == "GET" else _as_get(scope), receive, send)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            receive = await self._read_whole(scope, receive)
        except TimeoutError:
            await send_last(RequestTimeout(), send)
        except AuthError as error:
            await _refuse(error, scope, receive, send)
        except _DisconnectedError:
            pass  # nobody is left to answer
        else:
            await self._app(_as_get(scope), receive, send)

    async def _read_whole(self, scope: Scope, receive: Receive) -> Receive:
        """A `receive` that gives the body at once. A request that declares none has none (RFC 9112 §6.3)."""
        _check_coding(scope)
        _check_media_type(scope)
        async with asyncio.timeout(self._body_seconds):
            return _replay(await self._read(scope, receive), receive)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        """Raises PayloadTooLarge or ServiceUnavailable as soon as it is known, InvalidRequest, _DisconnectedError."""
        if _declared_length(scope) > MAX_BODY:
            raise PayloadTooLarge
        body, held = bytearray(), 0
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _DisconnectedError
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
                    raise PayloadTooLarge
                if not message.get("more_body", False):
                    return bytes(body)
                held += self._hold(len(body) - _FREE - held)
        finally:
            self._held -= held

    def _hold(self, size: int) -> int:
        """Raises ServiceUnavailable when the bodies under way would take too much memory together."""
        if self._held + size > MAX_HELD:
            raise ServiceUnavailable(_RETRY_AFTER)
        self._held += max(0, size)
        return max(0, size)

    def _check_host(self, scope: Scope, state: RequestState) -> None:
        """Raises InvalidRequest unless there is one Host, and it is ours (RFC 9112 §3.2), without a prefix.

        With one, paths are not what the layers below take them for. Those who start a server are told before, if it can
        be known: app/root_path.py.
        """
        if scope.get("root_path"):
            raise InvalidRequest(f"Nothing is served under a prefix. On the server, unset its root_path: {ADVICE}.")
        if scope["path"].startswith(_BY_ADDRESS):
            return  # probes call a process by its address; nothing there depends on the name
        host = state.fields.get(b"host", b"")
        if b"host" in state.repeated or len(host) > _MAX_HOST or not self._is_ours(host):
            raise InvalidRequest("This host is not served here. Check the address, and ALLOWED_HOSTS on the server.")


async def _refuse(error: AuthError, scope: Scope, receive: Receive, send: Send) -> None:
    await _discard(scope, receive)
    await send_last(error, send)


def came_by_https(scope: Scope, *, trusted_proxies: int) -> bool:
    """By the word of the nearest proxy when there is one, since TLS ends there; else by the server's own."""
    if not trusted_proxies:
        return bool(scope["scheme"] == "https")
    return _ends_with_https(scope["state"][STATE_KEY].fields.get(b"x-forwarded-proto", b""))


@lru_cache(maxsize=64)
def _ends_with_https(value: bytes) -> bool:
    return value.rpartition(b",")[2].strip().lower() == b"https"


def _is_among(allowed: tuple[str, ...], host: bytes) -> bool:
    domain, _ = split_domain_port(host.decode("latin-1"))
    return bool(domain) and validate_host(domain, list(allowed))


async def _discard(scope: Scope, receive: Receive) -> None:
    """Read on for a while, though not for ever: to close on a client that still sends resets the connection, and loses
    the answer.

    One that waits to be told to go on (RFC 9110 §10.1.1) is told no at once.
    """
    received = 0
    waits = any(name == b"expect" for name, _ in scope["headers"])
    with suppress(TimeoutError):
        end = asyncio.get_running_loop().time() + _DISCARD_SECONDS
        while received < _MAX_DISCARDED and not waits:
            async with asyncio.timeout(_SILENCE_SECONDS), asyncio.timeout_at(end):
                message = await receive()
            received += len(message.get("body", b""))
            if not message.get("more_body", False):
                return


def _check_media_type(scope: Scope) -> None:
    """Raises InvalidRequest for a Content-Type with which Django could not even make its request.

    Python decodes extended parameters (RFC 2231) with a charset that the client names, and raises errors of many kinds;
    no media type that is read here has any. Raises UnsupportedMediaType for a form of the admin that no browser sends:
    what Django's page about the error would read once more, and fail again.
    """
    value = b",".join([value for name, value in scope["headers"] if name == b"content-type"])
    if len(value) > _MAX_MEDIA_TYPE or b"\0" in value or (b";" in value and b"*" in value):
        raise InvalidRequest("The Content-Type cannot be read. Send a plain media type, as application/json.")
    if scope["path"].startswith("/admin/") and b"".join(value.lower().split()) not in _FORMS:
        raise UnsupportedMediaType(f"The admin reads {_FORM.decode()} in UTF-8. Send its forms as a browser does.")


def _check_coding(scope: Scope) -> None:
    """Raises UnsupportedCoding: what a body grows to would be anybody's guess (RFC 9110 §8.4)."""
    codings = [value for name, value in scope["headers"] if name == b"content-encoding"]
    if any(value.strip().lower() not in (b"", b"identity") for value in codings):
        raise UnsupportedCoding


def _declared_length(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if not lengths:
        return 0
    length = lengths[0].strip(b" \t")  # RFC 9110 §5.5: not part of the value, though httptools leaves some of it there
    if len(lengths) > 1 or not length.isdigit() or len(length) > 18:
        raise InvalidRequest
    return int(length)


def _as_get(scope: Scope) -> Scope:
    """HEAD is GET without the body, which the server leaves out (RFC 9110 §9.3.2). Files know better: `is_head`."""
    if scope["method"] != "HEAD":
        return scope
    state_of(scope).is_head = True
    return {**scope, "method": "GET"}


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body at once, and then what the server says: the client's leaving."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
