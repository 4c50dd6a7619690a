"""Password hashing: off the event loop, in a bounded pool with a bounded queue."""

import asyncio
import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, get_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from auth.core.password_rules import normalised, spellings
from auth.errors import ServiceUnavailable, ValidationFailed
from auth.models import User
from auth.passwords.kinds import HashKinds, Kind

log = structlog.get_logger("authgate.passwords")

LONGEST_WAIT = 10.0
"""Seconds. If hashes take long, fewer callers may wait: none waits for longer than this."""
_RETRY_AFTER = 2.0


class PasswordRefused(Exception):
    """The password does not match, or there is no hash; callers cannot tell which."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The password is right; `rehashed` is a hash of it by today's rules when the stored one is out of date."""

    rehashed: str | None


class PasswordPool:
    """`threads` hashes at a time, at most `queue` waiting or running. `clock` is monotonic, in seconds."""

    def __init__(self, *, threads: int, queue: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="hash")
        self._threads = threads
        self._queue = queue
        self._clock = clock
        self._seconds = 0.0
        self.kinds = HashKinds()
        self.waiting = 0
        """Hashes that wait or run."""

    async def verify(self, password: str, encoded: str | None) -> Verified:
        """Raises PasswordRefused unless the password belongs to the hash, ServiceUnavailable when the queue is full.

        Does the same work without a hash (an unknown account) and with any kind of hash that accounts have, so timing
        reveals nothing; and as much for each spelling of the input, correct or not.
        """
        return await self.submit(_verify, self.kinds, password, encoded)

    async def hash_new(self, password: str, user: User, *, field: str = "password") -> str:
        """The hash of an acceptable new password. Raises ValidationFailed naming `field`, ServiceUnavailable."""
        return await self.submit(new_hash, password, user, field)

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    async def submit[*Args, T](self, work: Callable[[*Args], T], *args: *Args) -> T:
        """What `work` returns in a thread of the pool. Raises what it raises, ServiceUnavailable for a full queue.

        It is as if it hashed: it takes its place, and counts for how long those that follow would wait.
        """
        if self.waiting >= self._queue or self._wait() > LONGEST_WAIT:
            raise ServiceUnavailable(_RETRY_AFTER, "Too many logins are waiting. Try again shortly.")
        self.waiting += 1
        hashing = self._executor.submit(lambda: self._timed(work, *args))
        job = asyncio.wrap_future(hashing)
        job.add_done_callback(self._finished)
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            # Work that has not begun is cancelled; the slot of running work is freed with its thread.
            hashing.cancel()
            raise

    def _finished(self, job: asyncio.Future[Any]) -> None:
        self.waiting -= 1
        if not job.cancelled():
            job.exception()  # retrieved here too: a cancelled caller does not retrieve it

    def _timed[*Args, T](self, work: Callable[[*Args], T], *args: *Args) -> T:
        started = self._clock()
        try:
            return work(*args)
        finally:
            spent = self._clock() - started
            self._seconds += 0.1 * (spent - self._seconds) if self._seconds else spent

    def _wait(self) -> float:
        """Estimated seconds until a new hash would begin, by the recent mean."""
        return self.waiting // self._threads * self._seconds


def _verify(kinds: HashKinds, password: str, encoded: str | None) -> Verified:
    forms = spellings(password)
    looks = [_look_at(form, encoded or UNUSABLE_PASSWORD_PREFIX) for form in forms]
    own = looks[0][0]
    if own is not None:
        kinds.meet(own)
    right = next((form for form, (_, is_right) in zip(forms, looks, strict=True) if is_right), None)
    is_outdated = right is not None and (right != forms[0] or _is_outdated(own, encoded or ""))
    rehashed = None
    for form, kind in itertools.product(forms, kinds.unpaid(own)):
        if is_outdated and rehashed is None and kind == Kind.today():
            rehashed = make_password(forms[0])  # the work that every other login does in vain
        else:
            kind.spend(form)
    if right is None:
        raise PasswordRefused
    return Verified(rehashed or make_password(forms[0]) if is_outdated else None)


def _look_at(password: str, encoded: str) -> tuple[Kind | None, bool]:
    """The kind of a hash, and whether the password is right for it. No kind: no password is."""
    if encoded.startswith(UNUSABLE_PASSWORD_PREFIX):
        return None, False
    try:
        kind = Kind.of(encoded)
        return kind, get_hasher(kind.algorithm).verify(password, encoded)
    except Exception as error:  # noqa: BLE001  a hasher may raise anything on what it did not make
        log.error("unreadable_password_hash", cause=type(error).__name__)  # noqa: TRY400  its text may hold the hash
        return None, False


def _is_outdated(kind: Kind | None, encoded: str) -> bool:
    return kind != Kind.today() or get_hasher().must_update(encoded)


def new_hash(password: str, user: User, field: str) -> str:
    """As PasswordPool.hash_new, in the thread that calls it."""
    password = normalised(password)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationFailed(details={"fields": [_problem(field, item) for item in error.error_list]}) from error
    return make_password(password)


def _problem(field: str, error: ValidationError) -> dict[str, str]:
    return {"field": field, "code": error.code or "invalid", "message": " ".join(error.messages)}
