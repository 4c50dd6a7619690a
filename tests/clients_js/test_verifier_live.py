"""The npm package's verifier, middleware and socket kit against a real server with two workers."""

import asyncio
import os
import shutil
import time
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import bearer, eventually
from tests.wire.stack import SERVICE, running

PACKAGE = Path(__file__).resolve().parents[2] / "clients" / "js"
BUILT = PACKAGE / "dist" / "verifier" / "index.js"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not BUILT.exists() or not (PACKAGE / "node_modules" / "ws").exists(),
    reason="the npm package is not built: npm ci && npm run build in clients/js",
)


@asynccontextmanager
async def host(stack, folder):
    """A client of the Node service, which imports the package by its name."""
    modules = folder / "node_modules"
    modules.mkdir()
    (modules / "authgate").symlink_to(PACKAGE)
    (modules / "ws").symlink_to(PACKAGE / "node_modules" / "ws")
    script = shutil.copy(Path(__file__).with_name("verifier_host.mjs"), folder)
    # The issuer is development's own; the port is another in each run.
    names = {
        "ISSUER": "http://127.0.0.1:8000",
        "SERVER": stack.server.url,
        "CLIENT_ID": SERVICE.client_id,
        "CLIENT_SECRET": SERVICE.secret,
    }
    node = await asyncio.create_subprocess_exec(
        "node", script, env={**os.environ, **names}, stdout=asyncio.subprocess.PIPE
    )
    try:
        port = int(await asyncio.wait_for(node.stdout.readline(), 20))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client
    finally:
        node.kill()
        await node.wait()


@pytest.fixture(scope="module")
async def scene(services, tmp_path_factory):
    """The stack, a client of it, and a client of the Node service."""
    async with (
        running("sqlite", services, tmp_path_factory.mktemp("stack")) as stack,
        stack.client() as client,
        host(stack, tmp_path_factory.mktemp("host")) as service,
    ):
        yield stack, client, service


async def becomes(service, token, status, *, seconds=5.0):
    """The service's answer to `token`, once it has this status."""

    async def probe():
        answer = await service.get("/", headers=bearer(token))
        return answer if answer.status_code == status else None

    return await eventually(probe, seconds=seconds)


async def test_a_logout_reaches_the_service_within_a_second(scene):
    stack, client, service = scene
    body = await stack.register(client)
    accepted = await service.get("/", headers=bearer(body["access_token"]))
    assert accepted.json()["subject"] == str(body["user"]["id"])

    await client.post("/api/auth/logout", headers=bearer(body["access_token"]))
    refused = await becomes(service, body["access_token"], 401, seconds=1)
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_logout_closes_the_sockets_of_its_session(scene):
    stack, client, service = scene
    body = await stack.register(client)
    header = bearer(body["access_token"])
    ticket = (await client.post("/api/auth/ws-ticket", headers=header)).json()["ticket"]
    opened = [
        (await service.post("/socket", json=login)).json()
        for login in ({"ticket": ticket}, {"token": body["access_token"]})
    ]
    assert [answer["type"] for answer in opened] == ["auth.ok", "auth.ok"]
    used = (await service.post("/socket", json={"ticket": ticket})).json()
    assert used == {"type": "closed", "code": 4401}

    await client.post("/api/auth/logout", headers=header)

    async def closed():
        return (await service.get("/closed")).json() == [4401, 4403, 4403]

    await eventually(closed, seconds=1)


async def test_without_the_server_the_service_refuses_after_the_bound_and_recovers(scene):
    stack, client, service = scene
    token = (await stack.register(client))["access_token"]
    await becomes(service, token, 200)
    await stack.stop_server()
    stopped = time.monotonic()
    refused = await becomes(service, token, 503, seconds=3)
    assert time.monotonic() - stopped < 2.5  # the bound of 2 s, and the asking
    assert refused.headers["retry-after"] == "1"
    await stack.start_server()
    await becomes(service, token, 200)
