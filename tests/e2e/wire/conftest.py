"""The deployments that the tests over real sockets share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.e2e.wire import stack as stacks
from tests.e2e.wire.stack import Kind, Stack
from tests.services import Services


@pytest_asyncio.fixture(scope="session")
async def stack_of(
    services: Services, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Callable[[Kind], Awaitable[Stack]]]:
    """Starts a stack at first use. Skips what needs the Postgres that this run does not have."""
    started: dict[Kind, Stack] = {}
    async with AsyncExitStack() as exits:

        async def get(kind: Kind) -> Stack:
            if kind == "postgres" and services.postgres is None:
                pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
            if kind not in started:
                running = stacks.running(kind, services, tmp_path_factory.mktemp(kind))
                started[kind] = await exits.enter_async_context(running)
            return started[kind]

        yield get


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def stack(request: pytest.FixtureRequest, stack_of: Callable[[Kind], Awaitable[Stack]]) -> Stack:
    """For what depends on the database: each test runs on both."""
    return await stack_of(request.param)


@pytest_asyncio.fixture
async def any_stack(stack_of: Callable[[Kind], Awaitable[Stack]]) -> Stack:
    """For what does not: a server as `make run` serves."""
    return await stack_of("sqlite")
