"""Who may do what, as Redis remembers it: every verdict, and what no late copy may undo."""

import pytest

from auth.core.revocations import Revoked
from auth.stores.principals import Decision, Verdict
from tests.integration.stores.accounts import LIFETIME, cache_of, claims, new_user, state
from tests.integration.stores.conftest import stored


@pytest.fixture
def cache(store):
    return cache_of(store)


@pytest.fixture
def user():
    return new_user()


async def verdict(cache, user, **changes):
    return (await cache.authorize(claims(user, **changes))).verdict


async def test_who_was_never_seen_is_unknown(cache, user):
    assert await cache.authorize(claims(user)) == Decision(Verdict.UNKNOWN)


async def test_who_is_remembered_is_allowed_as_remembered(cache, user):
    await cache.put(state(user, version=5))

    assert await cache.authorize(claims(user)) == Decision(Verdict.ALLOWED, 5, f'{{"id":{user}}}'.encode(), 0, 0.0)


@pytest.mark.parametrize(
    "profile", ['{"a": "b:c:d"}', '{"a":"\n"}', '{"a":"é😀"}', "1:2:3", "x" * 5000, '{"a":"\\u0000"}']
)
async def test_a_profile_comes_back_as_it_was(cache, user, profile):
    await cache.put(state(user, profile=profile))

    assert (await cache.authorize(claims(user))).profile == profile.encode()


async def test_another_session_of_a_known_account_is_unknown(cache, user):
    await cache.put(state(user))

    assert await verdict(cache, user, session="other") is Verdict.UNKNOWN


async def test_the_same_session_id_of_another_account_is_unknown(cache, user):
    await cache.put(state(user))

    assert await verdict(cache, new_user()) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("generation", "expected"),
    [(2, Verdict.REVOKED), (9, Verdict.REVOKED), (10, Verdict.ALLOWED), (11, Verdict.ALLOWED)],
)
async def test_a_generation_below_the_least_is_revoked(cache, user, generation, expected):
    await cache.put(state(user, min_generation=10))

    assert await verdict(cache, user, generation=generation) is expected


async def test_a_session_behind_its_account_is_unknown(cache, user):
    """The database knows whether it was carried over (password change) or is over."""
    await cache.put(state(user, epoch=2, session_epoch=1))

    assert await verdict(cache, user) is Verdict.UNKNOWN


async def test_a_session_ended_is_revoked_and_others_are_not(cache, user):
    await cache.put(state(user))
    await cache.put(state(user, sid="other"))
    await cache.revoke([Revoked(user, sid="sid")])

    assert await verdict(cache, user) is Verdict.REVOKED
    assert await verdict(cache, user, session="other") is Verdict.ALLOWED


async def test_a_session_ended_before_it_was_seen_is_revoked(cache, user):
    await cache.revoke([Revoked(user, sid="sid")])

    assert await verdict(cache, user) is Verdict.REVOKED


async def test_a_token_listed_is_revoked_and_others_of_its_session_are_not(cache, user):
    await cache.put(state(user))
    await cache.revoke([Revoked(user, jti="jti")])

    assert await verdict(cache, user) is Verdict.REVOKED
    assert await verdict(cache, user, token_id="other") is Verdict.ALLOWED


async def test_tokens_that_the_database_lists_are_revoked(cache, user):
    await cache.put(state(user, blacklisted={"one": 60.0, "two": 0.5}))

    assert [await verdict(cache, user, token_id=jti) for jti in ("one", "two", "three")] == [
        Verdict.REVOKED,
        Verdict.REVOKED,
        Verdict.ALLOWED,
    ]


async def test_an_account_that_has_changed_is_unknown_until_it_is_remembered(cache, user):
    await cache.put(state(user))
    await cache.revoke([Revoked(user, version=2, epoch=0)])

    assert await verdict(cache, user) is Verdict.UNKNOWN
    await cache.put(state(user, version=2, profile="new"))
    assert await cache.authorize(claims(user)) == Decision(Verdict.ALLOWED, 2, b"new", 0, 0.0)


async def test_a_change_that_ends_sessions_leaves_them_unknown_until_they_are_carried_over(cache, user):
    await cache.put(state(user))
    await cache.revoke([Revoked(user, version=2, epoch=1)])
    await cache.put(state(user, sid="new", version=2, epoch=1, session_epoch=1))

    assert await verdict(cache, user) is Verdict.UNKNOWN
    await cache.put(state(user, version=2, epoch=1, session_epoch=1))
    assert await verdict(cache, user) is Verdict.ALLOWED


