"""POST /api/oauth/revoke (RFC 7009): a session is one grant, and either of its tokens ends it."""

import asyncio

import pytest

from auth.models import SecurityEvent
from tests.conftest import eventually
from tests.integration.calls import claims, login, logout, me, refresh
from tests.integration.oauth.calls import is_active, revoke


@pytest.fixture
async def ann(client, account):
    """An account whose access token every cache knows."""
    made = await account()
    assert (await me(client, made.access_token)).status_code == 200
    return made


BOTH = pytest.mark.parametrize("kind", ["access_token", "refresh_token"])


@BOTH
async def test_the_access_token_is_dead_at_once(client, service, ann, kind):
    assert (await revoke(client, service, getattr(ann, kind))).status_code == 200

    assert (await me(client, ann.access_token)).status_code == 401


@BOTH
async def test_the_refresh_token_is_dead_at_once(client, service, ann, kind):
    await revoke(client, service, getattr(ann, kind))

    assert (await refresh(client, ann.refresh_token)).status_code == 401


@BOTH
async def test_introspection_knows_at_once(client, service, ann, kind):
    await revoke(client, service, getattr(ann, kind))

    assert not await is_active(client, service, ann.access_token)
    assert not await is_active(client, service, ann.refresh_token)


@BOTH
async def test_the_tokens_of_later_generations_are_dead_too(client, service, ann, kind):
    pair = (await refresh(client, ann.refresh_token)).json()

    await revoke(client, service, getattr(ann, kind))

    assert (await me(client, pair["access_token"])).status_code == 401
    assert (await refresh(client, pair["refresh_token"])).status_code == 401


@BOTH
async def test_other_sessions_live_on(client, service, ann, kind):
    other = await login(client, ann)

    await revoke(client, service, getattr(ann, kind))

    assert (await me(client, other["access_token"])).status_code == 200
    assert (await refresh(client, other["refresh_token"])).status_code == 200


@BOTH
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
async def test_a_hint_changes_nothing(client, service, ann, kind, hint):
    assert (await revoke(client, service, getattr(ann, kind), token_type_hint=hint)).status_code == 200

    assert (await me(client, ann.access_token)).status_code == 401


async def test_the_answer_says_nothing(client, service, ann):
    assert (await revoke(client, service, ann.access_token)).content == b"{}"


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "\x00", "ä", "x" * 5000])
async def test_an_unknown_token_is_no_error(client, service, token):
    answer = await revoke(client, service, token)

    assert (answer.status_code, answer.content) == (200, b"{}")


async def test_a_tampered_token_ends_nothing(client, service, ann):
    assert (await revoke(client, service, f"{ann.access_token}=")).status_code == 200

    assert (await me(client, ann.access_token)).status_code == 200


@BOTH
async def test_a_token_of_a_session_that_is_over_is_no_error(client, service, ann, kind):
    await logout(client, ann.access_token)

    assert (await revoke(client, service, getattr(ann, kind))).status_code == 200


@BOTH
async def test_a_token_of_a_deleted_account_is_no_error(client, service, ann, kind):
    await ann.user.adelete()

    assert (await revoke(client, service, getattr(ann, kind))).status_code == 200


@BOTH
async def test_twenty_at_once_are_no_error(client, service, ann, kind):
    answers = await asyncio.gather(*(revoke(client, service, getattr(ann, kind)) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert (await me(client, ann.access_token)).status_code == 401


async def test_the_event_names_session_and_client(client, service, ann):
    await revoke(client, service, ann.access_token)

    event = await eventually(SecurityEvent.objects.filter(user=ann.user, event_type="token_revoked").afirst)

    assert event.details == {"sid": claims(ann.access_token)["sid"], "client_id": service.client_id}
