"""Password hashing: off the event loop, in a bounded pool with a bounded queue."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from django.contrib.auth.hashers import make_password, verify_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from auth.errors import ServiceUnavailable, ValidationFailed
from auth.models import User
from auth.password_rules import normalised, spellings

log = structlog.get_logger("authgate.passwords")

_RETRY_AFTER = 2.0


@dataclass(frozen=True, slots=True)
class Verified:
    """The password is right; `rehashed` is a hash of it by today's rules when the stored one is out of date."""

    rehashed: str | None


class PasswordPool:
    """`threads` hashes at a time (0: one core is left for the event loop), at most `queue` waiting or running."""

    def __init__(self, *, threads: int, queue: int) -> None:
        self._executor = ThreadPoolExecutor(threads or default_threads(), thread_name_prefix="hash")
        self._queue = queue
        self.waiting = 0
        """Hashes that wait or run."""

    async def verify(self, password: str, encoded: str | None) -> Verified | None:
        """Whether the password belongs to the hash; None stands for "no".

        With no hash (unknown account) the same work is done for nothing, so that time tells nothing: one hash for each
        spelling of what was typed, right or not.
        Raises ServiceUnavailable when the queue is full.
        """
        return await self._submit(_verify, password, encoded)

    async def hash_new(self, password: str, user: User, *, field: str = "password") -> str:
        """The hash of an acceptable new password. Raises ValidationFailed naming `field`, ServiceUnavailable."""
        return await self._submit(_hash_new, password, user, field)

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    async def _submit[*Args, T](self, work: Callable[[*Args], T], *args: *Args) -> T:
        if self.waiting >= self._queue:
            raise ServiceUnavailable(_RETRY_AFTER, "Too many logins are waiting. Try again shortly.")
        self.waiting += 1
        # The place is freed when the thread is done, not when the caller has gone away.
        job = asyncio.get_running_loop().run_in_executor(self._executor, work, *args)
        job.add_done_callback(self._finished)
        return await asyncio.shield(job)

    def _finished(self, job: asyncio.Future[Any]) -> None:
        self.waiting -= 1
        if not job.cancelled():
            job.exception()  # retrieved here too: a caller that has gone away does not ask for it


def default_threads() -> int:
    return max(1, (os.cpu_count() or 1) - 1)


def _verify(password: str, encoded: str | None) -> Verified | None:
    forms = spellings(password)
    if encoded is None:
        for form in forms:
            make_password(form)
        return None
    try:
        outcomes = [verify_password(form, encoded) for form in forms]
    except ValueError as error:  # stored by something else, and broken: no password is right for it
        log.error("unreadable_password_hash", cause=type(error).__name__)  # noqa: TRY400  its text may hold the hash
        return _verify(password, None)
    correct = [(form, outdated) for form, (right, outdated) in zip(forms, outcomes, strict=True) if right]
    if not correct:
        return None
    form, outdated = correct[0]
    return Verified(make_password(forms[0]) if outdated or form != forms[0] else None)


def _hash_new(password: str, user: User, field: str) -> str:
    password = normalised(password)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationFailed(details={"fields": [_problem(field, item) for item in error.error_list]}) from error
    return make_password(password)


def _problem(field: str, error: ValidationError) -> dict[str, str]:
    return {"field": field, "code": error.code or "invalid", "message": " ".join(error.messages)}
