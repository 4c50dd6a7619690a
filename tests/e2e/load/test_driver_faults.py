"""What the drivers for autocannon and k6 do when a server fails as scripted. One user, so that all is in order."""

import pytest

from tests.e2e.load import fake as fakes
from tests.e2e.load.runs import drive, tool, write_run
from tests.e2e.load.test_drivers import SHIM, installed

pytestmark = pytest.mark.long


@pytest.fixture
def fake():
    with fakes.serving() as fake:
        yield fake


@pytest.fixture(params=["autocannon", "k6"])
def drive_one(request, fake, tmp_path):
    """Runs the driver with one user for some seconds."""
    run = write_run(tmp_path, fake.url, [fake.line(1)])

    def run_it(mix, **options):
        if request.param == "k6":
            return drive(run, [tool("node"), SHIM, "k6.js", "1", "5"], URL=run.url, MIX=mix, **options)
        command = [installed("autocannon"), "autocannon.mjs", run.url]
        return drive(run, command, SECONDS="5", CONNECTIONS="1", MIX=mix, code=None, **options)

    return run_it


def test_a_refresh_whose_answer_was_lost_is_retried_with_the_same_token(fake, drive_one):
    fake.faults["refresh"] = ["lost"]

    drive_one("refresh=1 me=2")

    calls = [(call.op, call.presented) for call in fake.calls]
    first = [op for op, _ in calls].index("refresh")
    assert calls[first] == calls[first + 1]
    assert len(calls) > first + 2
    assert fake.reused == []


def test_no_session_is_over_but_by_invalid_grant(fake, drive_one):
    """Such as while the server does not know the run's client yet."""
    fake.faults["refresh"] = [401, 401]

    drive_one("refresh=1")

    first, second, third, *_ = [(call.op, call.presented) for call in fake.calls]
    assert first == second == third


def test_retry_after_is_honoured(fake, drive_one):
    fake.faults["me"] = [(503, 2)]

    drive_one("me=1")

    assert fake.calls[1].began - fake.calls[0].began >= 2


def test_a_session_that_was_ended_is_replaced_by_a_login(fake, drive_one):
    fake.generations.clear()

    drive_one("me=1")

    assert [call.op for call in fake.calls[:4]] == ["me", "refresh", "login", "me"]


def test_a_server_that_is_gone_is_not_hammered(fake, drive_one):
    fake.faults["me"] = ["lost"] * 100

    drive_one("me=1")

    assert 1 < len(fake.calls) < 10
