"""Whether a token is accepted, and how soon it is rejected."""

import time

import httpx

from tests.conftest import bearer
from tests.integration.calls import me
from tests.pace import within

BOUND = 1.0  # seconds, by the contract


async def assert_dies(client: httpx.AsyncClient, token: str, *, path: str = "/api/auth/me", status: int = 401) -> None:
    """The token is refused at `path` within BOUND."""

    async def is_refused() -> bool:
        answer = await client.get(path, headers=bearer(token))
        assert answer.status_code in (200, status), answer.text
        return answer.status_code == status

    await within(BOUND, is_refused)


async def assert_lives(client: httpx.AsyncClient, token: str) -> None:
    assert (await me(client, token)).status_code == 200


async def assert_stays_dead(client: httpx.AsyncClient, token: str, *, seconds: float = 0.6) -> None:
    """Refused at every moment of a time in which a worker reads the revocation log twice."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert (await me(client, token)).status_code == 401
