"""Guessing the old password with a stolen access token."""

import pytest

from auth.core.policies import Quota
from auth.models import SecurityEvent, Session
from tests.conftest import client_of, eventually, limited, serving, unique_address
from tests.integration.calls import change_password, claims, login, me, refresh

WRONG = "not the password"


@pytest.fixture
async def thief(settings):
    """A client of an application with a limit of two wrong old passwords."""
    policies = limited(settings.AUTH, change_password=Quota(2, 900))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        yield client


async def guess(client, token, times=3):
    return [(await change_password(client, token, old=WRONG)).status_code for _ in range(times)]


async def test_within_the_limit_a_wrong_old_password_ends_nothing(thief, account):
    ann = await account()

    assert await guess(thief, ann.access_token, 2) == [400, 400]

    assert (await me(thief, ann.access_token)).status_code == 200


async def test_over_the_limit_the_session_ends(thief, account):
    ann = await account()

    assert await guess(thief, ann.access_token, 4) == [400, 400, 429, 401]

    assert (await me(thief, ann.access_token)).status_code == 401
    assert (await refresh(thief, ann.refresh_token)).status_code == 401
    assert (await Session.objects.aget(pk=claims(ann.access_token)["sid"])).revoked_reason == "guessing"


async def test_the_other_sessions_of_the_owner_go_on(thief, client, account):
    ann = await account()
    other = await login(client, ann)

    await guess(thief, ann.access_token)

    assert (await me(client, other["access_token"])).status_code == 200


async def test_the_end_is_recorded(thief, account):
    ann = await account()

    await guess(thief, ann.access_token)

    event = await eventually(SecurityEvent.objects.filter(user=ann.user, event_type="rate_limited").afirst)
    sid = claims(ann.access_token)["sid"]
    assert event.details == {"route": "change_password", "sid": sid, "policy": "change-password", "count": 1}


async def test_the_owner_s_own_attempts_are_left_after_a_thief_used_up_its_own(thief, client, account):
    ann = await account()
    mine = await login(client, ann)
    await guess(thief, ann.access_token)

    assert await guess(thief, mine["access_token"], 2) == [400, 400]
    assert (await change_password(thief, mine["access_token"])).status_code == 429
