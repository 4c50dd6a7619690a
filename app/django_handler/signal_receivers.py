"""Detection of foreign receivers of Django's request signals."""

from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.db import close_old_connections, reset_queries
from django.dispatch import Signal

_OWN = (close_caches, close_old_connections, reset_queries, reset_urlconf)


class SignalReceivers:
    """Looks through the receivers once, and again whenever one is connected or disconnected."""

    def __init__(self, signal: Signal, *, sender: type) -> None:
        self._sender = sender
        self._signal = signal
        self._seen: tuple[object, ...] | None = None
        self._foreign = False

    def has_foreign(self) -> bool:
        receivers = tuple(self._signal.receivers)
        if receivers != self._seen:
            self._seen = receivers
            sync, asynchronous = self._signal._live_receivers(self._sender)
            self._foreign = bool(asynchronous) or any(receiver not in _OWN for receiver in sync)
        return self._foreign
