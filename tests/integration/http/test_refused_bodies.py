"""Bodies that are refused count against the limit of their route, and are told how it stands."""

import pytest

from auth.core.policies import Quota
from tests.conftest import PASSWORD, unique_name, visiting
from tests.integration.calls import try_login

ROUTES = {
    "register": "register",
    "login": "login-address",
    "refresh": "refresh-address",
    "password-reset": "mail-address",
    "password-reset/confirm": "mail-confirm",
    "verify-email/confirm": "mail-confirm",
}
BEHIND_A_TOKEN = {"logout": "ending", "change-password": "ending", "ws-ticket": "api"}
JSON = {"Content-Type": "application/json"}
BODIES = {422: ("{}", JSON), 400: ("{", JSON), 415: ("{}", {"Content-Type": "text/plain"})}


@pytest.mark.parametrize("status", BODIES)
@pytest.mark.parametrize("route", ROUTES)
async def test_a_refused_body_counts_per_address(settings, route, status):
    body, headers = BODIES[status]
    policy = ROUTES[route]
    async with visiting(settings, **{policy.replace("-", "_"): Quota(2, 3600)}) as client:
        answers = [await client.post(f"/api/auth/{route}", content=body, headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 429]
    for answer, remaining in zip(answers, (1, 0, 0), strict=True):
        assert answer.headers["ratelimit-policy"] == f'"{policy}";q=2;w=3600'
        assert answer.headers["ratelimit"].startswith(f'"{policy}";r={remaining};')
    assert int(answers[2].headers["retry-after"]) >= 1


@pytest.mark.parametrize("route", BEHIND_A_TOKEN)
async def test_behind_a_token_it_counts_for_who_has_it(settings, account, route):
    ann = await account()
    async with visiting(settings, api=Quota(9, 60), ending=Quota(9, 60)) as client:
        answer = await client.post(f"/api/auth/{route}", content="[]", headers={**ann.bearer, **JSON})

    assert answer.status_code == 422
    assert answer.headers["ratelimit-policy"].startswith(f'"{BEHIND_A_TOKEN[route]}";q=9')


async def test_nonsense_in_place_of_a_refresh_token_uses_up_no_refresh(settings, account):
    ann = await account()
    async with visiting(settings, refresh_address=Quota(2, 3600)) as client:
        answers = [await client.post("/api/auth/refresh", json={"refresh_token": 5}) for _ in range(3)]
        good = await client.post("/api/auth/refresh", json={"refresh_token": ann.refresh_token})

    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert good.status_code == 200


async def test_it_counts_once_with_what_the_service_refuses_itself(settings):
    async with visiting(settings, register=Quota(9, 3600)) as client:
        name = unique_name()
        body = {"username": name, "email": f"{name}@example.com", "password": "short", "password_confirm": "short"}
        answers = [await client.post("/api/auth/register", json=sent) for sent in ({}, body, {})]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=8", "r=7", "r=6"]


async def test_nobody_waits_for_the_place_of_a_refused_body(settings, account):
    ann = await account()
    async with visiting(settings, login_address=Quota(2, 3600)) as client:
        await client.post("/api/auth/login", json={})

        assert (await try_login(client, ann.user.username, PASSWORD)).status_code == 200
