"""A client that presents its token again when no answer came is never logged out, whatever dies meanwhile."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import pytest

from auth.models import Session
from tests.conftest import eventually
from tests.e2e.races.conftest import Cluster, Pair, both_serve, refresh
from tests.e2e.races.wire import Answer, Connection, workers

pytestmark = pytest.mark.long

REFRESHES = 1000
CLIENTS = 5
KILLS = 10
MOST_KILLS = 40
PATIENCE = 60.0
"""Seconds until a killed worker has been replaced, which takes 3 on a machine at rest."""


@dataclass
class Client:
    """Refreshes one session again and again. `outcomes` counts what the server called each success."""

    port: int
    pair: Pair
    connection: Connection | None = None
    refreshed: int = 0
    lost: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    async def refresh(self) -> None:
        """To the next pair, presenting the same token until it is answered."""
        begun_at = time.monotonic()
        while (answer := await self._try()) is None:
            self.lost += 1
            assert time.monotonic() - begun_at < PATIENCE, "no worker came back"
            await asyncio.sleep(0.01)
        assert answer.status == 200, f"logged out after {self.refreshed} refreshes: {answer.body}"
        self.pair = Pair.of(answer.body)
        self.refreshed += 1
        self.outcomes[answer.headers["authgate-refresh"]] += 1

    async def _try(self) -> Answer | None:
        try:
            if self.connection is None:
                self.connection = await Connection.open(self.port)
            answer = await refresh(self.connection, self.pair.refresh_token)
        except OSError:
            await self.close()
            return None
        return None if answer.status == 503 else answer

    async def close(self) -> None:
        if self.connection is not None:
            await self.connection.close()
        self.connection = None


async def test_a_thousand_refreshes_under_kill_9_log_nobody_out(cluster: Cluster) -> None:
    made = [await cluster.register() for _ in range(CLIENTS)]
    clients = [Client(cluster.server.port, pair) for pair, _ in made]
    killing = asyncio.create_task(kill_workers(cluster, clients))

    async def work(client: Client) -> None:
        while client.refreshed < REFRESHES // CLIENTS or not killing.done():
            await client.refresh()

    await asyncio.gather(*(work(client) for client in clients))

    assert await killing >= KILLS
    assert sum(client.outcomes["retried"] for client in clients) > 0  # an answer was lost after its rotation
    await eventually(both_serve(cluster.server), seconds=PATIENCE)
    async with cluster.connected(2) as cluster.connections:
        for client, (_, user) in zip(clients, made, strict=True):
            session = await Session.objects.aget(user_id=user["id"])
            assert session.generation == client.refreshed  # one line: no answer was given twice, none was skipped
            assert await cluster.statuses(client.pair.access_token) == {200}
            await client.close()


async def kill_workers(cluster: Cluster, clients: list[Client]) -> int:
    """kill -9 one of two workers each time that some refreshes more have been answered; how often."""
    chance = random.Random(9)
    kills = 0
    while kills < KILLS or (not any(client.outcomes["retried"] for client in clients) and kills < MOST_KILLS):
        goal = sum(client.refreshed for client in clients) + chance.randint(20, REFRESHES // KILLS)
        await eventually(partial(has_refreshed, clients, goal), seconds=2 * PATIENCE)
        await asyncio.sleep(chance.uniform(0, 0.01))
        if pids := sorted(workers(cluster.server.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(chance.choice(pids), signal.SIGKILL)
                kills += 1
    return kills


async def has_refreshed(clients: list[Client], goal: int) -> bool:
    return sum(client.refreshed for client in clients) >= goal
