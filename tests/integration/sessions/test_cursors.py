"""Cursors come from clients: whatever they hold, the answer is a page or a 422."""

import base64

import pytest

from tests.integration.calls import login, problems
from tests.integration.sessions.calls import get, page

LISTS = ["sessions", "login-history", "security-events"]


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


HOSTILE = {
    "no base64": "?",
    "a lone letter": "x",
    "no UTF-8": base64.urlsafe_b64encode(b"\xff\xfe \xff").decode(),
    "one word": cursor("2026-01-01T00:00:00+00:00"),
    "three words": cursor("2026-01-01T00:00:00+00:00 1 1"),
    "no moment": cursor("yesterday 1"),
    "no time zone": cursor("2026-01-01T00:00:00 00000000-0000-0000-0000-000000000001"),
    "no key": cursor("2026-01-01T00:00:00+00:00 x"),
    "SQL": cursor("2026-01-01T00:00:00+00:00 1'OR'1"),
    "NUL": cursor("2026-01-01T00:00:00+00:00 \x00"),
    "not ASCII": "ä",
    "NUL itself": "\x00",
}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("given", HOSTILE.values(), ids=HOSTILE)
async def test_a_cursor_that_we_did_not_give_is_refused(client, account, path, given):
    ann = await account()

    assert problems(await get(client, ann.access_token, path, cursor=given)) == {"cursor": "unknown_cursor"}


EXTREME = {
    "the first moment": "0001-01-01T00:00:00+00:00",
    "before the first moment": "0001-01-01T00:00:00+23:59",
    "the last moment": "9999-12-31T23:59:59.999999+00:00",
    "after the last moment": "9999-12-31T23:59:59.999999-23:59",
}


@pytest.mark.parametrize("moment", EXTREME.values(), ids=EXTREME)
@pytest.mark.parametrize(
    ("path", "key"),
    [("sessions", "ffffffff-ffff-ffff-ffff-ffffffffffff"), ("login-history", "9" * 30), ("security-events", "-1")],
)
async def test_the_ends_of_time_and_of_numbers_break_nothing(client, account, path, key, moment):
    ann = await account()

    assert (await get(client, ann.access_token, path, cursor=cursor(f"{moment} {key}"))).status_code in (200, 422)


async def test_a_cursor_of_another_list_is_refused(client, account):
    ann = await account()
    await login(client, ann)
    other = (await page(client, ann.access_token, "sessions", limit=1))["next_cursor"]

    answer = await get(client, ann.access_token, "login-history", cursor=other)

    assert problems(answer) == {"cursor": "unknown_cursor"}


async def test_a_cursor_of_another_account_shows_only_own_rows(client, account):
    ann, bob = await account(), await account()
    await login(client, ann)
    await login(client, bob)
    other = (await page(client, ann.access_token, "sessions", limit=1))["next_cursor"]

    found = await page(client, bob.access_token, "sessions", cursor=other)

    own = {row["sid"] for row in (await page(client, bob.access_token, "sessions"))["sessions"]}
    assert {row["sid"] for row in found["sessions"]} <= own
