"""POST /api/oauth/introspect (RFC 7662): what a token is worth now."""

import pytest

from auth.core.policies import Quota
from auth.models import Session, User
from tests.conftest import client_of, limited, registration, serving
from tests.integration.calls import claims, me, refresh
from tests.integration.oauth.calls import Service, introspect, said_of


async def test_a_live_access_token_is_described(client, service, account, settings):
    ann = await account(is_staff=True)

    said = await said_of(client, service, ann.access_token)

    token = claims(ann.access_token)
    assert said == {
        "active": True,
        "token_type": "Bearer",
        "username": ann.user.username,
        "is_staff": True,
        **{name: token[name] for name in ("iss", "aud", "client_id", "sub", "sid", "jti", "iat", "exp")},
    }


async def test_a_live_refresh_token_is_described(client, service, account):
    ann = await account()

    said = await said_of(client, service, ann.refresh_token)

    token = claims(ann.refresh_token)
    assert said == {
        "active": True,
        "token_type": "refresh_token",
        "client_id": "first-party",
        **{name: token[name] for name in ("iss", "sub", "sid", "exp")},
    }


async def test_an_access_token_is_described_as_the_account_stands_now(client, service, account):
    ann = await account(is_staff=True)
    await User.objects.filter(pk=ann.user.pk).aupdate(is_staff=False)

    assert (await said_of(client, service, ann.access_token))["is_staff"] is False


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
async def test_a_hint_changes_nothing(client, service, account, hint):
    ann = await account()

    answers = [
        await introspect(client, service, token, token_type_hint=hint)
        for token in (ann.access_token, ann.refresh_token)
    ]

    assert [answer.json()["active"] for answer in answers] == [True, True]


async def test_a_service_may_ask_for_access_tokens_only(client, service, account):
    ann = await account()

    answers = [
        await introspect(client, service, token, only="access_token") for token in (ann.access_token, ann.refresh_token)
    ]

    assert answers[0].json()["active"] is True
    assert answers[1].json() == {"active": False}


@pytest.mark.parametrize("only", ["refresh_token", "Access_Token", "access_token refresh_token"])
async def test_another_kind_that_is_asked_for_is_refused(client, service, account, only):
    ann = await account()

    answer = await introspect(client, service, ann.refresh_token, only=only)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_refresh_token_is_not_used_up(client, service, account):
    ann = await account()
    await introspect(client, service, ann.refresh_token)

    assert (await refresh(client, ann.refresh_token)).headers["authgate-refresh"] == "rotated"


async def test_a_rotated_refresh_token_is_active_as_long_as_a_retry_is(client, service, account):
    ann = await account()
    await refresh(client, ann.refresh_token)

    assert (await said_of(client, service, ann.refresh_token))["active"] is True


async def test_asking_about_reuse_ends_no_session(client, service, account):
    ann = await account()
    parent = (await refresh(client, ann.refresh_token)).json()
    newest = (await refresh(client, parent["refresh_token"])).json()
    await introspect(client, service, ann.refresh_token)

    assert (await refresh(client, newest["refresh_token"])).status_code == 200


async def test_it_is_not_counted_against_the_users_limit(settings):
    from auth.clients.secrets import hash_secret

    service = Service("gateway", "a-secret")
    policies = limited(settings.AUTH, api=Quota(3, 60))
    changes = {"policies": policies, "service_clients": {service.client_id: hash_secret(service.secret)}}
    async with serving(settings, **changes) as application, client_of(application) as client:
        token = (await client.post("/api/auth/register", json=registration())).json()["access_token"]
        for _ in range(10):
            assert (await said_of(client, service, token))["active"]

        assert [(await me(client, token)).status_code for _ in range(4)] == [200, 200, 200, 429]


async def test_it_is_no_use_of_the_session(client, service, account, runtime):
    ann = await account()
    sid = claims(ann.access_token)["sid"]
    await Session.objects.filter(pk=sid).aupdate(last_used_at="2020-01-01T00:00:00Z")
    await introspect(client, service, ann.access_token)
    await runtime.activity.flush()

    assert (await Session.objects.aget(pk=sid)).last_used_at.year == 2020
