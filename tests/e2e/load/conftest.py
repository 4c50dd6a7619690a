"""The load kit's drivers, each as its own program. `make test-load` brings the programs and runs these tests.

It sets TEST_LOAD; without it, they are not collected: `make test` brings none of the programs.
"""

import json
import os
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.load.runs import Run, seeded, write_run
from tests.e2e.wire import stack as stacks
from tests.e2e.wire.stack import Stack, manage
from tests.services import Services

collect_ignore_glob = [] if "TEST_LOAD" in os.environ else ["test_locust*.py", "test_driver*.py"]


@pytest_asyncio.fixture(scope="session")
async def stack(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with stacks.running("sqlite", services, tmp_path_factory.mktemp("authgate")) as stack:
        yield stack


@pytest_asyncio.fixture(scope="session")
async def pool(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Sessions of accounts of their own, for all tests."""
    run = await seeded(stack, tmp_path_factory.mktemp("pool"), users=400)
    return map(json.loads, (run.folder / "pool.jsonl").read_text().splitlines())


@pytest.fixture
def run(stack: Stack, pool: Iterator[dict[str, Any]], tmp_path: Path) -> Run:
    """The folder of a run with twenty sessions that no other test has."""
    return write_run(tmp_path, stack.server.url, islice(pool, 20))


@pytest_asyncio.fixture
async def whole_run(stack: Stack, tmp_path: Path) -> AsyncIterator[Run]:
    """A run with twenty sessions, which passes `load verify` after the test."""
    run = await seeded(stack, tmp_path, users=20)
    yield run
    printed = await manage(stack.server.env, "load", "verify", run.folder.name, "--directory", str(tmp_path))
    assert "Passed." in printed
    assert "held     rotations" in printed
