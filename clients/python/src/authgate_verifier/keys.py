"""The server's public keys (RFC 7517 §5), cached so that verifying never waits."""

import asyncio
import logging
from collections.abc import Callable, Mapping

import httpx

from authgate_verifier.errors import InvalidToken, KeysUnavailable
from authgate_verifier.jwk import VerifyingKey, from_jwk

REFETCH_SECONDS = 5.0
"""What a flood of unknown key ids costs the server: one request in this time."""
EVERY_SECONDS = 60.0
RETRY_SECONDS = 1.0

_TIMEOUT = 3.0  # seconds

log = logging.getLogger("authgate_verifier")


class KeyCache:
    """The keys go on working while the server is away; a key that a fresh set no longer has is refused.

    `problem`: why the last try failed, else empty. `monotonic` gives seconds; `changed` is called after each try.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: str, *, monotonic: Callable[[], float], changed: Callable[[], None]
    ) -> None:
        self.problem = ""
        self._client = client
        self._url = url
        self._monotonic = monotonic
        self._changed = changed
        self._keys: Mapping[str, VerifyingKey] | None = None
        self._tried_at = float("-inf")
        self._is_current = False  # whether the last try is over and succeeded
        self._wanted = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        return self._keys is not None

    def find(self, kid: str) -> VerifyingKey:
        """Raises InvalidToken for a key id that a fresh set lacks, KeysUnavailable while there is no fresh set."""
        found = self._keys.get(kid) if self._keys else None
        if found is not None:
            return found
        if self._monotonic() - self._tried_at >= REFETCH_SECONDS:
            self.refresh()
        elif self._is_current:
            raise InvalidToken("unknown_kid")
        raise KeysUnavailable("The public keys are being fetched: try again in a second.")

    def refresh(self) -> None:
        """Have the set fetched. Whoever asks until then shares the request."""
        self._wanted.set()

    async def run(self) -> None:
        """Fetch now, when asked to, every minute, and every second after a failure; without end."""
        while True:
            await self._fetch()
            self._wanted.clear()
            try:
                async with asyncio.timeout(EVERY_SECONDS if self._is_current else RETRY_SECONDS):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def _fetch(self) -> None:
        self._tried_at, self._is_current = self._monotonic(), False
        try:
            async with asyncio.timeout(_TIMEOUT):
                self._keys = _read(await self._client.get(self._url))
            self._is_current, self.problem = True, ""
        except (httpx.HTTPError, ValueError, TimeoutError) as error:
            address = f"{str(self._client.base_url).rstrip('/')}{self._url}"
            self.problem = f"the public keys cannot be fetched: {address}: {str(error) or type(error).__name__}"
            log.warning(self.problem)
        self._changed()


def _read(answer: httpx.Response) -> Mapping[str, VerifyingKey]:
    """Raises ValueError for what is no JWK Set."""
    if answer.status_code != 200:
        raise ValueError(f"answered {answer.status_code}")
    match answer.json():
        case {"keys": [*jwks]}:
            keys = [key for jwk in jwks if (key := from_jwk(jwk)) is not None]
        case _:
            raise ValueError("not a JWK Set")
    return {key.kid: key for key in keys}
