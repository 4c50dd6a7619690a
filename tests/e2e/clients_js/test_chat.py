"""The chat in Node, with the npm package from its tarball: what tests/e2e/chat asks of the one in Python."""

import os
import signal

import pytest

from tests.docs.documents import ROOT
from tests.e2e.chat import launching, thousand
from tests.e2e.clients_js.conftest import SOURCE, run

PAGE = ROOT / "examples/chat/page"

pytestmark = pytest.mark.skipif(
    not (ROOT / "examples/chat/node/node_modules/authgate").exists(),
    reason="the chat in Node was NOT tested: run `make test-js`",
)


async def test_endings_close_the_right_sockets_in_time(services, tmp_path):
    await thousand.check("node", services, tmp_path)


async def test_a_visit_and_an_end(tmp_path):
    await launching.check("node", tmp_path, signal.SIGTERM, os.kill)


def test_the_page_has_the_present_client(tmp_path):
    built = tmp_path / "authgate.js"
    run("npm", "run", "--silent", "chat-page", "--", "--file", str(built), cwd=SOURCE)

    assert built.read_text() == (PAGE / "authgate.js").read_text(), "run `make demo`, and commit what it builds"
