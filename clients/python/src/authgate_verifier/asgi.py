"""ASGI middleware: for Starlette, FastAPI, Litestar, Django and others."""

import asyncio
import json
import logging

from authgate_verifier.asgi_types import App, Receive, Scope, Send
from authgate_verifier.bearer import Refusal, Refused, authorize
from authgate_verifier.errors import Unavailable
from authgate_verifier.verifier import Verifier

_START_SECONDS = 3.0
"""Seconds that the first requests wait for a verifier that starts with them; nobody waits for long for a 503."""

log = logging.getLogger("authgate_verifier")


class RequireAuth:
    """Lets HTTP requests with a good access token pass, with its claims as `request.state.authgate`.

    The others are answered with 401, 403 or 503. `staff`: only members of staff pass. Sockets pass unjudged: those
    are the business of `sockets.SocketKit`.
    """

    def __init__(self, app: App, verifier: Verifier, *, staff: bool = False) -> None:
        self._app = app
        self._verifier = verifier
        self._staff = staff

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            claims = authorize(self._verifier, _authorization(scope), staff=self._staff)
        except Refused as error:
            await answer(error.refusal, send)
            return
        state = {**scope.get("state", {}), "authgate": claims}
        await self._app({**scope, "state": state}, receive, send)


class RunVerifier:
    """Starts `verifier` with the server, and closes it: for applications without a lifespan, such as Django's.

    Servers without one (Daphne) start it with their first request or socket, and end it with the process.
    """

    def __init__(self, app: App, verifier: Verifier) -> None:
        self._app = app
        self._verifier = verifier
        self._starting: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if self._starting is None and not self._verifier.is_started:
            self._starting = asyncio.create_task(self._start())
        if self._starting is not None:
            await asyncio.shield(self._starting)
        await self._app(scope, receive, send)

    async def _start(self) -> None:
        """Later than with a lifespan, so that an outage cannot keep the server from starting: requests get 503."""
        try:
            await self._verifier.start(timeout=_START_SECONDS)
        except Unavailable as error:
            log.warning("%s", error)

    async def _live(self, receive: Receive, send: Send) -> None:
        """https://asgi.readthedocs.io/en/latest/specs/lifespan.html. Without Authgate, the server does not start."""
        await receive()
        try:
            async with self._verifier:
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Unavailable as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        else:
            await send({"type": "lifespan.shutdown.complete"})


async def answer(refusal: Refusal, send: Send) -> None:
    body = json.dumps(refusal.body).encode()
    fields = refusal.headers | {"Content-Type": "application/json", "Content-Length": str(len(body))}
    headers = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _authorization(scope: Scope) -> str | None:
    """Two of them are one that is not valid (RFC 9110 §5.3)."""
    found = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    return ", ".join(found) if found else None
