"""Answers that come in time or not at all: whoever waits goes, what has begun ends, what has not never begins."""

import asyncio
import time
from typing import Any

import pytest
from django.db import OperationalError

from app.django_handler.deadline import Deadline
from app.django_handler.threads import DatabaseThreads, Lease
from tests.unit.app.django_handler.orm_threads import call

SECONDS = 0.5


@pytest.fixture
def threads(gate):
    threads = DatabaseThreads(1, limit=4, seconds=SECONDS)
    yield threads
    gate.set()
    threads.close()


class Patient:
    """For calls that must be in time: a machine may hold up a thread for longer than SECONDS."""

    def __init__(self, threads):
        self._threads = threads

    def lease(self):
        return Lease(self._threads, Deadline(60))


async def test_in_time_nothing_is_different(threads):
    assert await call(Patient(threads), lambda: 1) == 1
    with pytest.raises(ZeroDivisionError):
        await call(Patient(threads), lambda: 1 / 0)


async def test_a_call_that_takes_too_long_fails_in_time(threads, gate):
    started = time.monotonic()
    with pytest.raises(OperationalError):
        await call(threads, gate.wait, 10)

    assert time.monotonic() - started >= SECONDS


async def test_a_call_that_waits_too_long_for_its_thread_never_begins(threads, gate):
    begun: list[Any] = []
    held = asyncio.create_task(call(threads, gate.wait, 10))
    await asyncio.sleep(0)
    with pytest.raises(OperationalError):
        await call(threads, begun.append, "late")
    gate.set()
    await asyncio.gather(held, return_exceptions=True)

    assert await call(Patient(threads), lambda: begun) == []


async def test_what_has_begun_ends_and_frees_its_thread(threads, gate):
    ended = []

    def work():
        gate.wait(10)
        ended.append(True)

    with pytest.raises(OperationalError):
        await call(threads, work)
    gate.set()

    assert await call(Patient(threads), lambda: ended) == [True]


async def test_calls_that_were_given_up_free_their_places(threads, gate):
    for _ in range(3):
        found = await asyncio.gather(*(call(threads, gate.wait, 10) for _ in range(4)), return_exceptions=True)
        assert {type(error) for error in found} == {OperationalError}
        gate.set()
        assert await call(Patient(threads), lambda: True)
        gate.clear()


async def test_a_caller_that_goes_away_takes_its_call_with_it(threads, gate):
    begun: list[Any] = []
    held = asyncio.create_task(call(Patient(threads), gate.wait, 10))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(call(Patient(threads), begun.append, "gone"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.set()
    await held

    assert await call(Patient(threads), lambda: begun) == []
