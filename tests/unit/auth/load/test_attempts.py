"""Failed logins: exactly the quota is admitted, in any window."""

import pytest

from auth.core.policies import Quota
from tests.unit.auth.load.fabricated import broken, judged, outcome, refused_login, stored, wrong_password


def failures(count, *, step=1.0):
    return [wrong_password(number * step) for number in range(count)]


def test_exactly_the_quota_is_admitted():
    assert broken([*failures(3), refused_login(4), refused_login(59)]) == {}


def test_one_failure_too_many_is_found():
    assert broken([*failures(4), refused_login(5)]) == {"login-limit": 1}


def test_one_failure_too_few_is_found():
    findings = judged([*failures(2), refused_login(3)])

    assert findings["login-limit"].count == 1
    assert "after 2 of 3/minute" in findings["login-limit"].examples[0]


def test_a_slot_frees_when_the_window_has_passed():
    log = [*failures(3), wrong_password(60.02)]

    assert broken(log) == {}
    assert broken([*log, refused_login(60.5)]) == {}


def test_four_failures_may_be_admitted_within_little_more_than_a_window():
    """The first was admitted when it was sent, the last shortly before it was answered."""
    assert broken([*failures(3), wrong_password(59.995)]) == {}


@pytest.mark.parametrize("status", [0, 503])
def test_an_attempt_without_an_answer_may_have_failed(status):
    log = [*failures(2), outcome("login", 2.5, status), refused_login(3)]

    assert broken(log, allowed={status}) == {}


def test_an_attempt_in_flight_holds_a_slot_until_it_is_answered():
    right = outcome("login", 2.9, sid=stored().sid, gen=0, ms=500.0)

    assert broken([*failures(2), right, refused_login(3)], stored()) == {}
    assert broken([*failures(2), right, refused_login(4)], stored()) == {"login-limit": 1}


def test_accounts_are_counted_separately():
    others = [wrong_password(number, username=f"load-x-{number}") for number in range(10)]

    assert broken([*others, refused_login(11)]) == {"login-limit": 1}


def test_another_limit_may_have_refused():
    others = [wrong_password(number / 10, username=f"load-x-{number}") for number in range(60)]

    assert broken([*others, refused_login(11)]) == {}


def test_without_a_limit_nothing_is_counted():
    assert broken(failures(10), login=None) == {}


def test_the_quota_of_a_day_counts_too():
    log = [wrong_password(100 * number) for number in range(101)]

    assert broken(log, login=Quota(3, 60)) == {"login-limit": 1}
