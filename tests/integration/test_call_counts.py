"""How many Python calls and coroutines a request starts, from its bytes to those of the answer (bench/count).

Counted in a process of its own: exact, and the same on every machine. A change that needs more of either
says why and raises the number; one that needs fewer lowers it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_PROJECT = Path(__file__).resolve().parents[2]
_BUDGETS = {
    "me bytes": (91.1, 12),
    "verify bytes": (177.1, 14),
    "mine bytes": (99.1, 12),
    "me asgi": (63.1, 11),
    "verify asgi": (149.1, 13),
    "mine asgi": (71.1, 11),
}
"""Calls and coroutines; a tenth for request ids, made 256 at once.

"bytes": through the server's protocol; "asgi": the application alone; "mine": an own route."""


@pytest.fixture(scope="module")
def counts():
    command = [sys.executable, "-m", "bench.count.worker", "authgate", "count"]
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=_PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("row", _BUDGETS)
def test_a_request_stays_within_its_calls_and_coroutines(counts, row):
    calls, coroutines = _BUDGETS[row]

    assert counts[row]["calls"] <= calls
    assert counts[row]["coroutines"] <= coroutines
    assert counts[row]["coroutines"] > 1, "nothing was counted"
