"""Detection of foreign receivers of Django's request signals."""

from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.db import close_old_connections, reset_queries
from django.dispatch import Signal

_OWN = (close_caches, close_old_connections, reset_queries, reset_urlconf)


class SignalReceivers:
    """Looks through the receivers once, and again whenever one is connected or disconnected."""

    def __init__(self, *signals: Signal, sender: type) -> None:
        self._sender = sender
        self._signals = signals
        self._seen: list[tuple[object, ...]] = []
        self._foreign = False

    def have_foreign(self) -> bool:
        receivers = [tuple(signal.receivers) for signal in self._signals]
        if receivers != self._seen:
            self._seen = receivers
            self._foreign = any(self._is_foreign(signal) for signal in self._signals)
        return self._foreign

    def _is_foreign(self, signal: Signal) -> bool:
        sync, asynchronous = signal._live_receivers(self._sender)
        return bool(asynchronous) or any(receiver not in _OWN for receiver in sync)
