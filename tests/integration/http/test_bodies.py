"""What stands in a body: an object or nothing goes in, and times of one form come out."""

import re

import pytest

from auth.models import Session
from tests.conftest import PASSWORD, eventually
from tests.integration.calls import login, problems, try_login

JSON = {"Content-Type": "application/json"}
NO_OBJECT = {
    "list": b"[]",
    "list of an object": b'[{"audience":"zzz","refresh_token":"x","username":"x","password":"x"}]',
    "list of pairs": b'[["audience","zzz"]]',
    "text": b'"audience"',
    "number": b"1",
    "true": b"true",
    "null": b"null",
}
ROUTES = [
    "register",
    "login",
    "refresh",
    "logout",
    "change-password",
    "ws-ticket",
    "password-reset",
    "password-reset/confirm",
    "verify-email/confirm",
]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
@pytest.mark.parametrize("route", ROUTES)
async def test_a_body_that_is_no_object_is_refused(client, account, route, body):
    ann = await account()

    answer = await client.post(f"/api/auth/{route}", content=body, headers={**ann.bearer, **JSON})

    assert problems(answer) == {"body": "object_type"}
    assert (await client.get("/api/auth/me", headers=ann.bearer)).status_code == 200


@pytest.mark.parametrize("route", ["logout", "ws-ticket"])
async def test_a_body_that_may_be_absent_may_be(client, account, route):
    ann = await account()

    assert (await client.post(f"/api/auth/{route}", headers=ann.bearer)).status_code == 200


async def test_a_list_ends_no_other_session_and_not_its_own(client, account):
    ann = await account()
    other = await login(client, ann)
    body = b'[{"refresh_token":"%s"}]' % other["refresh_token"].encode()

    answer = await client.post("/api/auth/logout", content=body, headers={**ann.bearer, **JSON})

    assert answer.status_code == 422
    assert await Session.objects.filter(user=ann.user, revoked_at=None).acount() == 2


async def test_a_byte_order_mark_is_passed_over(client, account):
    ann = await account()
    body = f'\ufeff{{"username": "{ann.user.username}", "password": "{PASSWORD}"}}'.encode()

    answer = await client.post("/api/auth/login", content=body, headers=JSON)

    assert answer.status_code == 200


def texts(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("path", ["me", "protected", "sessions", "login-history", "security-events"])
async def test_times_end_in_z(client, account, path):
    ann = await account()
    await try_login(client, ann.user.username, "wrong password")

    async def times():
        answer = await client.get(f"/api/auth/{path}", headers=ann.bearer)
        return [text for text in texts(answer.json()) if re.match(r"\d{4}-\d\d-\d\dT", text)]

    for found in (await eventually(times), await times()):  # as the database has it, and as it is cached
        assert all(TIME.fullmatch(time) for time in found), found


async def test_the_account_in_a_token_body_has_such_times(client, account):
    ann = await account()

    assert TIME.fullmatch((await login(client, ann))["user"]["date_joined"])
