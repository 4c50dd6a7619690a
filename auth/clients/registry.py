"""The service clients, cached by each worker."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import ClassVar

import structlog
from django.db import Error

from auth.clients.secrets import hash_secret, matches
from auth.core.job import Thread
from auth.errors import InvalidClient, ServiceUnavailable
from auth.models import ServiceClient

log = structlog.get_logger("authgate.clients")

BELIEVED_SECONDS = 2.0
"""How long a worker uses what it read: a removed client is refused after this time."""

_NO_CLIENT = hash_secret("")


class ServiceClients:
    """Clients of the setting SERVICE_CLIENTS and of `manage.py clients`; the setting wins."""

    thread: ClassVar[Thread] = "reader"

    def __init__(self, configured: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._configured = configured
        self._clock = clock
        self._read: dict[str, str] = {}
        self._read_at = -BELIEVED_SECONDS

    async def verify(self, client_id: str, secret: str) -> str:
        """The client's id. Raises InvalidClient for an unknown client and a wrong secret alike."""
        if self._clock() - self._read_at >= BELIEVED_SECONDS:
            await self.read()
        expected = self.secret_hash(client_id)
        if not matches(secret, expected) or expected == _NO_CLIENT:
            raise InvalidClient
        return client_id

    def secret_hash(self, client_id: str) -> str:
        """As it was read last; that of nobody's secret for an unknown client."""
        return self._configured.get(client_id) or self._read.get(client_id, _NO_CLIENT)

    async def run(self) -> None:
        """Reload them periodically, until cancelled, so that open feeds end with their client."""
        while True:
            await asyncio.sleep(BELIEVED_SECONDS / 2)
            try:
                await self.read()
            except (Error, ServiceUnavailable) as error:
                log.warning("service_clients_unread", cause=type(error).__name__)

    async def read(self) -> None:
        """Raises the database's Error, ServiceUnavailable."""
        self._read = {c.client_id: c.secret_hash async for c in ServiceClient.objects.all()}
        self._read_at = self._clock()
