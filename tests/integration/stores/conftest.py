"""Redis as the stores see it: the service of the run, and servers of a test's own to stop, flush and starve."""

import hashlib
import itertools
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from app.launch import valkey
from auth.caller import RequestContext
from auth.stores import key_names
from auth.stores.client import Call, Client, RedisStore, Script
from auth.stores.transports import MultiplexedTransport, RedisPyTransport
from tests.integration.stores.attempts import end_all, new_context
from tests.integration.stores.proxy import Relay
from tests.unit.clock import FakeClock

TIMEOUT = timedelta(seconds=5)
DEPLOYMENT = "tests"

_ECHO = "return ARGV[1]"


def echo(text: str) -> Call:
    """A script whose reply tells which call it belongs to."""
    return Call(Script(_ECHO, hashlib.sha1(_ECHO.encode()).hexdigest()), ["echo"], [text])


def without_breaker(url: str, *, timeout: timedelta, client: Client = "multiplexed") -> RedisStore:
    """A store whose clock passes a second at each look: a shut breaker is open again at the very next call."""
    transport = MultiplexedTransport if client == "multiplexed" else RedisPyTransport
    return RedisStore(transport(url, timeout=timeout), deployment=DEPLOYMENT, clock=itertools.count().__next__)


def stored(name: str) -> str:
    """As the stores of these tests name it in Redis."""
    return key_names.of_deployment(DEPLOYMENT) + name


@pytest_asyncio.fixture(autouse=True)
async def _no_attempt_is_left() -> AsyncIterator[None]:
    yield
    await end_all()


@asynccontextmanager
async def connected() -> AsyncIterator[RedisStore]:
    """A worker's store."""
    store = RedisStore.connect(os.environ["REDIS_URL"], timeout=TIMEOUT, deployment=DEPLOYMENT)
    yield store
    await store.aclose()


@pytest_asyncio.fixture(scope="session")
async def store() -> AsyncIterator[RedisStore]:
    async with connected() as store:
        yield store


@pytest_asyncio.fixture(scope="session")
async def other_store() -> AsyncIterator[RedisStore]:
    """Another worker's."""
    async with connected() as store:
        yield store


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[valkey.Embedded]:
    """A server that no other module uses."""
    server = valkey.start(tmp_path_factory.mktemp("valkey") / "data")
    yield server
    server.stop()


@pytest.fixture(params=["multiplexed", "redis-py"])
def client(request: pytest.FixtureRequest) -> Client:
    """What REDIS_CLIENT may be."""
    return request.param


@pytest_asyncio.fixture
async def own_store(own_server: valkey.Embedded, client: Client) -> AsyncIterator[RedisStore]:
    store = RedisStore.connect(own_server.url, timeout=TIMEOUT, client=client, deployment=DEPLOYMENT)
    yield store
    await store.aclose()


@pytest_asyncio.fixture
async def relay(own_server: valkey.Embedded, tmp_path: Path) -> AsyncIterator[Relay]:
    """In front of the server that no other module uses."""
    socket = Path(own_server.url.removeprefix("unix://"))
    async with Relay(socket, tmp_path / "relay.sock") as relay:
        yield relay


@pytest_asyncio.fixture
async def own_redis(own_server: valkey.Embedded) -> AsyncIterator[Redis]:
    client = Redis.from_url(own_server.url)
    yield client
    await client.aclose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def context() -> RequestContext:
    return new_context("192.0.2.1")


@pytest.fixture
def subject() -> str:
    """Of whom something is counted; no other test's."""
    return f"subject-{uuid.uuid4()}"
