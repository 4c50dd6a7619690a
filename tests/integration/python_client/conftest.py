"""A socket service for each test."""

import pytest_asyncio

from tests.integration.python_client.socket_service import serving


@pytest_asyncio.fixture
async def service():
    async with serving(patience=0.3) as found:
        yield found
