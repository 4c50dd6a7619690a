"""POST /api/oauth/introspect (RFC 7662): what a token is worth now."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from auth.core.policies import Quota
from auth.models import Session, User
from auth.tokens import KeySet
from auth.tokens.keys import from_pem, generate
from tests.conftest import client_of, limited, registration, serving
from tests.integration.calls import change_password, claims, logout, me, refresh
from tests.integration.oauth.calls import Service, introspect, said_of
from tests.unit.auth.tokens.support import pem

INACTIVE = b'{"active":false}'


@sync_to_async
def change(user, **columns):
    User.objects.filter(pk=user.pk).update(**columns)


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
    await change(ann.user, is_staff=False)

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


async def expired(runtime, ann):
    past = replace(runtime.access_tokens, clock=lambda: time.time() - 3600)
    return issued(past, ann)


async def of_a_foreign_key(runtime, ann):
    ring = KeySet.of(from_pem(pem(generate("ES256"))))
    return issued(replace(runtime.access_tokens, keys=lambda: ring), ann)


async def of_another_issuer(runtime, ann):
    return issued(replace(runtime.access_tokens, issuer="https://other.example"), ann)


async def of_no_session(runtime, ann):
    return issued(runtime.access_tokens, ann, session="3f0f1f5e-0000-4000-8000-000000000000")


async def tampered(runtime, ann):
    head, payload, signature = ann.access_token.split(".")
    return f"{head}.{payload}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


async def padded(runtime, ann):
    return f"{ann.access_token}="


async def junk(runtime, ann):
    return "not a token"


async def empty_parts(runtime, ann):
    return ".."


async def an_expired_refresh_token(runtime, ann):
    past = replace(runtime.refresh_tokens, clock=time.time)
    moment = runtime.clock() - timedelta(days=8)
    session = claims(ann.refresh_token)["sid"]
    return past.issue(subject=ann.user.pk, session=session, generation=0, rotated_at=moment, ends_at=moment)


def issued(tokens, ann, **changes):
    session = claims(ann.access_token)["sid"]
    given = {"subject": ann.user.pk, "session": session, "generation": 0, "epoch": 0, "version": 0, "ends_at": 1 << 40}
    return tokens.issue(**{**given, **changes}, extra={})[0]


MADE = [
    expired,
    of_a_foreign_key,
    of_another_issuer,
    of_no_session,
    tampered,
    padded,
    junk,
    empty_parts,
    an_expired_refresh_token,
]


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
async def test_of_a_token_that_never_was_good_or_no_longer_is_nothing_is_said(client, service, account, runtime, make):
    answer = await introspect(client, service, await make(runtime, await account()))

    assert (answer.status_code, answer.content) == (200, INACTIVE)


async def log_out(client, ann):
    await logout(client, ann.access_token)


async def expire_the_session(client, ann):
    await Session.objects.filter(user=ann.user).aupdate(expires_at="2000-01-01T00:00:00Z")


async def disable(client, ann):
    await change(ann.user, is_active=False)


async def delete(client, ann):
    await ann.user.adelete()


async def reuse(client, ann):
    parent = (await refresh(client, ann.refresh_token)).json()
    await refresh(client, parent["refresh_token"])
    await refresh(client, ann.refresh_token)


async def change_the_password(client, ann):
    await change_password(client, ann.access_token)


DEATHS = [log_out, expire_the_session, disable, delete, reuse, change_the_password]


@pytest.mark.parametrize("die", DEATHS, ids=lambda die: die.__name__)
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_of_a_token_of_an_ended_session_nothing_is_said(client, service, account, die, kind):
    ann = await account()
    await die(client, ann)

    answer = await introspect(client, service, getattr(ann, kind))

    assert (answer.status_code, answer.content) == (200, INACTIVE)


async def test_of_a_refresh_token_before_the_previous_one_nothing_is_said(client, service, account):
    ann = await account()
    parent = (await refresh(client, ann.refresh_token)).json()
    await refresh(client, parent["refresh_token"])

    assert (await introspect(client, service, ann.refresh_token)).content == INACTIVE


async def test_of_a_refresh_token_rotated_before_the_grace_nothing_is_said(
    application, client, service, account, monkeypatch
):
    ann = await account()
    pair = (await refresh(client, ann.refresh_token)).json()
    await me(client, pair["access_token"])
    runtime = application.runtime
    await runtime.activity.flush()
    late = replace(runtime, clock=lambda: runtime.clock() + runtime.settings.rotation_grace + timedelta(seconds=2))
    monkeypatch.setattr(application, "runtime", late)

    assert (await introspect(client, service, ann.refresh_token)).content == INACTIVE


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
