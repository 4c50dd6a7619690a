"""Records that cannot be stored: given up with a line in the log, and in nobody's way."""

import pytest
from django.db import OperationalError, connection

from auth.audit import record_writing
from auth.audit.recorder import Recorder
from auth.caller import Caller
from tests.conftest import at_work, eventually, unique_address
from tests.integration.audit.test_recorder import LOGOUT, events_of, is_logged


@pytest.fixture
def caller():
    """A caller from an address of its own, which its records are found by."""
    return Caller(address=unique_address(), user_agent="test")


@pytest.mark.parametrize("bad", ["nul\0", "lone \ud800", "x" * 300, {1, 2}])
@pytest.mark.parametrize("alone", [False, True])
async def test_a_record_that_cannot_be_stored_is_given_up_and_holds_up_no_other(caller, caplog, bad, alone):
    """SQLite takes some of them."""
    recorder = Recorder()
    poisoned = Caller(address=caller.address, user_agent=bad if isinstance(bad, str) else "bad")
    details = {"bad": bad} if isinstance(bad, set) else {}
    for _ in range(0 if alone else 20):
        recorder.event(LOGOUT, caller=caller, user_id=None)
    recorder.event(LOGOUT, caller=poisoned, user_id=None, details=details)
    async with at_work(recorder):
        for _ in range(20):
            recorder.event(LOGOUT, caller=caller, user_id=None)

        async def is_over():
            return recorder.waiting == 0 and await events_of(caller).filter(user_agent="test").acount() >= 20

        await eventually(is_over)

    good = await events_of(caller).filter(user_agent="test").acount()
    assert good == (20 if alone else 40)
    stored = await events_of(caller).exclude(user_agent="test").acount()
    assert recorder.dropped == 1 - stored
    assert stored == 0 or connection.vendor == "sqlite"
    if not stored:
        assert (await is_logged(caplog, "record_parked"))["kind"] == "logout"
        assert "lone" not in caplog.text


@pytest.fixture
def failing(monkeypatch):
    """Records of the program "bad" fail as a statement does that takes too long; returns how often they were tried."""
    tried = []
    stock = record_writing.store

    def store(records):
        if any(record.user_agent == "bad" for record in records):
            tried.append(len(records))
            raise OperationalError("canceling statement due to statement timeout")
        return stock(records)

    monkeypatch.setattr(record_writing, "store", store)
    monkeypatch.setattr("auth.audit.recorder.RETRY_SECONDS", 0.01)
    return tried


async def test_a_record_that_always_takes_too_long_holds_up_the_others_for_a_while_only(caller, failing, caplog):
    recorder = Recorder()
    for agent in ("test", "bad", "test", "bad", "bad", "test"):
        recorder.event(LOGOUT, caller=Caller(address=caller.address, user_agent=agent), user_id=None)
    async with at_work(recorder):

        async def are_there():
            return await events_of(caller).acount() == 3

        await eventually(are_there)
        assert recorder.dropped == 3
    assert (await is_logged(caplog, "record_parked"))["kind"] == "logout"


async def test_one_that_is_alone_waits_for_another_to_show_whose_fault_it_is(caller, failing):
    recorder = Recorder()
    recorder.event(LOGOUT, caller=Caller(address=caller.address, user_agent="bad"), user_id=None)
    async with at_work(recorder):

        async def was_tried_and_waits():
            return len(failing) > 10 and recorder.waiting == 1  # while it is being tried, it does not wait

        await eventually(was_tried_and_waits)
        assert recorder.dropped == 0
        recorder.event(LOGOUT, caller=caller, user_id=None)
        await eventually(events_of(caller).afirst)

        async def is_over():
            return recorder.waiting == 0

        await eventually(is_over)
    assert recorder.dropped == 1
