"""An ASGI application that sees sockets only after their login."""

from authgate_verifier.asgi_types import App, Message, Scope
from authgate_verifier.sockets.close import DENIED, Close
from authgate_verifier.sockets.credential import is_secret
from authgate_verifier.sockets.session import SocketSession

_PROTOCOL_HEADER = b"sec-websocket-protocol"


async def run_guarded(app: App, scope: Scope, session: SocketSession) -> None:
    guarded = _Guarded(session)
    await app(_without_secrets(scope, session), guarded.receive, guarded.send)


class _Guarded:
    """The handshake is over: the application's own accept is not sent, and its refusal by HTTP closes."""

    def __init__(self, session: SocketSession) -> None:
        self._session = session
        self._connected = False

    async def receive(self) -> Message:
        if self._connected:
            return await self._session.receive()
        self._connected = True
        return {"type": "websocket.connect"}

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept" | "websocket.http.response.body":
                return
            case "websocket.http.response.start":
                await self._session.close(DENIED)
            case "websocket.close":
                await self._session.close(Close(message.get("code") or 1000, message.get("reason") or ""))
            case _:
                await self._session.send(message)


def _without_secrets(scope: Scope, session: SocketSession) -> Scope:
    """The application may log what it likes."""
    return {
        **scope,
        "authgate": session,
        "subprotocols": [name for name in scope.get("subprotocols", ()) if not is_secret(name)],
        "headers": [header for header in scope["headers"] if header[0] != _PROTOCOL_HEADER],
    }
