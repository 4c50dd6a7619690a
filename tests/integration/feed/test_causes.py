"""Every way of taking something back is told in the feed, and nothing else is."""

import pytest
from asgiref.sync import sync_to_async

from auth.models import User
from auth.revocation.model_signals import GONE
from tests.conftest import PASSWORD
from tests.integration.calls import change_password, claims, login, logout, refresh
from tests.integration.feed.reading import head, snapshot


@pytest.fixture
async def told(runtime):
    """What the feed has told of an account since the test began, without times and reasons."""
    before = await head(runtime)

    async def told_of(account):
        events = [event.data for event in await snapshot(runtime, since=before) if event.name == "revocation"]
        mine = [event for event in events if event["sub"] == str(account.user.pk)]
        return [{name: event[name] for name in event if name in WHOM} for event in mine]

    return told_of


WHOM = {"sid", "jti", "epoch", "except", "claims_only", "version"}


async def columns(account, **values):
    await sync_to_async(User.objects.filter(pk=account.user.pk).update)(**values)


async def test_a_logout_tells_of_the_session_and_the_token(client, account, told):
    ann = await account()
    await logout(client, ann.access_token)

    said = claims(ann.access_token)
    assert await told(ann) == [{"sid": said["sid"]}, {"jti": said["jti"]}]


async def test_a_session_that_is_ended_is_told(client, account, told):
    ann = await account()
    other = claims((await login(client, ann))["access_token"])["sid"]
    await client.delete(f"/api/auth/sessions/{other}", headers=ann.bearer)

    assert await told(ann) == [{"sid": other}]


async def test_ending_all_other_sessions_spares_this_one(client, account, told):
    ann = await account()
    await client.delete("/api/auth/sessions", headers=ann.bearer)

    assert await told(ann) == [{"epoch": 1, "except": claims(ann.access_token)["sid"]}]


async def test_ending_all_sessions_spares_none(client, account, told):
    ann = await account()
    await client.delete("/api/auth/sessions?all=true", headers=ann.bearer)

    assert await told(ann) == [{"epoch": 1}]


async def test_after_a_new_password_the_new_token_alone_is_of_the_epoch(client, account, told):
    ann = await account()
    pair = (await change_password(client, ann.access_token)).json()

    assert await told(ann) == [{"epoch": 1}]
    assert (claims(ann.access_token)["epoch"], claims(pair["access_token"])["epoch"]) == (0, 1)


async def test_a_session_that_was_kept_goes_on_in_the_new_epoch(client, account):
    ann = await account()
    await client.delete("/api/auth/sessions", headers=ann.bearer)
    pair = (await refresh(client, ann.refresh_token)).json()

    assert claims(pair["access_token"])["epoch"] == 1


async def test_a_ban_is_told(account, told):
    ann = await account()
    await columns(ann, is_active=False)

    assert await told(ann) == [{"epoch": 1}]


async def test_a_deletion_is_told_as_final(account, told):
    ann = await account()
    await User.objects.filter(pk=ann.user.pk).adelete()

    assert await told(ann) == [{"epoch": GONE}]


@pytest.mark.parametrize("is_staff", [True, False])
async def test_new_rights_end_nothing(account, told, is_staff):
    ann = await account(is_staff=not is_staff)
    await columns(ann, is_staff=is_staff)

    first, second = await told(ann)
    assert first == {"claims_only": True, "version": second["version"] - 1}


async def test_new_rights_after_others_were_ended_do_not_end_the_session_that_was_kept(client, account, told):
    ann = await account()
    await client.delete("/api/auth/sessions", headers=ann.bearer)
    await columns(ann, is_staff=True)

    [entry] = (await told(ann))[1:]
    assert entry["claims_only"]


async def test_a_token_of_before_new_rights_is_of_a_lower_version(client, account, told):
    """However late it was answered: what counts is when its rights were read."""
    ann = await account()
    earlier = (await refresh(client, ann.refresh_token)).json()
    await columns(ann, is_staff=True)
    later = (await refresh(client, earlier["refresh_token"])).json()

    [entry] = await told(ann)
    assert claims(earlier["access_token"])["version"] < entry["version"] == claims(later["access_token"])["version"]


async def test_reuse_of_a_refresh_token_is_told(client, account, told):
    ann = await account()
    token = ann.refresh_token
    for _ in range(2):
        token = (await refresh(client, token)).json()["refresh_token"]
    assert (await refresh(client, ann.refresh_token)).status_code == 401

    assert await told(ann) == [{"sid": claims(ann.access_token)["sid"]}]


async def test_a_revocation_by_a_service_is_told(client, account, told, service):
    ann = await account()
    await client.post("/api/oauth/revoke", data={"token": ann.refresh_token}, headers=service.basic)

    assert await told(ann) == [{"sid": claims(ann.access_token)["sid"]}]


async def test_registration_login_and_rotation_are_not_told(client, account, told):
    ann = await account()
    pair = await login(client, ann)
    assert (await refresh(client, pair["refresh_token"])).status_code == 200

    assert await told(ann) == []


async def test_no_token_and_no_name_is_told(client, account, runtime):
    before = await head(runtime)
    ann = await account()
    await logout(client, ann.access_token)

    text = str(await snapshot(runtime, since=before))
    assert claims(ann.access_token)["sid"] in text
    for secret in (*ann.access_token.split("."), *ann.refresh_token.split("."), ann.user.username, PASSWORD):
        assert secret not in text
