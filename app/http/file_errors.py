"""Errors of the static file server, in the contract's shape."""

from app import errors
from app.http.asgi_types import ASGIApp, Message, Receive, Scope, Send
from auth.http.context import state_of

_BARE = (405, 416)
_KEPT = (b"allow", b"content-range")


class Explained:
    """Gives the answers 405 and 416 of `app`, which have no body, the body of every error.

    HEAD stays HEAD for `app`, so that no file is read whose content nobody gets.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body: bytes | None = None

        async def send_explained(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start" and message["status"] in _BARE:
                body = errors.respond(errors.of_status(message["status"])).content
                message["headers"] = _fields(message, body)
            elif body is not None:
                message = {"type": "http.response.body", "body": body}
            await send(message)

        asked = {**scope, "method": "HEAD"} if state_of(scope).is_head else scope
        await self._app(asked, receive, send_explained)


def _fields(message: Message, body: bytes) -> list[tuple[bytes, bytes]]:
    own = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    return own + [field for field in message["headers"] if field[0].lower() in _KEPT]
