"""Calls over a limit: one event for each subject and window, with a count, whoever writes it."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from auth.audit.recorder import Recorder
from auth.caller import Caller
from auth.errors import RateLimited
from auth.models import SecurityEvent
from auth.signals import security_event
from tests.conftest import at_work, eventually, unique_address, unique_name

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def caller():
    return Caller(address=unique_address(), user_agent="test")


@pytest.fixture
def error():
    """Of a subject that no other test refuses."""
    return RateLimited(1.0, policy="login", subject=unique_name(), window=60)


def refuse(recorder, error, caller, times=1):
    for _ in range(times):
        recorder.refused(error, caller=caller, user_id=None, details={"route": "login"})


async def counts(caller, total):
    """The counts of the caller's events, oldest first, once they are `total` together."""

    async def are_written():
        rows = [event async for event in SecurityEvent.objects.filter(ip_address=caller.address).order_by("pk")]
        found = [row.details["count"] for row in rows]
        return found if sum(found) == total else []

    return await eventually(are_written)


async def test_any_number_is_one_event_over_all_workers(caller, error):
    one, other = Recorder(now=lambda: NOON), Recorder(now=lambda: NOON)
    async with at_work(one), at_work(other):
        for _ in range(50):
            refuse(one, error, caller, 10)
            refuse(other, error, caller, 10)
            await asyncio.sleep(0)

        assert await counts(caller, 1000) == [1000]


async def test_workers_that_are_first_at_once_make_one_row(caller, error):
    async with AsyncExitStack() as workers:
        for _ in range(6):
            recorder = Recorder(now=lambda: NOON)
            refuse(recorder, error, caller)
            await workers.enter_async_context(at_work(recorder))

        assert await counts(caller, 6) == [6]


async def test_another_window_is_another_event(caller, error):
    moments = iter([NOON, NOON, NOON + timedelta(seconds=60), NOON + timedelta(seconds=60)])
    recorder = Recorder(now=lambda: next(moments))
    async with at_work(recorder):
        refuse(recorder, error, caller, 2)

        assert await counts(caller, 2) == [1, 1]


async def test_another_subject_is_another_event(caller, error):
    recorder = Recorder(now=lambda: NOON)
    async with at_work(recorder):
        refuse(recorder, error, caller, 3)
        refuse(recorder, RateLimited(1.0, policy="login", subject=unique_name(), window=60), caller)

        assert await counts(caller, 4) == [3, 1]


async def test_a_flood_crowds_out_no_other_record(caller, error):
    recorder = Recorder(now=lambda: NOON)
    refuse(recorder, error, caller, 50_000)

    assert (recorder.waiting, recorder.dropped) == (1, 0)
    assert recorder.counts["rate_limited"] == 50_000


async def test_listeners_hear_of_it_once(caller, error):
    heard = []

    def listen(event, **_):
        heard.append(event.ip_address)

    security_event.connect(listen)
    try:
        recorder = Recorder(now=lambda: NOON)
        async with at_work(recorder):
            for total in (1, 2, 3):
                refuse(recorder, error, caller)
                await counts(caller, total)
    finally:
        security_event.disconnect(listen)

    assert heard.count(caller.address) == 1
