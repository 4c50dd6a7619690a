"""The keys in use, from the environment or from a watched directory."""

import asyncio
import time
from collections.abc import Callable
from typing import ClassVar

import structlog

from auth.config import KeySettings
from auth.core.job import Thread
from auth.signing_keys import directory as keystore
from auth.tokens.keys import KeySet, SigningKey, UnusableKey, from_pems, from_secret

log = structlog.get_logger("authgate.keys")

POLL_SECONDS = 0.5


class KeyDirectoryWatcher:
    """`current()` is the ring in force. Raises UnusableKey, OSError when there is none to start with."""

    thread: ClassVar[Thread] = "reader"

    def __init__(self, settings: KeySettings, *, clock: Callable[[], float] = time.time) -> None:
        self._directory = settings.keys_dir
        self._given = _given(settings)
        self._seen: object = None
        if self._given is None:
            keystore.ensure(self._directory, algorithm=settings.algorithm, now=clock())
        self._ring = self._given or self._read()

    def current(self) -> KeySet:
        return self._ring

    async def run(self) -> None:
        """Follow the directory until cancelled. A directory that cannot be read leaves the last ring in force."""
        while self._given is None:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.catch_up()
            except (UnusableKey, OSError) as error:
                log.warning("keys_unreadable", cause=str(error))

    async def catch_up(self) -> None:
        """Load a changed directory. Raises UnusableKey, OSError."""
        if keystore.fingerprint(self._directory) != self._seen:
            self._ring = await asyncio.to_thread(self._read)
            log.info("keys_changed", signing=self._ring.signing.kid, verifying=sorted(self._ring.verifying))

    def _read(self) -> KeySet:
        seen = keystore.fingerprint(self._directory)  # first: a change while we read is seen next time
        ring = keystore.read(self._directory).ring()
        self._seen = seen
        return ring


def _given(settings: KeySettings) -> KeySet | None:
    """The key set of the environment: JWT_SECRET_KEY for HS256, else JWT_PRIVATE_KEYS; fixed until a restart."""
    if settings.algorithm == "HS256":
        keys: list[SigningKey] = [from_secret(secret) for secret in settings.hmac_secrets]
        return KeySet.of(keys[0], keys[1:])
    if settings.private_keys:
        try:
            first, *others = from_pems(settings.private_keys)
        except UnusableKey as error:
            raise UnusableKey(f"JWT_PRIVATE_KEYS: {error}") from error
        return KeySet.of(first, others)
    return None
