"""No request with a live token gets 401; what may be over is not counted as live."""

import pytest

from auth.load.oracles import CLOCKS
from tests.unit.auth.load.fabricated import AFTER, START, broken, logout, me, outcome, rotation, stored


def test_a_live_access_token_is_not_refused():
    assert broken([me(1, 401)], stored()) == {"live-tokens": 1}
    assert broken([rotation(1, 0), me(2, 401, presented=1)], stored(1)) == {"live-tokens": 1}
    assert broken([rotation(1, 0), me(2, 401, presented=0)], stored(1)) == {"live-tokens": 1}


def test_a_live_token_is_not_refused_before_its_logout():
    log = [me(1, 401), logout(50)]

    assert broken(log, stored(revoked_at=START + 50, revoked_reason="logout")) == {"live-tokens": 1}


@pytest.mark.parametrize(
    "log",
    [
        [me(AFTER - START, 401)],
        [me(AFTER - START - CLOCKS, 401)],
        [rotation(1, 0), me(890, 401, presented=1)],
        [me(1, 401, presented=7)],
        [me(1, 401, jti="another")],
        [me(1, 401, presented=None)],
        [me(1, 401, jti="listed")],
    ],
    ids=[
        "expired",
        "about to expire",
        "may have expired",
        "of unknown age",
        "not of the pool",
        "of unknown generation",
        "blacklisted",
    ],
)
def test_a_token_that_may_be_over_is_refused(log):
    assert "live-tokens" not in broken(log, stored(len(log) - 1), blacklisted=frozenset({"listed"}))


@pytest.mark.parametrize(
    "session",
    [
        stored(revoked_at=START + 500, revoked_reason="admin"),
        stored(is_over=True),
        stored(min_generation=1),
        stored(expires_at=START + 3),
    ],
    ids=["revoked", "account over", "password changed", "session expired"],
)
def test_a_session_that_may_have_ended_is_refused(session):
    assert broken([me(1, 401)], session) == {}


@pytest.mark.parametrize("status", [200, 0, 503])
def test_during_a_logout_either_answer_is_right(status):
    log = [logout(1, status=status), me(1.005, 401), me(1.008)]

    assert broken(log, stored(revoked_at=START + 1, revoked_reason="logout"), allowed={status}) == {}


def test_the_newest_refresh_token_is_not_refused():
    refused = outcome("refresh", 5, 401, error="invalid_grant", presented=1)

    assert broken([rotation(1, 0), refused], stored(1)) == {"live-tokens": 1}
    assert broken([rotation(1, 0), refused, rotation(6, 1)], stored(2)) == {"live-tokens": 1}


def test_an_older_refresh_token_may_be_refused():
    refused = outcome("refresh", 5, 401, error="invalid_grant", presented=0)

    assert broken([rotation(1, 0), refused], stored(1)) == {}
