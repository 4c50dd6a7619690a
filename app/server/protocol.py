"""Backpressure for pipelined requests."""

from app.server.half_closed import HalfClosed

_PIECE = 2048
"""Bytes that the parser is given at once, which are some 100 of the smallest requests: each that waits for its turn
takes more memory than it took on the way."""


class HTTPProtocol(HalfClosed):
    """uvicorn's protocol for `--http`, with a bound on requests that a client sends ahead of their answers.

    uvicorn parses all that has come, and reads on with every answer: a client that pipelines and reads no answers can
    have it hold hundreds of thousands of requests (RFC 9112 §9.3.2 lets it wait as well). Here what comes behind a
    waiting request is kept as it came, and nothing more is read until its turn comes.
    """

    def data_received(self, data: bytes) -> None:
        if self._held or self.pipeline:
            self._held += data
            self.flow.pause_reading()  # whoever listens for the client's leaving has resumed it
        elif len(data) <= _PIECE:
            super().data_received(data)
        else:
            self._parse(data)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._held and not self.pipeline and not self.transport.is_closing():
            held, self._held = self._held, b""
            self._parse(held)

    def _parse(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            super().data_received(data[start : start + _PIECE])
            if self.pipeline:
                self._held = data[start + _PIECE :]
                return
