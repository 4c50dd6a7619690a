"""A name that leads to another server by now: the connection to the old one is given up."""

import asyncio

import pytest

from auth.errors import ServiceUnavailable
from auth.stores.client import RedisStore
from auth.stores.error_replies import SERVER_CODES
from tests.e2e.wire.tunnel import Tunnel
from tests.integration.stores import valkeys
from tests.integration.stores.conftest import DEPLOYMENT, TIMEOUT, echo, without_breaker
from tests.pace import within

pytestmark = pytest.mark.long

HEALED_WITHIN = 2.0
"""Seconds."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A primary and its replica, whichever of the two is which."""
    directory = tmp_path_factory.mktemp("pair")
    with valkeys.running(directory / "a") as first, valkeys.running(directory / "b") as second:
        yield [first, second]


@pytest.fixture
def primary_and_replica(pair):
    primary, replica = pair if pair[0].is_primary() else reversed(pair)
    replica.follow(primary)
    yield primary, replica
    for server in pair:
        server.admin.config_set("min-replicas-to-write", "0")


def hand_over(primary, replica):
    primary.hand_over_to(replica)


def promote_and_demote(primary, replica):
    replica.admin.replicaof("NO", "ONE")
    primary.admin.replicaof("127.0.0.1", str(replica.port))


def isolate(primary, replica):
    """The old primary has lost its replica, and refuses to write alone."""
    replica.admin.replicaof("NO", "ONE")
    primary.admin.config_set("min-replicas-to-write", "1")


async def served(store):
    """Whether a write gets through."""
    try:
        await store.probe()
        return await store.run(echo("x")) == b"x"
    except ServiceUnavailable:
        return False


@pytest.mark.parametrize("change", [hand_over, promote_and_demote, isolate])
async def test_a_failover_behind_one_address_heals_soon(primary_and_replica, client, change):
    primary, replica = primary_and_replica
    async with Tunnel(primary.port) as tunnel:
        url = f"redis://127.0.0.1:{tunnel.port}/0"
        store = RedisStore.connect(url, timeout=TIMEOUT, client=client, deployment=DEPLOYMENT)
        assert await served(store)
        await asyncio.to_thread(change, primary, replica)
        assert not await served(store)
        tunnel.lead_to(replica.port)
        await within(HEALED_WITHIN, lambda: served(store))

        assert store.is_available
        await store.aclose()


class Refusing:
    """A server that says OK to whoever connects, and then answers each script with `error`."""

    def __init__(self, error):
        self._error = error
        self.connections = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        while data := await reader.read(65536):
            scripts = data.count(b"EVALSHA")
            writer.write(f"-{self._error} for a reason\r\n".encode() * scripts or b"+OK\r\n+OK\r\n")
        writer.close()


@pytest.mark.parametrize("code", sorted(SERVER_CODES))
async def test_whatever_a_server_says_of_itself_the_next_call_goes_where_the_name_leads(
    primary_and_replica, client, code
):
    async with Refusing(code) as refusing, Tunnel(refusing.port) as tunnel:
        store = without_breaker(f"redis://127.0.0.1:{tunnel.port}/0", timeout=TIMEOUT, client=client)
        replies = await asyncio.gather(*(store.run(echo("x")) for _ in range(20)), return_exceptions=True)
        tunnel.lead_to(primary_and_replica[0].port)

        assert {type(reply) for reply in replies} == {ServiceUnavailable}
        assert [await store.run(echo(f"{n}")) for n in range(3)] == [b"0", b"1", b"2"]
        await store.aclose()


async def test_a_word_that_tells_of_the_command_leaves_the_connection_as_it_is(client):
    async with Refusing("WRONGTYPE") as refusing:
        store = without_breaker(f"redis://127.0.0.1:{refusing.port}/0", timeout=TIMEOUT, client=client)
        for _ in range(3):
            with pytest.raises(ServiceUnavailable):
                await store.run(echo("x"))

        assert refusing.connections == 1
        await store.aclose()
