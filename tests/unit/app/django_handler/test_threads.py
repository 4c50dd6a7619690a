"""The threads of the ORM: kept, evenly loaded, bounded, and not confused by callers that go away."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from app.django_handler.thread_context import ThreadContext
from app.django_handler.threads import DatabaseThreads
from auth.errors import ServiceUnavailable
from tests.conftest import eventually
from tests.unit.app.django_handler.orm_threads import call


@pytest.fixture
def threads(gate):
    threads = DatabaseThreads(2, limit=4)
    yield threads
    gate.set()
    threads.close()


async def started(threads, work, *args, count=1):
    """Requests under way."""
    tasks = [asyncio.create_task(call(threads, work, *args)) for _ in range(count)]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_a_call_runs_on_one_of_the_threads(threads):
    assert (await call(threads, lambda: threading.current_thread().name)).startswith("database-")


async def test_a_request_stays_with_its_thread(threads):
    with ThreadContext(threads.lease):
        names = {await sync_to_async(lambda: threading.current_thread().name)() for _ in range(10)}

    assert len(names) == 1


async def test_many_requests_use_no_more_threads_than_there_are(threads):
    names = {await call(threads, lambda: threading.current_thread().name) for _ in range(30)}

    assert names <= {"database-0_0", "database-1_0"}


async def test_a_request_is_lent_the_least_busy_thread(threads, gate):
    [held] = await started(threads, gate.wait, 60)

    async with asyncio.timeout(30):
        assert [await call(threads, lambda: 1) for _ in range(5)] == [1] * 5
    gate.set()
    await held


async def test_more_calls_than_may_wait_are_refused(threads, gate):
    held = await started(threads, gate.wait, 10, count=4)

    with pytest.raises(ServiceUnavailable):
        await call(threads, lambda: 1)
    gate.set()
    await asyncio.gather(*held)


async def test_calls_that_failed_free_their_places(threads):
    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            await call(threads, lambda: 1 / 0)

    assert await call(threads, lambda: 1) == 1


async def test_callers_that_go_away_while_they_wait_free_their_places(threads, gate):
    """A client that leaves cancels its request; the call behind it may not have begun."""
    for _ in range(3):
        tasks = await started(threads, gate.wait, 10, count=4)
        for task in tasks:
            task.cancel()
        gate.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        gate.clear()

    assert await eventually(lambda: _is_admitted(threads))


async def _is_admitted(threads):
    try:
        return await call(threads, lambda: True)
    except ServiceUnavailable:
        return False
