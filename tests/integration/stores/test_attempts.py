"""Slots whose outcome is open: who gives them back, who is known by it, and what becomes of them when nobody says."""

import asyncio
import itertools

import pytest

from auth.core.policies import Policy, Quota
from auth.errors import RateLimited, ServiceUnavailable
from auth.ratelimit import limiter as limits_module
from auth.ratelimit.hits import Hit
from auth.ratelimit.limiter import OPEN_SECONDS, Limits
from auth.ratelimit.reservations import Attempt
from tests.integration.stores.attempts import Trying, new_context

TWO = Policy("two", Quota(2, 60))

_ids = itertools.count()


@pytest.fixture
def limits(store, clock):
    return Limits(store, ids=lambda: f"attempt{next(_ids)}", clock=clock)


async def left(limits, hit):
    """How many slots are free, and how long one that finds none has to wait."""
    trying, wait = [], 0.0
    try:
        while True:
            trying.append(await Trying.begin(limits, hit))
    except RateLimited as error:
        wait = error.retry_after
    for one in trying:
        await one.end(Attempt.cancel)
    return len(trying), wait


async def at_rest():
    """Until nothing is on its way to Redis that a limit has begun by itself."""
    while begun := [task for task in asyncio.all_tasks() if _is_of_limits(task)]:
        await asyncio.wait(begun)


def _is_of_limits(task):
    return task.get_coro().__qualname__.startswith(f"{Limits.__name__}.")


@pytest.mark.parametrize("verdict", [Attempt.succeed, Attempt.cancel])
async def test_a_slot_is_given_back(limits, subject, verdict):
    hit = Hit(TWO, subject)
    for _ in range(5):
        await (await Trying.begin(limits, hit)).end(verdict)

    assert (await left(limits, hit))[0] == 2


async def test_in_silence_it_counts(limits, subject):
    hit = Hit(TWO, subject)
    await (await Trying.begin(limits, hit)).end()

    assert (await left(limits, hit))[0] == 1


async def test_whatever_breaks_it_it_counts(limits, subject):
    hit = Hit(TWO, subject)
    with pytest.raises(ZeroDivisionError):
        async with limits.attempt(new_context(), hit):
            1 / 0  # noqa: B018

    assert (await left(limits, hit))[0] == 1


async def test_what_could_not_be_tried_does_not_count(limits, subject):
    hit = Hit(TWO, subject)
    with pytest.raises(ServiceUnavailable):
        async with limits.attempt(new_context(), hit):
            raise ServiceUnavailable(1.0)

    assert (await left(limits, hit))[0] == 2


async def test_who_goes_away_leaves_no_slot_open(limits, clock, subject):
    """It counts: else guesses could be made for nothing. Nobody waits for it."""
    hit = Hit(TWO, subject)
    for trying in [await Trying.begin(limits, hit) for _ in range(2)]:
        trying.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trying.task

    assert await left(limits, hit) == (0, 60)


async def test_who_goes_away_again_and_again_leaves_no_slot_open(limits, subject):
    """The first cancellation is on its way through the block when the second comes."""
    hit = Hit(TWO, subject)
    trying = await Trying.begin(limits, hit)
    trying.task.cancel()
    await asyncio.sleep(0)
    trying.task.cancel()
    await asyncio.wait([trying.task])
    await at_rest()

    assert await left(limits, hit) == (1, OPEN_SECONDS)


async def test_who_goes_away_while_redis_is_asked_leaves_no_open_place(limits, redis, subject):
    hit = Hit(TWO, subject)
    for turns in range(1, 8):
        asking = asyncio.create_task(Trying.begin(limits, hit))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        await asyncio.sleep(0)
        await at_rest()

    assert await redis.exists(hit.lists[1]) == 0


async def test_a_slot_of_a_worker_that_was_killed_is_free_within_seconds(limits, clock, subject):
    hit = Hit(TWO, subject)
    lost = [await Trying.begin(limits, hit) for _ in range(2)]
    assert await left(limits, hit) == (0, OPEN_SECONDS)
    clock.advance(OPEN_SECONDS)

    assert (await left(limits, hit))[0] == 2
    for trying in lost:
        await trying.end()


async def test_whoever_says_it_counts_in_time_is_counted_from_the_beginning(limits, clock, subject):
    hit = Hit(Policy("one", Quota(1, 60)), subject)
    trying = await Trying.begin(limits, hit)
    clock.advance(OPEN_SECONDS - 1)
    await trying.end()

    assert await left(limits, hit) == (0, 60 - OPEN_SECONDS + 1)


async def test_an_attempt_that_takes_too_long_is_ended_before_its_slot_is_given_up(limits, subject, monkeypatch):
    monkeypatch.setattr(limits_module, "ATTEMPT_SECONDS", 0.01)
    hit = Hit(TWO, subject)
    with pytest.raises(ServiceUnavailable):
        async with limits.attempt(new_context(), hit):
            await asyncio.Event().wait()

    assert (await left(limits, hit))[0] == 2
    assert limits_module.ATTEMPT_SECONDS < OPEN_SECONDS


async def test_the_last_slot_given_back_leaves_nothing_behind(limits, redis, subject):
    hit = Hit(TWO, subject)
    await (await Trying.begin(limits, hit)).end(Attempt.cancel)

    assert await redis.exists(*hit.lists) == 0


async def test_a_policy_that_is_off_counts_nothing(limits, redis, context, subject):
    hit = Hit(Policy("off", None), subject)
    await limits.reserve(context, hit)
    await (await Trying.begin(limits, hit, context=context)).end()

    assert context.usages == []
    assert await redis.exists(*hit.lists) == 0


async def test_who_gives_a_slot_back_untried_is_not_known(limits, subject):
    """Only a success makes a caller known, or anyone could have a quota of its own."""
    shared = Policy("shared", Quota(1, 60))
    mine = Hit(shared, subject, trusted_key=f"me {subject}")
    await (await Trying.begin(limits, mine)).end(Attempt.cancel)
    await limits.reserve(new_context(), Hit(shared, subject))

    with pytest.raises(RateLimited):
        await Trying.begin(limits, mine)


async def test_who_succeeded_has_a_quota_of_its_own(limits, subject):
    shared = Policy("shared", Quota(1, 60))
    mine = Hit(shared, subject, trusted_key=f"me {subject}")
    await (await Trying.begin(limits, mine)).end(Attempt.succeed)
    await limits.reserve(new_context(), Hit(shared, subject))

    assert await left(limits, mine) == (1, OPEN_SECONDS)


async def test_who_succeeded_may_be_spared_and_is_counted_with_the_others(limits, subject):
    """So that nobody reads from the count who is known."""
    shared = Policy("shared", Quota(2, 60))
    mine = Hit(shared, subject, trusted_key=f"me {subject}", once_trusted="spared")
    await (await Trying.begin(limits, mine)).end(Attempt.succeed)
    seen = []
    for _ in range(4):
        context = new_context()
        await (await Trying.begin(limits, mine, context=context)).end()
        seen.append(context.usages[0].remaining)

    assert seen == [1, 0, 0, 0]
    with pytest.raises(RateLimited):
        await Trying.begin(limits, Hit(shared, subject))


async def test_what_is_forgiven_is_free_and_its_owner_known(limits, subject):
    hit = Hit(Policy("one", Quota(1, 60)), subject, trusted_key=f"me {subject}")
    await limits.reserve(new_context(), hit)
    await limits.forgive(hit)

    await limits.reserve(new_context(), Hit(hit.policy, subject))
    await limits.reserve(new_context(), hit)
    with pytest.raises(RateLimited):
        await limits.reserve(new_context(), hit)
