"""What the driver for Locust does when a server fails, on one that fails as scripted. One virtual user, so in order."""

import json
from itertools import pairwise

import pytest

from tests.e2e.load import fake as fakes
from tests.e2e.load.runs import locust, write_run

pytestmark = pytest.mark.long


@pytest.fixture
def fake():
    with fakes.serving() as fake:
        yield fake


@pytest.fixture
def run(fake, tmp_path):
    return write_run(tmp_path, fake.url, [fake.line(1)])


def count(fake, op, number):
    """Whether the server has seen as many calls."""
    return lambda: sum(call.op == op for call in fake.calls) >= number


def refreshes(run):
    return [outcome for outcome in run.outcomes() if outcome["op"] == "refresh"]


def test_a_refresh_whose_answer_was_lost_is_retried_with_the_same_token(fake, run):
    fake.faults["refresh"] = ["lost"]

    locust(run, count(fake, "refresh", 5), MIX="refresh=1", code=1)

    first, second, *others = refreshes(run)
    assert (first["status"], first["presented"]) == (0, 0)
    assert (second["status"], second["presented"], second["how"]) == (200, 0, "retried")
    assert {outcome["how"] for outcome in others} == {"rotated"}
    assert fake.reused == []


def test_nothing_else_is_sent_before_the_retry(fake, run):
    fake.faults["refresh"] = ["lost", "lost"]

    locust(run, count(fake, "refresh", 4), MIX="refresh=1 me=5", code=1)

    ops = [call.op for call in fake.calls]
    first = ops.index("refresh")
    assert ops[first : first + 3] == ["refresh"] * 3
    assert len({call.presented for call in fake.calls[first : first + 3]}) == 1


def test_no_session_is_over_but_by_invalid_grant(fake, run):
    """Such as while the server does not know the run's client yet."""
    fake.faults["refresh"] = [401, 401]

    locust(run, count(fake, "refresh", 4), MIX="refresh=1", code=1)

    first, second, third, *_ = [(call.op, call.presented) for call in fake.calls]
    assert first == second == third


@pytest.mark.parametrize(("op", "status"), [("me", 429), ("refresh", 503)])
def test_retry_after_is_honoured(fake, run, op, status):
    fake.faults[op] = [(status, 2)]

    locust(run, count(fake, op, 4), MIX=f"{op}=1")

    calls = [call for call in fake.calls if call.op == op]
    assert calls[1].began - calls[0].began >= 2
    first, *others = [outcome for outcome in run.outcomes() if outcome["op"] == op]
    assert (first["status"], first["error"], first["retry_after"]) == (status, "scripted", 2)
    assert {outcome["status"] for outcome in others} == {200}


def test_a_failure_without_retry_after_is_unexpected_and_slows_down(fake, run):
    fake.faults["me"] = [500] * 4

    printed = locust(run, count(fake, "me", 6), MIX="me=1", code=1)

    pauses = [later.began - call.began for call, later in pairwise(fake.calls[:5])]
    assert pauses[3] > 2 > pauses[0]
    assert "4 unexpected outcomes" in printed


def test_a_session_that_was_ended_is_reported_and_replaced_by_a_login(fake, run):
    fake.generations.clear()

    printed = locust(run, count(fake, "me", 3), MIX="me=1", code=1)

    assert [call.op for call in fake.calls[:4]] == ["me", "refresh", "login", "me"]
    assert "2 unexpected outcomes" in printed
    assert [outcome["status"] for outcome in run.outcomes()[:4]] == [401, 401, 200, 200]


def test_tokens_are_refreshed_when_they_are_due(fake, tmp_path):
    """However slow the user is: at the time that the pool names, then at that of each answer."""
    fake.lifetime = 5
    run = write_run(tmp_path, fake.url, [fake.line(1)])

    locust(run, count(fake, "refresh", 3), MIX="me=1", PACE="60")

    began = [call.began for call in fake.calls if call.op == "refresh"]
    assert all(3.9 < later - earlier < 25 for earlier, later in pairwise(began))  # a user of this pace waits 30 s


def test_only_logins_and_refreshes_carry_the_credentials_of_the_run(fake, run):
    locust(run, lambda: len({call.op for call in fake.calls}) == 4, MIX="login=1 refresh=1 me=1 ws=1")

    assert {(call.op, call.trusted) for call in fake.calls} == {
        ("login", True),
        ("refresh", True),
        ("me", False),
        ("ticket", False),
    }


def test_more_users_than_sessions_is_one_clear_line(fake, run):
    printed = locust(run, count(fake, "me", 10), users=3, MIX="me=1")

    assert "The pool has no session for another user" in printed


def test_what_is_no_run_is_one_clear_line(run):
    printed = locust(run, lambda: False, code=1, RUN="no-such-folder")

    assert "load: RUN must be the folder of a run: [Errno 2]" in printed
    assert "Traceback" not in printed


def test_a_pool_that_was_written_again_has_precedence(fake, run):
    """Its tokens are those of rotations that the driver did not see."""
    locust(run, count(fake, "refresh", 3), MIX="refresh=1")
    [sid] = fake.generations
    fake.generations[sid] += 5
    line = json.loads((run.folder / "pool.jsonl").read_text())
    (run.folder / "pool.jsonl").write_text(json.dumps(line | fake.pair(sid)) + "\n")
    seen = len(fake.calls)

    locust(run, count(fake, "refresh", seen + 2), MIX="refresh=1")

    assert {outcome["status"] for outcome in run.outcomes()} == {200}
    assert fake.reused == []
