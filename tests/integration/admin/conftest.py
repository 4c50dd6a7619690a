from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest_asyncio
from asgiref.sync import sync_to_async

from app.application import Application
from auth.models import SecurityEvent
from tests.conftest import Account, eventually
from tests.integration.admin.browser import Browser, make_staff
from tests.integration.calls import login, logout, me


@pytest_asyncio.fixture
async def admin(application: Application) -> AsyncIterator[Browser]:
    """A superuser who has logged in."""
    async for browser in _visit(application, is_superuser=True):
        yield browser


@pytest_asyncio.fixture
async def clerk(application: Application) -> AsyncIterator[Browser]:
    """Staff with every permission on our tables who is no superuser, and has logged in."""
    async for browser in _visit(application, is_superuser=False):
        yield browser


async def _visit(application: Application, *, is_superuser: bool) -> AsyncIterator[Browser]:
    browser = Browser.at(application)
    browser.user = await sync_to_async(make_staff)(is_superuser=is_superuser)
    async with browser.client:
        assert (await browser.login(browser.user.username)).status_code == 302
        yield browser


@pytest_asyncio.fixture
async def victim(account: Callable[..., Awaitable[Account]], client: httpx.AsyncClient) -> Account:
    """An account with a live session that every cache knows, an ended one, and records of every kind."""
    victim = await account()
    await logout(client, (await login(client, victim))["access_token"])
    assert (await me(client, victim.access_token)).status_code == 200
    await eventually(SecurityEvent.objects.filter(user=victim.user, event_type="logout").aexists)
    return victim
