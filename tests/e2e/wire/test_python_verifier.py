"""The Python verifier at real workers: what is answered here is refused there within a second, and nothing else is."""

import time
from functools import partial
from typing import Any

import pytest

from authgate_verifier import RevokedToken, Unavailable, Verifier
from tests.conftest import eventually
from tests.e2e.wire.endings import ban, change_password, log_out
from tests.e2e.wire.stack import SERVICE
from tests.e2e.wire.tunnel import Tunnel
from tests.pace import within

pytestmark = pytest.mark.long

OPTIONS: dict[str, Any] = {"client_id": SERVICE.client_id, "client_secret": SERVICE.secret}


@pytest.fixture
async def scene(any_stack):
    """The stack, a client, and a verifier."""
    async with any_stack.client() as client, Verifier(any_stack.server.url, **OPTIONS) as verifier:
        yield any_stack, client, verifier


async def judged(verifier, body):
    """The claims, or the RevokedToken, as soon as it can say: a process that stood still knows too little."""

    async def decided():
        try:
            return verifier.verify(body["access_token"])
        except RevokedToken as refused:
            return refused
        except Unavailable:
            return None

    return await eventually(decided)


async def is_revoked(verifier, body):
    return isinstance(await judged(verifier, body), RevokedToken)


async def until_known(verifier, moment):
    """Until everything is known that was acknowledged before `moment`."""

    async def known():
        return verifier.staleness() < time.monotonic() - moment

    await eventually(known)


async def until_undecided(verifier, body):
    """Until nothing is accepted, which must be within the bound of 2 s, and the time to notice."""

    async def is_undecided():
        try:
            return not verifier.verify(body["access_token"])
        except Unavailable:
            return True

    await within(2.5, is_undecided)


@pytest.mark.parametrize("end", [log_out, ban, change_password])
async def test_an_ending_reaches_verify_within_a_second(scene, end):
    stack, client, verifier = scene
    body, other = await stack.register(client), await stack.register(client)
    assert (await judged(verifier, body)).user_id == body["user"]["id"]
    answered = await end(stack, client, body)

    await within(1.0, partial(is_revoked, verifier, body))
    assert not await is_revoked(verifier, other)
    if answered:
        assert not await is_revoked(verifier, answered)


async def test_rotation_ends_nothing(scene):
    stack, client, verifier = scene
    body = await stack.register(client)
    told = []
    verifier.on_revoked(lambda entry: told.append(entry.subject))
    answer = await client.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})
    await until_known(verifier, time.monotonic())

    assert not await is_revoked(verifier, body)
    assert not await is_revoked(verifier, answer.json())
    assert str(body["user"]["id"]) not in told


async def test_over_a_killed_server_nothing_is_missed(scene):
    stack, client, verifier = scene
    live, ended, later = [await stack.register(client) for _ in range(3)]
    await until_known(verifier, time.monotonic())
    await log_out(stack, client, ended)
    stack.server.process.kill()
    await until_undecided(verifier, live)
    await stack.stop_server()
    await ban(stack, client, later)
    await stack.start_server()
    await until_known(verifier, time.monotonic())

    assert not await is_revoked(verifier, live)
    assert await is_revoked(verifier, ended)
    assert await is_revoked(verifier, later)


async def test_over_a_network_that_swallows_nothing_is_missed(any_stack):
    async with (
        any_stack.client() as client,
        Tunnel(any_stack.server.port) as tunnel,
        Verifier(tunnel.url, issuer=any_stack.server.url, **OPTIONS) as verifier,
    ):
        live, ended = await any_stack.register(client), await any_stack.register(client)
        tunnel.block()
        await until_undecided(verifier, live)
        await log_out(any_stack, client, ended)
        tunnel.unblock()
        await until_known(verifier, time.monotonic())

        assert not await is_revoked(verifier, live)
        assert await is_revoked(verifier, ended)
