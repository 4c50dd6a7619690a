"""Two sessions that end each other, and tokens that would be too long to read."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from auth.models import User
from tests.conftest import client_of, registration, serving
from tests.integration.calls import login, me, try_login
from tests.integration.sessions.calls import end_others


@pytest.mark.parametrize("round_number", range(5))
async def test_of_two_sessions_that_end_the_others_at_once_one_is_left(client, account, round_number):
    ann = await account()
    tokens = [ann.access_token, (await login(client, ann))["access_token"]]

    answers = await asyncio.gather(*(end_others(client, token) for token in tokens))

    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) == [200, 401]
    assert [(await me(client, token)).status_code for token in tokens] == statuses


async def test_of_many_sessions_that_end_the_others_at_once_one_is_left(client, account):
    ann = await account()
    tokens = [ann.access_token] + [(await login(client, ann))["access_token"] for _ in range(7)]

    answers = await asyncio.gather(*(end_others(client, token) for token in tokens))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    assert sorted([(await me(client, token)).status_code for token in tokens]) == [200] + [401] * 7


def talkative(user, session):
    """A claims hook whose token nobody could read."""
    return {"pad": "x" * 4000}


def broken(user, session):
    raise ZeroDivisionError


@asynccontextmanager
async def hooked(settings, hook):
    async with (
        serving(settings, claims_hook=f"{hook.__module__}.{hook.__name__}") as application,
        client_of(application) as client,
    ):
        yield client


@pytest.mark.parametrize("hook", [talkative, broken])
async def test_a_registration_that_cannot_be_answered_leaves_the_name_free(settings, client, hook):
    wanted = registration()
    async with hooked(settings, hook) as failing:
        answer = await failing.post("/api/auth/register", json=wanted)
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
    assert not await User.objects.filter(username=wanted["username"]).aexists()

    assert (await client.post("/api/auth/register", json=wanted)).status_code == 201


async def test_a_token_too_long_to_be_read_is_never_handed_out(settings, account):
    ann = await account()
    async with hooked(settings, talkative) as failing:
        answer = await try_login(failing, ann.user.username)

    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
