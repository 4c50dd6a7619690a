"""Tokens of which introspection says nothing but that they are inactive (RFC 7662 §2.2)."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from auth.models import Session, User
from auth.tokens import KeySet
from auth.tokens.keys import from_pem, generate
from tests.integration.calls import change_password, claims, logout, me, refresh
from tests.integration.oauth.calls import introspect
from tests.unit.auth.tokens.support import pem

INACTIVE = b'{"active":false}'


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
    await User.objects.filter(pk=ann.user.pk).aupdate(is_active=False)


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
