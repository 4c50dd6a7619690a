"""Never more answers than requests, never another's answer, by the judgement of parsers that nobody here wrote.

EDGE_STREAMS and EDGE_SEED change how many streams are sent, and which: `make test-edge` sends 100,000.
"""

import os

import pytest

from tests.security.edge.clients import answers_to_all, bystanders, complaint
from tests.security.edge.messages import streams

pytestmark = pytest.mark.long

AMOUNT = int(os.environ.get("EDGE_STREAMS", "5000"))
SEED = int(os.environ.get("EDGE_SEED", "1"))
_BATCH = 500
_MOST_MEMORY = 64  # MiB beyond what the worker takes at rest


@pytest.fixture
async def rest(echo):
    """What the worker takes when it has served a little."""
    await answers_to_all(echo.port, streams(0, 50))
    return echo.memory("VmRSS")


async def test_a_stream_gets_the_answers_to_its_own_requests_and_no_others(echo, rest, verdicts, both_judged):
    wrong, answered, waits = [], 0, []
    for batch in range(-(-AMOUNT // _BATCH)):
        sent = streams(SEED * 1_000_000 + batch, min(_BATCH, AMOUNT - batch * _BATCH))
        async with bystanders(echo.port) as waited:
            answers = await answers_to_all(echo.port, sent)
        waits += waited
        for stream, got in zip(sent, answers, strict=True):
            answered += sum(answer.status == 200 for answer in got)
            problems = [complaint(verdict, got) for verdict in verdicts(stream.sent)]
            if any(problems):
                wrong.append((problems, stream.sent[:1500], got))

    assert wrong[:3] == []
    assert answered > AMOUNT / 2  # else these streams try nothing
    assert max(waits) < 2.0
    assert echo.memory("VmHWM") < rest + _MOST_MEMORY
    assert echo.process.poll() is None
    both_judged()
