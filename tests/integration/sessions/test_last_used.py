"""When a session was last used, and of which generation, without a write per request."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from auth.audit.last_used import PRECISION, LastUsedWriter
from auth.models import Session, session_queries
from auth.tokens import AccessClaims
from tests.conftest import at_work, eventually
from tests.integration.calls import me, refresh
from tests.integration.sessions.calls import sid_of
from tests.unit.clock import FakeClock

START = datetime(2035, 1, 1, tzinfo=UTC)
"""Later than any use that the server itself may write meanwhile."""


class Moments:
    """What LastUsedWriter calls for the time: START plus what a test has let pass."""

    def __init__(self):
        self.clock = FakeClock(0.0)

    def __call__(self):
        return START + timedelta(seconds=self.clock.now)


@pytest.fixture
def moments():
    return Moments()


@pytest.fixture
def activity(moments):
    return LastUsedWriter(now=moments, clock=moments.clock)


@pytest.fixture
async def sid(account):
    return sid_of((await account()).access_token)


def use(sid, generation=0):
    """The claims of an access token with which a request was let in."""
    return AccessClaims(
        subject=1, session=str(sid), token_id="t", generation=generation, issued_at=0, expires_at=1 << 40
    )


async def stored(sid):
    return await Session.objects.aget(pk=sid)


async def test_a_use_is_written_down(activity, sid):
    activity.used(use(sid, 3))
    await activity.flush()

    session = await stored(sid)
    assert (session.last_used_at, session.seen_generation) == (START, 3)


async def test_nothing_is_written_before_the_flush(activity, sid):
    activity.used(use(sid, 3))

    session = await stored(sid)
    assert session.last_used_at < START
    assert session.seen_generation == 0


async def test_a_session_in_use_is_written_once_a_minute(activity, moments, sid):
    for _ in range(int(PRECISION)):
        activity.used(use(sid))
        await activity.flush()
        moments.clock.advance(1)

    assert (await stored(sid)).last_used_at == START


async def test_after_a_minute_a_use_is_written_again(activity, moments, sid):
    activity.used(use(sid))
    await activity.flush()
    moments.clock.advance(PRECISION)
    await activity.flush()  # as it happens all the time
    activity.used(use(sid))
    await activity.flush()

    assert (await stored(sid)).last_used_at == START + timedelta(seconds=PRECISION)


async def test_the_first_use_of_a_generation_does_not_wait_for_the_minute(activity, moments, sid):
    activity.used(use(sid, 1))
    await activity.flush()
    moments.clock.advance(1)
    activity.used(use(sid, 2))
    await activity.flush()

    assert (await stored(sid)).seen_generation == 2


async def test_neither_column_goes_back(activity, sid):
    later = START + timedelta(days=1)
    await Session.objects.filter(pk=sid).aupdate(last_used_at=later, seen_generation=9)

    activity.used(use(sid, 3))
    await activity.flush()

    session = await stored(sid)
    assert (session.last_used_at, session.seen_generation) == (later, 9)


async def test_an_older_generation_is_not_noted_after_a_newer_one(activity, sid):
    activity.used(use(sid, 5))
    activity.used(use(sid, 4))
    await activity.flush()

    assert (await stored(sid)).seen_generation == 5


async def test_sessions_are_written_together(activity, account):
    both = [sid_of((await account()).access_token) for _ in range(2)]
    for sid in both:
        activity.used(use(sid, 7))

    await activity.flush()

    assert [(await stored(sid)).seen_generation for sid in both] == [7, 7]


async def test_a_session_that_is_gone_keeps_no_other_from_being_written(activity, sid):
    activity.used(use(uuid4(), 1))
    activity.used(use(sid, 1))
    await activity.flush()

    assert (await stored(sid)).seen_generation == 1


async def test_what_is_left_is_written_at_the_end(activity, sid):
    async with at_work(activity):
        activity.used(use(sid, 1))

    assert (await stored(sid)).seen_generation == 1


async def test_the_server_writes_a_use_down_by_itself(client, account):
    ann = await account()
    pair = (await refresh(client, ann.refresh_token)).json()
    await me(client, pair["access_token"])

    seen = Session.objects.filter(pk=sid_of(ann.access_token), seen_generation=1)

    assert await eventually(seen.aexists)


async def test_a_refused_request_is_no_use(client, account, runtime):
    ann = await account()
    await Session.objects.filter(pk=sid_of(ann.access_token)).aupdate(last_used_at=START - timedelta(days=9000))
    await me(client, f"{ann.access_token}x")
    await runtime.activity.flush()

    assert (await stored(sid_of(ann.access_token))).last_used_at == START - timedelta(days=9000)


async def test_an_outage_costs_a_bounded_memory(activity, moments, monkeypatch):
    written: list[UUID] = []
    monkeypatch.setattr("auth.audit.last_used.CAPACITY", 3)
    monkeypatch.setattr(session_queries, "update_last_used", lambda rows: written.extend(sid for sid, *_ in rows))
    for _ in range(10):
        activity.used(use(uuid4()))

    late = use(uuid4())
    activity.used(late)
    await activity.flush()
    assert len(written) == 3
    activity.used(late)
    await activity.flush()
    assert written[3:] == [UUID(late.session)]


async def test_a_token_that_was_seen_is_no_use(activity, sid):
    before = (await stored(sid)).last_used_at
    activity.seen(use(sid, 3))
    await activity.flush()

    session = await stored(sid)
    assert (session.last_used_at, session.seen_generation) == (before, 3)


@pytest.mark.parametrize("order", [("seen", "used"), ("used", "seen")])
@pytest.mark.parametrize("flushed", [False, True])
async def test_a_use_is_written_whether_the_token_was_seen_before_or_after(activity, sid, order, flushed):
    for name in order:
        getattr(activity, name)(use(sid, 3))
        if flushed:
            await activity.flush()
    await activity.flush()

    session = await stored(sid)
    assert (session.last_used_at, session.seen_generation) == (START, 3)
