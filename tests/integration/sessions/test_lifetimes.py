"""`expires_in` and `refresh_after`: when the clients of one server ask again, so that they never align."""

import time

import pytest

from tests.conftest import client_of
from tests.integration.calls import claims, login, refresh
from tests.integration.sessions.calls import register

LIFETIME = 15 * 60  # seconds, the default
SHORTEST = int(LIFETIME * 0.95)


@pytest.fixture(scope="module")
async def bodies(application):
    """The token bodies of some logins and refreshes."""
    async with client_of(application) as client:
        logins = [await register(client) for _ in range(12)]
        return logins + [(await refresh(client, body["refresh_token"])).json() for body in logins]


async def test_the_life_of_an_access_token_is_cut_by_at_most_a_twentieth(bodies):
    assert {body["expires_in"] for body in bodies} <= set(range(SHORTEST, LIFETIME + 1))


async def test_no_two_dozen_tokens_live_equally_long(bodies):
    assert len({body["expires_in"] for body in bodies}) > 1


async def test_expires_in_is_what_the_token_says(bodies):
    lives = [claims(body["access_token"])["exp"] - claims(body["access_token"])["iat"] for body in bodies]

    assert lives == [body["expires_in"] for body in bodies]


async def test_a_refresh_is_advised_after_four_fifths_of_the_life(bodies):
    assert [body["refresh_after"] for body in bodies] == [int(body["expires_in"] * 0.8) for body in bodies]


async def test_the_refresh_token_lives_seven_days_whole(client, account):
    ann = await account()

    said = claims((await login(client, ann))["refresh_token"])

    assert said["exp"] - said["iat"] == 7 * 86400
    assert abs(said["iat"] - time.time()) < 10
