"""Two hosts on one database, one of which has a wrong clock: neither ends a session that the other has rotated."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.e2e.wire.server import Server
from tests.e2e.wire.stack import Kind, Stack
from tests.integration.calls import me, refresh

pytestmark = pytest.mark.long

WRONG = """
import time

right = time.time
time.time = lambda: right() + {off}
"""
"""A sitecustomize, which every Python of the host runs first."""


@pytest_asyncio.fixture
async def stack(stack_of: Callable[[Kind], Awaitable[Stack]]) -> Stack:
    return await stack_of("postgres")


@pytest_asyncio.fixture(params=[11.0, -3600.0])
async def wrong(stack: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a worker on another host: the same stores and secrets, and a clock that is off by so many seconds."""
    (tmp_path / "sitecustomize.py").write_text(WRONG.format(off=request.param))
    shutil.copytree(stack.data_dir / "keys", tmp_path / "data" / "keys")
    shutil.copy(stack.data_dir / "secret.key", tmp_path / "data")
    env = {**stack.env, "DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(tmp_path), "JWT_ISSUER": stack.server.url}
    async with Server(env=env) as server, httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        yield client


async def test_a_refresh_may_be_retried_on_either_host(stack: Stack, wrong: httpx.AsyncClient) -> None:
    async with stack.client() as client:
        first = (await stack.register(client))["refresh_token"]
        rotated = await refresh(client, first)
        there = await refresh(wrong, first)
        second = rotated.json()["refresh_token"]
        rotated_there = await refresh(wrong, second)
        here = await refresh(client, second)

    assert [answer.status_code for answer in (rotated, there, rotated_there, here)] == [200] * 4
    assert there.json()["refresh_token"] == second
    assert here.json()["refresh_token"] == rotated_there.json()["refresh_token"]


async def test_the_tokens_of_each_host_are_good_on_the_other(stack: Stack, wrong: httpx.AsyncClient) -> None:
    async with stack.client() as client:
        here, there = await stack.register(client), await stack.register(wrong)

        assert (await me(wrong, here["access_token"])).status_code == 200
        assert (await me(client, there["access_token"])).status_code == 200
