"""Graceful shutdown of keep-alive connections."""

from app.server.exchange import ExchangeProtocol

GRACE_SECONDS = 0.5


class GracefulShutdown(ExchangeProtocol):
    """uvicorn closes resting connections at once, also under a request that is on its way: its client gets no answer.

    Here idle connections stay open for 0.5 s; a request in that window is answered with `Connection: close`.
    """

    def shutdown(self) -> None:
        self.is_shutting_down = True
        if self.is_answering():
            super().shutdown()
        else:
            self.loop.call_later(GRACE_SECONDS, super().shutdown)
