"""Messages, written and sent behind the answer: neither its words nor its time tell who has an account."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.core.mail import EmailMessage

from auth.email import mailer
from auth.errors import ServiceUnavailable

log = structlog.get_logger("authgate.outbox")

CAPACITY = 1000
"""Messages that may wait. Who asks for more is told to come back."""
PAUSES = (2.0, 15.0, 60.0)
"""Seconds before a message that could not be sent is tried again; then it is given up."""
FAREWELL_SECONDS = 5.0
"""How long the end of the server waits for messages that are still to be sent."""
SENDERS = 8
"""Messages on their way at once."""
_RETRY_AFTER = 30.0
_LONGEST_PRETENCE = 2.0

Write = Callable[[], Awaitable[EmailMessage | None]]
"""Looks up whom a message is for, and writes it; None: for nobody."""


@dataclass(slots=True)
class _Order:
    write: Write
    message: EmailMessage | None = None
    failures: int = 0


class MailQueue:
    """`senders` messages at a time; one that failed waits for its next try without holding up the others.

    A message for nobody takes as long as the last one for somebody: when the next one arrives tells no more.
    """

    def __init__(
        self,
        *,
        send: Callable[[EmailMessage], Awaitable[None]] = mailer.send,
        pauses: tuple[float, ...] = PAUSES,
        senders: int = SENDERS,
    ) -> None:
        self._send = send
        self._pauses = pauses
        self._senders = senders
        self._took = 0.0
        self._queue: asyncio.Queue[_Order] = asyncio.Queue()
        self._idle = asyncio.Event()
        self.waiting = 0
        """Messages that are not sent yet, nor given up."""

    def put(self, write: Write) -> None:
        """Have a message written and sent. Never waits. Raises ServiceUnavailable when too many wait already."""
        if self.waiting >= CAPACITY:
            log.warning("mail_refused", waiting=self.waiting)
            raise ServiceUnavailable(_RETRY_AFTER)
        self.waiting += 1
        self._idle.clear()
        self._queue.put_nowait(_Order(write))

    async def run(self) -> None:
        """Send what comes in, until cancelled; then what is left, for FAREWELL_SECONDS at most."""
        work = asyncio.gather(*(self._work() for _ in range(self._senders)))
        try:
            await asyncio.shield(work)
        finally:
            if self.waiting:
                await self._take_leave()
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def _work(self) -> None:
        while True:
            await self._try(await self._queue.get())

    async def _try(self, order: _Order) -> None:
        try:
            order.message = order.message or await order.write()
            await (self._pretend() if order.message is None else self._hand_over(order.message))
        except Exception as error:  # noqa: BLE001  a mail backend may raise anything, and no message may end the job
            self._put_off(order, error)
        else:
            self._finish()

    async def _hand_over(self, message: EmailMessage) -> None:
        started = time.monotonic()
        try:
            await self._send(message)
        finally:
            self._took = min(time.monotonic() - started, _LONGEST_PRETENCE)

    async def _pretend(self) -> None:
        await asyncio.sleep(self._took)

    def _put_off(self, order: _Order, error: Exception) -> None:
        """The error's name alone is logged: its text may hold the address."""
        cause, tries = type(error).__name__, order.failures + 1
        if order.failures == len(self._pauses) or mailer.is_final(error):
            log.error("mail_failed", cause=cause, tries=tries)
            self._finish()
            return
        log.warning("mail_delayed", cause=cause, tries=tries)
        asyncio.get_running_loop().call_later(self._pauses[order.failures], self._queue.put_nowait, order)
        order.failures = tries

    def _finish(self) -> None:
        self.waiting -= 1
        if not self.waiting:
            self._idle.set()

    async def _take_leave(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._idle.wait()
        if self.waiting:
            log.error("mail_lost", count=self.waiting)
