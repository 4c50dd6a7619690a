"""What most tests stand on: a migrated database, the running application, a client, and accounts.

Tests do not roll back: each makes accounts of its own, and the database is thrown away with the session. Requests run
their SQL in other threads, on other connections, which no test's transaction would reach.
"""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

import httpx
import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import connections
from django.test.utils import setup_databases
from hypothesis import settings as hypothesis_settings

from app.application import Application
from auth.config import AuthSettings
from auth.core.policies import Policy, Quota
from auth.models import User
from auth.runtime import Runtime

PASSWORD = "correct horse battery staple"  # long, and in no list

_numbers = itertools.count(1)

# No stopwatch: a busy machine is no defect. TEST_RANDOM=1 looks elsewhere at each run.
hypothesis_settings.register_profile("authgate", deadline=None, derandomize=not os.environ.get("TEST_RANDOM"))
hypothesis_settings.load_profile("authgate")


@pytest.fixture(scope="session", autouse=True)
def _database(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False)
        yield
        connections.close_all()  # the server and its data are thrown away by tests/services.py


@pytest_asyncio.fixture(scope="session")
async def application() -> AsyncIterator[Application]:
    """The whole ASGI application with its background tasks, as a server would run it."""
    application = Application()
    async with application.running():
        yield application


@pytest.fixture(scope="session")
def runtime(application: Application) -> Runtime:
    """The objects behind the application."""
    return application.runtime


@pytest_asyncio.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application) as client:
        yield client


def client_of(application: Application, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client without cookies, which the server sees coming from `address`."""
    transport = httpx.ASGITransport(application, client=(address, 50000), raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


def visitor(application: Application, address: str = "") -> httpx.AsyncClient:
    """A client from this address, or from one of its own."""
    return client_of(application, address=address or unique_address())


@asynccontextmanager
async def serving(settings: Any, **changes: Any) -> AsyncIterator[Application]:
    """Another application beside the usual one, with other AuthSettings. `settings` is pytest-django's fixture."""
    settings.AUTH = replace(settings.AUTH, **changes)
    application = Application()
    async with application.running():
        yield application


def limited(auth: AuthSettings, **quotas: Quota | None) -> Any:
    """The policies of `auth` with some switched on: `limited(settings.AUTH, login=Quota(10, 60))`."""
    policies = {name: Policy(name.replace("_", "-"), quota) for name, quota in quotas.items()}
    return replace(auth.policies, **policies)


def application_with(settings: Any, **quotas: Quota | None) -> AbstractAsyncContextManager[Application]:
    """An application with these limits switched on."""
    return serving(settings, policies=limited(settings.AUTH, **quotas))


@asynccontextmanager
async def visiting(settings: Any, **quotas: Quota | None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with these limits, from an address of its own."""
    async with application_with(settings, **quotas) as application, visitor(application) as client:
        yield client


def unique_name(prefix: str = "user") -> str:
    return f"{prefix}{os.getpid()}x{next(_numbers)}"


def unique_address() -> str:
    """An IPv4 address that no other test uses."""
    number = next(_numbers)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Runs(Protocol):
    async def run(self) -> None: ...


@asynccontextmanager
async def at_work(worker: Runs) -> AsyncIterator[None]:
    """What runs beside the requests; leaving the block ends it, as the end of the server does."""
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def eventually[T](probe: Callable[[], Awaitable[T | None]], *, seconds: float = 30.0) -> T:
    """What `probe` returns as soon as it is truthy. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := await probe()):
        assert time.monotonic() < deadline, f"{probe} did not come true within {seconds} s"
        await asyncio.sleep(0.02)
    return found


def registration(**changes: Any) -> dict[str, Any]:
    """The body of a registration that succeeds."""
    name = unique_name()
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "password_confirm": PASSWORD}
    return {**body, **changes}


@dataclass(frozen=True, slots=True)
class Account:
    """An account that a test made, with the tokens of its first session."""

    user: User
    access_token: str
    refresh_token: str

    @property
    def bearer(self) -> dict[str, str]:
        return bearer(self.access_token)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def account(client: httpx.AsyncClient) -> Callable[..., Awaitable[Account]]:
    """Makes an account through the API: `await account(is_staff=True)` sets columns afterwards."""

    async def make(**columns: Any) -> Account:
        answer = await client.post("/api/auth/register", json=registration())
        assert answer.status_code == 201, answer.text
        body = answer.json()
        if columns:
            await sync_to_async(User.objects.filter(pk=body["user"]["id"]).update)(**columns)
        user = await User.objects.aget(pk=body["user"]["id"])
        return Account(user, body["access_token"], body["refresh_token"])

    return make
