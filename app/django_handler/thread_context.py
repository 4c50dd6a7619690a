"""The thread context of a request, cheaper where no synchronous caller is above."""

from concurrent.futures import Executor
from contextvars import ContextVar
from typing import Any, Self

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext

_ABOVE: ContextVar[Any] = AsyncToSync.executors._storage._data
"""What asgiref keeps of AsyncToSync calls further out, without the lock and the exception of asking it by name. Where
it names an executor, asgiref's own code decides."""


class ThreadContext(ThreadSensitiveContext):
    """asgiref's context with an executor, entered once.

    Stock hides the executor of an AsyncToSync call further out, and puts it back at the end: two writes to a Local, and
    each copies it. Where there is none to hide, as under every server, both are left out. Safe because None is then
    written over None, and an AsyncToSync call inside puts back what it found.
    """

    _executor: Executor

    def __init__(self, *, executor: Executor) -> None:
        super().__init__(executor=executor)

    async def __aenter__(self) -> Self:
        above = _ABOVE.get(None)
        is_below = above is not None and above.data.get("current") is not None
        if is_below or self.token is not None or self._exited:
            await super().__aenter__()  # type: ignore[no-untyped-call]
        else:
            self.token = SyncToAsync.thread_sensitive_context.set(self)
            SyncToAsync.context_to_thread_executor[self] = self._executor
        return self

    async def __aexit__(self, *error: Any) -> None:
        if self._old_executor is not None or self.token is None:
            await super().__aexit__(*error)  # type: ignore[no-untyped-call]
            return
        SyncToAsync.context_to_thread_executor.pop(self, None)
        SyncToAsync.thread_sensitive_context.reset(self.token)
        self.token = None
        self._exited = True  # a task that outlives the request is refused, as in stock
