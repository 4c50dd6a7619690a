import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from tests.integration.mail import ask_for_reset, token_sent


@pytest_asyncio.fixture(scope="session")
async def redis() -> AsyncIterator[Redis]:
    """A plain client, to look at what the server wrote."""
    client = Redis.from_url(os.environ["REDIS_URL"])
    yield client
    await client.aclose()


@pytest.fixture
def reset_token_of(client, runtime):
    """The token that an account is sent on asking for a new password."""

    async def ask(account):
        assert (await ask_for_reset(client, account.user.email)).status_code == 202
        return await token_sent(runtime, account.user.email)

    return ask
