"""One Authgate, one backend, and each proxy between them, started at its first use.

`make test-proxies` runs these tests, and sets TEST_PROXIES: they need programs that `make test` does not bring.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.proxies import backend as backends
from tests.e2e.proxies.running import ASKING, OFFLINE, running
from tests.e2e.proxies.tokens import Keys
from tests.e2e.wire import stack as stacks
from tests.e2e.wire.stack import Stack

collect_ignore_glob = [] if "TEST_PROXIES" in os.environ else ["test_*.py"]


@dataclass(frozen=True, slots=True)
class Proxy:
    name: str
    port: int

    @property
    def asks(self) -> bool:
        return self.name in ASKING


@pytest_asyncio.fixture(scope="session")
async def stack(services, tmp_path_factory):
    """Wherever it listens, its tokens name the issuer that the examples do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JWT_ISSUER", "http://127.0.0.1:8000")
        async with stacks.running("sqlite", services, tmp_path_factory.mktemp("authgate")) as stack:
            yield stack


@pytest.fixture(scope="session")
def keys(stack: Stack) -> Keys:
    return Keys(stack.data_dir / "keys")


@pytest.fixture(scope="session")
def backend() -> Iterator[int]:
    with backends.serving() as server:
        yield server.server_port


@pytest_asyncio.fixture(scope="session")
async def key(stack: Stack, keys: Keys, tmp_path_factory) -> Path:
    """The file that HAProxy reads, made as the README says."""
    path = tmp_path_factory.mktemp("key") / "authgate.pem"
    path.write_text(await stack.manage("keys", "export", keys.signing.kid))
    return path


@pytest.fixture(scope="session")
def start(backend, key, tmp_path_factory) -> Iterator[Callable[..., Proxy]]:
    """Starts a proxy that asks the Authgate of a port."""
    with ExitStack() as exits:

        def start(name: str, authgate: int, **options: Any) -> Proxy:
            directory = tmp_path_factory.mktemp(name) / "run"
            port = exits.enter_context(running(name, directory, authgate=authgate, backend=backend, key=key, **options))
            return Proxy(name, port)

        yield start


@pytest.fixture(scope="session")
def proxy_of(stack, start) -> Callable[[str], Proxy]:
    started: dict[str, Proxy] = {}

    def get(name: str) -> Proxy:
        if name not in started:
            started[name] = start(name, stack.server.port)
        return started[name]

    return get


@pytest.fixture(params=[*ASKING, *OFFLINE])
def proxy(request, proxy_of) -> Proxy:
    return proxy_of(request.param)


@pytest.fixture(params=[*ASKING])
def asking(request, proxy_of) -> Proxy:
    return proxy_of(request.param)


@pytest.fixture(params=[*OFFLINE])
def offline(request, proxy_of) -> Proxy:
    return proxy_of(request.param)


@pytest_asyncio.fixture
async def ann(stack):
    """The token body of an account that is not staff."""
    async with stack.client() as client:
        return await stack.register(client)
