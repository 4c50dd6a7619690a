"""Whatever a correct server answers, and in whatever order it is logged, no rule finds anything."""

import random
from typing import get_args

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.unit.auth.load.fabricated import broken
from tests.unit.auth.load.simulation import Fault, Model, histories

pytestmark = pytest.mark.long

RULE_OF = {
    "lost rotation": "rotations",
    "two successors": "successors",
    "late revocation": "revocation",
    "lost logout": "endings",
    "false 401": "live-tokens",
    "quota 4": "login-limit",
    "quota 2": "login-limit",
}


def findings(history, seed, skew, fault=None):
    dice = random.Random(seed)
    model = Model(dice, skew, fault)
    for action, pause in history:
        model.step(action, pause)
    log = dice.sample(model.log, len(model.log))
    return broken(log, *model.stored(), allowed={0, 503}, pool_sids=[session.sid for session in model.sessions])


@settings(max_examples=400)
@given(histories(1), st.integers(0, 1 << 32), st.sampled_from([-4.0, 0.0, 4.0]))
def test_a_correct_history_breaks_no_rule(history, seed, skew):
    assert findings(history, seed, skew) == {}


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_faulty_server_is_found_by_the_rule_that_is_about_it(fault):
    seen: set[str] = set()

    @settings(max_examples=200, phases=[Phase.generate])
    @given(histories(40), st.integers(0, 1 << 32))
    def look(history, seed):
        seen.update(findings(history, seed, 0.0, fault))

    look()

    assert seen == {RULE_OF[fault]}
