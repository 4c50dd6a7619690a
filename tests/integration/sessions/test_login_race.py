"""A login that had begun when all sessions were ended is over before it begins."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest

from auth.models import User
from tests.conftest import client_of, eventually, serving
from tests.integration.calls import try_login
from tests.integration.sessions.calls import assert_alive, assert_dead, end_all, end_others, register


@pytest.fixture
async def narrow(settings):
    """An application that hashes one password at a time, and a client of it."""
    async with serving(settings, hash_threads=1) as application, client_of(application) as client:
        yield application, client


@asynccontextmanager
async def login_held(application, client, username):
    """A login that has read the account, and waits for its turn to hash until the block ends."""
    go_on = threading.Event()
    passwords = application.runtime.passwords

    async def both_wait():
        return passwords.waiting == 2

    blocker = asyncio.ensure_future(passwords._submit(go_on.wait))
    held = asyncio.ensure_future(try_login(client, username))
    try:
        await eventually(both_wait)
        yield held
    finally:
        go_on.set()
        await blocker


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
