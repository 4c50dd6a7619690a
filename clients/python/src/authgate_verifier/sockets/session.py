"""An accepted socket: its claims and its messages."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from authgate_verifier.asgi_types import Message
from authgate_verifier.claims import Claims
from authgate_verifier.errors import InvalidToken, Unavailable
from authgate_verifier.sockets.background import Background
from authgate_verifier.sockets.close import EXPIRED, NORMAL, REVOKED, UNAUTHORIZED, Close, close_for
from authgate_verifier.sockets.credential import Credential, from_message, judge
from authgate_verifier.sockets.deadline import Deadline
from authgate_verifier.sockets.socket import Socket
from authgate_verifier.verifier import Verifier

_CLOSE_SECONDS = 5.0  # a client that takes nothing hinders nobody longer


class SocketSession:
    """Read it even if you expect nothing: new tokens come between the messages, and are taken out here.

    `left` is called when the socket is closed, perhaps more than once.
    """

    def __init__(
        self, socket: Socket, verifier: Verifier, claims: Claims, *, left: Callable[["SocketSession"], None]
    ) -> None:
        self._claims = claims
        self._socket = socket
        self._verifier = verifier
        self._left = left
        self._background = Background()
        self._unwatch: Callable[[], None] = lambda: None
        self._deadline = Deadline(verifier.clocks.wall, ask=self._ask, expire=lambda: self.close_soon(EXPIRED))

    @property
    def claims(self) -> Claims:
        """Those of the newest token. Rights that the account has lost since are false, as the feed tells it."""
        return self._verifier.believed(self._claims)

    @property
    def is_open(self) -> bool:
        return self._socket.is_open

    async def __aiter__(self) -> AsyncIterator[str]:
        """The text of each message, until the socket is closed."""
        while (message := await self.receive())["type"] == "websocket.receive":
            text, data = message.get("text"), message.get("bytes")
            yield text if text is not None else (data or b"").decode(errors="replace")

    async def receive(self) -> Message:
        """The next message as ASGI has it: websocket.disconnect when the socket was closed, by whomever."""
        while (message := await self._socket.receive())["type"] == "websocket.receive":
            credential = from_message(message)
            if credential is None:
                return message
            await self._renew(credential)
        self._end()
        return message

    async def send_json(self, value: Any) -> None:
        """Nothing happens on a socket that is closed."""
        await self._socket.send_json(value)

    async def send_text(self, text: str) -> None:
        """Nothing happens on a socket that is closed."""
        await self._socket.send({"type": "websocket.send", "text": text})

    async def send(self, message: Message) -> None:
        """A message as ASGI has it. Raises ConnectionResetError on a socket that is closed."""
        await self._socket.send_strictly(message)

    async def close(self, how: Close = NORMAL) -> None:
        self._end()
        await self._socket.close(how)

    def close_soon(self, how: Close) -> None:
        if self.is_open:
            self._background.spawn(self.close(how))

    async def begin(self) -> Self:
        """The kit's own."""
        await self._adopt(self.claims)
        return self

    async def finish(self) -> None:
        """The kit's own: the application is done with it."""
        self._end()
        await self._background.join(_CLOSE_SECONDS)

    def _end(self) -> None:
        self._deadline.clear()
        self._unwatch()
        self._left(self)

    def _ask(self) -> None:
        self._background.spawn(self.send_json({"type": "auth.renew", "expires_at": self.claims.expires_at}))

    async def _renew(self, credential: Credential) -> None:
        """An outage does not end a socket whose token is still good: the client may try again until it expires."""
        try:
            claims = await judge(self._verifier, credential)
        except Unavailable:
            await self.send_json({"type": "auth.error", "error": "unavailable"})
        except InvalidToken as error:
            await self.close(close_for(error))
        else:
            await self._take(claims)

    async def _take(self, claims: Claims) -> None:
        if (claims.subject, claims.session) != (self.claims.subject, self.claims.session):
            await self.close(UNAUTHORIZED)
        elif self.is_open:  # it may have been closed while a ticket was redeemed
            await self._adopt(claims)

    async def _adopt(self, claims: Claims) -> None:
        self._unwatch()
        self._claims = claims
        self._unwatch = self._verifier.watch(claims, lambda: self.close_soon(REVOKED))
        self._deadline.set(claims.expires_at)
        await self.send_json({"type": "auth.ok", "expires_at": claims.expires_at})
