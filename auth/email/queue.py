"""E-mails, sent in the background: no response reveals which accounts exist."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

import structlog
from django.core.mail import EmailMessage

from auth.core.job import Thread
from auth.email import mailer
from auth.errors import ServiceUnavailable

log = structlog.get_logger("authgate.outbox")

CAPACITY = 1000
"""Messages that may wait. A request for more is refused with Retry-After."""
PAUSES = (2.0, 15.0, 60.0)
"""Seconds before each retry of a message that could not be sent; after the last it is abandoned."""
DRAIN_SECONDS = 5.0
"""How long the end of the server waits for messages that are still to be sent."""
SENDERS = 8
"""Messages sent concurrently."""
_RETRY_AFTER = 30.0
LONGEST_PRETENCE = 2.0
"""Seconds. One mail server that hangs does not make messages for nobody hang."""

Write = Callable[[], Awaitable[EmailMessage | None]]
"""Looks up the recipient and composes the message; None: there is no recipient."""


@dataclass(slots=True)
class _Job:
    write: Write
    message: EmailMessage | None = None
    failures: int = 0


class MailQueue:
    """Sends `senders` messages at a time; a failed one waits for its retry without delaying the others.

    A message without a recipient takes as long as the last one that was sent, so that timing reveals nothing.
    """

    thread: ClassVar[Thread] = "mailer"

    def __init__(
        self,
        *,
        send: Callable[[EmailMessage], Awaitable[None]] = mailer.send,
        pauses: tuple[float, ...] = PAUSES,
        senders: int = SENDERS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._send = send
        self._pauses = pauses
        self._senders = senders
        self._sleep = sleep
        self._took = 0.0
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        self._idle = asyncio.Event()
        self.waiting = 0
        """Messages neither sent nor abandoned yet."""

    def put(self, write: Write) -> None:
        """Have a message written and sent. Never waits. Raises ServiceUnavailable when too many wait already."""
        if self.waiting >= CAPACITY:
            log.warning("mail_refused", waiting=self.waiting)
            raise ServiceUnavailable(_RETRY_AFTER)
        self.waiting += 1
        self._idle.clear()
        self._queue.put_nowait(_Job(write))

    async def run(self) -> None:
        """Send queued messages until cancelled; then the remaining ones, for DRAIN_SECONDS at most."""
        work = asyncio.gather(*(self._work() for _ in range(self._senders)))
        try:
            await asyncio.shield(work)
        finally:
            if self.waiting:
                await self._drain()
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def _work(self) -> None:
        while True:
            await self._try(await self._queue.get())

    async def _try(self, job: _Job) -> None:
        try:
            job.message = job.message or await job.write()
            await (self._pretend() if job.message is None else self._hand_over(job.message))
        except Exception as error:  # noqa: BLE001  a mail backend may raise anything, and no message may end the job
            self._retry_later(job, error)
        else:
            self._finish()

    async def _hand_over(self, message: EmailMessage) -> None:
        started = time.monotonic()
        try:
            await self._send(message)
        finally:
            self._took = min(time.monotonic() - started, LONGEST_PRETENCE)

    async def _pretend(self) -> None:
        await self._sleep(self._took)

    def _retry_later(self, job: _Job, error: Exception) -> None:
        """Only the error's name is logged: its text may contain the address."""
        cause, tries = type(error).__name__, job.failures + 1
        if job.failures == len(self._pauses) or mailer.is_final(error):
            log.error("mail_failed", cause=cause, tries=tries)
            self._finish()
            return
        log.warning("mail_delayed", cause=cause, tries=tries)
        asyncio.get_running_loop().call_later(self._pauses[job.failures], self._queue.put_nowait, job)
        job.failures = tries

    def _finish(self) -> None:
        self.waiting -= 1
        if not self.waiting:
            self._idle.set()

    async def _drain(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
        if self.waiting:
            log.error("mail_lost", count=self.waiting)
