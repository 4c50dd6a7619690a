"""The driver for Locust against a real server with two workers."""

import asyncio
import time

import pytest

from tests.e2e.chat.room import chat
from tests.e2e.load.runs import locust
from tests.e2e.wire.stack import SERVICE

pytestmark = pytest.mark.long

EVERY = {"expiry-herd": "2", "reconnect-storm": "2", "login-storm": "0"}


def test_the_mix(whole_run):
    """For at least ten seconds."""
    began = time.monotonic()

    def done():
        seen = whole_run.seen()
        return seen.total() > 400 and len(seen) == 4 and time.monotonic() - began > 12

    printed = locust(whole_run, done, users=20)

    counts = whole_run.counts()
    assert "every threshold is met" in printed
    assert "WS_URL is not set" in printed
    assert whole_run.statuses() == {200}
    assert {op for op, _ in counts} == {"login", "refresh", "me", "ticket"}
    assert len({outcome["username"] for outcome in whole_run.outcomes()}) == 20


def test_a_second_run_continues_where_the_first_stopped(run):
    """Its tokens are those that were stored, not those of the pool, which would end each session."""
    locust(run, lambda: run.seen()["refresh"] > 30, users=5, MIX="refresh=1 me=1")
    locust(run, lambda: run.seen()["refresh"] > 60, users=5, MIX="refresh=1 me=1")

    refreshes = [outcome for outcome in run.outcomes() if outcome["op"] == "refresh" and outcome["status"] == 200]
    presented = sorted((outcome["sid"], outcome["presented"]) for outcome in refreshes)
    assert run.statuses() == {200}
    assert len(set(presented)) == len(presented)


def test_what_is_revoked_is_refused(whole_run):
    locust(whole_run, lambda: whole_run.seen()["logout"] > 5, users=5, MIX="logout=1 me=5")

    outcomes = whole_run.outcomes()
    ended = {outcome["ended_sid"] for outcome in outcomes if "ended_sid" in outcome}
    assert len(ended) > 5
    assert {outcome["sid"] for outcome in outcomes if outcome["status"] == 401} == ended


@pytest.mark.parametrize("scenario", EVERY)
def test_scenarios(run, scenario):
    locust(run, lambda: run.seen().total() > 25, users=10, SCENARIO=scenario, EVERY=EVERY[scenario])

    assert run.statuses() == {200}


def test_a_ramp_ends_by_itself_with_every_user(run):
    locust(run, lambda: False, users=10, seconds=8, SCENARIO="ramp")

    outcomes = run.outcomes()
    began = [outcome["at"] for outcome in outcomes]
    early = {outcome["username"] for outcome in outcomes if outcome["at"] < min(began) + 2}
    assert run.statuses() == {200}
    assert len({outcome["username"] for outcome in outcomes}) > len(early)


async def test_sockets_reconnect(stack, run, tmp_path):
    """Each opens with a ticket at the example chat."""
    async with chat("python", stack, tmp_path / "log") as room:
        where = {"WS_URL": room.socket_url, "WS_AUDIENCE": SERVICE.client_id}
        await asyncio.to_thread(reconnect, run, **where)

    assert run.statuses() == {101, 200}
    assert run.counts().keys() >= {("ticket", 200), ("ws", 101)}


def reconnect(run, **where):
    locust(run, lambda: run.seen()["ws"] > 10, users=5, SCENARIO="reconnect-storm", EVERY="2", **where)
