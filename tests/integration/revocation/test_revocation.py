"""A revoked token is refused within a second, whoever revoked it."""

import pytest
from asgiref.sync import sync_to_async

from auth.models import User
from auth.stores.principals import Verdict
from tests.conftest import registration
from tests.integration.calls import login, logout, me, refresh, try_login
from tests.integration.token_checks import BOUND, assert_dies, assert_lives, assert_stays_dead
from tests.pace import within


def saved(**columns):
    def act(user):
        fresh = User.objects.get(pk=user.pk)
        for name, value in columns.items():
            setattr(fresh, name, value)
        fresh.save()

    return act


def saved_alone(**columns):
    def act(user):
        fresh = User.objects.get(pk=user.pk)
        for name, value in columns.items():
            setattr(fresh, name, value)
        fresh.save(update_fields=list(columns))

    return act


def updated(**columns):
    return lambda user: User.objects.filter(pk=user.pk).update(**columns)


def bulk_updated(**columns):
    def act(user):
        fresh = User.objects.get(pk=user.pk)
        for name, value in columns.items():
            setattr(fresh, name, value)
        User.objects.bulk_update([fresh], list(columns))

    return act


def set_password(user):
    fresh = User.objects.get(pk=user.pk)
    fresh.set_password("another long password")
    fresh.save()


def deleted(user):
    User.objects.get(pk=user.pk).delete()


def deleted_in_bulk(user):
    User.objects.filter(pk=user.pk).delete()


ENDINGS = [
    pytest.param(saved(is_active=False), id="disabled by save"),
    pytest.param(saved_alone(is_active=False), id="disabled by save of one field"),
    pytest.param(updated(is_active=False), id="disabled by update"),
    pytest.param(bulk_updated(is_active=False), id="disabled by bulk update"),
    pytest.param(set_password, id="password set by an administrator"),
    pytest.param(updated(password="!"), id="password made unusable"),
    pytest.param(deleted, id="deleted"),
    pytest.param(deleted_in_bulk, id="deleted in bulk"),
]


@pytest.mark.parametrize("act", ENDINGS)
async def test_live_access_tokens_die(client, account, act):
    ann = await account()
    await assert_lives(client, ann.access_token)

    await sync_to_async(act)(ann.user)

    await assert_dies(client, ann.access_token)


@pytest.mark.parametrize("act", ENDINGS)
async def test_refresh_tokens_die(client, account, act):
    ann = await account()

    await sync_to_async(act)(ann.user)

    answer = await refresh(client, ann.refresh_token)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("act", ENDINGS)
async def test_others_are_not_concerned(client, account, act):
    ann, bob = await account(), await account()

    await sync_to_async(act)(ann.user)
    await assert_dies(client, ann.access_token)

    await assert_lives(client, bob.access_token)


async def test_redis_knows_of_an_end_as_soon_as_it_is_answered(client, account, runtime):
    """So that other workers refuse at once, and not at their next look at the log."""
    ann = await account()
    await assert_lives(client, ann.access_token)

    await logout(client, ann.access_token)

    claims = runtime.access_tokens.verify(ann.access_token)
    assert (await runtime.principals.check(claims)).verdict is Verdict.REVOKED


@pytest.mark.parametrize("act", [saved(is_staff=False), updated(is_staff=False), bulk_updated(is_staff=False)])
async def test_a_demotion_closes_what_is_for_staff(client, account, act):
    root = await account(is_staff=True)
    assert (await client.get("/api/auth/admin-only", headers=root.bearer)).status_code == 200

    await sync_to_async(act)(root.user)

    await assert_dies(client, root.access_token, path="/api/auth/admin-only", status=403)


async def test_a_demotion_ends_no_session(client, account):
    root = await account(is_staff=True)
    await sync_to_async(saved(is_staff=False))(root.user)
    await assert_dies(client, root.access_token, path="/api/auth/admin-only", status=403)

    await assert_lives(client, root.access_token)


async def test_a_new_name_is_shown_within_a_second(client, account):
    ann = await account()
    await assert_lives(client, ann.access_token)

    await sync_to_async(saved(first_name="Annabel"))(ann.user)

    async def is_shown():
        return (await me(client, ann.access_token)).json()["first_name"] == "Annabel"

    await within(BOUND, is_shown)


async def test_a_disabled_account_cannot_log_in(client, account):
    ann = await account(is_active=False)

    assert (await try_login(client, ann.user.username)).status_code == 401


async def test_enabled_again_the_old_tokens_stay_dead(client, account):
    ann = await account()
    await sync_to_async(saved(is_active=False))(ann.user)
    await assert_dies(client, ann.access_token)

    await sync_to_async(saved(is_active=True))(ann.user)

    await assert_stays_dead(client, ann.access_token)
    assert (await refresh(client, ann.refresh_token)).status_code == 401
    await assert_lives(client, (await login(client, ann))["access_token"])


async def test_disabled_and_enabled_in_one_breath_the_old_tokens_are_dead(client, account):
    ann = await account()
    await assert_lives(client, ann.access_token)

    await sync_to_async(saved(is_active=False))(ann.user)
    await sync_to_async(saved(is_active=True))(ann.user)

    await assert_dies(client, ann.access_token)


async def test_a_new_account_of_a_deleted_ones_name_gets_nothing_of_it(client):
    wanted = registration()
    old = (await client.post("/api/auth/register", json=wanted)).json()
    await sync_to_async(User.objects.filter(pk=old["user"]["id"]).delete)()

    new = (await client.post("/api/auth/register", json=wanted)).json()

    assert new["user"]["id"] != old["user"]["id"]
    await assert_dies(client, old["access_token"])
    assert (await refresh(client, old["refresh_token"])).status_code == 401
    await assert_lives(client, new["access_token"])
