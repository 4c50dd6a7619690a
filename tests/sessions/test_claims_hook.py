"""JWT_CLAIMS_HOOK: a function of the operator's that adds claims to access tokens."""

from contextlib import asynccontextmanager

import pytest

from app.lifespan import StartRefusedError
from tests.api.calls import claims, me, refresh
from tests.conftest import client_of, serving
from tests.sessions import hooks
from tests.sessions.calls import register


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


@pytest.mark.parametrize(
    "path", ["no.such.function", f"{hooks.__name__}.missing", f"{hooks.__name__}.RESERVED", "x", ".x"]
)
async def test_a_hook_that_is_not_there_stops_the_start(settings, path):
    with pytest.raises(StartRefusedError, match="JWT_CLAIMS_HOOK"):
        async with serving(settings, claims_hook=path):
            pass
