"""Two deployments on one Redis: whatever one keeps there, the other does not see."""

from datetime import timedelta
from itertools import count

import pytest

from auth.core.policies import Policy, Quota
from auth.errors import RateLimited
from auth.ratelimit.hits import Hit
from auth.ratelimit.limiter import Limits
from auth.stores import key_names
from auth.stores.client import RedisStore
from auth.stores.job_lock import claim
from auth.stores.principals import Verdict
from auth.tickets import store as tickets
from tests.integration.stores.accounts import cache_of, claims, new_user, state
from tests.integration.stores.attempts import new_context
from tests.integration.stores.conftest import TIMEOUT

QUOTA = Quota(2, 60)


@pytest.fixture
async def ours(own_server, client):
    store = RedisStore.connect(own_server.url, timeout=TIMEOUT, client=client, deployment="ours")
    yield store
    await store.aclose()


@pytest.fixture
async def theirs(own_server, client):
    store = RedisStore.connect(own_server.url, timeout=TIMEOUT, client=client, deployment="theirs")
    yield store
    await store.aclose()


async def test_an_account_of_one_is_unknown_to_the_other(ours, theirs):
    user = new_user()
    await cache_of(ours).put(state(user))

    assert (await cache_of(ours).authorize(claims(user))).verdict is Verdict.ALLOWED
    assert (await cache_of(theirs).authorize(claims(user))).verdict is Verdict.UNKNOWN


async def test_a_limit_that_is_used_up_at_one_is_whole_at_the_other(ours, theirs, subject):
    hit = Hit(Policy("shared", QUOTA), subject)
    ours_limits, theirs_limits = (Limits(store, ids=map(str, count()).__next__) for store in (ours, theirs))
    for _ in range(QUOTA.limit):
        await ours_limits.reserve(new_context(), hit)
    with pytest.raises(RateLimited):
        await ours_limits.reserve(new_context(), hit)

    context = new_context()
    await theirs_limits.reserve(context, hit)
    assert [usage.remaining for usage in context.usages] == [QUOTA.limit - 1]


async def test_a_job_is_done_by_one_worker_of_each(ours, theirs):
    name = f"job-{new_user()}"
    claimed = [await claim(store, name, period=timedelta(hours=1)) for store in (ours, theirs, ours, theirs)]

    assert claimed == [True, True, False, False]


async def test_a_ticket_of_one_buys_nothing_at_the_other(ours, theirs):
    user = new_user()
    await tickets.keep(ours, user, "ticket", b"content", lifetime=timedelta(seconds=30))

    assert await tickets.take(theirs, user, "ticket") is None
    assert await tickets.take(ours, user, "ticket") == b"content"


async def test_each_hears_of_the_other(own_redis, ours, theirs):
    await own_redis.flushall()

    assert await ours.probe() == []
    assert await theirs.probe() == ["ours"]
    assert await ours.probe() == ["theirs"]


async def test_who_has_not_been_here_for_a_day_is_forgotten(own_redis, ours):
    await own_redis.flushall()
    seconds, _ = await own_redis.time()
    name = key_names.PREFIX + key_names.DEPLOYMENTS
    await own_redis.zadd(name, {"long ago": (seconds - 86_410) * 1000, "lately": (seconds - 86_300) * 1000})

    assert await ours.probe() == ["lately"]
    assert 0 < await own_redis.pttl(name) <= 86_400_000


async def test_nothing_is_written_but_under_the_name_of_the_deployment(own_redis, ours, subject):
    await own_redis.flushall()
    user = new_user()
    await ours.probe()
    await cache_of(ours, quota=QUOTA).put(state(user))
    await cache_of(ours, quota=QUOTA).authorize(claims(user))
    await claim(ours, "job", period=timedelta(hours=1))
    await tickets.keep(ours, user, "ticket", b"content", lifetime=timedelta(seconds=30))
    await Limits(ours, ids=lambda: "x").reserve(new_context(), Hit(Policy("shared", QUOTA), subject))

    names = {name.decode() for name in await own_redis.keys("*")}
    assert len(names) > 5
    assert {name for name in names if not name.startswith("authgate:ours:{")} == {"authgate:{deployments}"}
    assert all([await own_redis.pttl(name) > 0 for name in names])
