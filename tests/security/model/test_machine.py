"""Whatever happens to workers, database and Redis: what is over stays over, and what is live is let in.

TEST_MODEL_EXAMPLES=5000 looks longer; TEST_RANDOM=1 elsewhere at each run.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.security.model.machine import Workers
from tests.security.model.naive import VARIANTS
from tests.security.model.world import opened

pytestmark = pytest.mark.long

_SETTINGS = settings(
    max_examples=int(os.environ.get("TEST_MODEL_EXAMPLES", "60")),
    stateful_step_count=30,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # a failure names its steps; shrinking them is for a run with more time
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def machine() -> Iterator[type[Workers]]:
    with opened() as make_world:
        yield type("Machine", (Workers,), {"make_world": staticmethod(make_world)})


def test_two_workers_agree_with_the_model(machine: type[Workers]) -> None:
    run_state_machine_as_test(machine, settings=_SETTINGS)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.__name__)
def test_the_machine_sees_through_a_naive_server(machine: type[Workers], variant: Callable[[], Any]) -> None:
    patient = settings(_SETTINGS, max_examples=10 * _SETTINGS.max_examples)  # it ends with the first that tells
    with variant(), pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=patient)
