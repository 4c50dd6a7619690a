"""JWT_LOST_ANSWER_RETRY_SECONDS: after the grace too, a client whose answer was lost gets the same successor.

Only as long as nobody has been seen with what replaced its token: otherwise it is reuse, and ends the session.
"""

from datetime import timedelta

import pytest

from auth.oauth.introspect import introspect_token
from settings import env
from tests.conftest import client_of, serving
from tests.integration.calls import me, refresh
from tests.integration.sessions.calls import assert_dead, later, register

AFTER_THE_GRACE = timedelta(seconds=60)


@pytest.fixture
async def patient(settings):
    """An application that waits five minutes for a lost answer, and a client of it."""
    async with (
        serving(settings, lost_answer_retry=timedelta(minutes=5)) as application,
        client_of(application) as client,
    ):
        yield application, client


async def rotated(client):
    """A new session's first pair, and the one after it."""
    body = await register(client)
    return body, (await refresh(client, body["refresh_token"])).json()


async def test_an_unseen_successor_comes_again_after_the_grace(patient):
    application, client = patient
    body, lost = await rotated(client)

    with later(application, AFTER_THE_GRACE):
        answer = await refresh(client, body["refresh_token"])

    assert answer.headers["authgate-refresh"] == "retried"
    assert answer.json()["refresh_token"] == lost["refresh_token"]


async def test_a_retry_after_the_grace_continues_the_session(patient):
    application, client = patient
    body, _ = await rotated(client)
    with later(application, AFTER_THE_GRACE):
        pair = (await refresh(client, body["refresh_token"])).json()

        assert (await me(client, pair["access_token"])).status_code == 200
        assert (await refresh(client, pair["refresh_token"])).headers["authgate-refresh"] == "rotated"


async def test_a_successor_seen_by_its_access_token_makes_it_reuse(patient):
    application, client = patient
    body, used = await rotated(client)
    await me(client, used["access_token"])
    await application.runtime.activity.flush()

    with later(application, AFTER_THE_GRACE):
        assert (await refresh(client, body["refresh_token"])).status_code == 401

    await assert_dead(client, used)


async def test_a_successor_seen_by_its_refresh_token_makes_it_reuse(patient):
    application, client = patient
    body, used = await rotated(client)
    newest = (await refresh(client, used["refresh_token"])).json()

    with later(application, AFTER_THE_GRACE):
        assert (await refresh(client, body["refresh_token"])).status_code == 401

    await assert_dead(client, newest)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_successor_that_a_service_asked_about_makes_it_reuse(patient, kind):
    application, client = patient
    runtime = application.runtime
    body, used = await rotated(client)
    assert (await introspect_token(runtime, used[kind]))["active"]
    await runtime.activity.flush()

    with later(application, AFTER_THE_GRACE):
        assert (await refresh(client, body["refresh_token"])).status_code == 401

    await assert_dead(client, used)


async def test_using_the_old_access_token_does_not_make_it_reuse(patient):
    application, client = patient
    body, lost = await rotated(client)
    await me(client, body["access_token"])
    await application.runtime.activity.flush()

    with later(application, AFTER_THE_GRACE):
        assert (await refresh(client, body["refresh_token"])).json()["refresh_token"] == lost["refresh_token"]


async def test_after_the_patience_too_it_is_reuse(patient):
    application, client = patient
    body, lost = await rotated(client)

    with later(application, timedelta(minutes=5, seconds=2)):
        assert (await refresh(client, body["refresh_token"])).status_code == 401

    await assert_dead(client, lost)


async def test_inside_the_grace_a_seen_successor_comes_again(patient):
    application, client = patient
    body, used = await rotated(client)
    await me(client, used["access_token"])
    await application.runtime.activity.flush()

    assert (await refresh(client, body["refresh_token"])).json()["refresh_token"] == used["refresh_token"]


async def test_it_is_ten_minutes_by_default(monkeypatch):
    monkeypatch.setenv("ENV_FILE", "")

    assert env.read().JWT_LOST_ANSWER_RETRY_SECONDS == 600


@pytest.mark.parametrize(("seconds", "status"), [(590, 200), (602, 401)])
async def test_by_default_a_lost_answer_is_given_again_for_ten_minutes(application, client, seconds, status):
    body, _ = await rotated(client)

    with later(application, timedelta(seconds=seconds)):
        assert (await refresh(client, body["refresh_token"])).status_code == status


async def test_switched_off_an_unseen_successor_does_not_come_again(settings):
    async with (
        serving(settings, lost_answer_retry=timedelta(0)) as application,
        client_of(application) as client,
    ):
        body, lost = await rotated(client)
        with later(application, AFTER_THE_GRACE):
            assert (await refresh(client, body["refresh_token"])).status_code == 401

        await assert_dead(client, lost)
