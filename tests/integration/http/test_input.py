"""Bodies that nobody should send: refused with a clean 4xx, quickly, and the server goes on."""

import time

import pytest

from auth.passwords.pool import PasswordPool
from tests.conftest import PASSWORD, registration, unique_name
from tests.integration.calls import me, problems, try_login
from tests.unit import vectors

ROUTES = ("register", "login", "refresh", "change-password", "logout")
LIMIT = 3.0  # seconds of the CPU


async def post(client, route, body, headers=None):
    """A raw body; whatever the answer is, it must be the contract's."""
    started = time.process_time()
    headers = {"Content-Type": "application/json", **(headers or {})}
    answer = await client.post(f"/api/auth/{route}", content=body, headers=headers)
    assert time.process_time() - started < LIMIT
    return answer


def assert_refused(answer):
    assert answer.status_code in (400, 413, 422), answer.text
    assert list(answer.json()) == ["error", "message", "details"]


@pytest.fixture
async def live(account):
    """The header of a live token, so that a body is read behind authentication too."""
    return (await account()).bearer


BOMBS = {
    "deep lists": b"[" * 60_000,
    "deep closed lists": b"[" * 30_000 + b"]" * 30_000,
    "deep objects": b'{"a":' * 12_000 + b"1" + b"}" * 12_000,
    "deep username": b'{"username":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "long integer": b'{"username":' + b"9" * 5_000 + b"}",
    "long float": b'{"username":0.' + b"9" * 5_000 + b"}",
    "large exponent": b'{"username":1e999999}',
    "NaN": b'{"username":NaN}',
    "Infinity": b'{"username":-Infinity}',
    "lone surrogate": b'{"username":"\\ud800","email":"\\udfff","password":"\\ud800"}',
    "raw surrogate": b'{"username":"\xed\xa0\x80"}',
    "bad UTF-8": b'{"username":"\xff\xfe"}',
    "overlong UTF-8": b'{"username":"\xc0\xae"}',
    "UTF-16": '{"username":"a"}'.encode("utf-16"),
    "NUL byte": b'{"username":"a\x00b"}',
    "NUL escape": b'{"username":"a\\u0000b","email":"a\\u0000@b.c","password":"\\u0000"}',
    "many members": b"{" + b",".join(b'"%d":0' % number for number in range(6_000)) + b"}",
    "same hash": b"{" + b",".join(b'"a":%d' % number for number in range(6_000)) + b"}",
    "comments": b'{"username":"a"/**/}',
    "single quotes": b"{'username':'a'}",
    "trailing comma": b'{"username":"a",}',
    "array": b"[]",
    "string": b'"username"',
    "number": b"1",
    "false": b"false",
    "empty object": b"{}",
    "empty names": b'{"":""}',
    "prototype": b'{"__proto__":{"username":"a"},"constructor":{}}',
}


@pytest.mark.parametrize("route", ["register", "login", "refresh", "change-password"])
@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_hostile_body_is_refused(client, live, route, bomb):
    assert_refused(await post(client, route, BOMBS[bomb], live))


@pytest.mark.parametrize("bomb", [name for name in BOMBS if "deep" in name or "surrogate" in name])
async def test_a_hostile_body_ends_no_session(client, live, bomb):
    assert_refused(await post(client, "logout", BOMBS[bomb], live))

    assert (await client.get("/api/auth/me", headers=live)).status_code == 200


@pytest.mark.parametrize("value", [None, True, 1, 1.5, [], ["a"], {}, {"a": 1}])
@pytest.mark.parametrize("field", list(registration(first_name="a", last_name="b")))
async def test_no_type_is_coerced(client, field, value):
    body = registration(**{field: value})
    if value is None and field in ("first_name", "last_name"):
        assert (await client.post("/api/auth/register", json=body)).status_code == 201
        return

    assert field in problems(await client.post("/api/auth/register", json=body))


async def test_of_two_members_of_one_name_the_last_counts_everywhere(client, account):
    ann = await account()
    name = ann.user.username

    last = await post(client, "login", f'{{"password":"x","username":"{name}","password":"{PASSWORD}"}}')
    first = await post(client, "login", f'{{"password":"{PASSWORD}","username":"{name}","password":"x"}}')

    assert (last.status_code, first.status_code) == (200, 401)


async def test_unknown_members_have_no_effect(client, account):
    ann = await account()
    body = {"username": ann.user.username, "password": PASSWORD, "is_staff": True, "user_id": 1, "sid": "x", "exp": 9e9}

    answer = await client.post("/api/auth/login", json=body)

    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == ann.user.pk
    assert not answer.json()["user"]["is_staff"]


async def test_a_large_body_inside_the_limit_is_answered_at_once(client):
    answer = await post(client, "login", b'{"username":"' + b"a" * 60_000 + b'","password":"x"}')

    assert problems(answer) == {"username": "string_too_long"}


async def test_a_password_over_the_cap_is_not_hashed(client, monkeypatch):
    monkeypatch.delattr(PasswordPool, "verify")
    answer = await try_login(client, unique_name(), "x" * 60_000)

    assert problems(answer) == {"password": "string_too_long"}


async def test_every_body_of_the_json_test_suite_is_refused_as_a_login(client):
    """None of them is a login, be it valid JSON (y_) or not (n_, and i_ where parsers may differ)."""
    odd = {}
    for name in vectors.names("JSONTestSuite/test_parsing/*.json"):
        body = vectors.read(name).encode("utf-8", "surrogateescape")
        answer = await post(client, "login", body)
        valid = "/y_" in name
        allowed = (422, 413) if valid else (400, 413, 422) if "/i_" in name or not body.strip() else (400, 413)
        if answer.status_code not in allowed or list(answer.json()) != ["error", "message", "details"]:
            odd[name] = answer.status_code

    assert odd == {}


async def test_after_all_that_the_server_serves(client, account):
    ann = await account()
    for bomb in BOMBS.values():
        await post(client, "login", bomb)

    assert (await me(client, ann.access_token)).status_code == 200
