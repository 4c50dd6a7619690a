"""The same streams through real proxies, which share their connections to the server among all clients.

How a proxy reads what no parser should is its own affair. What it then sends is judged: the server's answers must be
those to the requests that parsers nobody here wrote read there; and no client may get the answer to another's.
"""

import os

import pytest

from tests.security.edge.clients import answers_to_all, bystanders, complaint, is_own, parsed
from tests.security.edge.messages import streams
from tests.security.edge.proxies import PROXIES, proxying
from tests.security.edge.tap import tapping

AMOUNT = int(os.environ.get("EDGE_STREAMS", "1000"))
SEED = int(os.environ.get("EDGE_SEED", "1"))
_MOST_MEMORY = 64  # MiB beyond what the worker takes at rest


@pytest.mark.parametrize("name", PROXIES)
async def test_behind_a_proxy_nobody_gets_an_answer_to_what_another_sent(
    echo, verdicts, both_judged, name, tmp_path_factory
):
    sent = streams(SEED * 1_000_000 + 999, AMOUNT)
    async with tapping(echo.port) as tap, proxying(name, tap.port, tmp_path_factory.mktemp(name)) as port:
        rest = echo.memory("VmRSS")
        async with bystanders(port, 3) as waits:
            answers = await answers_to_all(port, sent)

    foreign = [
        (stream.sent[:1500], got)
        for stream, got in zip(sent, answers, strict=True)
        if not all(is_own(stream, answer) for answer in got)
    ]
    wrong = [
        (problem, bytes(seen.sent)[-3000:])
        for seen in tap.connections
        for verdict in verdicts(bytes(seen.sent))
        if (problem := complaint(verdict, parsed(bytes(seen.received))))
    ]
    assert foreign[:3] == []
    assert wrong[:3] == []
    assert max(waits) < 2.0
    assert echo.memory("VmHWM") < rest + _MOST_MEMORY
    assert sum(answer.told is not None for got in answers for answer in got) > AMOUNT / 4
    both_judged()
