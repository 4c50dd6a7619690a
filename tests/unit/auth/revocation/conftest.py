"""Two workers and their clock."""

import pytest

from tests.unit.auth.revocation.revocations import FakeCache, new_log, new_session, write
from tests.unit.clock import FakeClock


@pytest.fixture
def clock():
    return FakeClock(1000.0)


@pytest.fixture
async def logs(clock):
    """Those of two workers, which have read what was there before the test."""
    await write(new_session())
    found = [new_log(FakeCache(), clock) for _ in range(2)]
    for log in found:
        await log.catch_up()
    return found
