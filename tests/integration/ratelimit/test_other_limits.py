"""The limits on registration, refresh, password change and authenticated calls."""

import asyncio
from collections import Counter

import pytest

from auth.core.policies import Quota
from tests.conftest import PASSWORD, registration, visiting
from tests.integration.calls import change_password, me, refresh

WRONG = "not the password"


async def registered(client):
    answer = await client.post("/api/auth/register", json=registration())
    assert answer.status_code == 201, answer.text
    return answer.json()


def assert_limited(answer, policy):
    assert answer.status_code == 429, answer.text
    assert answer.json()["error"] == "rate_limited"
    assert int(answer.headers["retry-after"]) >= 1
    assert f'"{policy}";r=0;t=' in answer.headers["ratelimit"]


async def test_registrations_of_an_address_are_limited(settings):
    async with visiting(settings, register=Quota(2, 3600)) as client:
        await registered(client)
        await registered(client)

        assert_limited(await client.post("/api/auth/register", json=registration()), "register")


async def test_refused_registrations_count_too(settings):
    async with visiting(settings, register=Quota(3, 3600)) as client:
        taken = registration()
        answers = [(await client.post("/api/auth/register", json=taken)).status_code for _ in range(4)]

    assert answers == [201, 409, 409, 429]


async def test_refreshes_of_a_session_are_limited(settings):
    async with visiting(settings, refresh=Quota(2, 60)) as client:
        pair = await registered(client)
        for _ in range(2):
            pair = (await refresh(client, pair["refresh_token"])).json()

        assert_limited(await refresh(client, pair["refresh_token"]), "refresh")


async def test_a_limited_refresh_ends_no_session(settings):
    async with visiting(settings, refresh=Quota(1, 60)) as client:
        pair = await registered(client)
        newer = (await refresh(client, pair["refresh_token"])).json()
        await refresh(client, pair["refresh_token"])

        assert (await me(client, newer["access_token"])).status_code == 200


async def test_another_session_refreshes_on(settings):
    async with visiting(settings, refresh=Quota(1, 60)) as client:
        first, second = await registered(client), await registered(client)
        await refresh(client, first["refresh_token"])
        assert (await refresh(client, first["refresh_token"])).status_code == 429

        assert (await refresh(client, second["refresh_token"])).status_code == 200


async def test_refreshes_of_an_address_are_limited(settings):
    async with visiting(settings, refresh_address=Quota(2, 60)) as client:
        tokens = [(await registered(client))["refresh_token"] for _ in range(3)]
        for token in tokens[:2]:
            assert (await refresh(client, token)).status_code == 200

        assert_limited(await refresh(client, tokens[2]), "refresh-address")


async def test_bad_refresh_tokens_use_up_nothing_that_good_ones_need(settings):
    async with visiting(settings, refresh_address=Quota(2, 60)) as client:
        pair = await registered(client)
        answers = [(await refresh(client, "x")).status_code for _ in range(3)]

        assert answers == [401, 401, 401]
        assert (await refresh(client, pair["refresh_token"])).status_code == 200


async def test_wrong_old_passwords_are_limited(settings):
    async with visiting(settings, change_password=Quota(3, 900)) as client:
        token = (await registered(client))["access_token"]

        answers = await asyncio.gather(*(change_password(client, token, old=WRONG) for _ in range(20)))

        assert (await me(client, token)).status_code == 401  # over the limit the session ends
    seen = Counter(answer.status_code for answer in answers)
    assert seen[400] == 3
    assert seen[429] >= 1
    assert seen[429] + seen[401] == 17


async def test_over_the_limit_the_right_old_password_is_refused_too(settings):
    async with visiting(settings, change_password=Quota(1, 900)) as client:
        token = (await registered(client))["access_token"]
        await change_password(client, token, old=WRONG)

        assert_limited(await change_password(client, token), "change-password")


async def test_right_old_passwords_do_not_count(settings):
    async with visiting(settings, change_password=Quota(2, 900)) as client:
        token, old = (await registered(client))["access_token"], PASSWORD
        for number in range(5):
            new = f"{PASSWORD} {number}"
            answer = await change_password(client, token, old=old, new=new)
            assert answer.status_code == 200
            token, old = answer.json()["access_token"], new


async def test_authenticated_calls_of_a_user_are_limited(settings):
    async with visiting(settings, api=Quota(5, 60)) as client:
        token = (await registered(client))["access_token"]

        answers = await asyncio.gather(*(me(client, token) for _ in range(20)))

    assert Counter(answer.status_code for answer in answers) == {200: 5, 429: 15}
    assert_limited(next(answer for answer in answers if answer.status_code == 429), "api")


async def test_the_calls_of_another_user_are_not_concerned(settings):
    async with visiting(settings, api=Quota(1, 60)) as client:
        first, second = await registered(client), await registered(client)
        await me(client, first["access_token"])
        assert (await me(client, first["access_token"])).status_code == 429

        assert (await me(client, second["access_token"])).status_code == 200


async def test_a_limited_user_can_still_refresh(settings):
    async with visiting(settings, api=Quota(1, 60)) as client:
        pair = await registered(client)
        await me(client, pair["access_token"])
        assert (await me(client, pair["access_token"])).status_code == 429

        assert (await refresh(client, pair["refresh_token"])).status_code == 200


async def test_a_dead_token_is_401_even_over_the_limit(settings):
    async with visiting(settings, api=Quota(1, 60)) as client:
        token = (await registered(client))["access_token"]
        assert (await client.post("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})).status_code == 200

        assert {(await me(client, token)).status_code for _ in range(3)} == {401}


@pytest.mark.parametrize("path", ["/health/live", "/api/auth/me", "/api/nothing"])
async def test_what_no_policy_limits_has_no_fields(client, path):
    answer = await client.get(path)

    assert "ratelimit" not in answer.headers
    assert "ratelimit-policy" not in answer.headers
