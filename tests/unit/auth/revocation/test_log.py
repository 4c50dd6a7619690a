"""The tail of the revocation log in a worker: complete, whatever order entries are committed in."""

import pytest

from auth.core.revocations import Revoked
from auth.revocation import log as revocation_log
from auth.revocation import queries
from auth.tokens import AccessClaims
from tests.unit.auth.revocation.revocations import (
    LIFETIME,
    FakeCache,
    claims,
    new_log,
    new_session,
    new_user,
    skip_an_id,
    write,
)
from tests.unit.clock import FakeClock


@pytest.fixture
def clock():
    return FakeClock(1000.0)


@pytest.fixture
def cache():
    return FakeCache()


@pytest.fixture
async def log(cache, clock):
    """A log that has read what was there before the test."""
    log = new_log(cache, clock)
    await write(new_session())  # so that there is an id to start from
    await log.catch_up()
    cache.revoked.clear()
    return log


async def test_a_new_entry_is_held_and_handed_on(log, cache):
    revoked = new_session()
    await write(revoked)
    await log.catch_up()

    assert log.is_revoked(claims(revoked))
    assert cache.revoked == [revoked]


async def test_an_entry_is_handed_on_once(log, cache):
    await write(new_session())
    await log.catch_up()
    await log.catch_up()

    assert len(cache.revoked) == 1


async def test_after_a_hole_was_filled_nothing_is_handed_on_again(log, cache):
    hole = await skip_an_id()
    await write(new_session())
    await log.catch_up()
    await write(new_session(), id=hole)
    for _ in range(3):
        await log.catch_up()

    assert len(cache.revoked) == 2


async def test_what_was_not_taken_back_is_not_held(log):
    await log.catch_up()

    assert not log.is_revoked(claims(new_session()))


async def test_a_single_token_is_held_without_its_session(log):
    revoked = Revoked(new_user(), jti="the-token")
    await write(revoked)
    await log.catch_up()

    assert log.is_revoked(AccessClaims(revoked.user_id, "its-session", "the-token", 0, 0, 0))
    assert not log.is_revoked(AccessClaims(revoked.user_id, "its-session", "the-next-token", 0, 0, 0))


@pytest.mark.parametrize(("version", "outdated"), [(4, True), (5, False), (6, False)])
async def test_a_copy_older_than_a_known_change_is_outdated(log, version, outdated):
    revoked = Revoked(new_user(), version=5, epoch=2)
    await write(revoked)
    await log.catch_up()

    assert log.is_outdated(revoked.user_id, version) is outdated


async def test_an_account_that_has_not_changed_is_never_outdated(log):
    assert not log.is_outdated(new_user(), 0)


def test_the_newest_version_counts_in_any_order(log):
    user = new_user()
    log.add([Revoked(user, version=7, epoch=0), Revoked(user, version=6, epoch=0)])

    assert log.is_outdated(user, 6)


async def test_what_is_noted_counts_before_it_is_read(log):
    revoked = new_session()
    log.add([revoked])

    assert log.is_revoked(claims(revoked))


async def test_a_first_look_finds_what_was_taken_back_within_two_lifetimes(cache, clock):
    revoked = new_session()
    await write(revoked)
    log = new_log(cache, clock)
    await log.catch_up()

    assert log.is_revoked(claims(revoked))


async def test_a_first_look_does_not_tell_redis_what_memory_overrules(cache, clock):
    """After a million endings, telling it took half a minute before the first request."""
    await write(new_session())
    await new_log(cache, clock).catch_up()

    assert cache.revoked == []


async def test_an_entry_committed_late_under_an_earlier_id_is_found(log, clock):
    """However late: its transaction may have been open for hours."""
    skipped = await skip_an_id()
    await write(new_session())
    await log.catch_up()
    clock.advance(LIFETIME * 100)
    late = new_session()
    await write(late, id=skipped)
    await log.catch_up()

    assert log.is_revoked(claims(late))


async def test_an_entry_that_nobody_numbers_is_held_all_the_same(log, cache, monkeypatch):
    monkeypatch.setattr(revocation_log, "number_entries", lambda: None)
    revoked = new_session()
    await write(revoked)
    for _ in range(2):
        await log.catch_up()

    assert log.is_revoked(claims(revoked))
    assert cache.revoked == [revoked]


async def test_an_entry_held_before_it_had_a_position_is_handed_on_once(log, cache, monkeypatch):
    monkeypatch.setattr(revocation_log, "number_entries", lambda: None)
    await write(new_session())
    await log.catch_up()
    monkeypatch.undo()
    for _ in range(2):
        await log.catch_up()

    assert len(cache.revoked) == 1


async def test_more_than_a_page_is_read_at_once(log, cache, monkeypatch):
    monkeypatch.setattr(queries.after, "__kwdefaults__", {"limit": 2})
    revoked = [new_session() for _ in range(5)]
    for entry in revoked:
        await write(entry)
    await log.catch_up()

    assert cache.revoked == revoked
