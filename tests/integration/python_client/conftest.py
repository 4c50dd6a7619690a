"""A socket service for each test."""

import pytest
import pytest_asyncio

from tests.integration.python_client.socket_service import serving


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A process that stood still for a while has read nothing: that is no silence of the feed."""
    monkeypatch.setattr("authgate_verifier.feed.SILENCE_SECONDS", 60.0)


@pytest_asyncio.fixture
async def service():
    async with serving(patience=0.3) as found:
        yield found
