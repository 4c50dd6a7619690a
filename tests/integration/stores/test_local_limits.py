"""Limits while Redis is away: in memory, each worker with its share."""

import itertools
from typing import cast

import pytest

from auth.core.policies import Policy, Quota
from auth.errors import ServiceUnavailable
from auth.ratelimit import in_memory
from auth.ratelimit.hits import Hit
from auth.ratelimit.in_memory import LocalLimits
from auth.ratelimit.limiter import Limits
from auth.ratelimit.reservations import Attempt
from auth.stores.client import RedisStore
from tests.integration.stores.attempts import Trying, new_context, wait

TEN = Quota(10, 60)


class Away:
    """A Redis that nobody reaches."""

    async def run(self, _):
        raise ServiceUnavailable(1.0)


@pytest.fixture
def local(clock):
    return LocalLimits(workers=2, clock=clock)


@pytest.fixture
def limits(local):
    return Limits(cast(RedisStore, Away()), ids=map(str, itertools.count()).__next__, local=local)


def hit(subject="somebody", *, quota=TEN, name="ten", **more):
    return Hit(Policy(name, quota), subject, **more)


async def test_a_worker_admits_its_share_of_the_quota(limits):
    waits = [await wait(limits, hit()) for _ in range(8)]

    assert waits == [0] * 5 + [60] * 3


async def test_every_worker_admits_one_at_least(clock):
    local = LocalLimits(workers=64, clock=clock)

    assert [local.reserve(["x"], [TEN], f"{n}")[0] for n in range(2)] == [0, 60]


async def test_the_promised_wait_lets_in_and_hammering_does_not_extend_it(limits, clock):
    for _ in range(5):
        await wait(limits, hit())
        clock.advance(1)
    for _ in range(54):
        assert await wait(limits, hit()) > 0
        clock.advance(1)
    assert await wait(limits, hit()) == 1
    clock.advance(1)

    assert await wait(limits, hit()) == 0


async def test_all_policies_take_a_slot_or_none_does(limits):
    full, free = hit(quota=Quota(2, 60), name="full"), hit(name="free")
    await wait(limits, full)
    for _ in range(9):
        assert await wait(limits, free, full) > 0

    assert [await wait(limits, free) for _ in range(6)] == [0] * 5 + [60]


async def test_a_success_gives_the_slot_back(limits):
    trying = [await Trying.begin(limits, hit()) for _ in range(5)]
    await trying.pop().end(Attempt.succeed)

    assert [await wait(limits, hit()) for _ in range(2)] == [0, 60]
    for one in trying:
        await one.end()


async def test_what_is_forgiven_is_free(limits):
    for _ in range(5):
        await wait(limits, hit())
    await limits.forgive(hit())

    assert [await wait(limits, hit()) for _ in range(6)] == [0] * 5 + [60]


async def test_what_is_left_is_told(limits):
    context = new_context()
    await limits.reserve(context, hit())

    [usage] = context.usages
    assert (usage.policy, usage.quota, usage.remaining, usage.reset) == ("ten", TEN, 4, 60)


async def test_a_known_caller_is_not_spared_by_a_worker_alone(limits):
    """Who is known is in Redis. Tighter, never open."""
    for number in range(5):
        await wait(limits, hit("account", trusted_key=f"elsewhere {number}"))

    assert await wait(limits, hit("account", trusted_key="home")) > 0


async def test_a_release_that_redis_misses_is_no_failure(local):
    class Leaving:
        replies = iter([[0, 0, 0, 9, 60_000_000]])

        async def run(self, _):
            for reply in self.replies:
                return reply
            raise ServiceUnavailable(1.0)

    limits, context = Limits(cast(RedisStore, Leaving()), ids=lambda: "x", local=local), new_context()
    await (await Trying.begin(limits, hit(), context=context)).end(Attempt.cancel)

    assert context.usages[0].remaining == 10


def test_a_flood_of_names_is_forgotten_oldest_first(local, monkeypatch):
    monkeypatch.setattr(in_memory, "MAX_KEPT", 100)
    for number in range(1000):
        local.reserve([f"{number}"], [TEN], "x")
        assert local.size <= 100

    assert local.reserve(["999"], [TEN], "x")[1][0][0] == 3  # the newest is still counted
    assert local.reserve(["0"], [TEN], "x")[1][0][0] == 4


def test_refused_names_are_bounded_too(local, monkeypatch):
    monkeypatch.setattr(in_memory, "MAX_KEPT", 100)
    local.reserve(["full"], [Quota(1, 60)], "x")
    for number in range(1000):
        assert local.reserve(["full", f"{number}"], [Quota(1, 60), TEN], "x")[0] > 0
        assert local.size <= 100


def test_a_release_leaves_nothing_behind(local):
    local.reserve(["a", "b"], [TEN, TEN], "x")
    local.release(["a", "b"], "x")

    assert local.size == 0
