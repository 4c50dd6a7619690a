"""A server that may have a load test says so each minute."""

import asyncio

import pytest
from structlog.testing import capture_logs

from auth.load.notice import LoadTestNotice


async def test_it_is_logged_at_the_start_and_each_minute():
    waited = []

    async def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 3:
            raise asyncio.CancelledError

    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await LoadTestNotice("nightly", sleep=sleep).run()

    assert waited == [60.0] * 3
    assert lines == [{"event": "load_test_allowed", "run": "nightly", "log_level": "warning"}] * 3
