"""What survives: the end of every process, and the loss of everything in Redis."""

import asyncio
import time

import pytest
from redis.asyncio import Redis

from tests.conftest import bearer
from tests.e2e.wire.endings import log_out
from tests.e2e.wire.stack import PASSWORD
from tests.integration.calls import refresh

pytestmark = pytest.mark.long


async def me(client, token):
    return (await client.get("/api/auth/me", headers=bearer(token))).status_code


async def test_a_restart_of_everything_keeps_users_sessions_and_revocations(stack):
    async with stack.client() as client:
        live, ended = await stack.register(client), await stack.register(client)
        assert await me(client, live["access_token"]) == 200
        await log_out(stack, client, ended)

    await stack.stop_server()
    stack.valkey.stop()
    stack.start_valkey()
    await stack.start_server()

    async with stack.client() as client:
        assert await me(client, live["access_token"]) == 200
        assert (await refresh(client, live["refresh_token"])).status_code == 200
        assert await me(client, ended["access_token"]) == 401
        assert (await refresh(client, ended["refresh_token"])).status_code == 401
        login = {"username": ended["user"]["username"], "password": PASSWORD}
        assert (await client.post("/api/auth/login", json=login)).status_code == 200


async def test_a_server_that_is_killed_keeps_what_it_answered(stack):
    async with stack.client() as client:
        live, ended = await stack.register(client), await stack.register(client)
        await log_out(stack, client, ended)

    stack.server.process.kill()
    await stack.stop_server()
    await stack.start_server()

    async with stack.client() as client:
        assert await me(client, live["access_token"]) == 200
        assert await me(client, ended["access_token"]) == 401


async def test_losing_redis_under_traffic_revives_nothing_and_logs_nobody_out(stack):
    async with stack.client() as client, Redis.from_url(stack.valkey.url) as redis:
        live = [await stack.register(client) for _ in range(3)]
        ended = [await stack.register(client) for _ in range(3)]
        for body in ended:
            assert await me(client, body["access_token"]) == 200
            await log_out(stack, client, body)
        seen: dict[str, set[int]] = {"live": set(), "ended": set()}
        until = time.monotonic() + 1.5

        async def call(kind, body):
            while time.monotonic() < until:
                seen[kind].add(await me(client, body["access_token"]))

        async def flush():
            while time.monotonic() < until:
                await redis.flushall()
                await asyncio.sleep(0.01)

        calls = [call("live", body) for body in live] + [call("ended", body) for body in ended]
        await asyncio.gather(flush(), *calls)

    assert seen == {"live": {200}, "ended": {401}}
