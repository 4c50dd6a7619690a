"""A failover of Redis behind one address, while callers come: a moment without tickets, and nothing else."""

import asyncio
import time

import pytest

from tests.conftest import bearer, eventually
from tests.e2e.wire import stack as stacks
from tests.e2e.wire.tunnel import Tunnel
from tests.integration.stores import valkeys

pytestmark = pytest.mark.long


@pytest.fixture
async def failing_over(services, tmp_path):
    """A server, and what makes its Redis change places with the replica: the address follows."""
    with valkeys.running(tmp_path / "a") as primary, valkeys.running(tmp_path / "b") as replica:
        replica.follow(primary)
        async with Tunnel(primary.port) as tunnel:
            address = f"redis://127.0.0.1:{tunnel.port}/0"
            (tmp_path / "data").mkdir()
            changes = {"REDIS_URL": address, "RATE_LIMIT_WS_TICKET": "off", "RATE_LIMIT_API": "off"}
            async with stacks.running("sqlite", services, tmp_path / "data", **changes) as stack:

                async def fail_over():
                    await asyncio.to_thread(primary.hand_over_to, replica)
                    tunnel.lead_to(replica.port)

                yield stack, fail_over


class Load:
    """`async with` it, and callers ask in a row. `seen`: when each was asked and answered, its route and its status."""

    def __init__(self, client, token):
        self.seen = []
        self._client = client
        self._headers = bearer(token)

    async def __aenter__(self):
        calls = [("GET", "/api/auth/me")] * 6 + [("POST", "/api/auth/ws-ticket")] * 2
        self._tasks = [asyncio.create_task(self._ask(*call)) for call in calls]
        return self

    async def __aexit__(self, *_):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ask(self, method, path):
        while True:
            asked = time.perf_counter()
            answer = await self._client.request(method, path, headers=self._headers)
            self.seen.append((asked, time.perf_counter(), path.rpartition("/")[2], answer.status_code))

    def statuses(self, route, *, since=0.0):
        return {status for asked, _, what, status in self.seen if what == route and asked > since}

    async def has_gone_on(self, calls=200):
        goal = len(self.seen) + calls

        async def reached():
            return len(self.seen) >= goal

        await eventually(reached, seconds=60)

    async def goes_well(self):
        """Whether, from here on for a while, whoever asks for a ticket is given one."""
        begun = time.perf_counter()
        await self.has_gone_on()
        return self.statuses("ws-ticket", since=begun) == {200}


async def test_callers_notice_next_to_nothing_and_all_is_well_soon(failing_over):
    stack, fail_over = failing_over
    async with stack.client() as client:
        token = (await stack.register(client))["access_token"]
        async with Load(client, token) as load:
            await load.has_gone_on()
            before = time.perf_counter()
            await fail_over()
            changed = time.perf_counter()
            await eventually(load.goes_well)
        ready = [(await client.get("/health/ready")).status_code for _ in range(10)]

    assert load.statuses("me") == {200}
    assert load.statuses("ws-ticket") == {200, 503}, "the failover was not noticed: this proves nothing"
    assert set(ready) == {200}
    failures = [answered for _, answered, _, status in load.seen if status == 503]
    began, ended = min(failures) - before, max(failures) - changed
    print(f"503 from {began:.3f} s after the failover began to {ended:.3f} s after the address changed")
