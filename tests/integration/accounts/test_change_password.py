"""POST /api/auth/change-password."""

import asyncio

import pytest

from auth.models import SecurityEvent
from tests.conftest import PASSWORD, bearer, eventually
from tests.integration.calls import change_password, claims, login, me, problems, refresh, try_login

NEW = f"new {PASSWORD}"


async def test_a_change_answers_with_a_message_and_a_fresh_pair(client, account):
    ann = await account()

    answer = await change_password(client, ann.access_token)

    assert answer.status_code == 200
    assert answer.json().keys() >= {"message", "access_token", "refresh_token", "token_type", "expires_in"}


async def test_the_fresh_pair_is_of_the_same_session_and_works(client, account):
    ann = await account()

    body = (await change_password(client, ann.access_token)).json()

    assert claims(body["access_token"])["sid"] == claims(ann.access_token)["sid"]
    assert (await me(client, body["access_token"])).status_code == 200
    assert (await refresh(client, body["refresh_token"])).status_code == 200


async def test_the_new_password_logs_in_and_the_old_one_does_not(client, account):
    ann = await account()

    await change_password(client, ann.access_token, new=NEW)

    assert (await try_login(client, ann.user.username, NEW)).status_code == 200
    assert (await try_login(client, ann.user.username, PASSWORD)).status_code == 401


async def test_every_other_session_is_over(client, account):
    ann = await account()
    other = await login(client, ann)
    assert (await me(client, other["access_token"])).status_code == 200

    await change_password(client, ann.access_token)

    assert (await me(client, other["access_token"])).status_code == 401
    assert (await refresh(client, other["refresh_token"])).status_code == 401


async def test_the_older_tokens_of_this_session_are_dead(client, account):
    ann = await account()
    assert (await me(client, ann.access_token)).status_code == 200

    await change_password(client, ann.access_token)

    assert (await me(client, ann.access_token)).status_code == 401
    assert (await refresh(client, ann.refresh_token)).status_code == 401


async def test_an_older_refresh_token_does_not_end_the_changed_session(client, account):
    ann = await account()
    body = (await change_password(client, ann.access_token)).json()

    await refresh(client, ann.refresh_token)

    assert (await me(client, body["access_token"])).status_code == 200


async def test_the_sessions_of_other_accounts_go_on(client, account):
    ann, bob = await account(), await account()

    await change_password(client, ann.access_token)

    assert (await me(client, bob.access_token)).status_code == 200


async def test_a_wrong_old_password_is_400_and_ends_nothing(client, account):
    ann = await account()

    answer = await change_password(client, ann.access_token, old="not the password")

    assert answer.status_code == 400
    assert answer.json()["error"] == "wrong_password"
    assert (await me(client, ann.access_token)).status_code == 200


@pytest.mark.parametrize(
    ("new", "code"),
    [("short pw", "password_too_short"), ("1234567890", "password_too_common"), ("a" * 1025, "string_too_long")],
)
async def test_a_weak_new_password_is_refused(client, account, new, code):
    ann = await account()

    answer = await change_password(client, ann.access_token, new=new)

    assert problems(answer)["new_password"] == code
    assert (await me(client, ann.access_token)).status_code == 200


async def test_a_new_password_like_the_own_name_is_refused(client, account):
    ann = await account(first_name="Wolfeschlegelstein")

    answer = await change_password(client, ann.access_token, new="wolfeschlegelstein1")

    assert problems(answer) == {"new_password": "password_too_similar"}


async def test_two_different_new_passwords_are_refused(client, account):
    ann = await account()
    body = {"old_password": PASSWORD, "new_password": NEW, "new_password_confirm": f"{NEW} "}

    answer = await client.post("/api/auth/change-password", headers=ann.bearer, json=body)

    assert problems(answer) == {"new_password_confirm": "value_error"}


async def test_without_a_token_nothing_is_changed(client, account):
    ann = await account()

    answer = await client.post("/api/auth/change-password", headers=bearer("x"), json={})

    assert answer.status_code == 401
    assert (await try_login(client, ann.user.username)).status_code == 200


async def test_of_two_changes_at_once_one_wins(client, account):
    ann = await account()
    passwords = [f"{NEW} {number}" for number in range(8)]

    answers = await asyncio.gather(*(change_password(client, ann.access_token, new=new) for new in passwords))

    won = [new for new, answer in zip(passwords, answers, strict=True) if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} <= {200, 400, 401}
    assert (await try_login(client, ann.user.username, won[0])).status_code == 200


async def test_a_change_is_recorded(client, account):
    ann = await account()

    await change_password(client, ann.access_token)

    assert await eventually(SecurityEvent.objects.filter(user=ann.user, event_type="password_change").acount) == 1


async def test_a_failed_change_is_recorded(client, account):
    ann = await account()

    await change_password(client, ann.access_token, old="not the password")

    events = SecurityEvent.objects.filter(user=ann.user, event_type="password_change_failed")
    assert await eventually(events.acount) == 1
