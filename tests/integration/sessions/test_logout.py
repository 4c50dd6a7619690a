"""POST /api/auth/logout."""

import asyncio

import pytest

from auth.models import BlacklistedToken, SecurityEvent, Session
from tests.conftest import bearer, eventually
from tests.integration.calls import claims, login, logout, me, refresh


async def logout_with(client, token, body):
    return await client.post("/api/auth/logout", headers=bearer(token), json=body)


async def test_a_logout_ends_the_access_token(client, account):
    ann = await account()
    assert (await me(client, ann.access_token)).status_code == 200

    answer = await logout(client, ann.access_token)

    assert answer.status_code == 200
    assert answer.json().keys() == {"message"}
    assert (await me(client, ann.access_token)).status_code == 401


async def test_a_logout_ends_the_refresh_token_that_was_not_sent_along(client, account):
    ann = await account()

    await logout(client, ann.access_token)

    assert (await refresh(client, ann.refresh_token)).status_code == 401


async def test_a_logout_ends_every_token_of_the_session(client, account):
    ann = await account()
    newer = (await refresh(client, ann.refresh_token)).json()

    await logout(client, ann.access_token)

    assert (await me(client, newer["access_token"])).status_code == 401
    assert (await refresh(client, newer["refresh_token"])).status_code == 401


@pytest.mark.parametrize("spell", [lambda token: f"{token}=", lambda token: f"{token}==", lambda token: f" {token} "])
async def test_no_spelling_of_an_ended_token_opens_anything(client, account, spell):
    ann = await account()
    await logout(client, ann.access_token)

    assert (await me(client, spell(ann.access_token))).status_code == 401


async def test_a_logout_leaves_the_other_sessions(client, account):
    ann = await account()
    other = await login(client, ann)

    await logout(client, ann.access_token)

    assert (await me(client, other["access_token"])).status_code == 200
    assert (await refresh(client, other["refresh_token"])).status_code == 200


async def test_the_refresh_token_of_another_own_session_ends_that_session_too(client, account):
    ann = await account()
    other = await login(client, ann)

    await logout_with(client, ann.access_token, {"refresh_token": other["refresh_token"]})

    assert (await me(client, other["access_token"])).status_code == 401
    assert (await me(client, ann.access_token)).status_code == 401


async def test_nobody_ends_the_session_of_another_account(client, account):
    ann, bob = await account(), await account()

    answer = await logout_with(client, ann.access_token, {"refresh_token": bob.refresh_token})

    assert answer.status_code == 200
    assert (await me(client, bob.access_token)).status_code == 200


@pytest.mark.parametrize("body", [{}, {"refresh_token": None}, {"refresh_token": ""}, {"refresh_token": "x"}, None])
async def test_whatever_is_sent_along_the_session_is_over(client, account, body):
    ann = await account()

    answer = await logout_with(client, ann.access_token, body)

    assert answer.status_code == 200
    assert (await me(client, ann.access_token)).status_code == 401


async def test_a_second_logout_is_refused_like_any_dead_token(client, account):
    ann = await account()
    await logout(client, ann.access_token)

    assert (await logout(client, ann.access_token)).status_code == 401


async def test_thirty_logouts_at_once_are_clean(client, account):
    ann = await account()

    answers = await asyncio.gather(*(logout(client, ann.access_token) for _ in range(30)))

    assert {answer.status_code for answer in answers} <= {200, 401}
    assert 200 in {answer.status_code for answer in answers}
    assert await BlacklistedToken.objects.filter(user=ann.user).acount() == 1


async def test_the_token_is_listed_by_its_jti_alone(client, account):
    ann = await account()
    await logout(client, ann.access_token)

    row = await BlacklistedToken.objects.aget(user=ann.user)

    found = claims(ann.access_token)
    assert (row.jti, row.token_type, row.reason) == (found["jti"], "access", "logout")
    assert int(row.expires_at.timestamp()) == found["exp"]


async def test_the_session_says_why_it_is_over(client, account):
    ann = await account()
    await logout(client, ann.access_token)

    session = await Session.objects.aget(pk=claims(ann.access_token)["sid"])

    assert session.revoked_at is not None
    assert session.revoked_reason == "logout"


async def test_a_logout_is_recorded(client, account):
    ann = await account()

    await logout(client, ann.access_token)

    assert await eventually(SecurityEvent.objects.filter(user=ann.user, event_type="logout").acount) == 1
