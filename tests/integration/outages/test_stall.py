"""A process that stood still for a while (no CPU, a long collection) is no outage of Redis."""

import asyncio
import time

import pytest

from tests.integration.calls import me


def stand_still(seconds):
    time.sleep(seconds)


@pytest.mark.parametrize("turns", [1, 3, 8])
async def test_a_stall_longer_than_the_timeout_of_redis_refuses_nobody(client, account, runtime, turns):
    """The loop stands still when the command has just been given, sent, or answered."""
    ann = await account()
    await me(client, ann.access_token)
    call = asyncio.create_task(me(client, ann.access_token))
    for _ in range(turns):
        await asyncio.sleep(0)

    stand_still(runtime.settings.redis_timeout.total_seconds() * 1.2)

    assert (await call).status_code == 200
