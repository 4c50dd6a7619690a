"""The circuit breaker: after Redis could not serve, nobody waits for it for a while, and the log has one line."""

import pytest
from structlog.testing import capture_logs

from auth.errors import ServiceUnavailable
from auth.stores.circuit import OPEN_SECONDS
from auth.stores.client import RedisStore
from auth.stores.error_replies import SERVER_CODES
from auth.stores.transports import ErrorReply, Unreachable
from tests.integration.stores.conftest import DEPLOYMENT, echo


class Transport:
    """Answers with what it is told to, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0
        self.fault = None

    async def call(self, command):
        self.asked += 1
        if self.fault:
            raise self.fault
        return [] if "authgate:{deployments}" in command else b"reply"


@pytest.fixture
def transport():
    return Transport()


@pytest.fixture
def store(transport, clock):
    return RedisStore(transport, deployment=DEPLOYMENT, clock=clock)


@pytest.fixture
def broken(transport, store):
    """A store whose server cannot be reached."""
    transport.fault = Unreachable("ConnectionRefusedError")
    return store


async def refused(store):
    with pytest.raises(ServiceUnavailable):
        await store.run(echo("x"))


async def probe_fails(store):
    with pytest.raises(ServiceUnavailable):
        await store.probe()


async def test_a_server_that_could_not_be_reached_is_not_asked_again_at_once(transport, broken):
    for _ in range(100):
        await refused(broken)

    assert transport.asked == 1


async def test_it_is_asked_again_after_a_while(transport, broken, clock):
    await refused(broken)
    clock.advance(OPEN_SECONDS - 0.001)
    await refused(broken)
    clock.advance(0.001)
    await refused(broken)

    assert transport.asked == 2


async def test_a_server_that_came_back_is_used_at_once(transport, broken, clock):
    await refused(broken)
    transport.fault = None
    clock.advance(OPEN_SECONDS)

    assert [await broken.run(echo("x")) for _ in range(3)] == [b"reply"] * 3


async def test_a_probe_that_succeeds_lets_everybody_through_at_once(transport, broken):
    await refused(broken)
    transport.fault = None
    await broken.probe()

    assert await broken.run(echo("x")) == b"reply"


@pytest.mark.parametrize("code", sorted(SERVER_CODES))
async def test_an_error_that_tells_of_the_server_opens_the_circuit(transport, store, code):
    transport.fault = ErrorReply(code)
    for _ in range(100):
        await refused(store)

    assert transport.asked == 1


@pytest.mark.parametrize("code", ["WRONGTYPE", "ERR"])
async def test_an_error_that_tells_of_the_command_does_not(transport, store, code):
    await store.probe()
    transport.fault = ErrorReply(code)
    await refused(store)
    transport.fault = None

    assert await store.run(echo("x")) == b"reply"
    assert store.is_available


async def test_a_store_that_does_not_know_its_deployment_asks_nothing(transport, clock):
    store = RedisStore(transport, clock=clock)
    for _ in range(3):
        await refused(store)
        await probe_fails(store)
        clock.advance(OPEN_SECONDS)

    assert transport.asked == 0
    assert not store.is_available
    store.join(DEPLOYMENT)
    assert await store.run(echo("x")) == b"reply"


async def test_it_is_available_from_a_probe_to_the_next_outage_and_not_before_another_probe(transport, store, clock):
    assert not store.is_available
    await store.probe()
    assert store.is_available
    transport.fault = Unreachable("TimeoutError")
    await refused(store)
    for _ in range(3):  # no call, no probe: nothing says that it is back
        clock.advance(60)
        assert not store.is_available
    transport.fault = None
    await store.run(echo("x"))
    assert not store.is_available
    await store.probe()
    assert store.is_available


async def test_an_outage_is_one_line_with_its_cause_and_its_end_another(transport, store, clock):
    with capture_logs() as lines:
        await store.probe()
        for cause in ("ConnectionRefusedError", "TimeoutError"):
            transport.fault = Unreachable(cause)
            for _ in range(3):
                await refused(store)
                await probe_fails(store)
                clock.advance(OPEN_SECONDS)
        transport.fault = None
        for _ in range(3):
            await store.probe()

    assert [(line["event"], line["log_level"], line.get("cause")) for line in lines] == [
        ("redis_unavailable", "warning", "ConnectionRefusedError"),
        ("redis_available", "info", None),
    ]


async def test_a_probe_that_is_answered_with_any_error_is_an_outage(transport, store):
    """What every worker needs is not there: a command is missing, or the name holds something else."""
    await store.probe()
    transport.fault = ErrorReply("WRONGTYPE")

    await probe_fails(store)
    assert not store.is_available
