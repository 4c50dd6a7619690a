"""Rate limits against a real Valkey: exact, atomic, and never extended by hammering."""

import asyncio
import itertools
import random
from typing import Any

import pytest

from auth.core.policies import Policy, Quota
from auth.ratelimit.hits import Hit
from auth.ratelimit.limiter import Limits
from tests.integration.stores.attempts import new_context, wait

THREE = Policy("three", Quota(3, 60))

_ids = itertools.count()


def next_id():
    return str(next(_ids))


@pytest.fixture
def limits(store, clock):
    return Limits(store, ids=next_id, clock=clock)


async def test_as_many_as_the_quota_are_admitted(limits, subject):
    waits = [await wait(limits, Hit(THREE, subject)) for _ in range(5)]

    assert [bool(seconds) for seconds in waits] == [False, False, False, True, True]


async def test_of_200_at_once_over_two_workers_exactly_the_quota_is_admitted(store, other_store, subject):
    hit = Hit(Policy("many", Quota(50, 3600)), subject)
    workers = [Limits(store, ids=next_id), Limits(other_store, ids=next_id)]
    waits = await asyncio.gather(*(wait(workers[n % 2], hit) for n in range(200)))

    assert waits.count(0) == 50


@pytest.mark.parametrize(("seconds", "is_admitted"), [(59.999999, False), (60.0, True)])
async def test_a_slot_frees_at_the_end_of_its_window_and_not_before(limits, clock, subject, seconds, is_admitted):
    for _ in range(3):
        await wait(limits, Hit(THREE, subject))
    clock.advance(seconds)

    assert (await wait(limits, Hit(THREE, subject)) == 0) is is_admitted


async def test_slots_free_one_by_one(limits, clock, subject):
    hit = Hit(THREE, subject)
    for _ in range(3):
        await wait(limits, hit)
        clock.advance(10)
    clock.advance(30)

    assert await wait(limits, hit) == 0
    assert await wait(limits, hit) == 10


async def test_the_wait_that_is_told_is_the_exact_one(limits, clock, subject):
    hit = Hit(THREE, subject)
    for _ in range(3):
        await wait(limits, hit)
        clock.advance(7)
    seconds = await wait(limits, hit)
    clock.advance(seconds - 0.001)
    too_early = await wait(limits, hit)
    clock.advance(0.001)

    assert seconds == 39
    assert too_early > 0
    assert await wait(limits, hit) == 0


async def test_a_refused_call_does_not_extend_the_wait(limits, clock, subject):
    hit = Hit(THREE, subject)
    for _ in range(3):
        await wait(limits, hit)
    for _ in range(59):
        clock.advance(1)
        assert await wait(limits, hit) > 0
    clock.advance(1)

    assert [await wait(limits, hit) for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_comes_when_no_window_holds_more_than_the_quota_and_no_slot_is_wasted(
    limits, clock, subject, seed
):
    """Against a model: all admissions so far, counted over the last window."""
    dice = random.Random(seed)
    quota = Quota(dice.randint(1, 6), dice.choice([1, 10, 60]))
    hit = Hit(Policy("model", quota), subject)
    admitted: list[Any] = []
    for _ in range(120):
        clock.advance(dice.choice([0, 0, 0.25, 1, quota.window / quota.limit, quota.window]) * dice.random())
        now = int(clock() * 1_000_000)
        recent = [moment for moment in admitted if moment > now - quota.window * 1_000_000]
        is_admitted = await wait(limits, hit) == 0
        assert is_admitted is (len(recent) < quota.limit)
        admitted += [now] if is_admitted else []


async def test_subjects_do_not_share_a_quota(limits, subject):
    for _ in range(3):
        await wait(limits, Hit(THREE, subject))

    assert await wait(limits, Hit(THREE, f"{subject}'s neighbour")) == 0


async def test_policies_do_not_share_a_quota(limits, subject):
    for _ in range(3):
        await wait(limits, Hit(THREE, subject))

    assert await wait(limits, Hit(Policy("other", Quota(3, 60)), subject)) == 0


async def test_a_lowered_quota_counts_what_was_admitted_before(limits, clock, subject):
    for _ in range(5):
        await wait(limits, Hit(Policy("lowered", Quota(5, 60)), subject))
        clock.advance(1)
    lowered = Hit(Policy("lowered", Quota(2, 60)), subject)
    seconds = await wait(limits, lowered)
    clock.advance(seconds)

    assert seconds == 58  # the fourth of five, taken 2 seconds ago, is the last that stands in the way
    assert await wait(limits, lowered) == 0


async def test_a_raised_quota_admits_at_once(limits, subject):
    for _ in range(3):
        await wait(limits, Hit(THREE, subject))

    assert await wait(limits, Hit(Policy("three", Quota(4, 60)), subject)) == 0


async def test_all_policies_take_a_slot_or_none_does(limits, subject):
    full, free = Hit(Policy("full", Quota(1, 60)), subject), Hit(Policy("free", Quota(2, 60)), subject)
    await wait(limits, full)
    for _ in range(5):
        assert await wait(limits, free, full) > 0

    assert [await wait(limits, free) for _ in range(2)] == [0, 0]


async def test_of_many_at_once_none_takes_a_slot_that_another_policy_refused(store, other_store, subject):
    narrow, wide = Hit(Policy("narrow", Quota(3, 3600)), subject), Hit(Policy("wide", Quota(100, 3600)), subject)
    workers = [Limits(store, ids=next_id), Limits(other_store, ids=next_id)]
    await asyncio.gather(*(wait(workers[n % 2], wide, narrow) for n in range(100)))
    context = new_context()
    await workers[0].reserve(context, wide)

    assert context.usages[0].remaining == 100 - 3 - 1


async def test_of_several_waits_the_longest_is_told(limits, subject):
    short, long = Hit(Policy("short", Quota(1, 10)), subject), Hit(Policy("long", Quota(1, 100)), subject)
    await wait(limits, short, long)

    assert await wait(limits, short, long) == 100
