"""The breaker: after Redis could not be reached, nobody waits for it for a while."""

import pytest

from auth.errors import ServiceUnavailable
from auth.stores.redis_store import SHUT_SECONDS, RedisStore
from auth.stores.transports import TransportError, Unreachable
from tests.stores.conftest import echo


class Transport:
    """Answers with what it is told to, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0
        self.fault = None

    async def call(self, _):
        self.asked += 1
        if self.fault:
            raise self.fault
        return b"reply"


@pytest.fixture
def transport():
    return Transport()


@pytest.fixture
def broken(transport, clock):
    """A store whose server cannot be reached."""
    transport.fault = Unreachable("down")
    return RedisStore(transport, clock=clock)


async def refused(store):
    with pytest.raises(ServiceUnavailable):
        await store.run(echo("x"))


async def test_a_server_that_could_not_be_reached_is_not_asked_again_at_once(transport, broken):
    for _ in range(100):
        await refused(broken)

    assert transport.asked == 1


async def test_it_is_asked_again_after_a_while(transport, broken, clock):
    await refused(broken)
    clock.advance(SHUT_SECONDS - 0.001)
    await refused(broken)
    clock.advance(0.001)
    await refused(broken)

    assert transport.asked == 2


async def test_a_server_that_came_back_is_used_at_once(transport, broken, clock):
    await refused(broken)
    transport.fault = None
    clock.advance(SHUT_SECONDS)

    assert [await broken.run(echo("x")) for _ in range(3)] == [b"reply"] * 3


async def test_an_error_that_the_server_answers_is_no_reason_to_shut(transport, broken):
    transport.fault = TransportError("OOM command not allowed")
    await refused(broken)
    transport.fault = None

    assert await broken.run(echo("x")) == b"reply"
