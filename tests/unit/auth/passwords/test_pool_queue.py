"""The places of the hash pool: bounded, and free again once the hash is done."""

import asyncio

import pytest

from auth.errors import ServiceUnavailable
from auth.passwords.pool import PasswordPool, PasswordRefused
from tests.conftest import eventually
from tests.unit.auth.passwords.hashers import GatedHasher
from tests.unit.auth.passwords.refusals import is_refused, refused_fields


@pytest.fixture
def gate(settings):
    settings.PASSWORD_HASHERS = ["tests.unit.auth.passwords.hashers.GatedHasher"]
    GatedHasher.gate.clear()
    GatedHasher.begun.clear()
    yield GatedHasher.gate
    GatedHasher.gate.set()


async def test_what_exceeds_the_queue_is_refused_at_once(gate):
    pool = PasswordPool(threads=1, queue=2)
    waiting = [asyncio.create_task(pool.verify("x", None)) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(ServiceUnavailable) as refused:
        await pool.verify("x", None)

    assert refused.value.retry_after >= 1
    gate.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [PasswordRefused, PasswordRefused]
    pool.close()


async def test_a_place_is_free_again_when_its_hash_is_done(gate):
    pool = PasswordPool(threads=1, queue=1)
    gate.set()

    assert [await is_refused(pool, "x", None) for _ in range(5)] == [True] * 5
    pool.close()


async def test_a_place_is_free_again_when_its_hash_has_failed():
    pool = PasswordPool(threads=1, queue=1)
    for _ in range(3):
        await refused_fields(pool, "short")

    assert await is_refused(pool, "x", None)
    pool.close()


async def test_a_caller_that_goes_away_keeps_its_place_until_its_thread_is_done(gate):
    pool = PasswordPool(threads=1, queue=1)
    caller = asyncio.create_task(pool.verify("x", None))
    await begun()
    caller.cancel()

    with pytest.raises(asyncio.CancelledError):
        await caller
    with pytest.raises(ServiceUnavailable):
        await pool.verify("x", None)

    gate.set()
    assert await eventually(lambda: _is_admitted(pool))
    pool.close()


async def begun():
    """Until a thread has taken up a hash."""

    async def is_taken_up():
        return GatedHasher.begun.is_set()

    await eventually(is_taken_up)


async def test_callers_that_go_away_while_they_wait_are_hashed_for_no_more(gate):
    """Nobody fills the queue by asking and leaving."""
    pool = PasswordPool(threads=1, queue=5)
    first = asyncio.create_task(pool.verify("x", None))
    await begun()
    callers = [first, *(asyncio.create_task(pool.verify("x", None)) for _ in range(4))]
    await asyncio.sleep(0)
    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)

    async def is_one_left():
        return pool.waiting == 1

    await eventually(is_one_left)
    gate.set()

    results = await asyncio.gather(*callers, return_exceptions=True)
    assert {type(result) for result in results} == {asyncio.CancelledError}
    assert await eventually(lambda: _is_admitted(pool))
    pool.close()


async def _is_admitted(pool):
    try:
        return await is_refused(pool, "x", None)
    except ServiceUnavailable:
        return False
