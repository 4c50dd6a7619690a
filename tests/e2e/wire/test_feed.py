"""The revocation feed of real workers: one order, nothing lost, nothing twice, and honest about what it knows."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from itertools import pairwise
from statistics import median

import pytest

from tests.conftest import bearer, eventually
from tests.e2e.wire.stack import SERVICE
from tests.e2e.wire.test_outages import postgres_gone
from tests.e2e.wire.workers import one_client_each
from tests.integration.feed.reading import PATH, reading
from tests.integration.oauth.calls import Service, introspect
from tests.pace import pace

pytestmark = pytest.mark.long

linux = pytest.mark.skipif(sys.platform != "linux", reason="tells workers apart by /proc")


@pytest.fixture
async def scene(stack):
    """The stack, a service client's credentials, and a client."""
    async with stack.client() as client:
        yield stack, SERVICE.basic, client


@pytest.fixture
async def any_scene(any_stack):
    """For what does not depend on the database."""
    async with any_stack.client() as client:
        yield any_stack, SERVICE.basic, client


async def end(client, body):
    """Log out; the moment at which it was answered."""
    answer = await client.post("/api/auth/logout", headers=bearer(body["access_token"]))
    assert answer.status_code == 200
    return time.monotonic()


def cursors(reader):
    return [event.id for event in reader.revocations]


@linux
async def test_both_workers_tell_the_same_in_the_same_order(scene):
    stack, service, client = scene
    bodies = [await stack.register(client) for _ in range(10)]
    async with one_client_each(stack) as workers, AsyncExitStack() as exits:
        readers = [await exits.enter_async_context(reading(worker, service)) for worker in workers]
        ended = await asyncio.gather(*(end(client, body) for body in bodies))
        for reader in readers:
            await reader.until_known(max(ended))

    one, other = map(cursors, readers)
    assert one[-20:] == other[-20:]
    assert len(set(one)) == len(one) >= 20
    places = [int(cursor.split("-")[0]) for cursor in one]
    assert places == list(range(places[0], places[0] + len(places)))


@linux
async def test_a_reader_that_comes_back_to_another_worker_misses_and_repeats_nothing(scene):
    stack, service, client = scene
    bodies = [await stack.register(client) for _ in range(6)]
    since, parts = "", []
    async with one_client_each(stack) as workers, stack.client() as third, reading(third, service) as whole:
        for number, body in enumerate(bodies):
            async with reading(workers[number % 2], service, since=since) as reader:
                await reader.until_known(await end(client, body))
            since = reader.last_id
            parts.append(reader)
        await whole.until_known(time.monotonic())

    assert [event.name for part in parts[1:] for event in part.events].count("snapshot") == 0
    assert [cursor for part in parts for cursor in cursors(part)] == cursors(whole)


async def test_a_heartbeat_never_claims_what_was_not_sent(any_scene):
    """At each heartbeat: all that was answered before the moment it names has come."""
    stack, service, client = any_scene
    bodies = [await stack.register(client) for _ in range(8)]
    async with reading(client, service) as reader:
        ended = {}
        for body in bodies:
            ended[body["user"]["id"]] = await end(client, body)
            await asyncio.sleep(0.2)
        await reader.until_known(time.monotonic())
        await eventually(lambda: asyncio.sleep(0, len(reader.heartbeats) >= 4))

    beats = reader.heartbeats
    gaps = [later.at - beat.at for beat, later in pairwise(beats)]
    assert median(gaps) < 1.0
    for beat in beats:
        known_until = reader.sent_at + beat.data["at"]
        assert known_until <= beat.at
        here = {event.data["sub"] for event in reader.events[: reader.events.index(beat)] if event.data.get("sub")}
        assert {str(user) for user, moment in ended.items() if moment < known_until} <= here
    for beat, event in pairwise(beats):
        assert beat.data["at"] <= event.data["at"]


async def test_an_ending_is_told_within_a_second(any_scene):
    stack, service, client = any_scene
    body = await stack.register(client)
    async with pace() as going, reading(client, service) as reader:
        await reader.until_known(time.monotonic())
        ended_at = await end(client, body)
        await reader.until_known(ended_at)

    [told, *_] = [event for event in reader.revocations if event.data["sub"] == str(body["user"]["id"])]
    assert going.seconds(ended_at, told.at) < 1.0


async def test_what_another_process_does_is_told_too(scene):
    stack, service, client = scene
    body = await stack.register(client)
    async with reading(client, service) as reader:
        await stack.shell(f"User.objects.filter(pk={body['user']['id']}).update(is_active=False)")
        await reader.until_known(time.monotonic())

    told = [event.data for event in reader.revocations if event.data["sub"] == str(body["user"]["id"])]
    assert [entry["epoch"] for entry in told] == [1]


async def test_a_server_that_is_told_to_stop_ends_its_streams_at_once(any_scene):
    stack, service, client = any_scene
    async with reading(client, service) as reader:
        await reader.until_known(time.monotonic())
        mark = len(stack.server.output())
        code = await stack.server.stop()
        await reader.until_over()
    told = stack.server.output()[mark:]
    await stack.start_server()

    assert code == 0
    assert "graceful shutdown exceeded" not in told


async def test_without_redis_the_feed_goes_on(any_scene):
    stack, service, client = any_scene
    body = await stack.register(client)
    async with reading(client, service) as reader:
        await reader.until_known(time.monotonic())
        stack.kill_valkey()
        try:
            await reader.until_known(await end(client, body))
        finally:
            stack.start_valkey()
    await stack.until_ready()

    assert str(body["user"]["id"]) in {event.data["sub"] for event in reader.revocations}


async def test_while_the_database_is_away_the_heartbeat_says_since_when(stack_of, services):
    stack = await stack_of("postgres")
    service = SERVICE.basic
    async with stack.client() as client, reading(client, service) as reader:
        await reader.until_known(time.monotonic())
        with postgres_gone(stack, services):
            gone_at = time.monotonic()
            await asyncio.sleep(1.6)

            async def stands_still():
                """What the last two heartbeats say."""
                claims = [reader.sent_at + beat.data["at"] for beat in reader.heartbeats[-2:]]
                return len(claims) == 2 and len(set(claims)) == 1 and claims[0]

            claimed = await eventually(stands_still)
            refused = await client.get(PATH, headers=service)
        await reader.until_known(time.monotonic())

    assert claimed <= gone_at
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")


async def test_the_feed_of_a_removed_client_ends_by_itself(any_scene):
    stack, _, client = any_scene
    name = stack.new_name()
    secret = (await stack.manage("clients", "add", name)).partition("client_secret: ")[2].split()[0]
    service = Service(name, secret)

    async def is_known():
        return (await introspect(client, service, "x")).status_code == 200

    await eventually(is_known)
    async with reading(client, service.basic) as reader:  # by the connection that is free, and so the same worker
        await reader.until_known(reader.sent_at)
        await stack.manage("clients", "remove", name)

        await reader.until_over()
