"""Without a store, or without room for more work: 503 that says when to come back, never a false 401."""

import asyncio
from datetime import timedelta

import pytest
from django.db import OperationalError

from auth.core.policies import Quota
from tests.conftest import PASSWORD, client_of, limited, registration, serving, unique_address
from tests.integration.calls import change_password, me, try_login
from tests.integration.hashing import hashing_held_up


def assert_unavailable(answer):
    assert answer.status_code == 503, answer.text
    assert list(answer.json()) == ["error", "message", "details"]
    assert answer.json()["error"] == "service_unavailable"
    assert int(answer.headers["retry-after"]) >= 1


@pytest.fixture
async def without_redis(settings, tmp_path, account):
    """A client of an application whose Redis does not answer, and an account with good tokens."""
    changes = {
        "redis_url": f"unix://{tmp_path}/nobody.sock",
        "redis_timeout": timedelta(milliseconds=200),
        "policies": limited(settings.AUTH, login=Quota(10, 60), register=Quota(10, 60), refresh=Quota(10, 60)),
    }
    ann = await account()
    async with serving(settings, **changes) as application, client_of(application) as client:
        yield client, ann


async def test_without_redis_good_tokens_are_good(without_redis):
    client, ann = without_redis

    answer = await me(client, ann.access_token)

    assert answer.status_code == 200
    assert answer.json()["id"] == ann.user.pk


@pytest.mark.parametrize(("route", "status"), [("register", 201), ("login", 200), ("refresh", 200)])
async def test_without_redis_what_is_limited_is_served_and_counted(without_redis, route, status):
    client, ann = without_redis
    bodies = {
        "register": registration(),
        "login": {"username": ann.user.username, "password": PASSWORD},
        "refresh": {"refresh_token": ann.refresh_token},
    }

    answer = await client.post(f"/api/auth/{route}", json=bodies[route])

    assert answer.status_code == status, answer.text
    assert f'"{route}";q=10;w=60' in answer.headers["ratelimit-policy"]


async def test_without_redis_and_database_a_good_token_is_503_never_401(without_redis, monkeypatch):
    client, ann = without_redis

    async def gone(*_, **__):
        raise OperationalError("secret")

    monkeypatch.setattr("auth.authentication.authenticate.load_session_state", gone)
    answer = await me(client, ann.access_token)

    assert_unavailable(answer)
    assert "secret" not in answer.text


async def test_without_redis_a_forged_token_is_still_401(without_redis):
    client, _ = without_redis

    assert (await me(client, "x.y.z")).status_code == 401


async def test_with_the_hashing_queue_full_a_login_is_503(settings):
    changes = {"hash_threads": 1, "hash_queue": 1}
    async with serving(settings, **changes) as application, client_of(application) as client:
        name = (await client.post("/api/auth/register", json=registration())).json()["user"]["username"]

        answers = await asyncio.gather(*(try_login(client, name) for _ in range(20)))

    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) in range(1, 20)
    for answer in refused:
        assert_unavailable(answer)


@pytest.fixture
async def strict(settings):
    """An application that lets one hash at a time in, and allows two failures; its client; an account."""
    policies = limited(settings.AUTH, login=Quota(2, 60), change_password=Quota(2, 900))
    changes = {"hash_threads": 1, "hash_queue": 1, "policies": policies}
    async with serving(settings, **changes) as served, client_of(served, address=unique_address()) as client:
        yield served, client, (await client.post("/api/auth/register", json=registration())).json()


async def test_a_login_that_was_not_tried_does_not_count_as_a_failure(strict):
    application, client, body = strict
    name = body["user"]["username"]
    async with hashing_held_up(application):
        for _ in range(3):
            assert_unavailable(await try_login(client, name))

    assert (await try_login(client, name)).status_code == 200


async def test_a_change_of_password_that_was_not_tried_does_not_count_as_a_failure(strict):
    application, client, body = strict
    async with hashing_held_up(application):
        for _ in range(3):
            assert_unavailable(await change_password(client, body["access_token"]))

    assert (await change_password(client, body["access_token"])).status_code == 200
