"""A server that stops takes leave of its connections."""

from app.server.exchange import ExchangeProtocol

PARTING_SECONDS = 0.5


class PartingProtocol(ExchangeProtocol):
    """uvicorn closes resting connections at once, also under a request that is on its way: its client gets no answer.

    Here they stay for a moment. Who comes within it is answered, and told by `Connection: close` to go elsewhere.
    """

    def shutdown(self) -> None:
        self.is_parting = True
        if self.is_answering():
            super().shutdown()
        else:
            self.loop.call_later(PARTING_SECONDS, super().shutdown)
