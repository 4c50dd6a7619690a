"""ASGI requests to a handler, as a server sends them, and their results."""

import asyncio
from collections.abc import Sequence
from typing import Any

from app.django_handler.handler import LeanHandler
from app.django_handler.threads import DatabaseThreads

SECONDS = 30.0


class Visit:
    """One request to `app`, under way. `leave()` is what a server reports of a client that goes."""

    def __init__(self, app: Any, path: str, *, method: str = "GET", body: Sequence[bytes] = (), **scope: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.reading = asyncio.Event()
        self.reading.set()
        self._left = asyncio.Event()
        *self._chunks, self._last = (*body, b"")
        fields = [(b"host", b"testserver"), *scope.pop("headers", [])]
        fields += [(b"content-length", b"%d" % sum(map(len, body)))] if self._chunks else []
        self.scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "query_string": b""}
        self.scope |= {"root_path": "", "headers": fields, "client": ("127.0.0.1", 1), **scope}
        self._is_read = False
        self.task = asyncio.create_task(self._run(app))
        self.cancelling = 0

    async def _run(self, app: Any) -> None:
        await app(self.scope, self._receive, self._send)
        task = asyncio.current_task()
        assert task
        self.cancelling = task.cancelling()

    async def end(self) -> "Visit":
        async with asyncio.timeout(SECONDS):
            await self.task
        return self

    async def leave(self) -> "Visit":
        self._left.set()
        return await self.end()

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        return [(name.lower(), value) for name, value in self.sent[0]["headers"]]

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    async def _receive(self) -> dict[str, Any]:
        if self._chunks:
            return {"type": "http.request", "body": self._chunks.pop(0), "more_body": True}
        if not self._is_read:  # servers send one message also when there is no body
            self._is_read = True
            return {"type": "http.request", "body": self._last, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.reading.wait()
        self.sent.append(message)


async def visit(app: Any, path: str, **given: Any) -> Visit:
    return await Visit(app, path, **given).end()


def make_handler(threads: DatabaseThreads, settings: Any, *middleware: str) -> LeanHandler:
    """A handler of tests/integration/django_handler/urls.py. `settings` is pytest-django's fixture."""
    settings.ROOT_URLCONF = "tests.integration.django_handler.urls"
    settings.MIDDLEWARE = [f"tests.integration.django_handler.urls.{name}" for name in middleware]
    return LeanHandler(threads)
