"""Results of other threads, with a deadline.

A thread cannot be stopped. A caller that has waited too long gets an error; what the thread has begun ends as it may,
and its result is dropped. What has not begun by then never does.
"""

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any

from django.db import OperationalError

from app.django_handler.shared_timer import SharedTimer


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._timer = SharedTimer(seconds)

    def bound(self, job: Future[Any]) -> Future[Any]:
        """What becomes of `job`, or OperationalError when `seconds` have passed. For callers on an event loop."""
        result: Future[Any] = Future()
        wait = _Wait(job, result)
        result.add_done_callback(wait.stop)
        job.add_done_callback(wait.pass_on)
        self._timer.start_later(wait)
        return result


class _Wait:
    """Holds the two until one is done: a cycle a call is much for the collector to find."""

    def __init__(self, job: Future[Any], result: Future[Any]) -> None:
        self._job: Future[Any] | None = job
        self._result: Future[Any] | None = result

    @property
    def is_stopped(self) -> bool:
        return self._result is None

    def start(self) -> None:
        """The time is over."""
        if self._result is not None:
            _resolve(self._result.set_exception, OperationalError("the database did not answer in time"))

    def stop(self, _: Future[Any]) -> None:
        """There is a result, or its caller has gone."""
        job, self._job, self._result = self._job, None, None
        if job is not None:
            job.cancel()  # of no effect once it has begun

    def pass_on(self, job: Future[Any]) -> None:
        """On the job's thread."""
        result = self._result
        if result is None:
            return
        if job.cancelled():
            result.cancel()
        elif error := job.exception():
            _resolve(result.set_exception, error)
        else:
            _resolve(result.set_result, job.result())


def _resolve(give: Callable[[Any], None], value: object) -> None:
    """Time and result may come in the same moment: the first counts."""
    with suppress(InvalidStateError):
        give(value)
