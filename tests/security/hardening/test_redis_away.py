"""Redis killed or hung: the database decides, limits are tighter, and nobody is logged out or let back in."""

import asyncio
import re
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from auth.clients.registry import ServiceClients
from auth.clients.secrets import hash_secret
from tests.conftest import PASSWORD, bearer, eventually, registration, visitor
from tests.integration.calls import change_password, logout, me, refresh, try_login
from tests.security.hardening.valkey import on

pytestmark = pytest.mark.long

HOW = ["killed", "hung"]
WRONG = "not the password"


@pytest.fixture
async def application(valkey, settings):
    async with on(valkey, settings) as application:
        yield application


@pytest.fixture
async def client(application):
    async with visitor(application) as client:
        yield client


@pytest.fixture
async def ann(client):
    """The token body of an account whose session Redis knows."""
    body = (await client.post("/api/auth/register", json=registration())).json()
    assert (await me(client, body["access_token"])).status_code == 200
    return body


def left(answer, policy="api"):
    """What RateLimit says is left."""
    return int(re.findall(rf'"{policy}";r=(\d+)', answer.headers["ratelimit"])[0])


@pytest.mark.parametrize("how", HOW)
async def test_a_live_token_is_good(valkey, client, ann, how):
    valkey.away(how)

    answers = await asyncio.gather(*(me(client, ann["access_token"]) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json() == ann["user"]


@pytest.mark.parametrize("how", HOW)
async def test_a_token_that_was_taken_back_before_is_refused(valkey, client, ann, how):
    await logout(client, ann["access_token"])
    valkey.away(how)

    assert [(await me(client, ann["access_token"])).status_code for _ in range(5)] == [401] * 5


@pytest.mark.parametrize("how", HOW)
async def test_a_token_that_is_taken_back_meanwhile_is_refused_by_every_worker(valkey, settings, client, ann, how):
    async with on(valkey, settings) as second, visitor(second) as elsewhere:
        valkey.away(how)
        assert (await me(elsewhere, ann["access_token"])).status_code == 200

        assert (await logout(client, ann["access_token"])).status_code == 200

        assert (await me(client, ann["access_token"])).status_code == 401
        assert (await me(elsewhere, ann["access_token"])).status_code == 401


@pytest.mark.parametrize("how", HOW)
async def test_a_token_that_was_taken_back_meanwhile_stays_dead_when_redis_is_back(valkey, client, ann, how):
    """Redis comes back with a copy that says the session lives."""
    valkey.away(how)
    await logout(client, ann["access_token"])
    valkey.back()

    for _ in range(50):
        assert (await me(client, ann["access_token"])).status_code == 401


@pytest.mark.parametrize("how", HOW)
async def test_every_call_is_served(valkey, client, ann, how):
    valkey.away(how)
    new = registration()
    registered = await client.post("/api/auth/register", json=new)
    entered = await try_login(client, new["username"])
    refreshed = await refresh(client, entered.json()["refresh_token"])
    changed = await change_password(client, refreshed.json()["access_token"])
    listed = await client.get("/api/auth/sessions", headers=bearer(changed.json()["access_token"]))
    left = await logout(client, changed.json()["access_token"])

    answers = [registered, entered, refreshed, changed, listed, left]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 200]


@pytest.mark.parametrize("how", HOW)
async def test_a_crowd_of_mixed_calls_gets_no_5xx_and_no_false_401(valkey, client, ann, how):
    valkey.away(how)
    name = ann["user"]["username"]
    calls = [call for _ in range(20) for call in (me(client, ann["access_token"]), try_login(client, name))]

    answers = await asyncio.gather(*calls, refresh(client, ann["refresh_token"]))

    seen = Counter(answer.status_code for answer in answers)
    assert set(seen) <= {200, 429}  # 429: logins at once over the share of one worker
    assert seen[200] >= 20 + 5 + 1


@pytest.mark.parametrize("how", HOW)
async def test_guessing_is_limited_to_the_share_of_the_worker(valkey, client, ann, how):
    valkey.away(how)
    name = ann["user"]["username"]

    answers = await asyncio.gather(*(try_login(client, name, WRONG) for _ in range(40)))

    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 35}
    assert (await try_login(client, name, PASSWORD)).status_code == 429


async def test_the_right_password_does_not_count(valkey, client, ann):
    valkey.away("killed")

    for _ in range(12):
        assert (await try_login(client, ann["user"]["username"])).status_code == 200


async def test_authenticated_calls_are_limited_to_the_share_of_the_worker(valkey, client, ann):
    valkey.away("killed")

    seen = Counter([(await me(client, ann["access_token"])).status_code for _ in range(210)])

    assert seen == {200: 200, 429: 10}


@pytest.mark.parametrize("how", HOW)
async def test_when_redis_is_back_it_counts_again(valkey, client, ann, how):
    valkey.away(how)
    assert left(await me(client, ann["access_token"])) < 200
    valkey.back()

    async def is_back():
        return left(await me(client, ann["access_token"])) > 200

    await eventually(is_back)
    assert (await try_login(client, ann["user"]["username"])).status_code == 200


async def test_a_server_that_starts_without_redis_serves(valkey, settings, account):
    bob = await account()
    valkey.away("killed")

    async with on(valkey, settings) as application, visitor(application) as client:
        assert (await me(client, bob.access_token)).status_code == 200
        assert (await me(client, f"{bob.access_token[:-4]}AAAA")).status_code == 401


@pytest.mark.parametrize("how", HOW)
async def test_there_are_no_tickets_and_none_is_judged(valkey, application, client, ann, how, monkeypatch):
    known = ServiceClients({"orders": hash_secret("secret")})
    monkeypatch.setattr(application, "runtime", replace(application.runtime, service_clients=known))
    ask = partial(client.post, "/api/auth/ws-ticket", headers=bearer(ann["access_token"]))
    ticket = (await ask()).json()["ticket"]
    valkey.away(how)

    redeemed = await client.post("/api/oauth/ws-ticket/redeem", data={"ticket": ticket}, auth=("orders", "secret"))

    for answer in (redeemed, await ask()):
        assert (answer.status_code, answer.json()["error"]) == (503, "service_unavailable")
        assert int(answer.headers["retry-after"]) >= 1
