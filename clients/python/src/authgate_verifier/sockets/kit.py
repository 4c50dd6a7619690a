"""Accepts sockets with a ticket or a token, and closes them when it ends."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from authgate_verifier.asgi_types import App, Receive, Scope, Send
from authgate_verifier.claims import Claims
from authgate_verifier.errors import VerificationError
from authgate_verifier.sockets.close import FAILED, NORMAL, UNAUTHORIZED, UNAVAILABLE, close_for
from authgate_verifier.sockets.credential import PROTOCOL, from_message, from_protocols, judge
from authgate_verifier.sockets.guarded import run_guarded
from authgate_verifier.sockets.session import SocketSession
from authgate_verifier.sockets.socket import Socket
from authgate_verifier.verifier import Verifier

CHECK_SECONDS = 1.0
"""Seconds between two looks at how old the feed is."""


class SocketKit:
    """`patience`: seconds within which a client must log in. `grace`: seconds that open sockets outlive a feed that
    cannot be read.
    """

    def __init__(self, verifier: Verifier, *, patience: float = 10.0, grace: float = 30.0) -> None:
        self._verifier = verifier
        self._login_seconds = patience
        self._grace = grace
        self._sessions: set[SocketSession] = set()
        self._check: asyncio.TimerHandle | None = None

    @property
    def size(self) -> int:
        """Sockets that are logged in."""
        return len(self._sessions)

    @asynccontextmanager
    async def accept(self, scope: Scope, receive: Receive, send: Send) -> AsyncIterator[SocketSession | None]:
        """The session of a socket that logs in; None for one that did not, and is closed.

        At the end of the block the socket is closed: with 1000, or with 1011 when an error ends it.
        """
        socket = Socket(receive, send)
        claims = await self._log_in(socket, scope.get("subprotocols", ()))
        if claims is None:
            yield None
            return
        session = self._open(socket, claims)
        try:
            yield await session.begin()
        except Exception:
            session.close_soon(FAILED)
            raise
        else:
            session.close_soon(NORMAL)
        finally:
            await session.finish()

    def guard(self, app: App) -> App:
        """`app` behind the login: it sees only sockets that are logged in, with the session as `scope["authgate"]`.

        What is no socket passes as it is.
        """

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "websocket":
                await app(scope, receive, send)
                return
            async with self.accept(scope, receive, send) as session:
                if session is not None:
                    await run_guarded(app, scope, session)

        return guarded

    async def close(self) -> None:
        """Close every socket with 1013. The verifier is yours to close."""
        sessions = list(self._sessions)
        for session in sessions:
            session.close_soon(UNAVAILABLE)
        await asyncio.gather(*(session.finish() for session in sessions))

    async def _log_in(self, socket: Socket, offered: Sequence[str]) -> Claims | None:
        await socket.accept(PROTOCOL if PROTOCOL in offered else None)
        credential = from_protocols(offered) or from_message(await socket.receive(self._login_seconds))
        if credential is None:
            await socket.close(UNAUTHORIZED)
            return None
        try:
            return await judge(self._verifier, credential)
        except VerificationError as error:
            await socket.close(close_for(error))
            return None

    def _open(self, socket: Socket, claims: Claims) -> SocketSession:
        session = SocketSession(socket, self._verifier, claims, left=self._sessions.discard)
        self._sessions.add(session)
        self._watch_the_feed()
        return session

    def _watch_the_feed(self) -> None:
        """One timer for all sockets, and none while there is no socket."""
        if self._check is None and self._sessions:
            self._check = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._close_when_stale)

    def _close_when_stale(self) -> None:
        self._check = None
        if self._verifier.staleness() > self._grace:
            for session in self._sessions:
                session.close_soon(UNAVAILABLE)
        self._watch_the_feed()
