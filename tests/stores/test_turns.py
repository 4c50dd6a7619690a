"""Places that may yet be given back: who waits for them, and for how long."""

import asyncio
import itertools

import pytest

from auth.caller import Caller
from auth.errors import RateLimited
from auth.policies import Policy, Quota
from auth.stores.limits import Hit, Limits

TWO = Policy("two", Quota(2, 60))

_ids = itertools.count()


@pytest.fixture
def limits(store):
    return Limits(store, ids=lambda: f"turn{next(_ids)}")


@pytest.fixture
async def taken(limits, subject):
    """The two places of the quota, by reservations that are under way."""
    return [await limits.reserve(Caller("", ""), Hit(TWO, subject)) for _ in range(2)]


def waiting(limits, subject):
    return asyncio.create_task(limits.reserve(Caller("", ""), Hit(TWO, subject), patience=5.0))


async def test_a_place_that_is_given_back_goes_to_who_waits(limits, subject, taken):
    next_one = waiting(limits, subject)
    await limits.refund(Caller("", ""), taken[0])

    assert (await next_one).entry


async def test_nobody_waits_for_places_that_count(limits, subject, taken):
    for reservation in taken:
        await limits.settle(reservation)

    with pytest.raises(RateLimited):
        await asyncio.wait_for(waiting(limits, subject), 1.0)


async def test_who_waits_is_refused_once_the_places_count(limits, subject, taken):
    next_one = waiting(limits, subject)
    for reservation in taken:
        await limits.settle(reservation)

    with pytest.raises(RateLimited):
        await next_one


async def test_patience_ends(limits, subject, taken):
    with pytest.raises(RateLimited):
        await limits.reserve(Caller("", ""), Hit(TWO, subject), patience=0.1)


async def test_without_patience_a_place_under_way_counts(limits, subject, taken):
    with pytest.raises(RateLimited):
        await limits.reserve(Caller("", ""), Hit(TWO, subject))


async def test_a_place_that_counts_is_not_given_back(limits, subject, taken):
    for reservation in taken:
        await limits.settle(reservation)
    await limits.refund(Caller("", ""), taken[0])

    with pytest.raises(RateLimited):
        await limits.reserve(Caller("", ""), Hit(TWO, subject))


async def test_any_number_of_successes_pass_through_a_small_quota(limits, subject):
    async def succeed():
        reservation = await limits.reserve(Caller("", ""), Hit(TWO, subject), patience=5.0)
        await limits.succeed(Caller("", ""), reservation)

    await asyncio.gather(*(succeed() for _ in range(20)))


async def test_who_gives_a_place_back_untried_is_not_known(limits, subject):
    """Only a success makes a caller known, or anyone could have a quota of its own."""
    shared = Policy("shared", Quota(1, 60))
    mine = Hit(shared, subject, known_as=f"me {subject}")
    await limits.refund(Caller("", ""), await limits.reserve(Caller("", ""), mine))
    await limits.reserve(Caller("", ""), Hit(shared, subject))

    with pytest.raises(RateLimited):
        await limits.reserve(Caller("", ""), mine)


async def test_who_succeeded_has_a_quota_of_its_own(limits, subject):
    shared = Policy("shared", Quota(1, 60))
    mine = Hit(shared, subject, known_as=f"me {subject}")
    await limits.succeed(Caller("", ""), await limits.reserve(Caller("", ""), mine))
    await limits.reserve(Caller("", ""), Hit(shared, subject))

    assert (await limits.reserve(Caller("", ""), mine)).entry
