"""A login that had begun when all sessions were ended is over before it begins."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from auth.models import User
from tests.conftest import client_of, serving
from tests.integration.calls import try_login
from tests.integration.hashing import hashing_held_up, waiting_for_a_hash
from tests.integration.sessions.calls import assert_alive, assert_dead, end_all, end_others, register


@pytest.fixture
async def narrow(settings):
    """An application that hashes one password at a time, and a client of it."""
    async with serving(settings, hash_threads=1) as application, client_of(application) as client:
        yield application, client


@asynccontextmanager
async def login_held(application, client, username):
    """A login that has read the account, and waits for its turn to hash until the block ends."""
    async with hashing_held_up(application):
        held = asyncio.create_task(try_login(client, username))
        await waiting_for_a_hash(application)
        yield held


@pytest.mark.parametrize("end", [end_all, end_others])
async def test_a_login_under_way_is_ended_too(narrow, end):
    application, client = narrow
    body = await register(client)

    async with login_held(application, client, body["user"]["username"]) as held:
        assert (await end(client, body["access_token"])).status_code == 200
    answer = await held

    assert answer.status_code == 200  # the password was right, and nobody can tell a later end from an earlier one
    await assert_dead(client, answer.json())


async def test_a_login_under_way_when_nothing_happens_is_good(narrow):
    application, client = narrow
    body = await register(client)

    async with login_held(application, client, body["user"]["username"]) as held:
        assert await User.objects.filter(pk=body["user"]["id"], epoch=0).aexists()

    await assert_alive(client, (await held).json())
