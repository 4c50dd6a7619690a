"""GET /api/auth/sessions: a user's own devices."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from auth.models import Session
from tests.conftest import PASSWORD, client_of
from tests.integration.calls import login, logout, me, problems, try_login
from tests.integration.sessions.calls import FIREFOX, get, page, sid_of, sids


async def test_a_session_is_described(application, client, account):
    ann = await account()
    async with client_of(application, address="203.0.113.9") as other:
        other.headers["User-Agent"] = FIREFOX
        before = now()
        body = (await try_login(other, ann.user.username)).json()

    rows = (await page(client, body["access_token"], "sessions"))["sessions"]
    [newest] = [row for row in rows if row["sid"] == sid_of(body["access_token"])]

    created = datetime.fromisoformat(newest.pop("created_at"))
    second = created.replace(microsecond=0)
    assert before <= created <= now()
    assert datetime.fromisoformat(newest.pop("last_used_at")) == second
    assert datetime.fromisoformat(newest.pop("expires_at")) == second + timedelta(days=90)
    assert newest == {
        "sid": sid_of(body["access_token"]),
        "device": "Firefox on Linux",
        "user_agent": FIREFOX,
        "ip_address": "203.0.113.9",
        "current": True,
    }


async def test_the_session_that_asks_is_marked(client, account):
    ann = await account()
    await login(client, ann)

    rows = (await page(client, ann.access_token, "sessions"))["sessions"]

    assert {row["sid"]: row["current"] for row in rows}[sid_of(ann.access_token)] is True
    assert [row["current"] for row in rows].count(True) == 1


async def test_only_own_sessions_are_listed(client, account):
    ann, bob = await account(), await account()

    assert await sids(client, ann.access_token) == [sid_of(ann.access_token)]
    assert await sids(client, bob.access_token) == [sid_of(bob.access_token)]


async def test_the_newest_login_comes_first(client, account):
    ann = await account()
    await age(sid_of(ann.access_token), created_at=timedelta(hours=2))
    second = await login(client, ann)
    await age(sid_of(second["access_token"]), created_at=timedelta(hours=1))
    third = await login(client, ann)

    tokens = [third["access_token"], second["access_token"], ann.access_token]
    assert await sids(client, ann.access_token) == [sid_of(token) for token in tokens]


async def test_a_session_that_was_logged_out_is_not_listed(client, account):
    ann = await account()
    await logout(client, (await login(client, ann))["access_token"])

    assert await sids(client, ann.access_token) == [sid_of(ann.access_token)]


@pytest.mark.parametrize("column", ["rotated_at", "expires_at"])
async def test_a_session_that_nothing_can_continue_is_not_listed(client, account, column):
    ann = await account()
    other = await login(client, ann)
    await age(sid_of(other["access_token"]), **{column: timedelta(days=91)})

    assert await sids(client, ann.access_token) == [sid_of(ann.access_token)]


async def test_pages_have_no_gaps_and_no_repeats_while_sessions_come_in(client, account):
    ann = await account()
    before = {sid_of(ann.access_token)} | {sid_of((await login(client, ann))["access_token"]) for _ in range(6)}

    seen: list[Any] = []
    cursor: dict[str, str] = {}
    while cursor is not None:
        found = await page(client, ann.access_token, "sessions", limit=2, **cursor)
        seen += [row["sid"] for row in found["sessions"]]
        cursor = found["next_cursor"] and {"cursor": found["next_cursor"]}
        if len(seen) < 8:
            await login(client, ann)

    assert before <= set(seen)
    assert len(seen) == len(set(seen))


async def test_a_page_holds_as_many_as_asked_for(client, account):
    ann = await account()
    for _ in range(3):
        await login(client, ann)

    found = await page(client, ann.access_token, "sessions", limit=3)

    assert len(found["sessions"]) == 3
    assert found["next_cursor"]


async def test_the_last_page_has_no_cursor(client, account):
    ann = await account()
    await login(client, ann)

    assert (await page(client, ann.access_token, "sessions", limit=2))["next_cursor"] is None


@pytest.mark.parametrize("limit", ["0", "-1", "101", "x", ""])
async def test_a_limit_out_of_bounds_is_refused(client, account, limit):
    ann = await account()

    assert problems(await get(client, ann.access_token, "sessions", limit=limit)).keys() == {"limit"}


async def test_a_list_needs_a_token(client):
    assert (await client.get("/api/auth/sessions")).status_code == 401


async def test_being_used_is_shown_within_seconds(client, account, runtime):
    ann = await account()
    hour_ago = await age(sid_of(ann.access_token), last_used_at=timedelta(hours=1))
    await me(client, ann.access_token)
    await runtime.activity.flush()

    [row] = (await page(client, ann.access_token, "sessions"))["sessions"]

    assert datetime.fromisoformat(row["last_used_at"]) > hour_ago + timedelta(minutes=59)


async def test_a_login_elsewhere_leaves_no_password_or_token_in_the_list(client, account):
    ann = await account()
    body = await login(client, ann)

    text = (await get(client, ann.access_token, "sessions")).text

    assert not [secret for secret in (PASSWORD, body["access_token"], body["refresh_token"]) if secret in text]


async def age(sid: str, **columns: timedelta) -> datetime:
    """Set columns of a session back by so much; the moment of the last one."""
    moments = {name: now() - by for name, by in columns.items()}
    assert await Session.objects.filter(pk=sid).aupdate(**moments) == 1
    return list(moments.values())[-1]
