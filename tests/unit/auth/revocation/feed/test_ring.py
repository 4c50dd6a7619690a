"""The feed in a worker's memory."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from auth.core.revocations import RevocationRecord
from auth.revocation.feed import ring as feed_ring
from auth.revocation.feed.events import Cursor, revocation
from auth.revocation.feed.ring import CHUNK, FeedRing
from tests.unit.clock import FakeClock

LIFETIME = timedelta(minutes=15)


def entry(position):
    return RevocationRecord(
        position, position, 7, "s", "", None, None, True, "", "test", datetime(2026, 1, 1, tzinfo=UTC)
    )


def events(*positions):
    return b"".join(revocation(entry(position), lifetime=LIFETIME) for position in positions)


@pytest.fixture
def clock():
    return FakeClock(100.0)


@pytest.fixture
def ring(clock):
    """It begins behind position 10, and holds 11 to 13."""
    ring = FeedRing(lifetime=LIFETIME, clock=clock)
    ring.begin(Cursor.of(entry(10)))
    ring.append([entry(11), entry(12), entry(13)])
    return ring


@pytest.mark.parametrize(
    ("position", "expected"),
    [(10, (11, 12, 13)), (11, (12, 13)), (13, ()), (99, ())],
    ids=["all", "two", "none", "ahead"],
)
def test_a_reader_gets_what_is_behind_its_position(ring, position, expected):
    assert ring.after(position) == (events(*expected), expected[-1] if expected else position)


def test_a_reader_gets_no_more_than_a_chunk_at_a_time(ring):
    ring.append(entry(number) for number in range(14, 14 + CHUNK))

    chunk, position = ring.after(10)
    assert (chunk, position) == (events(*range(11, 11 + CHUNK)), 10 + CHUNK)
    assert ring.after(position) == (events(*range(11 + CHUNK, 14 + CHUNK)), 13 + CHUNK)


def test_the_floor_rises_with_what_is_dropped(ring, monkeypatch):
    monkeypatch.setattr(feed_ring, "SIZE", 3)
    ring.append([entry(14), entry(15)])

    assert (ring.floor, ring.head) == (12, 15)
    assert ring.after(ring.floor) == (events(13, 14, 15), 15)


def test_a_hole_in_the_numbers_loses_nothing(ring):
    """An entry may be deleted while it is being numbered."""
    ring.append([entry(17)])

    assert ring.after(13) == (events(17), 17)
    assert ring.after(15) == (events(17), 17)


def test_a_heartbeat_counts_from_the_request(ring):
    ring.complete(103.5)

    assert b'"at":2.5' in ring.heartbeat(since=101.0)


@pytest.mark.parametrize("wake", [lambda ring: ring.complete(101.0), FeedRing.end], ids=["complete", "over"])
async def test_a_reader_that_waits_is_woken(ring, wake):
    waiting = asyncio.create_task(ring.wait(60))
    await asyncio.sleep(0)
    wake(ring)

    async with asyncio.timeout(30):
        await waiting
