"""The revocation log over time, and while one of the stores is away."""

import asyncio
from contextlib import suppress

import pytest
from django.db import OperationalError

from auth.core.revocations import Revoked
from auth.errors import ServiceUnavailable
from auth.revocation import log as revocation_log
from auth.revocation.log import FRESH_SECONDS, POLL_SECONDS, read_batch
from tests.conftest import eventually
from tests.unit.auth.revocation.revocations import LIFETIME, FakeCache, claims, new_log, new_session, new_user, write
from tests.unit.clock import FakeClock


class Database:
    """It can be taken away; `missed` counts the looks that failed."""

    down = False
    missed = 0

    async def read(self, cursor):
        if self.down:
            self.missed += 1
            raise OperationalError("gone")
        return await read_batch(cursor)


@pytest.fixture
def clock():
    return FakeClock(1000.0)


@pytest.fixture
def cache():
    return FakeCache()


@pytest.fixture
def log(cache, clock):
    return new_log(cache, clock)


def test_before_the_first_look_it_is_not_fresh(log):
    assert not log.is_fresh()


def test_before_the_first_look_it_is_not_fresh_even_when_the_clock_begins(cache):
    assert not new_log(cache, FakeClock(0.0)).is_fresh()


async def test_after_a_look_it_is_fresh_for_less_than_a_second(log, clock):
    await log.catch_up()
    clock.advance(FRESH_SECONDS - 0.001)

    assert log.is_fresh()


async def test_after_a_second_without_a_look_it_is_not_fresh(log, clock):
    await log.catch_up()
    clock.advance(FRESH_SECONDS)

    assert not log.is_fresh()


async def test_freshness_counts_from_before_the_read(cache, clock):
    """An entry committed while the read was on its way may be missing from it."""

    async def read_slowly(cursor):
        clock.advance(FRESH_SECONDS)
        return await read_batch(cursor)

    log = new_log(cache, clock, read_slowly)
    await log.catch_up()

    assert not log.is_fresh()


def test_what_is_noted_does_not_make_it_fresh(log):
    log.add([new_session()])

    assert not log.is_fresh()


def test_a_look_is_due_several_times_before_freshness_ends():
    assert POLL_SECONDS <= FRESH_SECONDS / 3


@pytest.mark.parametrize("seconds", [LIFETIME - 0.001, LIFETIME])
async def test_an_entry_is_held_as_long_as_a_token_could_outlive_it(log, clock, seconds):
    revoked = new_session()
    log.add([revoked])
    clock.advance(seconds)
    await log.catch_up()

    assert log.is_revoked(claims(revoked)) is (seconds < LIFETIME)


async def test_an_entry_noted_again_is_held_from_then(log, clock):
    revoked = new_session()
    log.add([revoked])
    clock.advance(LIFETIME - 1)
    log.add([revoked])
    clock.advance(2)
    await log.catch_up()

    assert log.is_revoked(claims(revoked))


async def test_a_version_is_forgotten_when_no_copy_can_be_older(log, clock):
    user = new_user()
    log.add([Revoked(user, version=5, epoch=0)])
    clock.advance(LIFETIME)
    await log.catch_up()

    assert not log.is_outdated(user, 4)


async def test_while_redis_is_away_entries_count_in_this_worker(log, cache):
    await log.catch_up()
    revoked = new_session()
    await write(revoked)
    cache.down = True

    with pytest.raises(ServiceUnavailable):
        await log.catch_up()
    assert log.is_revoked(claims(revoked))


async def test_while_redis_is_away_it_stays_fresh(log, cache):
    await log.catch_up()
    await write(new_session())
    cache.down = True

    with pytest.raises(ServiceUnavailable):
        await log.catch_up()
    assert log.is_fresh()


async def test_what_redis_missed_is_handed_to_it_later_in_order_and_once(log, cache):
    await log.catch_up()
    missed = [new_session() for _ in range(3)]
    cache.down = True
    for revoked in missed:
        await write(revoked)
        with suppress(ServiceUnavailable):
            await log.catch_up()
    cache.down = False
    await log.catch_up()
    await log.catch_up()

    assert [revoked for revoked in cache.revoked if revoked in missed] == missed


async def test_while_the_database_is_away_it_grows_stale(cache, clock):
    database = Database()
    log = new_log(cache, clock, database.read)
    await log.catch_up()
    database.down = True
    clock.advance(FRESH_SECONDS)

    with pytest.raises(OperationalError):
        await log.catch_up()
    assert not log.is_fresh()


async def test_it_follows_the_log_through_an_outage_of_the_database(cache, clock):
    database = Database()
    log = new_log(cache, clock, database.read)
    database.down = True
    following = asyncio.create_task(log.run())
    revoked = new_session()
    await write(revoked)
    assert await eventually(lambda: _is(lambda: database.missed > 1))
    database.down = False

    assert await eventually(lambda: _is(lambda: log.is_revoked(claims(revoked))))
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def _is(fact):
    return fact()


async def missed(log, cache, count):
    """Entries that Redis was not there to take."""
    revoked = [new_session() for _ in range(count)]
    cache.down = True
    for entry in revoked:
        await write(entry)
    with suppress(ServiceUnavailable):
        await log.catch_up()
    return revoked


async def test_what_waits_for_redis_is_bounded_and_counts_in_memory_all_the_same(log, cache, monkeypatch):
    monkeypatch.setattr(revocation_log, "MAX_HELD", 3)
    await log.catch_up()
    revoked = await missed(log, cache, 5)

    assert all(log.is_revoked(claims(entry)) for entry in revoked)
    cache.down = False
    await log.catch_up()
    assert [entry for entry in cache.revoked if entry in revoked] == revoked[2:]


async def test_an_outage_of_redis_makes_memory_hold_two_lifetimes_and_no_more(log, cache, clock):
    await log.catch_up()
    [revoked] = await missed(log, cache, 1)
    clock.advance(2 * LIFETIME - 1)
    await missed(log, cache, 1)
    assert log.is_revoked(claims(revoked))
    clock.advance(2)
    await missed(log, cache, 1)
    assert not log.is_revoked(claims(revoked))


async def test_redis_is_told_in_pieces_and_goes_on_where_it_was_cut_off(log, cache, monkeypatch):
    monkeypatch.setattr(revocation_log, "REDIS_BATCH", 2)
    await log.catch_up()
    revoked = await missed(log, cache, 5)
    cache.down, revoke = False, cache.revoke

    async def once(entries):
        await revoke(entries)
        cache.down = True

    monkeypatch.setattr(cache, "revoke", once)
    with pytest.raises(ServiceUnavailable):
        await log.catch_up()
    monkeypatch.undo()
    cache.down = False
    await log.catch_up()

    assert [entry for entry in cache.revoked if entry in revoked] == revoked
