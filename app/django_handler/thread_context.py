"""The thread context of a request, which costs little until a thread is needed."""

from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import ContextVar, Token
from typing import Any, Self

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext

_ABOVE: ContextVar[Any] = AsyncToSync.executors._storage._data
"""What asgiref keeps of AsyncToSync calls further out, without the lock and the exception of asking it by name."""


class ThreadContext(ThreadSensitiveContext):
    """asgiref's context with an executor, which `lend` gives when it is first needed. Entered once.

    asgiref asks `_exited` before it looks for a context's executor; that is when the executor is registered. Stock also
    hides the executor of an AsyncToSync call further out, by two writes to a Local that each copy it. Where there is
    none to hide, as under every server, both are left out: None would be written over None.
    """

    def __init__(self, lend: Callable[[], Executor]) -> None:
        self._lend = lend
        self._token: Token[ThreadSensitiveContext] | None = None
        self._has_left = False
        self._has_lent = False
        self._hidden: Any = None

    @property
    def _exited(self) -> bool:  # type: ignore[override]
        """Whether the block has ended: a task that outlives it is refused, as in stock."""
        if self._token is not None and not self._has_lent:
            self._has_lent = True
            SyncToAsync.context_to_thread_executor[self] = self._lend()
        return self._has_left

    def __enter__(self) -> Self:
        if self._token is not None or self._has_left:
            raise RuntimeError("ThreadContext is entered once")
        above = _ABOVE.get(None)
        if above is not None and above.data.get("current") is not None:
            self._hidden, AsyncToSync.executors.current = AsyncToSync.executors.current, None
        self._token = SyncToAsync.thread_sensitive_context.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        token, self._token, self._has_left = self._token, None, True
        if token is not None:
            SyncToAsync.thread_sensitive_context.reset(token)
        if self._has_lent:
            SyncToAsync.context_to_thread_executor.pop(self, None)
        if self._hidden is not None:
            AsyncToSync.executors.current = self._hidden
