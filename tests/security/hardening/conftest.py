from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.launch import valkey as embedded
from tests.e2e.wire import stack as stacks
from tests.e2e.wire.stack import Stack
from tests.security.hardening.valkey import OwnValkey
from tests.services import Services


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    own = OwnValkey(tmp_path / "valkey", embedded.start(tmp_path / "valkey"))
    yield own
    own.back()
    own.server.stop()


@pytest_asyncio.fixture(scope="session")
async def stack(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A server in processes of its own, for what must go over real sockets. No limit is on."""
    async with stacks.running("sqlite", services, tmp_path_factory.mktemp("hardening")) as stack:
        yield stack
