"""A Redis that is gone, hangs, is full or talks nonsense: ServiceUnavailable, soon, and no longer than it lasts."""

import asyncio
import os
import signal
from datetime import timedelta

import pytest

from app.launch import valkey
from auth.core.revocations import Revoked
from auth.errors import ServiceUnavailable
from auth.ratelimit import limiter
from auth.stores import key_names
from auth.stores.client import Call, Script
from auth.stores.job_lock import claim
from auth.stores.principals import Verdict
from tests.conftest import eventually
from tests.integration.stores.accounts import cache_of, claims, new_user, state
from tests.integration.stores.conftest import echo, stored, without_breaker
from tests.pace import briefer_than

TIMEOUT = timedelta(milliseconds=200)
PATIENT = timedelta(seconds=5)
SOON = 2.0  # seconds; the timeout, some of them in a row
ONE_SLOT = Call(
    Script.beside(limiter.__file__, "reserve"), [key_names.limit("one", "somebody")], ["", "x", 1, 1, 60_000_000, 0]
)
"""As Limits asks for it, which itself never raises: it counts in memory then."""


async def authorize(store):
    """Raises as the others do. The cache itself says UNAVAILABLE: the database decides then."""
    if (await cache_of(store).authorize(claims(new_user()))).verdict is Verdict.UNAVAILABLE:
        raise ServiceUnavailable(1.0)


CALLS = {
    "authorize": authorize,
    "put": lambda store: cache_of(store).put(state(new_user())),
    "revoke": lambda store: cache_of(store).revoke([Revoked(1, sid="sid")]),
    "reserve": lambda store: store.run(ONE_SLOT),
    "claim": lambda store: claim(store, "job", period=timedelta(hours=1)),
    "eviction policy": lambda store: store.eviction_policy(),
}


@pytest.fixture
async def store(own_server, client):
    store = without_breaker(own_server.url, timeout=TIMEOUT, client=client)
    yield store
    await store.aclose()


@pytest.fixture
def hang(own_server):
    """Stops the server in its tracks: `hang()`, and `hang(False)` to let it go on."""
    process = own_server.process

    def switch(is_hung=True):
        os.kill(process.pid, signal.SIGSTOP if is_hung else signal.SIGCONT)

    yield switch
    switch(False)


async def unavailable(call):
    with pytest.raises(ServiceUnavailable) as refused:
        await call
    assert refused.value.retry_after > 0


async def unavailable_soon(call):
    async with briefer_than(SOON):
        await unavailable(call)


async def served(store, text):
    """The echo, however often a busy machine misses the timeout."""

    async def echoed():
        try:
            return await store.run(echo(text))
        except ServiceUnavailable:
            return None

    return await eventually(echoed)


@pytest.mark.parametrize("name", CALLS)
async def test_a_server_that_hangs_is_given_up_soon(store, hang, name):
    await served(store, "x")
    hang()

    await unavailable_soon(CALLS[name](store))


@pytest.mark.parametrize("name", CALLS)
async def test_a_server_that_hangs_before_the_first_connection_is_given_up_soon(store, hang, name):
    hang()

    await unavailable_soon(CALLS[name](store))


async def test_a_crowd_before_a_server_that_hangs_is_given_up_soon(store, hang):
    """More than there are connections: those who wait for one wait no longer than the others."""
    await served(store, "x")
    hang()

    async with briefer_than(SOON):
        await asyncio.gather(*(unavailable(store.run(echo("x"))) for _ in range(200)))


async def test_a_server_that_goes_on_serves_everybody_his_own_reply(store, hang):
    hang()
    await asyncio.gather(*(unavailable(store.run(echo("lost"))) for _ in range(60)))
    hang(False)

    assert await asyncio.gather(*(served(store, f"{n}") for n in range(40))) == [f"{n}".encode() for n in range(40)]


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/valkey.sock"])
@pytest.mark.parametrize("name", CALLS)
async def test_a_server_that_is_not_there_is_given_up_soon(url, name, client):
    store = without_breaker(url, timeout=TIMEOUT, client=client)

    await unavailable_soon(CALLS[name](store))
    await store.aclose()


async def test_a_server_that_was_killed_and_came_back_serves_again(tmp_path, client):
    server = valkey.start(tmp_path / "data")
    store = without_breaker(server.url, timeout=PATIENT, client=client)
    await served(store, "x")
    assert server.process
    server.process.kill()
    server.process.wait()
    await unavailable(store.run(echo("x")))
    server = valkey.start(tmp_path / "data")

    assert await served(store, "back") == b"back"
    await store.aclose()
    server.stop()


async def test_a_revocation_that_was_acknowledged_survives_a_kill(tmp_path):
    """The embedded server syncs its log once a second, but a killed process loses nothing that the kernel has."""
    server = valkey.start(tmp_path / "data")
    store, user = without_breaker(server.url, timeout=PATIENT), new_user()
    await cache_of(store).revoke([Revoked(user, sid="sid")])
    assert server.process
    server.process.kill()
    server.process.wait()
    server = valkey.start(tmp_path / "data")
    await served(store, "x")

    assert (await cache_of(store).authorize(claims(user))).verdict.name == "REVOKED"
    await store.aclose()
    server.stop()


async def test_a_full_server_is_unavailable_for_what_must_be_written(own_redis, store):
    await own_redis.config_set("maxmemory", "1")
    try:
        for name in ("put", "revoke", "reserve", "claim"):
            await unavailable(CALLS[name](store))
    finally:
        await own_redis.config_set("maxmemory", "0")

    assert await served(store, "x") == b"x"


async def test_a_key_of_another_kind_is_no_answer(own_redis, store):
    await own_redis.set(stored(key_names.limit("one", "somebody")), "text")

    await unavailable(CALLS["reserve"](store))
    await own_redis.delete(stored(key_names.limit("one", "somebody")))


async def test_one_failure_among_many_revocations_is_a_failure(own_redis, store):
    user = new_user()
    await own_redis.lpush(stored(key_names.account(user)), "a list")

    await unavailable(cache_of(store).revoke([Revoked(new_user(), sid="sid"), Revoked(user, version=1, epoch=1)]))


async def test_a_cancelled_call_is_cancelled_not_unavailable(store, hang):
    await served(store, "x")
    hang()
    call = asyncio.create_task(store.run(echo("x")))
    await asyncio.sleep(0)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
