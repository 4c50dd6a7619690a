"""JWT_CLAIMS_HOOK: a function of the operator's that adds claims to access tokens."""

import asyncio
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import pytest

from app.checks import StartRefusedError
from auth.sessions import claims as claims_service
from tests.conftest import client_of, registration, serving
from tests.integration.calls import change_password, claims, me, refresh, try_login
from tests.integration.sessions import hooks
from tests.integration.sessions.calls import assert_alive, assert_dead, later, register


@asynccontextmanager
async def hooked(settings, hook):
    """A client of an application with this hook, and the body of a registration there."""
    async with (
        serving(settings, claims_hook=f"{hooks.__name__}.{hook.__name__}") as application,
        client_of(application) as client,
    ):
        yield client, await register(client)


async def test_a_hook_adds_claims_about_user_and_session(settings):
    async with hooked(settings, hooks.plain) as (client, body):
        said = claims(body["access_token"])

    assert said["plan"] == "gold"
    assert (said["of"], said["from"]) == (body["user"]["username"], client.headers["User-Agent"])


@pytest.mark.parametrize("hook", [hooks.asking, hooks.awaited], ids=["sync", "async"])
async def test_a_hook_may_ask_the_database(settings, hook):
    async with hooked(settings, hook) as (_, body):
        assert claims(body["access_token"])["sessions"] == 1


async def test_a_refreshed_token_has_them_too(settings):
    async with hooked(settings, hooks.plain) as (client, body):
        pair = (await refresh(client, body["refresh_token"])).json()

    assert claims(pair["access_token"])["plan"] == "gold"


async def test_a_refresh_token_has_none(settings):
    async with hooked(settings, hooks.plain) as (_, body):
        assert "plan" not in claims(body["refresh_token"])


async def test_reserved_names_win(settings):
    async with hooked(settings, hooks.greedy) as (_, body):
        said = claims(body["access_token"])

    assert said["kept"] is True
    assert [name for name in hooks.RESERVED if said.get(name) == "stolen"] == []


async def test_a_token_with_more_claims_is_good(settings):
    async with hooked(settings, hooks.greedy) as (client, body):
        assert (await me(client, body["access_token"])).status_code == 200


@pytest.fixture
async def fragile(settings):
    """An application with a hook that breaks, and a client of it."""
    path = f"{hooks.__name__}.{hooks.fragile.__name__}"
    async with serving(settings, claims_hook=path) as application, client_of(application) as client:
        yield application, client


@contextmanager
def down(monkeypatch):
    """Inside, the hook is broken."""
    with monkeypatch.context() as patch:
        patch.setattr(hooks, "is_down", True)
        yield


async def test_a_hook_that_is_down_for_longer_than_the_grace_logs_nobody_out(fragile, monkeypatch):
    application, client = fragile
    body = await register(client)
    with down(monkeypatch):
        assert (await refresh(client, body["refresh_token"])).status_code == 500

    with later(application, timedelta(minutes=1)):
        assert (await refresh(client, body["refresh_token"])).headers["authgate-refresh"] == "rotated"


async def test_a_reuse_ends_the_session_though_the_hook_is_down(fragile, monkeypatch):
    _, client = fragile
    body = await register(client)
    parent = (await refresh(client, body["refresh_token"])).json()
    newest = (await refresh(client, parent["refresh_token"])).json()
    with down(monkeypatch):
        assert (await refresh(client, body["refresh_token"])).status_code == 401

    await assert_dead(client, newest)


async def test_a_password_that_is_changed_while_the_hook_is_down_is_not_changed(fragile, monkeypatch):
    _, client = fragile
    body = await register(client)
    with down(monkeypatch):
        assert (await change_password(client, body["access_token"])).status_code == 500

    assert (await try_login(client, body["user"]["username"])).status_code == 200
    await assert_alive(client, body)


async def test_a_hook_that_never_ends_is_not_waited_for(settings, monkeypatch):
    monkeypatch.setattr(claims_service, "HOOK_SECONDS", 0.1)
    path = f"{hooks.__name__}.{hooks.endless.__name__}"
    async with serving(settings, claims_hook=path) as application, client_of(application) as client:
        answer = await asyncio.wait_for(client.post("/api/auth/register", json=registration()), 30)

    assert answer.status_code == 503
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    "path", ["no.such.function", f"{hooks.__name__}.missing", f"{hooks.__name__}.RESERVED", "x", ".x"]
)
async def test_a_hook_that_is_not_there_stops_the_start(settings, path):
    with pytest.raises(StartRefusedError, match="JWT_CLAIMS_HOOK"):
        async with serving(settings, claims_hook=path):
            pass
