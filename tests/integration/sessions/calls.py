"""The calls and the time travel that the session tests are made of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from app.application import Application
from tests.conftest import Account, bearer, registration
from tests.integration.calls import claims, login, me, refresh

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


async def get(client: httpx.AsyncClient, token: str, path: str, **query: Any) -> httpx.Response:
    return await client.get(f"/api/auth/{path}", headers=bearer(token), params=query)


async def page(client: httpx.AsyncClient, token: str, path: str, **query: Any) -> dict[str, Any]:
    """The body of a page that must come."""
    answer = await get(client, token, path, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def sids(client: httpx.AsyncClient, token: str) -> list[str]:
    """The sessions that the owner of the token sees."""
    return [row["sid"] for row in (await page(client, token, "sessions"))["sessions"]]


async def end(client: httpx.AsyncClient, token: str, sid: str) -> httpx.Response:
    return await client.delete(f"/api/auth/sessions/{sid}", headers=bearer(token))


async def end_others(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.delete("/api/auth/sessions", headers=bearer(token))


async def end_all(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.delete("/api/auth/sessions", headers=bearer(token), params={"all": "true"})


async def register(client: httpx.AsyncClient) -> dict[str, Any]:
    """The token body of a new account."""
    answer = await client.post("/api/auth/register", json=registration())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def rotate(client: httpx.AsyncClient, token: str) -> dict[str, Any]:
    """The pair after `token`."""
    answer = await refresh(client, token)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_grant"


async def login_in_use(client: httpx.AsyncClient, account: Account) -> dict[str, Any]:
    """Another session of the account, whose access token every cache knows."""
    pair = await login(client, account)
    assert (await me(client, pair["access_token"])).status_code == 200
    return pair


def sid_of(token: str) -> str:
    return str(claims(token)["sid"])


async def assert_alive(client: httpx.AsyncClient, pair: dict[str, Any]) -> None:
    """Both tokens are good. The refresh token is used up by this."""
    assert (await me(client, pair["access_token"])).status_code == 200
    assert (await refresh(client, pair["refresh_token"])).status_code == 200


async def assert_dead(client: httpx.AsyncClient, pair: dict[str, Any]) -> None:
    """Neither token is good any more, from the very next request on."""
    assert (await me(client, pair["access_token"])).status_code == 401
    assert (await refresh(client, pair["refresh_token"])).status_code == 401


@contextmanager
def later(application: Application, by: timedelta) -> Iterator[None]:
    """Inside, the application decides about sessions as if this time had passed."""
    runtime = application.runtime
    application.runtime = replace(runtime, clock=lambda: runtime.clock() + by)
    try:
        yield
    finally:
        application.runtime = runtime
