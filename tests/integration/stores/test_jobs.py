"""Periodic jobs: one worker does each."""

import asyncio
import uuid
from datetime import timedelta

import pytest

from auth.stores import key_names
from auth.stores.job_lock import claim
from tests.integration.stores.conftest import stored

HOUR = timedelta(hours=1)


@pytest.fixture
def name():
    return f"job-{uuid.uuid4()}"


async def test_the_first_to_ask_has_the_job(store, name):
    assert await claim(store, name, period=HOUR) is True


async def test_who_asks_again_in_the_period_does_not(store, name):
    await claim(store, name, period=HOUR)

    assert await claim(store, name, period=HOUR) is False


async def test_of_many_at_once_one_has_it(store, other_store, name):
    claims = await asyncio.gather(*(claim([store, other_store][n % 2], name, period=HOUR) for n in range(100)))

    assert claims.count(True) == 1


async def test_another_job_is_to_be_had(store, name):
    await claim(store, name, period=HOUR)

    assert await claim(store, f"{name}-2", period=HOUR) is True


async def test_the_claim_lasts_a_period(store, redis, name):
    await claim(store, name, period=HOUR)

    assert 3_595_000 < await redis.pttl(stored(key_names.job(name))) <= 3_600_000


async def test_asking_in_vain_does_not_lengthen_it(store, redis, name):
    await claim(store, name, period=HOUR)
    await claim(store, name, period=2 * HOUR)

    assert await redis.pttl(stored(key_names.job(name))) <= 3_600_000


async def test_after_the_period_the_job_is_to_be_had_again(store, redis, name):
    await claim(store, name, period=HOUR)
    await redis.pexpire(stored(key_names.job(name)), 0)

    assert await claim(store, name, period=HOUR) is True
