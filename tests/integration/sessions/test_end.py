"""DELETE /api/auth/sessions and /sessions/{sid}: what is ended is dead at once, access and refresh tokens alike."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils.timezone import now

from auth.models import SecurityEvent, Session
from tests.conftest import bearer, eventually
from tests.integration.calls import logout, me, problems, refresh
from tests.integration.sessions.calls import (
    assert_alive,
    assert_dead,
    end,
    end_all,
    end_others,
    login_in_use,
    sid_of,
    sids,
)


def pair_of(account):
    return {"access_token": account.access_token, "refresh_token": account.refresh_token}


def assert_not_found(answer):
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


async def test_one_session_is_ended_at_once(client, account):
    ann = await account()
    other = await login_in_use(client, ann)

    assert (await end(client, ann.access_token, sid_of(other["access_token"]))).status_code == 200

    await assert_dead(client, other)


async def test_ending_one_session_leaves_the_others_alone(client, account):
    ann = await account()
    second, third = await login_in_use(client, ann), await login_in_use(client, ann)

    await end(client, ann.access_token, sid_of(second["access_token"]))

    await assert_alive(client, pair_of(ann))
    await assert_alive(client, third)


async def test_a_session_may_end_itself(client, account):
    ann = await account()

    assert (await end(client, ann.access_token, sid_of(ann.access_token))).status_code == 200

    await assert_dead(client, pair_of(ann))


async def test_every_generation_of_an_ended_session_is_dead(client, account):
    ann = await account()
    first = await login_in_use(client, ann)
    second = (await refresh(client, first["refresh_token"])).json()

    await end(client, ann.access_token, sid_of(first["access_token"]))

    await assert_dead(client, first)
    await assert_dead(client, second)


async def test_an_ended_session_is_no_longer_listed(client, account):
    ann = await account()
    other = await login_in_use(client, ann)

    await end(client, ann.access_token, sid_of(other["access_token"]))

    assert await sids(client, ann.access_token) == [sid_of(ann.access_token)]


async def test_a_foreign_session_is_not_found(client, account):
    ann, bob = await account(), await account()

    assert_not_found(await end(client, ann.access_token, sid_of(bob.access_token)))


async def test_a_foreign_session_lives_on(client, account):
    ann, bob = await account(), await account()

    await end(client, ann.access_token, sid_of(bob.access_token))

    await assert_alive(client, pair_of(bob))


@pytest.mark.parametrize("sid", [str(UUID(int=7)), "00000000-0000-0000-0000-000000000000", "x", "1", "%00", "..%2fall"])
async def test_an_unknown_session_is_not_found(client, account, sid):
    ann = await account()

    assert_not_found(await end(client, ann.access_token, sid))


async def test_an_ended_session_is_not_found(client, account):
    ann = await account()
    other = await login_in_use(client, ann)
    await logout(client, other["access_token"])

    assert_not_found(await end(client, ann.access_token, sid_of(other["access_token"])))


async def test_an_expired_session_is_not_found(client, account):
    ann = await account()
    sid = sid_of((await login_in_use(client, ann))["access_token"])
    await Session.objects.filter(pk=sid).aupdate(expires_at=now() - timedelta(seconds=1))

    assert_not_found(await end(client, ann.access_token, sid))


async def test_the_others_are_ended_at_once(client, account):
    ann = await account()
    others = [await login_in_use(client, ann) for _ in range(3)]

    assert (await end_others(client, ann.access_token)).status_code == 200

    for other in others:
        await assert_dead(client, other)


async def test_ending_the_others_keeps_the_session_that_asks(client, account):
    ann = await account()
    await login_in_use(client, ann)

    await end_others(client, ann.access_token)

    await assert_alive(client, pair_of(ann))
    assert await sids(client, ann.access_token) == [sid_of(ann.access_token)]


async def test_the_others_can_be_ended_again_and_again(client, account):
    ann = await account()

    answers = [await end_others(client, ann.access_token) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    await assert_alive(client, pair_of(ann))


async def test_all_sessions_are_ended_at_once(client, account):
    ann = await account()
    other = await login_in_use(client, ann)

    assert (await end_all(client, ann.access_token)).status_code == 200

    await assert_dead(client, pair_of(ann))
    await assert_dead(client, other)


@pytest.mark.parametrize("call", [end_others, end_all])
async def test_other_accounts_keep_their_sessions(client, account, call):
    ann, bob = await account(), await account()

    await call(client, ann.access_token)

    await assert_alive(client, pair_of(bob))


@pytest.mark.parametrize("call", [end_others, end_all])
async def test_a_login_afterwards_is_good(client, account, call):
    ann = await account()
    await call(client, ann.access_token)

    await assert_alive(client, await login_in_use(client, ann))


async def test_what_is_neither_true_nor_false_ends_nothing(client, account):
    ann = await account()
    other = await login_in_use(client, ann)

    answer = await client.delete("/api/auth/sessions?all=perhaps", headers=bearer(ann.access_token))

    assert problems(answer).keys() == {"all"}
    await assert_alive(client, other)


@pytest.mark.parametrize("path", ["sessions", f"sessions/{UUID(int=7)}"])
async def test_ending_needs_a_token(client, path):
    assert (await client.delete(f"/api/auth/{path}")).status_code == 401


async def test_an_end_is_recorded(client, account):
    ann = await account()
    sid = sid_of((await login_in_use(client, ann))["access_token"])
    await end(client, ann.access_token, sid)

    event = await eventually(SecurityEvent.objects.filter(user=ann.user, event_type="session_ended").afirst)

    assert event.details == {"sid": sid_of(ann.access_token), "ended": sid}


async def test_a_refresh_racing_the_end_of_all_leaves_nothing_alive(client, account):
    ann = await account()

    async def race():
        body = await login_in_use(client, ann)
        refreshed, ended = await asyncio.gather(
            refresh(client, body["refresh_token"]), end_all(client, body["access_token"])
        )
        assert ended.status_code == 200
        if refreshed.status_code == 200:
            await assert_dead(client, refreshed.json())
        assert (await me(client, body["access_token"])).status_code == 401

    for _ in range(20):
        await race()
