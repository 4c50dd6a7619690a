"""Two workers, one answer: whichever is asked tells of both, and of one that was killed."""

import os
import signal

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import bearer, eventually

pytestmark = pytest.mark.long

CALLS = 40


async def counted(client):
    """The calls by HEAD, which no other test of this server makes: earlier ones may not have been told of yet."""
    text = (await client.get("/metrics")).text
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    counts = [sample.value for sample in found if sample.name == "authgate_request_seconds_count" and _is_ours(sample)]
    workers = {sample.labels["worker"] for sample in found if sample.name == "authgate_redis_up"}
    return sum(counts), workers


def _is_ours(sample):
    return (sample.labels["method"], sample.labels["route"]) == ("HEAD", "api/auth/me")


async def test_any_worker_tells_of_all_and_a_killed_one_takes_nothing_along(any_stack):
    async with any_stack.client() as client:
        token = (await any_stack.register(client))["access_token"]
    for _ in range(CALLS):
        async with any_stack.client() as client:  # each its own connection, to either worker
            assert (await client.head("/api/auth/me", headers=bearer(token))).status_code == 200

    async def all_told():
        async with any_stack.client() as client:
            count, workers = await counted(client)
            return workers if count == CALLS and len(workers) == 2 else None

    workers = await eventually(all_told, seconds=60)
    os.kill(int(min(workers)), signal.SIGKILL)

    async def replaced():
        async with any_stack.client() as client:
            count, now = await counted(client)
            assert count == CALLS
            return now - workers

    assert await eventually(replaced, seconds=60)
