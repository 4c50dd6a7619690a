"""Who the service clients are, as each worker knows them."""

import time
from collections.abc import Callable, Mapping

from auth.clients.secrets import hash_secret, matches
from auth.errors import InvalidClient
from auth.models import ServiceClient

BELIEVED_SECONDS = 2.0
"""How long a worker believes what it read: a removed client is refused after this."""

_NOBODY = hash_secret("")


class ServiceClients:
    """Clients of the setting SERVICE_CLIENTS and of `manage.py clients`; the setting wins."""

    def __init__(self, configured: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._configured = configured
        self._clock = clock
        self._read: dict[str, str] = {}
        self._read_at = -BELIEVED_SECONDS

    async def verify(self, client_id: str, secret: str) -> str:
        """The client's id. Raises InvalidClient for an unknown client and a wrong secret alike."""
        if self._clock() - self._read_at >= BELIEVED_SECONDS:
            await self._refresh()
        expected = self._configured.get(client_id) or self._read.get(client_id, _NOBODY)
        if not matches(secret, expected) or expected == _NOBODY:
            raise InvalidClient
        return client_id

    async def _refresh(self) -> None:
        self._read = {c.client_id: c.secret_hash async for c in ServiceClient.objects.all()}
        self._read_at = self._clock()