async def test_one_account_s_change_does_not_concern_another(cache, user):
    other = new_user()
    for account in (user, other):
        await cache.put(state(account))
    await cache.revoke([Revoked(user, version=2, epoch=1), Revoked(user, sid="sid"), Revoked(user, jti="jti")])

    assert await verdict(cache, other) is Verdict.ALLOWED


async def test_a_copy_read_before_the_session_ended_does_not_revive_it(cache, user):
    await cache.revoke([Revoked(user, sid="sid")])
    await cache.put(state(user, version=9, epoch=9, session_epoch=9, min_generation=0))

    assert await verdict(cache, user) is Verdict.REVOKED


async def test_a_copy_read_before_a_token_was_listed_does_not_revive_it(cache, user):
    await cache.revoke([Revoked(user, jti="jti")])
    await cache.put(state(user))

    assert await verdict(cache, user) is Verdict.REVOKED


async def test_a_copy_read_before_a_change_does_not_undo_it(cache, user):
    await cache.revoke([Revoked(user, version=2, epoch=1)])
    await cache.put(state(user, version=1, epoch=0))

    assert await verdict(cache, user) is Verdict.UNKNOWN


async def test_an_older_copy_does_not_replace_a_newer_one(cache, user):
    await cache.put(state(user, version=5, profile="new"))
    await cache.put(state(user, version=4, profile="old"))

    assert (await cache.authorize(claims(user))).profile == b"new"


async def test_a_session_read_before_a_change_does_not_pass_as_one_read_after(cache, user):
    """The late copy brings back the session's old epoch; the account's new one tells."""
    await cache.put(state(user, version=2, epoch=1, session_epoch=1))
    await cache.put(state(user, version=1, epoch=0, session_epoch=0))

    assert await verdict(cache, user) is Verdict.UNKNOWN


async def test_versions_are_compared_as_numbers(cache, user):
    await cache.put(state(user, version=10, profile="new"))
    await cache.put(state(user, version=9, profile="old"))

    assert (await cache.authorize(claims(user))).version == 10


@pytest.mark.parametrize("revoked", [{"sid": "sid"}, {"jti": "jti"}, {"version": 2, "epoch": 1}], ids=str)
async def test_taking_back_twice_is_taking_back_once(cache, redis, user, revoked):
    await cache.put(state(user))
    await cache.revoke([Revoked(user, **revoked)])
    once = [await redis.get(name) for name in await names_of(redis, user)]
    await cache.revoke([Revoked(user, **revoked)] * 2)

    assert [await redis.get(name) for name in await names_of(redis, user)] == once


async def test_an_older_change_applied_again_does_not_set_an_account_back(cache, user):
    await cache.revoke([Revoked(user, version=3, epoch=2)])
    await cache.put(state(user, version=3, epoch=2, session_epoch=2))
    await cache.revoke([Revoked(user, version=2, epoch=1)])

    assert await verdict(cache, user) is Verdict.ALLOWED


async def test_taking_back_nothing_is_no_error(cache):
    assert await cache.revoke([]) is None


async def test_everything_remembered_or_taken_back_has_a_lifetime(cache, redis, user):
    await cache.put(state(user, blacklisted={"listed": 30.0}))
    await cache.revoke([Revoked(user, sid="ended"), Revoked(user, jti="token"), Revoked(user, version=7, epoch=3)])
    lives = {name: await redis.pttl(name) for name in await names_of(redis, user)}

    assert len(lives) == 5
    assert [name for name, life in lives.items() if not 0 < life <= LIFETIME.total_seconds() * 1000] == []


async def test_a_tombstone_lives_as_long_as_a_token_could(cache, redis, user):
    await cache.revoke([Revoked(user, sid="sid")])

    [name] = await names_of(redis, user)
    assert LIFETIME.total_seconds() * 1000 - 5000 < await redis.pttl(name)


async def test_a_listed_token_lives_as_long_as_the_database_says(cache, redis, user):
    await cache.put(state(user, blacklisted={"listed": 30.0}))

    [name] = [name for name in await names_of(redis, user) if name.endswith(b"listed")]
    assert 25_000 < await redis.pttl(name) <= 30_000


async def names_of(redis, user):
    return sorted([name async for name in redis.scan_iter(match=stored(f"{{{user}}}:*"), count=1000)])
