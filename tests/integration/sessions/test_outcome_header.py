"""Authgate-Refresh: what a refresh was, for clients and their logs."""

from tests.conftest import bearer
from tests.integration.calls import refresh

ORIGIN = {"Origin": "http://localhost:3000"}


async def test_a_rotation_is_named(client, account):
    ann = await account()

    assert (await refresh(client, ann.refresh_token)).headers["authgate-refresh"] == "rotated"


async def test_a_retry_is_named(client, account):
    ann = await account()
    await refresh(client, ann.refresh_token)

    assert (await refresh(client, ann.refresh_token)).headers["authgate-refresh"] == "retried"


async def test_a_failure_names_no_outcome(client):
    answer = await refresh(client, "x")

    assert answer.status_code == 401
    assert "authgate-refresh" not in answer.headers


async def test_a_browser_may_read_it(client, account):
    ann = await account()

    answer = await client.get("/api/auth/me", headers={**bearer(ann.access_token), **ORIGIN})

    assert "Authgate-Refresh" in answer.headers["access-control-expose-headers"]
