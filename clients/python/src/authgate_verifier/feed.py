"""Reader of the revocation feed: resumes after the last event that it applied."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from authgate_verifier.events import Event, EventParser, FeedError
from authgate_verifier.freshness import Freshness, Moment
from authgate_verifier.revocation import Revocation, json_object, number, read_revocation

SILENCE_SECONDS = 1.5
"""Three heartbeats: then the connection is given up."""
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0

_LONGEST_WISH = 5.0  # seconds of Retry-After that are followed
_MAX_CURSOR = 200  # characters

log = logging.getLogger("authgate_verifier")


class FeedRefused(FeedError):
    """The feed was answered, but not with a stream."""

    def __init__(self, answer: httpx.Response) -> None:
        advice = ": check client_id and client_secret" if answer.status_code == 401 else ""
        super().__init__(f"{answer.url} answered {answer.status_code}{advice}")
        wish = answer.headers.get("Retry-After", "")
        self.retry_after = min(float(wish), _LONGEST_WISH) if wish.isascii() and wish.isdigit() else 0.0


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told. None of them may block."""

    connecting: Callable[[], None]
    revocation: Callable[[Revocation], None]
    heartbeat: Callable[[], None]


class FeedReader:
    """`auth` proves who we are, to `url` alone. `problem`: why the last connection ended; empty while all is well."""

    def __init__(
        self, client: httpx.AsyncClient, url: str, *, auth: httpx.Auth, freshness: Freshness, listener: Listener
    ) -> None:
        self.problem = ""
        self._client = client
        self._url = url
        self._auth = auth
        self._freshness = freshness
        self._listener = listener
        self._cursor = ""
        self._failures = 0

    async def run(self) -> None:
        """Without end. The first try after a good connection is immediate."""
        while True:
            self._listener.connecting()
            wish = 0.0
            try:
                await self._follow()
            except (FeedError, httpx.HTTPError) as error:
                wish = error.retry_after if isinstance(error, FeedRefused) else 0.0
                self._report(str(error) or type(error).__name__)
            await asyncio.sleep(max(self._pause(), wish))

    async def _follow(self) -> None:
        sent = self._freshness.now()
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": self._cursor} if self._cursor else {})
        timeout = httpx.Timeout(SILENCE_SECONDS)
        async with self._client.stream("GET", self._url, headers=headers, auth=self._auth, timeout=timeout) as answer:
            if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                raise FeedRefused(answer)
            parser = EventParser()
            async for chunk in answer.aiter_bytes():
                for event in parser.push(chunk):
                    self._take(event, sent)

    def _take(self, event: Event, sent: Moment) -> None:
        """The cursor moves only behind what was understood: after garbage the same event is asked for again."""
        if event.name == "revocation":
            self._listener.revocation(read_revocation(event.data))
        elif event.name == "heartbeat":
            self._freshness.heartbeat(sent, number(json_object(event.data), "at"))
            self._steady(sent)
            self._listener.heartbeat()
        if event.id is not None:
            self._cursor = _checked(event.id)

    def _steady(self, sent: Moment) -> None:
        """A connection counts as good when it has lasted: else one that is cut after each heartbeat would spin."""
        self.problem = ""
        if self._freshness.now().monotonic - sent.monotonic >= LONGEST_PAUSE:
            self._failures = 0

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("the revocation feed was lost, and is tried again: %s", problem)
        self.problem = problem

    def _pause(self) -> float:
        """Seconds: none, then longer with every failure, and with jitter, so that readers do not come all at once."""
        longest = min(FIRST_PAUSE * 2 ** min(self._failures - 1, 10), LONGEST_PAUSE) if self._failures else 0.0
        self._failures += 1
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  no secret


def _checked(cursor: str) -> str:
    """It becomes a header field. Raises FeedError."""
    if len(cursor) > _MAX_CURSOR or not cursor.isascii() or not cursor.isprintable():
        raise FeedError("the feed sent an id that is no cursor")
    return cursor
