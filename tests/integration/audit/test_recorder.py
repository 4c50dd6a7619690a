"""The writer behind login history and security events: late at most, lost only when counted."""

import inspect
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from app import wiring
from auth.audit.recorder import CAPACITY, Recorder
from auth.caller import Caller
from auth.models import SecurityEvent, User, UserLoginHistory
from tests.conftest import at_work, eventually, unique_address, unique_name

LOGOUT = SecurityEvent.Type.LOGOUT


@pytest.fixture
def caller():
    """A caller from an address of its own, which its records are found by."""
    return Caller(address=unique_address(), user_agent="test")


def events_of(caller):
    return SecurityEvent.objects.filter(ip_address=caller.address)


@sync_to_async
def rename(old, new):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


@asynccontextmanager
async def outage():
    """Inside, no event can be written."""
    await rename("security_events", "security_events_away")
    try:
        yield
    finally:
        await rename("security_events_away", "security_events")


async def is_logged(caplog, event):
    async def found():
        return [record for record in caplog.records if isinstance(record.msg, dict) and record.msg["event"] == event]

    return (await eventually(found))[-1].msg


async def test_what_is_recorded_is_written(caller):
    recorder = Recorder()
    async with at_work(recorder):
        recorder.event(LOGOUT, caller=caller, user_id=None, details={"a": [1]})

        row = await eventually(events_of(caller).afirst)

    assert (row.event_type, row.user_agent, row.details) == ("logout", "test", {"a": [1]})


async def test_records_have_the_time_of_the_clock_that_all_hosts_share(caller):
    runtime = wiring.build_runtime()
    runtime.database_clock.offset = 86400.0
    moment = runtime.clock()
    async with at_work(runtime.recorder):
        runtime.recorder.login(caller=caller, user_id=None, reason="unknown")

        event = await eventually(events_of(caller).afirst)
        login = await eventually(UserLoginHistory.objects.filter(ip_address=caller.address).afirst)

    assert moment - timedelta(hours=1) < login.login_time < moment + timedelta(hours=1)
    assert moment - timedelta(hours=1) < event.timestamp < moment + timedelta(hours=1)


async def test_recording_never_waits(caller):
    """It is not even a coroutine: a login goes on at once, whatever the database does."""
    recorder = Recorder()

    for record in (partial(recorder.event, LOGOUT), partial(recorder.login, reason="unknown")):
        assert not inspect.isawaitable(record(caller=caller, user_id=None))


async def test_an_outage_delays_and_loses_nothing(caller, caplog):
    recorder = Recorder()
    async with at_work(recorder):
        async with outage():
            for _ in range(3):
                recorder.event(LOGOUT, caller=caller, user_id=None)
            await is_logged(caplog, "records_delayed")

        async def all_three():
            return await events_of(caller).acount() == 3

        await eventually(all_three)
    assert recorder.dropped == 0


async def test_an_outage_writes_nothing_twice(caller, caplog):
    recorder = Recorder()
    async with at_work(recorder):
        async with outage():
            recorder.login(caller=caller, user_id=None, reason="unknown")
            await is_logged(caplog, "records_delayed")
        await eventually(events_of(caller).afirst)

    assert await UserLoginHistory.objects.filter(ip_address=caller.address).acount() == 1
    assert await events_of(caller).acount() == 1


async def test_the_end_of_the_server_writes_what_waits(caller):
    recorder = Recorder()
    async with at_work(recorder):
        for _ in range(1200):
            recorder.event(LOGOUT, caller=caller, user_id=None)

    assert await events_of(caller).acount() == 1200


async def test_the_end_of_the_server_writes_what_an_outage_delayed(caller, caplog):
    recorder = Recorder()
    async with at_work(recorder), outage():
        recorder.event(LOGOUT, caller=caller, user_id=None)
        await is_logged(caplog, "records_delayed")

    assert await events_of(caller).acount() == 1


async def test_the_end_of_the_server_in_an_outage_counts_what_is_lost(caller, caplog):
    recorder = Recorder()
    async with outage():
        async with at_work(recorder):
            for _ in range(3):
                recorder.event(LOGOUT, caller=caller, user_id=None)
            await is_logged(caplog, "records_delayed")
        logged = await is_logged(caplog, "record_dropped")

    assert recorder.dropped == logged["dropped"] == 3


async def test_a_full_queue_drops_counts_and_says_so(caller, caplog):
    recorder = Recorder()
    with caplog.at_level(logging.CRITICAL, logger="authgate.recorder"):
        for _ in range(CAPACITY):
            recorder.event(LOGOUT, caller=caller, user_id=None)
    assert recorder.dropped == 0

    recorder.event(LOGOUT, caller=caller, user_id=None)
    recorder.event(LOGOUT, caller=caller, user_id=None)

    assert recorder.dropped == 2
    assert (await is_logged(caplog, "record_dropped"))["dropped"] == 2


async def test_a_record_of_an_account_that_is_gone_keeps_its_place(caller):
    user = await sync_to_async(User.objects.create_user)(unique_name())
    key = user.pk
    await user.adelete()
    recorder = Recorder()
    async with at_work(recorder):
        recorder.event(LOGOUT, caller=caller, user_id=key)
        recorder.login(caller=caller, user_id=key)

    assert await events_of(caller).filter(user=None).acount() == 2


async def test_a_caller_without_an_address_is_recorded(caller):
    agent = unique_name()
    recorder = Recorder()
    async with at_work(recorder):
        recorder.event(LOGOUT, caller=Caller(address="", user_agent=agent), user_id=None)

    assert (await SecurityEvent.objects.aget(user_agent=agent)).ip_address is None
