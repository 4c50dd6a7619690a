"""Offline verification of one Authgate server's access tokens."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import quote_plus

import httpx

from authgate_verifier import compact, redemption
from authgate_verifier.claims import Claims, access_claims, check_times
from authgate_verifier.errors import FeedStale, InvalidToken, KeysUnavailable, RevokedToken, Unavailable
from authgate_verifier.feed import FeedReader, Listener
from authgate_verifier.freshness import Clocks, Freshness
from authgate_verifier.jwk import read_header
from authgate_verifier.keys import KeyCache
from authgate_verifier.listeners import Listeners
from authgate_verifier.revocation import Revocation
from authgate_verifier.revoked import Revoked

_FORGET_SECONDS = 10.0
_NEVER_STARTED = "the verifier was never started; use RunVerifier, `async with verifier`, or `await verifier.start()`"

log = logging.getLogger("authgate_verifier")


class Verifier:
    """`async with Verifier(...) as verifier:`, then `verifier.verify(token)` on the same event loop.

    `server` is Authgate's address; `client_id` and `client_secret` are those of a service client, and are sent by
    HTTP Basic to `server` alone. `issuer` is the server's JWT_ISSUER (by default `server`), `audience` its
    JWT_AUDIENCE. `max_staleness`: how many seconds old the knowledge of revocations may be.
    """

    def __init__(
        self,
        server: str,
        *,
        client_id: str,
        client_secret: str,
        issuer: str = "",
        audience: str = "authgate",
        max_staleness: float = 2.0,
        transport: httpx.AsyncBaseTransport | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        self.server = server.rstrip("/")
        self._issuer = issuer or self.server
        self._audience = audience
        self._max_staleness = max_staleness
        self.clocks = clocks or Clocks()
        self._client = httpx.AsyncClient(base_url=self.server, transport=transport)
        self._freshness = Freshness(self.clocks)
        self._revoked = Revoked()
        self._forgot_at = self.clocks.monotonic()
        self._listeners = Listeners()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._complaints: set[str] = set()
        self._keys = KeyCache(
            self._client, "/.well-known/jwks.json", monotonic=self.clocks.monotonic, changed=self._changed.set
        )
        # RFC 6749 §2.3.1: both halves are form-encoded first.
        self._auth = httpx.BasicAuth(quote_plus(client_id), quote_plus(client_secret))
        self._feed = FeedReader(
            self._client,
            "/api/oauth/revocations",
            auth=self._auth,
            freshness=self._freshness,
            listener=Listener(self._keys.refresh, self._take, self._heartbeat),
        )

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self, *, timeout: float = 10.0) -> None:  # noqa: ASYNC109  goes on trying after it
        """Begin to read, and return when tokens can be judged.

        Raises Unavailable after `timeout` seconds, and goes on trying until `close`.
        """
        if not self._tasks:
            self._tasks = [asyncio.create_task(part.run()) for part in (self._keys, self._feed)]
            for task in self._tasks:
                task.add_done_callback(_report)
        try:
            async with asyncio.timeout(timeout):
                while not self.is_ready:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            raise self._not_ready(f"Authgate at {self.server} did not serve within {timeout:g} s") from error

    async def close(self) -> None:
        """Stop reading, for good: soon every token is refused as FeedStale."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    @property
    def is_started(self) -> bool:
        """Whether `start` was called, however it went."""
        return bool(self._tasks)

    @property
    def is_ready(self) -> bool:
        return self._keys.is_ready and self.staleness() <= self._max_staleness

    def staleness(self) -> float:
        """Seconds since the moment up to which all revocations are known; infinite before the start."""
        return self._freshness.staleness()

    def verify(self, token: str) -> Claims:
        """The claims of a token that is good now. Waits for nothing.

        Raises InvalidToken (ExpiredToken, RevokedToken) or Unavailable (FeedStale, KeysUnavailable). A key id that
        was never seen is KeysUnavailable until the keys have been fetched again.
        """
        if not self._tasks:
            raise self._not_ready("No token can be judged")
        parts = compact.read(token)
        algorithm, kid = read_header(parts.header)
        key = self._keys.find(kid)
        if key.algorithm != algorithm:
            raise InvalidToken("wrong_alg")
        if not key.fits(parts.signed, parts.signature):
            raise InvalidToken("bad_signature")
        payload = compact.json_object(parts.payload, "payload")
        self._compare_issuer(payload.get("iss"))
        return self.check(access_claims(payload, issuer=self._issuer, audience=self._audience))

    def check(self, claims: Claims) -> Claims:
        """Judge claims again that were verified before: the same answer that `verify` would give now."""
        check_times(claims, self.clocks.wall())
        if self.staleness() > self._max_staleness:
            raise self._not_ready("Recent revocations are not known")
        if self._revoked.ends(claims):
            raise RevokedToken
        return self.believed(claims)

    def believed(self, claims: Claims) -> Claims:
        """The claims without rights that have changed since they were read. Judges nothing else."""
        if self._revoked.believes_rights(claims):
            return claims
        return replace(claims, is_staff=False, is_superuser=False)

    async def redeem(self, ticket: str) -> Claims:
        """The claims that a ticket for a socket stands for; it is used up. Raises what `verify` does, in 3 seconds."""
        return self.check(await redemption.redeem(self._client, self._auth, ticket))

    def on_revoked(self, callback: Callable[[Revocation], None]) -> Callable[[], None]:
        """Have `callback` called for each new entry of the feed, until the function that is returned is called.

        It runs on the event loop after the reader has gone on; what it raises goes to the loop's exception handler.
        """
        return self._listeners.add(callback)

    def watch(self, claims: Claims, callback: Callable[[], None]) -> Callable[[], None]:
        """Have `callback` called once when the token of `claims` is revoked, as with `on_revoked`."""
        stop = self._listeners.watch(claims, callback)
        if self._revoked.ends(claims):
            self._listeners.end_watches(claims.subject, lambda other: other is claims)
        return stop

    def _not_ready(self, what: str) -> Unavailable:
        if not self._tasks:
            self._complain(_NEVER_STARTED)
            return KeysUnavailable(f"{what}: {_NEVER_STARTED}.")
        if not self._keys.is_ready:
            return KeysUnavailable(f"{what}: {self._keys.problem or 'the public keys were not fetched yet'}.")
        return FeedStale(f"{what}: {self._feed.problem or 'the revocation feed is behind'}.")

    def _compare_issuer(self, issuer: object) -> None:
        """Of a token with a good signature: if the server has another name than we think, every token is refused."""
        if isinstance(issuer, str) and issuer != self._issuer:
            self._complain(
                f"the server's tokens are of the issuer {issuer!r}, not {self._issuer!r}: set issuer to that"
            )

    def _complain(self, line: str) -> None:
        """Once: whoever refuses every request may never look at the error's words."""
        if line not in self._complaints:
            self._complaints.add(line)
            log.error(line)

    def _take(self, entry: Revocation) -> None:
        if self._revoked.add(entry):
            self._listeners.tell(entry, self._revoked.ends)

    def _heartbeat(self) -> None:
        self._changed.set()
        if self.clocks.monotonic() - self._forgot_at >= _FORGET_SECONDS:
            self._forgot_at = self.clocks.monotonic()
            self._revoked.forget(self.clocks.wall())


def _report(task: asyncio.Task[None]) -> None:
    """A reader never ends by itself. If it does, tokens are refused from then on, and nobody else would say why."""
    if not task.cancelled() and (error := task.exception()):
        log.error("the verifier has stopped: make a new one", exc_info=error)
