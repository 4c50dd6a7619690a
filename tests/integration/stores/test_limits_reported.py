"""What a caller is told of the limits, and what they leave in Redis."""

import itertools
from contextlib import suppress

import pytest

from auth.core.policies import Policy, Quota, Usage
from auth.errors import RateLimited
from auth.ratelimit.hits import Hit
from auth.ratelimit.limiter import Limits
from auth.ratelimit.reservations import Attempt
from auth.stores import key_names
from tests.integration.stores.attempts import Trying, new_context
from tests.integration.stores.conftest import stored

TWO_A_MINUTE = Quota(2, 60)
TWO = Policy("two", TWO_A_MINUTE)

_ids = itertools.count()


def next_id():
    return str(next(_ids))


@pytest.fixture
def limits(store, clock):
    return Limits(store, ids=next_id, clock=clock)


async def usages(limits, *hits):
    context = new_context()
    with suppress(RateLimited):
        await limits.reserve(context, *hits)
    return context.usages


async def test_what_remains_is_counted_down(limits, subject):
    left = [(await usages(limits, Hit(TWO, subject)))[0].remaining for _ in range(4)]

    assert left == [1, 0, 0, 0]


async def test_the_time_is_told_until_a_slot_frees(limits, clock, subject):
    await usages(limits, Hit(TWO, subject))
    clock.advance(20)

    assert await usages(limits, Hit(TWO, subject)) == [Usage("two", TWO_A_MINUTE, 0, 40.0)]


async def test_what_left_the_window_at_this_very_moment_is_not_counted(limits, clock, subject):
    await usages(limits, Hit(TWO, subject))
    clock.advance(60)

    assert await usages(limits, Hit(TWO, subject)) == [Usage("two", TWO_A_MINUTE, 1, 60.0)]


async def test_policies_are_reported_in_the_order_they_were_named(limits, subject):
    hits = [Hit(Policy(name, Quota(9, 60)), subject) for name in ("b", "a", "c")]

    assert [usage.policy for usage in await usages(limits, *hits)] == ["b", "a", "c"]


async def test_a_policy_that_is_off_is_not_reported(limits, subject):
    hits = [Hit(Policy("off", None), subject), Hit(TWO, subject)]

    assert [usage.policy for usage in await usages(limits, *hits)] == ["two"]


async def test_a_refused_caller_is_told_of_every_policy(limits, subject):
    full, free = Hit(Policy("full", Quota(1, 60)), subject), Hit(Policy("free", Quota(5, 60)), subject)
    await usages(limits, full)

    assert [(usage.policy, usage.remaining) for usage in await usages(limits, full, free)] == [("full", 0), ("free", 5)]


async def test_after_a_release_the_caller_is_told_the_new_state(limits, context, subject):
    await (await Trying.begin(limits, Hit(TWO, subject), context=context)).end(Attempt.cancel)

    assert [(usage.policy, usage.remaining) for usage in context.usages] == [("two", 2)]


async def test_a_release_leaves_other_reports_alone(limits, context, subject):
    other = Usage("other", Quota(1, 1), 0, 1.0)
    context.usages.append(other)
    await (await Trying.begin(limits, Hit(TWO, subject), context=context)).end(Attempt.cancel)

    assert other in context.usages


async def test_a_limit_of_more_than_was_sent_is_told_to_who_succeeds_alone(limits, subject):
    hits = [Hit(Policy("secret", Quota(2, 60)), subject, is_reported=False), Hit(TWO, subject)]
    reported = {}
    for verdict in (Attempt.succeed, Attempt.cancel, Attempt.succeed):
        context = new_context()
        await (await Trying.begin(limits, *hits, context=context)).end(verdict)
        reported[verdict] = [(usage.policy, usage.remaining) for usage in context.usages]

    assert reported == {Attempt.succeed: [("secret", 2), ("two", 2)], Attempt.cancel: [("two", 2)]}
    assert [usage.policy for usage in await usages(limits, *hits)] == ["two"]


async def test_every_entry_carries_redis_own_time_unless_a_clock_is_given(store, redis, context, subject):
    before, _ = await redis.time()
    await Limits(store, ids=next_id).reserve(context, Hit(TWO, subject))
    after, _ = await redis.time()

    [(_, taken)] = await redis.zrange(stored(key_names.limit("two", subject)), 0, -1, withscores=True)
    assert before <= taken / 1_000_000 <= after + 1


async def test_two_calls_in_one_microsecond_are_two_entries(limits, redis, context, subject):
    for _ in range(2):
        await limits.reserve(context, Hit(TWO, subject))

    assert await redis.zcard(stored(key_names.limit("two", subject))) == 2


async def test_what_is_counted_lives_no_longer_than_its_window(limits, redis, subject):
    await usages(limits, Hit(TWO, subject))

    assert 59_000 < await redis.pttl(stored(key_names.limit("two", subject))) <= 60_000


async def test_a_refused_call_writes_nothing(limits, redis, subject):
    hit, name = Hit(TWO, subject), stored(key_names.limit("two", subject))
    for _ in range(2):
        await usages(limits, hit)
    before = await redis.zrange(name, 0, -1, withscores=True)
    for _ in range(5):
        await usages(limits, hit)

    assert await redis.zrange(name, 0, -1, withscores=True) == before


async def test_the_largest_quota_that_can_be_written_works(limits, redis, subject):
    quota = Quota.parse("999999999/999999 days")
    assert quota
    [usage] = await usages(limits, Hit(Policy("largest", quota), subject))

    assert (usage.remaining, usage.reset) == (999_999_998, quota.window)
    assert await redis.pttl(stored(key_names.limit("largest", subject))) > 0
