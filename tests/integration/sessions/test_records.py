"""GET /api/auth/login-history and /security-events: a user's own records."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth.models import SecurityEvent, UserLoginHistory
from tests.conftest import PASSWORD, client_of, eventually
from tests.integration.calls import change_password, login, logout, problems, refresh, try_login
from tests.integration.sessions.calls import FIREFOX, get, page, sid_of

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
LISTS = ["login-history", "security-events"]


async def records(client, token, path, wanted):
    """The entries, once there are as many as wanted: they are written behind the answers."""

    async def enough():
        found = (await page(client, token, path))["entries"]
        return found if len(found) >= wanted else None

    return await eventually(enough)


async def put(path, user, moments, *, first=0):
    """Records of these moments, numbered, as if they had happened long ago."""
    numbered = list(enumerate(moments, first))
    if path == "login-history":
        rows = [UserLoginHistory(user=user, login_time=at, is_successful=False, reason=str(n)) for n, at in numbered]
        await UserLoginHistory.objects.abulk_create(rows)
    else:
        events = [SecurityEvent(user=user, timestamp=at, event_type="logout", details={"n": n}) for n, at in numbered]
        await SecurityEvent.objects.abulk_create(events)


def number_of(entry):
    """The number that put() gave it; None for what the server recorded itself."""
    return int(entry["reason"]) if "reason" in entry else entry["details"].get("n")


async def test_a_login_is_in_the_history(application, client, account):
    ann = await account()
    async with client_of(application, address="203.0.113.7") as other:
        other.headers["User-Agent"] = FIREFOX
        await try_login(other, ann.user.username)

    [entry] = await records(client, ann.access_token, "login-history", 1)

    assert datetime.fromisoformat(entry.pop("login_time")) > MOMENT
    assert entry == {
        "is_successful": True,
        "reason": "",
        "device": "Firefox on Linux",
        "ip_address": "203.0.113.7",
        "user_agent": FIREFOX,
    }


async def test_a_failed_login_is_in_the_history_with_its_reason(client, account):
    ann = await account()
    await try_login(client, ann.user.username, "wrong")

    [entry] = await records(client, ann.access_token, "login-history", 1)

    assert (entry["is_successful"], entry["reason"]) == (False, "wrong_password")


async def test_what_happened_to_the_account_is_in_the_events(client, account):
    ann = await account()
    body = await login(client, ann)
    await refresh(client, body["refresh_token"])
    await logout(client, body["access_token"])
    pair = (await change_password(client, ann.access_token)).json()

    found = await records(client, pair["access_token"], "security-events", 5)

    kinds = ["registration", "login_success", "token_refresh", "logout", "password_change"]
    assert sorted(entry["event_type"] for entry in found) == sorted(kinds)


async def test_an_event_says_of_which_session_it_was(client, account):
    ann = await account()
    await refresh(client, ann.refresh_token)

    found = await records(client, ann.access_token, "security-events", 2)

    [entry] = [entry for entry in found if entry["event_type"] == "token_refresh"]
    assert entry["details"] == {"sid": sid_of(ann.access_token), "generation": 0}


async def test_no_record_holds_a_secret(client, account):
    ann = await account()
    await try_login(client, ann.user.username, "a wrong guess")
    pair = (await refresh(client, ann.refresh_token)).json()
    await records(client, ann.access_token, "security-events", 3)

    text = "".join([(await get(client, ann.access_token, path)).text for path in LISTS])

    secrets = (PASSWORD, "a wrong guess", ann.access_token, ann.refresh_token, pair["refresh_token"])
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize("path", LISTS)
async def test_only_own_rows_are_shown(client, account, path):
    ann, bob = await account(), await account()
    await put(path, bob.user, [MOMENT])
    await put(path, None, [MOMENT])

    moments = [entry.get("login_time") or entry["timestamp"] for entry in await entries(client, ann, path)]

    assert [moment for moment in moments if datetime.fromisoformat(moment) == MOMENT] == []


@pytest.mark.parametrize("path", LISTS)
async def test_the_newest_comes_first(client, account, path):
    ann = await account()
    await put(path, ann.user, [MOMENT, MOMENT + timedelta(days=1), MOMENT - timedelta(days=1)])

    moments = [entry.get("login_time") or entry["timestamp"] for entry in await entries(client, ann, path)]

    assert len(moments) >= 3
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("path", LISTS)
async def test_pages_have_no_gaps_and_no_repeats_while_records_come_in(client, account, path):
    ann = await account()
    await put(path, ann.user, [MOMENT + timedelta(minutes=number // 3) for number in range(12)])  # three a moment

    shown: list[Any] = []
    cursor: dict[str, str] = {}
    while cursor is not None:
        found = await page(client, ann.access_token, path, limit=5, **cursor)
        shown += [number_of(entry) for entry in found["entries"]]
        cursor = found["next_cursor"] and {"cursor": found["next_cursor"]}
        await put(path, ann.user, [MOMENT + timedelta(days=1)], first=100)

    assert sorted(number for number in shown if number is not None and number < 100) == list(range(12))


@pytest.mark.parametrize("path", LISTS)
async def test_a_limit_out_of_bounds_is_refused(client, account, path):
    ann = await account()

    assert problems(await get(client, ann.access_token, path, limit=101)).keys() == {"limit"}


@pytest.mark.parametrize("path", LISTS)
async def test_records_need_a_token(client, path):
    assert (await client.get(f"/api/auth/{path}")).status_code == 401


async def entries(client, account, path):
    return (await page(client, account.access_token, path))["entries"]
