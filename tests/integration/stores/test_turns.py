"""Slots that may yet be released: who waits for them, for how long, and what that costs Redis."""

import asyncio
import itertools

import pytest

from auth.core.policies import Policy, Quota
from auth.errors import RateLimited
from auth.ratelimit import turns
from auth.ratelimit.hits import Hit
from auth.ratelimit.limiter import OPEN_SECONDS, Limits
from auth.ratelimit.reservations import Attempt
from tests.conftest import eventually
from tests.integration.costs import costs_of
from tests.integration.stores.attempts import Trying, new_context

TWO = Policy("two", Quota(2, 60))
FOR_EVER = 3600.0
SOON = 10.0
"""Seconds, fewer than OPEN_SECONDS: nobody gets a slot meanwhile because it was forgotten."""

_ids = itertools.count()


@pytest.fixture
def lines():
    """Those of the worker whose limits are `limits`."""
    return turns.Turns()


@pytest.fixture
def limits(store, lines):
    return Limits(store, ids=lambda: f"turn{next(_ids)}", turns=lines)


@pytest.fixture
def elsewhere(other_store):
    """Another worker's."""
    return Limits(other_store, ids=lambda: f"elsewhere{next(_ids)}")


async def both_slots(limits, subject):
    return [await Trying.begin(limits, Hit(TWO, subject)) for _ in range(2)]


def waiting(limits, subject, max_wait=5.0):
    return asyncio.create_task(Trying.begin(limits, Hit(TWO, subject), max_wait=max_wait))


async def in_line(lines, count):
    async def are_there():
        return lines.waiting == count

    await eventually(are_there)


async def test_a_slot_that_is_given_back_goes_to_who_waits(limits, lines, subject):
    taken = await both_slots(limits, subject)
    next_one = waiting(limits, subject)
    await in_line(lines, 1)
    await taken[0].end(Attempt.cancel)

    await (await next_one).end()


async def test_a_slot_of_another_worker_goes_to_who_waits_too(limits, lines, elsewhere, subject):
    taken = await both_slots(elsewhere, subject)
    next_one = waiting(limits, subject)
    await in_line(lines, 1)
    await taken[0].end(Attempt.succeed)

    await (await next_one).end()


async def test_nobody_waits_for_slots_that_count(limits, subject):
    for trying in await both_slots(limits, subject):
        await trying.end()

    with pytest.raises(RateLimited):
        await asyncio.wait_for(waiting(limits, subject, max_wait=FOR_EVER), SOON)


async def test_nobody_waits_for_open_slots_while_another_limit_refuses_for_certain(limits, subject):
    full = Hit(Policy("full", Quota(1, 60)), subject)
    await limits.reserve(new_context(), full)
    taken = await both_slots(limits, subject)

    with pytest.raises(RateLimited):
        await asyncio.wait_for(Trying.begin(limits, Hit(TWO, subject), full, max_wait=FOR_EVER), SOON)
    for trying in taken:
        await trying.end()


async def test_who_waits_is_refused_once_the_slots_count(limits, lines, subject):
    taken = await both_slots(limits, subject)
    next_one = waiting(limits, subject, max_wait=FOR_EVER)
    await in_line(lines, 1)
    for trying in taken:
        await trying.end()

    with pytest.raises(RateLimited):
        await asyncio.wait_for(next_one, SOON)


async def test_max_wait_ends(limits, subject):
    taken = await both_slots(limits, subject)
    with pytest.raises(RateLimited) as refused:
        await Trying.begin(limits, Hit(TWO, subject), max_wait=0.1)

    assert refused.value.retry_after <= OPEN_SECONDS  # the slots are open: they are free by then, or count
    for trying in taken:
        await trying.end()


async def test_without_max_wait_an_open_slot_counts(limits, subject):
    taken = await both_slots(limits, subject)
    with pytest.raises(RateLimited):
        await Trying.begin(limits, Hit(TWO, subject))
    for trying in taken:
        await trying.end()


async def test_any_number_of_successes_pass_through_a_small_quota(limits, elsewhere, subject):
    async def succeed(worker):
        await (await Trying.begin(worker, Hit(TWO, subject), max_wait=20)).end(Attempt.succeed)

    await asyncio.gather(*(succeed((limits, elsewhere)[number % 2]) for number in range(40)))


async def test_who_waits_does_not_ask_redis_again_and_again(limits, subject):
    """Ten of them, for two seconds and a half: only the first in the line asks, and ever more rarely."""
    taken = await both_slots(limits, subject)

    async def wait_in_vain():
        results = await asyncio.gather(*(waiting(limits, subject, 2.5) for _ in range(10)), return_exceptions=True)
        assert all(isinstance(result, RateLimited) for result in results)

    costs = await costs_of(wait_in_vain)

    assert len(costs.redis) <= 10 + 10  # each on arrival; the first after 0.1, 0.3, 0.7 and 1.5 s; each of them: 50
    for trying in taken:
        await trying.end()


@pytest.mark.parametrize("bound", ["MAX_WAITING", "MAX_WAITING_IN_ALL"])
async def test_a_line_has_an_end(limits, lines, subject, monkeypatch, bound):
    monkeypatch.setattr(turns, bound, 3)
    taken = await both_slots(limits, subject)
    patient = [waiting(limits, subject, max_wait=60) for _ in range(3)]
    await in_line(lines, 3)

    with pytest.raises(RateLimited):
        await asyncio.wait_for(waiting(limits, subject, max_wait=FOR_EVER), SOON)

    for trying in taken:
        await trying.end(Attempt.succeed)
    for one in patient:
        await (await one).end(Attempt.succeed)
    assert vars(lines) == vars(turns.Turns())  # nothing is left of them


async def test_who_leaves_the_line_holds_up_nobody(limits, lines, subject):
    taken = await both_slots(limits, subject)
    gone, patient = waiting(limits, subject, max_wait=60), waiting(limits, subject, max_wait=60)
    await in_line(lines, 2)
    gone.cancel()
    await taken[0].end(Attempt.succeed)
    await taken[1].end(Attempt.succeed)

    await (await asyncio.wait_for(patient, SOON)).end(Attempt.succeed)
