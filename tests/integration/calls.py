"""The calls that most API tests are made of."""

from typing import Any

import httpx
import jwt

from tests.conftest import PASSWORD, Account, bearer, registration


async def login(client: httpx.AsyncClient, account: Account, *, password: str = PASSWORD) -> dict[str, Any]:
    """The token body of another session of the account."""
    answer = await try_login(client, account.user.username, password)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def try_login(client: httpx.AsyncClient, username: Any, password: Any = PASSWORD) -> httpx.Response:
    return await client.post("/api/auth/login", json={"username": username, "password": password})


async def register(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await client.post("/api/auth/register", json=registration(**changes))


async def new_name(client: httpx.AsyncClient) -> str:
    """That of a new account."""
    answer = await register(client)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["user"]["username"])


async def published_keys(client: httpx.AsyncClient) -> list[str]:
    """The ids of the keys that verify."""
    return [key["kid"] for key in (await client.get("/.well-known/jwks.json")).json()["keys"]]


def shape(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer but the request's id."""
    assert answer.headers.pop("x-request-id")
    return answer.status_code, answer.content, sorted(answer.headers.items())


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/auth/refresh", json={"refresh_token": token})


async def logout(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/auth/logout", headers=bearer(token))


async def me(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/api/auth/me", headers=bearer(token))


async def change_password(
    client: httpx.AsyncClient, token: str, *, old: str = PASSWORD, new: str = f"new {PASSWORD}"
) -> httpx.Response:
    body = {"old_password": old, "new_password": new, "new_password_confirm": new}
    return await client.post("/api/auth/change-password", headers=bearer(token), json=body)


def claims(token: str) -> dict[str, Any]:
    """What a token says, unverified."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


def problems(answer: httpx.Response) -> dict[str, str]:
    """The fields that a 422 complains of, with the code of each complaint."""
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"] == "validation_error"
    return {problem["field"]: problem["code"] for problem in answer.json()["details"]["fields"]}
