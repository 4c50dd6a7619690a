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
    clock.update(OWN + off, sent_at=OWN, received_at=OWN)

    assert clock.timestamp() == OWN + off


@pytest.mark.parametrize("reported", [OWN, OWN + 0.1, OWN + 0.2])
def test_what_the_way_of_the_question_explains_changes_nothing(clock, reported):
    clock.update(reported, sent_at=OWN, received_at=OWN + 0.2)

    assert clock.offset == 0


@pytest.mark.parametrize(("reported", "offset"), [(OWN + 5, 4.8), (OWN - 5, -5)])
def test_it_moves_no_further_than_an_answer_demands(clock, reported, offset):
    clock.update(reported, sent_at=OWN, received_at=OWN + 0.2)

    assert clock.offset == pytest.approx(offset)


def test_it_narrows_what_it_knows(clock):
    """A slow answer says little; a quick one later says more."""
    clock.update(OWN + 5, sent_at=OWN, received_at=OWN + 2)
    clock.update(OWN + 5, sent_at=OWN, received_at=OWN + 0.01)

    assert clock.offset == pytest.approx(5, abs=0.011)
