"""Answers of other threads that are waited for no longer than agreed, whatever holds the thread up.

A thread cannot be stopped. Whoever has waited too long is told so and goes; what the thread has begun ends as it may,
and nobody hears of it. What has not begun by then never does.
"""

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any

from django.db import OperationalError

from app.django_handler.shared_timer import SharedTimer


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._patience = SharedTimer(seconds)

    def bound(self, job: Future[Any]) -> Future[Any]:
        """What becomes of `job`, or OperationalError when `seconds` have passed. For callers on an event loop."""
        answer: Future[Any] = Future()
        wait = _Wait(job, answer)
        answer.add_done_callback(wait.stop)
        job.add_done_callback(wait.pass_on)
        self._patience.start_later(wait)
        return answer


class _Wait:
    """Holds the two until one is done: a cycle a call is much for the collector to find."""

    def __init__(self, job: Future[Any], answer: Future[Any]) -> None:
        self._of: tuple[Future[Any], Future[Any]] | None = (job, answer)

    @property
    def is_stopped(self) -> bool:
        return self._of is None

    def start(self) -> None:
        """The time is over."""
        if self._of is not None:
            _settle(self._of[1].set_exception, OperationalError("the database did not answer in time"))

    def stop(self, _: Future[Any]) -> None:
        """There is an answer, or its caller has gone."""
        if self._of is not None:
            (job, _), self._of = self._of, None
            job.cancel()  # of no effect once it has begun

    def pass_on(self, job: Future[Any]) -> None:
        """On the job's thread."""
        of = self._of
        if of is None:
            return
        if job.cancelled():
            of[1].cancel()
        elif error := job.exception():
            _settle(of[1].set_exception, error)
        else:
            _settle(of[1].set_result, job.result())


def _settle(give: Callable[[Any], None], value: object) -> None:
    """Time and result may come in the same moment: the first counts."""
    with suppress(InvalidStateError):
        give(value)
