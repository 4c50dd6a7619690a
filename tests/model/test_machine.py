"""Whatever happens to workers, database and Redis: what is over stays over, and what is live is let in."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Workers
from tests.model.world import opened

_SETTINGS = settings(
    max_examples=120,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def machine() -> Iterator[type[Workers]]:
    with opened() as make_world:
        yield type("Machine", (Workers,), {"make_world": staticmethod(make_world)})


def test_workers_agree_with_the_model(machine: type[Workers]) -> None:
    run_state_machine_as_test(machine, settings=_SETTINGS)
