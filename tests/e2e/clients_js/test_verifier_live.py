"""The npm package's verifier, middleware and socket kit, installed from the tarball, in Node, at two real workers."""

import asyncio
import os
import shutil
import time
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.conftest import bearer, eventually
from tests.e2e.clients_js.conftest import SOURCE
from tests.e2e.wire.endings import ban, change_password, log_out
from tests.e2e.wire.stack import SERVICE, running
from tests.e2e.wire.tunnel import Tunnel

BOUND = 2.0  # seconds: the verifier's default
ASKING = 1.0  # seconds that the test may take to notice, on a busy machine


@asynccontextmanager
async def host(project, url, issuer):
    """A client of the Node service, which finds Authgate at `url`; its tokens are from `issuer`."""
    modules = project / "node_modules"
    if not (modules / "ws").exists():
        (modules / "ws").symlink_to(SOURCE / "node_modules" / "ws")
    script = shutil.copy(Path(__file__).with_name("verifier_host.mjs"), project)
    named = {"AUTHGATE_URL": url, "AUTHGATE_ISSUER": issuer}
    named |= {"AUTHGATE_CLIENT_ID": SERVICE.client_id, "AUTHGATE_CLIENT_SECRET": SERVICE.secret}
    node = await asyncio.create_subprocess_exec(
        "node", script, env={**os.environ, **named}, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert node.stdout is not None
        port = int(await asyncio.wait_for(node.stdout.readline(), 20))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as service:
            yield service
    finally:
        node.kill()
        await node.wait()


@pytest_asyncio.fixture(scope="module")
async def scene(services, project, tmp_path_factory):
    """The stack, the way from the Node service to it, a client of the one and of the other."""
    async with (
        running("sqlite", services, tmp_path_factory.mktemp("verifier")) as stack,
        Tunnel(stack.server.port) as tunnel,
        stack.client() as client,
        host(project, tunnel.url, stack.server.url) as service,
    ):
        yield stack, tunnel, client, service


async def outcome(service, body):
    return (await service.get("/outcome", headers=bearer(body["access_token"]))).json()


async def becomes(service, body, wanted, *, seconds=5.0):
    """Seconds until the service's verdict on the token is `wanted`."""
    began = time.monotonic()

    async def probe():
        return await outcome(service, body) == wanted

    await eventually(probe, seconds=seconds)
    return time.monotonic() - began


@pytest.mark.parametrize("end", [log_out, ban, change_password])
async def test_an_ending_is_refused_within_a_second(scene, end):
    stack, _, client, service = scene
    body, other = await stack.register(client), await stack.register(client)
    accepted = await service.get("/", headers=bearer(body["access_token"]))
    assert accepted.json()["subject"] == str(body["user"]["id"])
    await end(stack, client, body)

    assert await becomes(service, body, "RevokedToken") < 1.0
    refused = await service.get("/", headers=bearer(body["access_token"]))
    assert (refused.status_code, refused.headers["www-authenticate"]) == (
        401,
        'Bearer realm="api", error="invalid_token"',
    )
    assert await outcome(service, other) == "good"


async def test_a_refresh_ends_nothing(scene):
    stack, _, client, service = scene
    body, last = await stack.register(client), await stack.register(client)
    answer = await client.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})
    await log_out(stack, client, last)
    await becomes(service, last, "RevokedToken")  # so all that was before it has been told

    assert await outcome(service, body) == await outcome(service, answer.json()) == "good"
    assert str(body["user"]["id"]) not in (await service.get("/heard")).json()


async def test_a_logout_closes_the_sockets_of_its_session(scene):
    stack, _, client, service = scene
    body = await stack.register(client)
    header = bearer(body["access_token"])
    ticket = (await client.post("/api/auth/ws-ticket", headers=header)).json()["ticket"]
    for login in ({"ticket": ticket}, {"token": body["access_token"]}):
        assert (await service.post("/socket", json=login)).json()["type"] == "auth.ok"
    assert (await service.post("/socket", json={"ticket": ticket})).json() == 4401  # it was used
    await log_out(stack, client, body)

    async def closed():
        return (await service.get("/closed")).json() == [4401, 4403, 4403]

    await eventually(closed, seconds=1)


@asynccontextmanager
async def killed(stack, tunnel):
    stack.server.process.kill()
    try:
        yield
    finally:
        await stack.stop_server()
        await stack.start_server()


@asynccontextmanager
async def black_hole(stack, tunnel):
    tunnel.block()
    try:
        yield
    finally:
        tunnel.unblock()


@pytest.mark.parametrize("cut", [killed, black_hole])
async def test_over_a_cut_feed_it_refuses_after_the_bound_and_misses_nothing(scene, cut):
    stack, tunnel, client, service = scene
    live, ended = await stack.register(client), await stack.register(client)
    await becomes(service, live, "good")
    began = time.monotonic()
    staleness = (await service.get("/staleness")).json()
    async with cut(stack, tunnel):
        assert await becomes(service, live, "FeedStale") < BOUND + ASKING
        assert time.monotonic() - began > BOUND - staleness  # not before its time
        refused = await service.get("/", headers=bearer(live["access_token"]))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        await ban(stack, client, ended)

    await becomes(service, live, "good", seconds=10)
    assert await outcome(service, ended) == "RevokedToken"
