"""Redis holds copies and counters alone: losing all of it revives nothing and logs nobody out."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils.timezone import now

from auth.models import BlacklistedToken, User
from tests.conftest import PASSWORD, client_of, serving
from tests.integration.calls import change_password, claims, login, logout, refresh, try_login
from tests.integration.token_checks import assert_dies, assert_lives, assert_stays_dead


@sync_to_async
def change(user, **columns):
    User.objects.filter(pk=user.pk).update(**columns)


async def test_a_logged_out_token_stays_dead(client, account, redis):
    ann = await account()
    await logout(client, ann.access_token)

    await redis.flushall()

    await assert_stays_dead(client, ann.access_token)


async def test_a_token_of_before_a_password_change_stays_dead(client, account, redis):
    ann = await account()
    fresh = (await change_password(client, ann.access_token)).json()

    await redis.flushall()

    await assert_stays_dead(client, ann.access_token)
    await assert_lives(client, fresh["access_token"])


async def test_a_token_of_a_disabled_account_stays_dead(client, account, redis):
    ann = await account()
    await change(ann.user, is_active=False)
    await assert_dies(client, ann.access_token)

    await redis.flushall()

    await assert_stays_dead(client, ann.access_token)


async def test_lost_rights_stay_lost(client, account, redis):
    root = await account(is_staff=True)
    await change(root.user, is_staff=False)
    await assert_dies(client, root.access_token, path="/api/auth/admin-only", status=403)

    await redis.flushall()

    assert (await client.get("/api/auth/admin-only", headers=root.bearer)).status_code == 403


async def test_nobody_is_logged_out(client, account, redis):
    ann = await account()
    await assert_lives(client, ann.access_token)

    await redis.flushall()

    await assert_lives(client, ann.access_token)
    assert (await refresh(client, ann.refresh_token)).status_code == 200
    assert (await try_login(client, ann.user.username, PASSWORD)).status_code == 200


@pytest.fixture
async def listed(client, account):
    """An account, and a token of it that is on the blacklist in the database while its session goes on."""
    ann = await account()
    body = await login(client, ann)
    await BlacklistedToken.objects.acreate(
        jti=claims(body["access_token"])["jti"],
        user=ann.user,
        token_type="access",
        reason="test",
        expires_at=now() + timedelta(minutes=15),
    )
    return body


async def test_the_blacklist_is_read_from_the_database(client, redis, listed):
    await redis.flushall()

    await assert_stays_dead(client, listed["access_token"])


async def test_the_blacklist_is_remembered_when_another_token_of_the_session_asked(client, redis, listed):
    sibling = (await refresh(client, listed["refresh_token"])).json()["access_token"]
    await redis.flushall()

    await assert_lives(client, sibling)

    await assert_stays_dead(client, listed["access_token"])


async def test_a_worker_that_starts_knows_what_was_taken_back(settings, client, account, redis):
    ann = await account()
    await logout(client, ann.access_token)
    await redis.flushall()

    async with serving(settings) as application, client_of(application) as other:
        await assert_stays_dead(other, ann.access_token)


async def test_two_workers_agree(settings, client, account):
    """Each has its own memory; what ends at one is refused at the other within the bound."""
    ann = await account()
    async with serving(settings) as application, client_of(application) as other:
        await assert_lives(other, ann.access_token)

        await logout(client, ann.access_token)

        await assert_dies(other, ann.access_token)
