"""The database's time, as a worker knows it."""

from datetime import UTC, datetime

import pytest

from auth.core.database_clock import DatabaseClock

OWN = 1_800_000_000.0


@pytest.fixture
def clock():
    return DatabaseClock(own=lambda: OWN)


def test_before_the_database_was_asked_it_is_the_hosts_time(clock):
    assert clock.timestamp() == OWN
    assert clock() == datetime.fromtimestamp(OWN, UTC)


@pytest.mark.parametrize("off", [-3600.0, -0.5, 0.5, 3600.0])
def test_an_answer_at_once_is_taken_at_its_word(clock, off):
    clock.learn(OWN + off, asked=OWN, answered=OWN)

    assert clock.timestamp() == OWN + off


@pytest.mark.parametrize("told", [OWN, OWN + 0.1, OWN + 0.2])
def test_what_the_way_of_the_question_explains_changes_nothing(clock, told):
    clock.learn(told, asked=OWN, answered=OWN + 0.2)

    assert clock.ahead == 0


@pytest.mark.parametrize(("told", "ahead"), [(OWN + 5, 4.8), (OWN - 5, -5)])
def test_it_moves_no_further_than_an_answer_demands(clock, told, ahead):
    clock.learn(told, asked=OWN, answered=OWN + 0.2)

    assert clock.ahead == pytest.approx(ahead)


def test_it_narrows_what_it_knows(clock):
    """A slow answer says little; a quick one later says more."""
    clock.learn(OWN + 5, asked=OWN, answered=OWN + 2)
    clock.learn(OWN + 5, asked=OWN, answered=OWN + 0.01)

    assert clock.ahead == pytest.approx(5, abs=0.011)
