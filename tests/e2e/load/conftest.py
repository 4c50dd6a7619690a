"""The load kit's drivers, each as its own program. `make test-load` brings the programs and runs these tests.

It sets TEST_LOAD; without it, they are not collected: `make test` brings none of the programs.
"""

import os
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.load.runs import Run, seeded, write_run
from tests.e2e.wire import stack as stacks
from tests.e2e.wire.stack import Stack
from tests.services import Services

collect_ignore_glob = [] if "TEST_LOAD" in os.environ else ["test_locust*.py", "test_driver*.py"]


@pytest_asyncio.fixture(scope="session")
async def stack(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with stacks.running("sqlite", services, tmp_path_factory.mktemp("authgate")) as stack:
        yield stack


@pytest_asyncio.fixture(scope="session")
async def pool(stack: Stack) -> Iterator[dict[str, Any]]:
    """Sessions of accounts of their own, for all tests."""
    return iter(await seeded(stack, 400))


@pytest.fixture
def run(stack: Stack, pool: Iterator[dict[str, Any]], tmp_path: Path) -> Run:
    """The folder of a run with twenty sessions that no other test has."""
    return write_run(tmp_path, stack.server.url, islice(pool, 20))
