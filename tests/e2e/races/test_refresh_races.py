"""Refreshes that meet each other, and refreshes that meet the end of their session, on two workers."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import batched

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from redis.asyncio import Redis

from auth.models import SecurityEvent, Session, User
from tests.conftest import eventually
from tests.e2e.races.conftest import Cluster, Pair, refresh
from tests.e2e.races.wire import Answer, Connection

pytestmark = pytest.mark.long

ROUNDS = 200
AT_ONCE = 10
STRETCHES = [1, 1, 1, 20]
"""Most races are close. Some are not, so that each side comes first at times on a slow machine, too."""

Ending = Callable[[Connection, Pair], Awaitable[None]]


async def test_twenty_refreshes_at_once_get_one_and_the_same_successor(cluster: Cluster) -> None:
    pair, user = await cluster.register()
    async with cluster.connected(20) as held:
        answers = await asyncio.gather(*(refresh(each, pair.refresh_token) for each in held))

    assert Counter(answer.status for answer in answers) == {200: 20}
    assert Counter(answer.headers["authgate-refresh"] for answer in answers) == {"rotated": 1, "retried": 19}
    [successor] = {answer.body["refresh_token"] for answer in answers}
    session = await Session.objects.aget(user_id=user["id"])
    assert session.generation == 1
    assert await cluster.statuses(*(answer.body["access_token"] for answer in answers)) == {200}
    assert (await refresh(cluster.any, successor)).headers["authgate-refresh"] == "rotated"


async def test_nothing_survives_a_logout_that_races_a_refresh(cluster: Cluster) -> None:
    pairs = [(await cluster.register())[0] for _ in range(ROUNDS)]

    async def logout(held: Connection, pair: Pair) -> None:
        answer = await held.post("/api/auth/logout", token=pair.access_token)
        assert answer.status == 200, answer.body

    await all_races(cluster, pairs, [logout] * ROUNDS)


async def test_nothing_survives_a_disabling_that_races_a_refresh_while_redis_forgets(cluster: Cluster) -> None:
    made = [await cluster.register() for _ in range(ROUNDS)]

    def disabling(user_id: int) -> Ending:
        async def disable(held: Connection, pair: Pair) -> None:
            await sync_to_async(User.objects.filter(pk=user_id).update)(is_active=False)

        return disable

    async with forgetting(settings.AUTH.redis_url):
        await all_races(cluster, [pair for pair, _ in made], [disabling(user["id"]) for _, user in made])


@asynccontextmanager
async def forgetting(redis_url: str) -> AsyncIterator[None]:
    """FLUSHDB, again and again."""

    async def flush() -> None:
        async with Redis.from_url(redis_url) as redis:
            while True:
                await redis.flushdb()
                await asyncio.sleep(0.02)

    task = asyncio.create_task(flush())
    yield
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])


async def all_races(cluster: Cluster, pairs: list[Pair], endings: list[Ending]) -> None:
    """Each pair is refreshed while its ending runs; in the end nothing that was handed out is good for anything."""
    chance = random.Random(20)
    checks: list[asyncio.Task[bool]] = []
    outcomes: Counter[int] = Counter()
    async with cluster.connected(2 * AT_ONCE) as held:
        for batch in batched(zip(pairs, endings, strict=True), AT_ONCE):
            races = [
                race(one, other, pair, end, chance.uniform(-0.01, 0.01) * chance.choice(STRETCHES))
                for (pair, end), one, other in zip(batch, held[::2], held[1::2], strict=True)
            ]
            for status, *held_tokens in await asyncio.gather(*races):
                outcomes[status] += 1
                checks += [asyncio.create_task(cluster.nothing_is_left_of(pair)) for pair in held_tokens]

    assert all(await asyncio.gather(*checks))
    assert outcomes.keys() == {200, 401}  # each of the two came first at times


async def race(
    one: Connection, other: Connection, pair: Pair, end: Ending, ahead: float
) -> tuple[int, *tuple[Pair, ...]]:
    """A refresh on one worker, the ending on the other, `ahead` seconds later (or earlier).

    The status of the refresh, and all that the client then holds.
    """

    async def refreshed() -> Answer:
        await asyncio.sleep(max(0.0, -ahead))
        return await refresh(one, pair.refresh_token)

    async def ended() -> float:
        await asyncio.sleep(max(0.0, ahead))
        await end(other, pair)
        return time.monotonic()

    answer, pair.ended_at = await asyncio.gather(refreshed(), ended())
    if answer.status != 200:
        return answer.status, pair
    return answer.status, pair, replace(Pair.of(answer.body), ended_at=pair.ended_at)


async def test_parallel_sessions_of_one_user_never_disturb_each_other(cluster: Cluster) -> None:
    """One of them logs out in the middle, another one presents an old token."""
    first, user = await cluster.register()
    sessions = [first, *[await cluster.login(user) for _ in range(7)]]

    async def live(each: Connection, pair: Pair) -> Pair:
        for _ in range(15):
            answer = await refresh(each, pair.refresh_token)
            assert answer.status == 200, answer.body
            pair = Pair.of(answer.body)
            assert (await each.get("/api/auth/me", token=pair.access_token)).status == 200
        return pair

    async def end_by_reuse(each: Connection, pair: Pair) -> None:
        await refresh(each, (await refresh(each, pair.refresh_token)).body["refresh_token"])
        assert (await refresh(each, pair.refresh_token)).status == 401

    async with cluster.connected(8) as held:
        lives = [live(each, pair) for each, pair in zip(held[2:], sessions[2:], strict=True)]
        logout = held[0].post("/api/auth/logout", token=sessions[0].access_token)
        using = asyncio.gather(*lives)
        ended, _, survivors = await asyncio.gather(logout, end_by_reuse(held[1], sessions[1]), using)

    assert ended.status == 200
    assert await cluster.statuses(*(pair.access_token for pair in survivors)) == {200}
    assert {(await cluster.refresh(pair)).status for pair in survivors} == {200}


async def test_a_grandparent_ends_the_session(cluster: Cluster) -> None:
    grandparent, user = await cluster.register()
    bystander = await cluster.login(user)
    parent = Pair.of((await cluster.refresh(grandparent)).body)
    newest = Pair.of((await cluster.refresh(parent)).body)

    answer = await cluster.refresh(grandparent)

    assert answer.status == 401
    assert answer.body["error"] == "invalid_grant"
    assert (await cluster.refresh(newest)).status == 401
    newest.ended_at = time.monotonic()
    assert await cluster.nothing_is_left_of(newest)
    assert await cluster.statuses(bystander.access_token) == {200}
    reuse = SecurityEvent.objects.filter(user_id=user["id"], event_type=SecurityEvent.Type.REFRESH_REUSE)
    await eventually(reuse.aexists)
