"""The chat in Python with a thousand sockets. The figures are in docs/websockets.md, the chat in Node in clients_js."""

import pytest

from tests.e2e.chat.thousand import check

pytestmark = pytest.mark.long


async def test_endings_close_the_right_sockets_in_time(services, tmp_path):
    await check("python", services, tmp_path)
