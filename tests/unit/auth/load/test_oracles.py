"""Each rule finds what it is for, for its own reason, and nothing that has another explanation."""

import random

import pytest

from auth.load.findings import RULES
from tests.unit.auth.load.fabricated import (
    SID,
    START,
    broken,
    judged,
    logout,
    me,
    outcome,
    rotation,
    stored,
)

HONEST = [me(0), rotation(1, 0), me(2, presented=1), rotation(3, 1), me(4, presented=2), logout(5, presented=2)]
LOGGED_OUT = stored(2, revoked_at=START + 5, revoked_reason="logout")


def test_an_honest_run_breaks_no_rule_in_any_order():
    shuffled = random.Random(1).sample(HONEST, len(HONEST))

    assert broken(HONEST, LOGGED_OUT) == {}
    assert broken(shuffled, LOGGED_OUT) == {}


def test_every_rule_is_reported_with_what_it_judged():
    findings = judged([*HONEST, me(7, 401, presented=2)], LOGGED_OUT)

    assert [each.rule for each in findings] == list(RULES)
    assert {each.rule: each.judged for each in findings} == {
        "rotations": 1,
        "reuse": 1,
        "successors": 2,
        "revocation": 1,
        "live-tokens": 7,
        "endings": 1,
        "sessions": 1,
        "login-limit": 0,
        "dropped": 0,
        "expected": 7,
    }


def test_a_finding_has_three_examples_and_the_number_of_all():
    log = [logout(0), *(me(2 + number) for number in range(5))]
    finding = judged(log, stored(revoked_at=START, revoked_reason="logout"))["revocation"]

    assert finding.count == 5
    assert finding.examples == [
        f"session {SID}: me 200, sent {1.99 + number:.2f} s after its revocation was confirmed" for number in range(3)
    ]


# Rotations


def test_a_rotation_that_was_answered_is_stored():
    assert broken([rotation(1, 0), rotation(2, 1)], stored(1)) == {"rotations": 1}


def test_two_rotations_to_one_generation_are_one_too_many():
    """As a server answers that reads, then writes: the tokens are the same, and one rotation is lost."""
    assert broken([rotation(1, 0), rotation(1, 0)], stored(1)) == {"rotations": 1}


def test_a_rotation_that_nothing_answered_is_found():
    assert broken([rotation(1, 0)], stored(2)) == {"rotations": 1}


def test_a_session_that_the_log_does_not_name_has_not_rotated():
    other = stored(1, sid="00000000-0000-0000-0000-000000000002")

    assert broken([me(0)], stored(), other) == {"rotations": 1}
    assert broken([me(0)], stored(), stored(0, sid=other.sid)) == {}


@pytest.mark.parametrize("status", [0, 500, 503])
@pytest.mark.parametrize("generation", [1, 2])
def test_a_refresh_without_an_answer_may_have_rotated(status, generation):
    log = [rotation(1, 0), outcome("refresh", 2, status, presented=1)]

    assert "rotations" not in broken(log, stored(generation))


def test_a_refresh_without_an_answer_explains_one_rotation():
    log = [rotation(1, 0), outcome("refresh", 2, 0, presented=1), outcome("refresh", 3, 0, presented=1)]

    assert broken(log, stored(3), allowed={0}) == {"rotations": 1}


def test_a_retry_gets_the_same_successor():
    retried = [outcome("refresh", 1, 0, presented=0), rotation(2, 0, how="retried"), rotation(2.5, 0, how="retried")]

    assert broken(retried, stored(1), allowed={0}) == {}


def test_a_read_without_an_answer_explains_no_rotation():
    assert broken([rotation(1, 0), me(2, 0)], stored(2), allowed={0}) == {"rotations": 1}


# Reuse, and successors


def test_a_session_that_was_ended_for_reuse_is_found():
    over = stored(1, revoked_at=START + 2, revoked_reason="refresh_reuse")

    assert broken([rotation(1, 0), outcome("refresh", 2, 401, error="invalid_grant", presented=0)], over) == {
        "reuse": 1
    }


def test_two_successors_of_one_generation_are_found():
    log = [rotation(1, 0), rotation(1.5, 0, how="retried", successor="another")]

    assert broken(log, stored(1)) == {"successors": 1}


def test_a_generation_that_is_skipped_is_found():
    assert broken([rotation(1, 0, gen=2)], stored(2)) == {"successors": 1}


def test_a_chain_longer_than_what_is_kept_is_followed():
    log = [rotation(number, number) for number in range(100)]

    assert broken(log, stored(100)) == {}
    assert broken([*log, rotation(101, 99, how="retried", successor="another")], stored(100)) == {"successors": 1}


# Revocations


@pytest.mark.parametrize(("late", "found"), [(0.5, {}), (1.0, {}), (1.02, {"revocation": 1})])
@pytest.mark.parametrize("op", ["me", "ticket", "refresh"])
def test_a_token_is_accepted_for_one_second_after_its_revocation_was_answered(op, late, found):
    log = [logout(1), outcome(op, 1.01 + late, presented=0)]

    assert broken(log, stored(revoked_at=START + 1, revoked_reason="logout")) == found


def test_a_socket_that_opens_late_is_found():
    log = [logout(1), outcome("ws", 5, 101, presented=0)]

    assert broken(log, stored(revoked_at=START + 1, revoked_reason="logout")) == {"revocation": 1}


def test_revoking_again_is_no_use_of_the_token():
    log = [logout(1), outcome("revoke", 5, 200, presented=0, ended_sid=SID)]

    assert broken(log, stored(revoked_at=START + 1, revoked_reason="logout")) == {}


def test_a_revocation_that_was_answered_is_stored():
    assert broken([logout(1)], stored()) == {"endings": 1}


def test_a_session_that_an_answer_named_is_stored():
    login = outcome("login", 1, sid="00000000-0000-0000-0000-000000000002", gen=0)

    assert broken([me(0), login], stored()) == {"sessions": 1}


# Expected outcomes


def test_errors_are_reported_by_their_code():
    log = [outcome("me", 1, 503, error="service_unavailable", presented=0)] * 2 + [me(2, 0), me(3, 404)]
    finding = judged(log, stored())["expected"]

    assert finding.count == 4
    assert finding.examples == ["me 503 service_unavailable: 2 times", "me 0: 1 times", "me 404: 1 times"]


def test_a_status_can_be_allowed_and_what_was_cut_off_at_the_end_is_no_failure():
    assert broken([me(1, 503), me(2, 0, error="cut")], stored(), allowed={503}) == {}
