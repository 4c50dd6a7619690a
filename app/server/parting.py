"""A server that stops takes leave of its connections."""

from typing import Any

from app.server.answer import Answer
from app.server.exchange import ExchangeProtocol

PARTING_SECONDS = 0.5


class PartingProtocol(ExchangeProtocol):
    """uvicorn closes resting connections at once, also under a request that is on its way: its client gets no answer.

    Here they stay for a moment. Who comes within it is answered, and told by `Connection: close` to go elsewhere.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._is_parting = False

    def shutdown(self) -> None:
        self._is_parting = True
        if self.is_answering():
            super().shutdown()
        else:
            self.loop.call_later(PARTING_SECONDS, super().shutdown)

    def _answer(self) -> Answer:
        answer = super()._answer()
        answer.keep_alive = answer.keep_alive and not self._is_parting
        return answer
