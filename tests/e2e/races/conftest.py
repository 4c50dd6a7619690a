"""Two real workers on one Postgres and one Redis, reached over sockets."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from django.db import connection

from tests.conftest import PASSWORD, eventually, registration
from tests.e2e.races.wire import Answer, Connection, worker_of, workers
from tests.e2e.wire.server import Server
from tests.services import Services

BOUND = 1.0
"""Seconds after the 2xx of an ending until every request that begins is refused."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    unfit = pytest.mark.skipif(
        os.environ.get("TEST_DATABASE") == "sqlite" or sys.platform != "linux", reason="needs Postgres and /proc"
    )
    for item in items:
        if here in item.path.parents:
            item.add_marker(unfit)


@dataclass(slots=True)
class Pair:
    """What a client holds. `ended_at`: the 2xx of what ended it."""

    access_token: str
    refresh_token: str
    ended_at: float = 0.0

    @classmethod
    def of(cls, body: Any) -> "Pair":
        return cls(body["access_token"], body["refresh_token"])


class Cluster:
    """`connections` has one for each worker; `any` gives them in turn."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.connections: list[Connection] = []
        self._turn = 0

    @asynccontextmanager
    async def connected(self, count: int) -> AsyncIterator[list[Connection]]:
        """So many connections, in turn to one worker and to the other. `count` is even."""
        pids = workers(self.server.process.pid)
        found: dict[int, list[Connection]] = {pid: [] for pid in pids}
        async with AsyncExitStack() as stack:
            while any(len(held) < count // 2 for held in found.values()):
                opened = await Connection.open(self.server.port)
                await opened.get("/health/live", token="")
                pid = worker_of(opened, pids)
                assert pid is not None
                if len(found[pid]) == count // 2:  # the other one may be starting yet
                    await opened.close()
                    continue
                stack.push_async_callback(opened.close)
                found[pid].append(opened)
            yield [held for pair in zip(*found.values(), strict=False) for held in pair][:count]

    @property
    def any(self) -> Connection:
        self._turn += 1
        return self.connections[self._turn % len(self.connections)]

    async def register(self) -> tuple[Pair, dict[str, Any]]:
        answer = await self.any.post("/api/auth/register", registration())
        assert answer.status == 201, answer.body
        return Pair.of(answer.body), answer.body["user"]

    async def login(self, user: dict[str, Any]) -> Pair:
        answer = await self.any.post("/api/auth/login", {"username": user["username"], "password": PASSWORD})
        assert answer.status == 200, answer.body
        return Pair.of(answer.body)

    async def statuses(self, *access_tokens: str) -> set[int]:
        """What every worker says to each of these tokens."""
        return {
            (await held.get("/api/auth/me", token=token)).status for held in self.connections for token in access_tokens
        }

    async def refresh(self, pair: Pair) -> Answer:
        return await refresh(self.any, pair.refresh_token)

    async def nothing_is_left_of(self, pair: Pair) -> bool:
        """A second after its end, on any worker, by access token or by refresh token."""
        await asyncio.sleep(max(0.0, pair.ended_at + BOUND - time.monotonic()))
        access = await self.statuses(pair.access_token)
        return access == {401} and (await self.refresh(pair)).status == 401


async def refresh(held: Connection, token: str) -> Answer:
    return await held.post("/api/auth/refresh", {"refresh_token": token})


@pytest_asyncio.fixture(scope="package")
async def server(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Two workers, on the database of the tests."""
    assert services.postgres is not None
    env = {
        "DATA_DIR": str(tmp_path_factory.mktemp("races") / "data"),
        "DATABASE_URL": services.postgres.url(connection.settings_dict["NAME"]),
        "RATE_LIMIT_API": "off",
        "LOG_LEVEL": "WARNING",
    }
    async with Server(env=env, workers=2) as server:
        yield server


@pytest_asyncio.fixture
async def cluster(server: Server) -> AsyncIterator[Cluster]:
    cluster = Cluster(server)
    await eventually(both_serve(server), seconds=60)
    async with cluster.connected(2) as cluster.connections:
        yield cluster


def both_serve(server: Server) -> Callable[[], Awaitable[bool]]:
    """A probe: whether new connections get to two workers."""

    async def probe() -> bool:
        opened = [await Connection.open(server.port) for _ in range(8)]
        for held in opened:
            await held.get("/health/live", token="")
        pids = workers(server.process.pid)
        serving = {worker_of(held, pids) for held in opened}
        for held in opened:
            await held.close()
        return len(serving - {None}) == 2

    return probe
