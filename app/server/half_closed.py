"""Clients that close their side and wait for the response (RFC 9112 §9.6)."""

from app.server.head_limits import HeadLimits

HALF_CLOSED_SECONDS = 2.0
"""Nothing tells a client that waits from one that has gone, until it is written to. This long it is thought to wait."""


class HalfClosed(HeadLimits):
    """Answers what was complete when the client closed its side, then closes; uvicorn closes at once.

    Within bounds: nothing is owed for a request that was cut off, nor to who reads a stream, which has no end that is
    worth waiting for; and the sweep closes what takes longer, so that its work is cancelled.
    """

    _half_closed_at: float | None = None

    _held = b""
    """What has come and is not parsed yet."""

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whether the connection stays open for answers. Called again when reading is resumed."""
        if not self._owes_answer():
            self.transport.close()  # an answer of this turn leaves before; the caller's way to close would drop it
            return False
        if self._half_closed_at is None:
            self._half_closed_at = self.loop.time()
        if not (self._held or self._is_refused):  # a refusal closes by itself
            self.cycle.keep_alive = False  # of the newest request
        return True

    def check_time(self, now: float) -> None:
        if self._half_closed_at is None:
            super().check_time(now)
        elif not self.is_answering() or now - self._half_closed_at > HALF_CLOSED_SECONDS:
            self.transport.close()

    def _owes_answer(self) -> bool:
        """Of a request that has come to its end, and of whose answer nothing has left."""
        return self.is_answering() and not (self._in_body or self.cycle.disconnected or self.cycle.response_started)
