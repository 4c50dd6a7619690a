"""`make chat` with the chat in Python: however it ends, nothing of it is left."""

import os
import signal
import sys

import pytest

from tests.e2e.chat.launching import check

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; only Linux ends orphans by itself"),
]


@pytest.mark.parametrize(
    ("signum", "send"),
    [pytest.param(signal.SIGINT, os.killpg, id="Ctrl-C"), pytest.param(signal.SIGKILL, os.kill, id="SIGKILL")],
)
async def test_a_visit_and_an_end(tmp_path, signum, send):
    await check("python", tmp_path, signum, send)
