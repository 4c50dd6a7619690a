"""The quota of authenticated calls, counted in the same script that decides on them."""

import asyncio

import pytest

from auth.core.policies import Quota
from auth.core.revocations import Revoked
from auth.stores import key_names
from auth.stores.principals import Verdict
from tests.integration.stores.accounts import cache_of, claims, new_user, state
from tests.integration.stores.conftest import stored

QUOTAS = [Quota(1, 1), Quota(3, 1), Quota(7, 60), Quota(11, 60), Quota(60, 60), Quota(13, 7), Quota(1, 86400)]


@pytest.fixture
async def user(store):
    user = new_user()
    await cache_of(store).put(state(user))
    return user


async def admitted(cache, user, calls):
    decisions = [await cache.authorize(claims(user)) for _ in range(calls)]
    return [decision.verdict for decision in decisions].count(Verdict.ALLOWED)


@pytest.mark.parametrize("quota", QUOTAS, ids=str)
async def test_at_one_moment_exactly_the_quota_is_allowed(store, clock, user, quota):
    assert await admitted(cache_of(store, quota=quota, clock=clock), user, quota.limit + 3) == quota.limit


async def test_of_200_at_once_over_two_workers_exactly_the_quota_is_allowed(store, other_store, user):
    caches = [cache_of(one, quota=Quota(50, 3600)) for one in (store, other_store)]
    decisions = await asyncio.gather(*(caches[n % 2].authorize(claims(user)) for n in range(200)))

    assert [decision.verdict for decision in decisions].count(Verdict.ALLOWED) == 50


@pytest.mark.parametrize("quota", QUOTAS, ids=str)
async def test_waiting_as_long_as_promised_lets_the_next_call_in(store, clock, user, quota):
    cache = cache_of(store, quota=quota, clock=clock)
    await admitted(cache, user, quota.limit)
    refused = await cache.authorize(claims(user))
    clock.advance(refused.reset)

    assert refused.verdict is Verdict.LIMITED
    assert await admitted(cache, user, 1) == 1


@pytest.mark.parametrize("quota", QUOTAS, ids=str)
async def test_waiting_less_does_not(store, clock, user, quota):
    cache = cache_of(store, quota=quota, clock=clock)
    await admitted(cache, user, quota.limit)
    clock.advance((await cache.authorize(claims(user))).reset - 0.001)

    assert await admitted(cache, user, 1) == 0


async def test_a_refused_call_does_not_extend_the_wait(store, clock, user):
    cache = cache_of(store, quota=Quota(3, 60), clock=clock)
    await admitted(cache, user, 3)
    for _ in range(19):
        clock.advance(1)
        assert await admitted(cache, user, 5) == 0
    clock.advance(1)

    assert await admitted(cache, user, 5) == 1


async def test_calls_at_the_pace_of_the_quota_are_never_refused(store, clock, user):
    cache = cache_of(store, quota=Quota(7, 60), clock=clock)
    for _ in range(100):
        assert await admitted(cache, user, 1) == 1
        clock.advance(60 / 7)


async def test_after_a_whole_window_the_whole_quota_is_back(store, clock, user):
    cache = cache_of(store, quota=Quota(7, 60), clock=clock)
    await admitted(cache, user, 7)
    clock.advance(60)

    assert await admitted(cache, user, 10) == 7


async def test_what_remains_is_counted_down(store, clock, user):
    cache = cache_of(store, quota=Quota(3, 60), clock=clock)

    assert [(await cache.authorize(claims(user))).remaining for _ in range(4)] == [2, 1, 0, 0]


async def test_the_time_is_told_until_the_quota_is_whole_again(store, clock, user):
    cache = cache_of(store, quota=Quota(3, 60), clock=clock)

    assert [(await cache.authorize(claims(user))).reset for _ in range(3)] == [20.0, 40.0, 60.0]


async def test_sessions_of_one_account_share_its_quota(store, clock, user):
    cache = cache_of(store, quota=Quota(2, 60), clock=clock)
    await cache.put(state(user, sid="other"))
    await admitted(cache, user, 2)

    assert (await cache.authorize(claims(user, session="other"))).verdict is Verdict.LIMITED


async def test_accounts_do_not_share_a_quota(store, clock, user):
    cache = cache_of(store, quota=Quota(2, 60), clock=clock)
    other = new_user()
    await cache.put(state(other))
    await admitted(cache, user, 2)

    assert await admitted(cache, other, 2) == 2


async def test_a_call_that_is_unknown_is_not_counted(store, clock):
    user, cache = new_user(), cache_of(store, quota=Quota(2, 60), clock=clock)
    await admitted(cache, user, 5)
    await cache.put(state(user))

    assert await admitted(cache, user, 3) == 2


async def test_a_token_that_was_taken_back_is_not_counted(store, clock, user):
    cache = cache_of(store, quota=Quota(2, 60), clock=clock)
    await cache.revoke([Revoked(user, jti="listed")])
    for _ in range(5):
        await cache.authorize(claims(user, token_id="listed"))

    assert await admitted(cache, user, 3) == 2


async def test_a_token_that_was_taken_back_is_revoked_over_the_limit_too(store, clock, user):
    cache = cache_of(store, quota=Quota(2, 60), clock=clock)
    await admitted(cache, user, 2)
    await cache.revoke([Revoked(user, jti="jti")])

    assert (await cache.authorize(claims(user))).verdict is Verdict.REVOKED


async def test_a_check_is_not_counted(store, clock, user):
    cache = cache_of(store, quota=Quota(2, 60), clock=clock)
    verdicts = {(await cache.check(claims(user))).verdict for _ in range(5)}

    assert verdicts == {Verdict.ALLOWED}
    assert await admitted(cache, user, 3) == 2


async def test_without_a_quota_nothing_is_counted(store, redis, user):
    assert await admitted(cache_of(store), user, 20) == 20
    assert await redis.exists(stored(key_names.calls(user))) == 0


async def test_the_count_lives_no_longer_than_it_matters(store, redis, clock, user):
    await admitted(cache_of(store, quota=Quota(3, 60), clock=clock), user, 2)

    assert 39_000 < await redis.pttl(stored(key_names.calls(user))) <= 40_001


async def test_a_refused_call_is_told_nothing_of_the_account(store, clock, user):
    cache = cache_of(store, quota=Quota(1, 60), clock=clock)
    await admitted(cache, user, 1)

    assert (await cache.authorize(claims(user))).profile == b""
