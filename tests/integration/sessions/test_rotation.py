"""What a refresh token buys that has been rotated: the same successor for a while, then the end of its session."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from auth.models import SecurityEvent, Session, session_queries
from tests.conftest import client_of, eventually, registration, serving
from tests.integration.calls import claims, login, me, refresh
from tests.integration.sessions.calls import assert_refused, rotate


async def test_a_retry_within_the_grace_gets_the_same_successor(client, account):
    ann = await account()
    first = await rotate(client, ann.refresh_token)

    retry = await refresh(client, ann.refresh_token)

    assert retry.status_code == 200
    assert retry.json()["refresh_token"] == first["refresh_token"]
    assert retry.headers["authgate-refresh"] == "retried"


async def test_after_a_retry_the_successor_is_still_good(client, account):
    ann = await account()
    first = await rotate(client, ann.refresh_token)
    await rotate(client, ann.refresh_token)

    assert (await refresh(client, first["refresh_token"])).headers["authgate-refresh"] == "rotated"


async def test_a_grandparent_ends_the_session(client, account):
    ann = await account()
    parent = await rotate(client, ann.refresh_token)
    newest = await rotate(client, parent["refresh_token"])

    assert_refused(await refresh(client, ann.refresh_token))

    assert_refused(await refresh(client, newest["refresh_token"]))
    for token in (ann.access_token, parent["access_token"], newest["access_token"]):
        assert (await me(client, token)).status_code == 401


async def test_reuse_is_recorded(client, account):
    ann = await account()
    parent = await rotate(client, ann.refresh_token)
    await rotate(client, parent["refresh_token"])
    await refresh(client, ann.refresh_token)

    event = await eventually(SecurityEvent.objects.filter(user=ann.user, event_type="refresh_reuse").afirst)

    assert event.details["sid"] == claims(ann.access_token)["sid"]


async def test_reuse_leaves_the_other_sessions_alone(client, account):
    ann = await account()
    other = await login(client, ann)
    parent = await rotate(client, ann.refresh_token)
    await rotate(client, parent["refresh_token"])
    assert_refused(await refresh(client, ann.refresh_token))

    assert (await me(client, other["access_token"])).status_code == 200
    assert (await refresh(client, other["refresh_token"])).status_code == 200


async def test_after_the_grace_the_previous_token_ends_the_session(application, client, account, monkeypatch):
    ann = await account()
    first = await rotate(client, ann.refresh_token)
    runtime = application.runtime
    await me(client, first["access_token"])
    await runtime.activity.flush()
    late = replace(runtime, clock=lambda: runtime.clock() + runtime.settings.rotation_grace + timedelta(seconds=2))
    monkeypatch.setattr(application, "runtime", late)

    assert_refused(await refresh(client, ann.refresh_token))

    monkeypatch.undo()
    assert_refused(await refresh(client, first["refresh_token"]))
    assert (await me(client, first["access_token"])).status_code == 401


async def test_the_grace_is_as_long_as_it_is_set(application, client, account, monkeypatch):
    ann = await account()
    first = await rotate(client, ann.refresh_token)
    runtime = application.runtime
    late = replace(runtime, clock=lambda: runtime.clock() + runtime.settings.rotation_grace - timedelta(seconds=2))
    monkeypatch.setattr(application, "runtime", late)

    answer = await refresh(client, ann.refresh_token)

    assert answer.json()["refresh_token"] == first["refresh_token"]


async def test_without_a_grace_the_previous_token_ends_the_session_at_once(settings):
    impatient = {"rotation_grace": timedelta(0), "lost_answer_retry": timedelta(0)}
    async with serving(settings, **impatient) as application, client_of(application) as client:
        body = (await client.post("/api/auth/register", json=registration())).json()
        newest = await rotate(client, body["refresh_token"])

        assert_refused(await refresh(client, body["refresh_token"]))

        assert_refused(await refresh(client, newest["refresh_token"]))


async def lose_rotations(user, *, generation):
    """What a failover to a replica that lagged leaves behind."""
    await Session.objects.filter(user=user).aupdate(generation=generation)


async def test_a_token_ahead_of_its_session_goes_on(client, account):
    ann = await account()
    newest = ann.refresh_token
    for _ in range(3):
        newest = (await rotate(client, newest))["refresh_token"]
    await lose_rotations(ann.user, generation=1)

    answers = await asyncio.gather(*(refresh(client, newest) for _ in range(3)))

    assert sorted(answer.headers["authgate-refresh"] for answer in answers) == ["retried", "retried", "rotated"]
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert (await refresh(client, answers[0].json()["refresh_token"])).headers["authgate-refresh"] == "rotated"


async def test_after_lost_rotations_reuse_still_ends_the_session(client, account):
    ann = await account()
    second = await rotate(client, ann.refresh_token)
    third = await rotate(client, second["refresh_token"])
    await lose_rotations(ann.user, generation=0)
    newest = await rotate(client, third["refresh_token"])

    assert_refused(await refresh(client, second["refresh_token"]))

    assert_refused(await refresh(client, newest["refresh_token"]))


async def test_a_token_ahead_of_its_session_goes_on_though_an_older_one_was_faster(client, account, monkeypatch):
    ann = await account()
    pair = await rotate(client, ann.refresh_token)
    newest = await rotate(client, pair["refresh_token"])
    await lose_rotations(ann.user, generation=0)
    stock = session_queries.rotate

    def overtaken(*args, **named):
        monkeypatch.setattr(session_queries, "rotate", stock)
        Session.objects.filter(user=ann.user).update(generation=2)  # the token of generation 1 was rotated
        return stock(*args, **named)

    monkeypatch.setattr(session_queries, "rotate", overtaken)

    assert (await refresh(client, newest["refresh_token"])).headers["authgate-refresh"] == "rotated"
