"""Login stages for tests, added as a deployment's own code adds one."""

from collections.abc import Iterator
from contextlib import contextmanager

from auth.errors import AuthError
from auth.runtime import Runtime
from auth.sessions.stages import LOGIN_STAGES, PendingLogin


@contextmanager
def raising(error: AuthError) -> Iterator[list[PendingLogin]]:
    """Inside, no login passes the last stage. Yields those that came as far as that."""
    seen: list[PendingLogin] = []

    async def stage(_: Runtime, login: PendingLogin) -> None:
        seen.append(login)
        raise error

    LOGIN_STAGES.append(stage)
    try:
        yield seen
    finally:
        LOGIN_STAGES.remove(stage)
