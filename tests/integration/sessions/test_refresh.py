"""POST /api/auth/refresh."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils.timezone import now

from auth.models import Session, session_queries
from tests.conftest import client_of, registration, serving
from tests.integration.calls import claims, login, logout, me, problems, refresh
from tests.integration.sessions.calls import assert_refused, rotate


async def test_a_refresh_answers_with_a_new_pair(client, account):
    ann = await account()

    answer = await refresh(client, ann.refresh_token)

    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() >= {"access_token", "refresh_token", "token_type", "expires_in"}
    assert body["token_type"] == "Bearer"
    assert {body["access_token"], body["refresh_token"]}.isdisjoint({ann.access_token, ann.refresh_token})
    assert answer.headers["authgate-refresh"] == "rotated"


async def test_the_new_access_token_is_of_the_same_session(client, account):
    ann = await account()

    body = await rotate(client, ann.refresh_token)

    assert claims(body["access_token"])["sid"] == claims(ann.access_token)["sid"]
    assert (await me(client, body["access_token"])).status_code == 200


async def test_the_old_access_token_lives_on_after_a_refresh(client, account):
    ann = await account()

    await rotate(client, ann.refresh_token)

    assert (await me(client, ann.access_token)).status_code == 200


async def test_a_session_can_be_refreshed_again_and_again(client, account):
    pair = {"refresh_token": (await account()).refresh_token}

    for _ in range(5):
        pair = await rotate(client, pair["refresh_token"])

    assert (await me(client, pair["access_token"])).status_code == 200


async def test_parallel_sessions_never_disturb_each_other(client, account):
    ann = await account()
    pairs = [await login(client, ann) for _ in range(5)]

    for _ in range(3):
        pairs = await asyncio.gather(*(rotate(client, pair["refresh_token"]) for pair in pairs))

    assert len({pair["refresh_token"] for pair in pairs}) == 5
    answers = [await me(client, pair["access_token"]) for pair in pairs]
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("attempts", [2, 20])
async def test_concurrent_refreshes_of_one_token_have_one_successor(client, account, attempts):
    ann = await account()

    answers = await asyncio.gather(*(refresh(client, ann.refresh_token) for _ in range(attempts)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    outcomes = sorted(answer.headers["authgate-refresh"] for answer in answers)
    assert outcomes == ["retried"] * (attempts - 1) + ["rotated"]


async def test_after_concurrent_refreshes_the_user_is_still_logged_in(client, account):
    ann = await account()
    answers = await asyncio.gather(*(refresh(client, ann.refresh_token) for _ in range(20)))

    for answer in answers:
        assert (await me(client, answer.json()["access_token"])).status_code == 200
    assert (await refresh(client, answers[0].json()["refresh_token"])).status_code == 200


async def test_logout_racing_refresh_leaves_nothing_alive(client, account):
    ann = await account()

    async def race():
        body = await login(client, ann)
        refreshed, ended = await asyncio.gather(
            refresh(client, body["refresh_token"]), logout(client, body["access_token"])
        )
        assert ended.status_code == 200
        pair = refreshed.json() if refreshed.status_code == 200 else body
        assert (await refresh(client, pair["refresh_token"])).status_code == 401
        assert (await refresh(client, body["refresh_token"])).status_code == 401
        assert (await me(client, pair["access_token"])).status_code == 401
        return refreshed.status_code

    assert {await race() for _ in range(50)} <= {200, 401}


async def test_a_session_that_ends_after_it_was_read_is_not_rotated(client, account, monkeypatch):
    ann = await account()
    stock = session_queries.rotate

    def overtaken(*args, **named):
        Session.objects.filter(user=ann.user).update(revoked_at=now())
        return stock(*args, **named)

    monkeypatch.setattr(session_queries, "rotate", overtaken)

    assert_refused(await refresh(client, ann.refresh_token))
    assert (await Session.objects.aget(user=ann.user)).generation == 0


async def test_a_session_that_was_idle_too_long_is_over(application, client, account, monkeypatch):
    ann = await account()
    runtime = application.runtime
    late = replace(runtime, clock=lambda: runtime.clock() + runtime.settings.refresh_idle_lifetime)
    monkeypatch.setattr(application, "runtime", late)

    assert_refused(await refresh(client, ann.refresh_token))


async def test_no_refresh_outlives_the_session(settings):
    changes = {"session_lifetime": timedelta(minutes=5)}
    async with serving(settings, **changes) as application, client_of(application) as client:
        body = (await client.post("/api/auth/register", json=registration())).json()
        session_end = claims(body["refresh_token"])["exp"]

        pair = await rotate(client, body["refresh_token"])

    assert claims(pair["refresh_token"])["exp"] == session_end
    assert claims(pair["access_token"])["exp"] <= session_end
    assert body["expires_in"] <= 300


async def test_every_refused_token_gets_the_same_answer(client, account):
    ann = await account()
    bob = await account()
    await logout(client, bob.access_token)
    head, payload, signature = ann.refresh_token.split(".")
    flipped = "A" if signature[0] != "A" else "B"
    tokens = [
        "x",
        "a.b.c",
        ann.access_token,
        bob.refresh_token,
        f"{ann.refresh_token}=",
        f"{ann.refresh_token}\n",
        f" {ann.refresh_token}",
        f"{head}.{payload}.{flipped}{signature[1:]}",
        f"{head}.{payload}.",
        "x" * 4096,
    ]

    answers = [await refresh(client, token) for token in tokens]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert (await refresh(client, ann.refresh_token)).status_code == 200


@pytest.mark.parametrize("token", [None, 1, True, [], {}, "", "x" * 4097])
async def test_a_token_of_another_kind_is_refused(client, token):
    assert "refresh_token" in problems(await refresh(client, token))


async def test_a_refresh_token_opens_no_route(client, account):
    ann = await account()

    assert (await me(client, ann.refresh_token)).status_code == 401


async def test_an_access_token_buys_no_refresh(client, account):
    ann = await account()

    assert_refused(await refresh(client, ann.access_token))
    assert (await me(client, ann.access_token)).status_code == 200
