"""Bodies that are not read: too large, too slow, no JSON, or of another kind; and those that are."""

import asyncio
import gzip
from functools import partial

import pytest

from app.application import Application
from app.http.guard import RequestGuard
from tests.conftest import PASSWORD, client_of
from tests.integration.calls import me
from tests.integration.http.problem import assert_error

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"\xff", b"'a'", b"{} {}", b"\xef\xbb\xbf\xef\xbb\xbf{}"])
async def test_a_body_that_is_no_json_is_400(client, body):
    answer = await client.post("/api/auth/login", content=body, headers=JSON)

    assert answer.status_code in ((400, 422) if body == b"" else (400,))
    assert_error(answer, answer.status_code, answer.json()["error"])


async def test_a_body_of_65536_bytes_is_read(client):
    answer = await client.post("/api/auth/login", content=b'{"x":"'.ljust(65534, b"x") + b'"}', headers=JSON)

    assert_error(answer, 422, "validation_error")


async def test_a_larger_body_is_413(client):
    answer = await client.post("/api/auth/login", content=b'{"x":"'.ljust(65535, b"x") + b'"}', headers=JSON)

    assert_error(answer, 413, "payload_too_large")
    assert answer.headers["connection"] == "close"


async def test_a_larger_body_of_undeclared_length_is_413_before_it_ends(client):
    async def endless():
        while True:
            yield b"x" * 1000

    answer = await client.post("/api/auth/login", content=endless(), headers=JSON)

    assert_error(answer, 413, "payload_too_large")


async def test_a_body_that_is_announced_too_large_is_413_before_it_comes(client):
    async def never():
        await asyncio.Event().wait()
        yield b""

    answer = await client.post("/api/auth/login", content=never(), headers={**JSON, "Content-Length": "999999999"})

    assert_error(answer, 413, "payload_too_large")


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 40, "1, 1", "", "one"])
async def test_an_unreadable_length_is_400(client, length):
    answer = await client.post("/api/auth/login", content=b"{}", headers={**JSON, "Content-Length": length})

    assert_error(answer, 400, "invalid_request")


async def test_a_body_that_does_not_come_in_time_is_408(monkeypatch):
    monkeypatch.setattr("app.application.RequestGuard", partial(RequestGuard, body_seconds=0.05))
    application = Application()

    async def stalled():
        yield b'{"username":'
        await asyncio.Event().wait()

    async with client_of(application) as client:
        answer = await client.post("/api/auth/login", content=stalled(), headers=JSON)

    assert_error(answer, 408, "request_timeout")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonx",
        "application/json-patch+json",
        "application/problem+json",
        "text/plain; application/json",
        "*/*",
        "",
    ],
)
async def test_right_credentials_under_another_media_type_are_415(client, account, content_type):
    ann = await account()
    body = f'{{"username": "{ann.user.username}", "password": "{PASSWORD}"}}'.encode()
    headers = {} if content_type is None else {"Content-Type": content_type}

    answer = await client.post("/api/auth/login", content=body, headers=headers)

    assert_error(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip", "nonsense"])
@pytest.mark.parametrize("path", ["/api/auth/login", "/api/oauth/introspect", "/admin/login/", "/api/nothing"])
async def test_a_compressed_body_is_415_and_told_how_to_send_it(client, path, coding):
    body = gzip.compress(b'{"username": "ann", "password": "x"}')

    answer = await client.post(path, content=body, headers={**JSON, "Content-Encoding": coding})

    assert_error(answer, 415, "unsupported_media_type")
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
async def test_a_body_that_says_it_is_not_compressed_is_read(client, coding):
    assert_error(
        await client.post("/api/auth/login", json={}, headers={"Content-Encoding": coding}), 422, "validation_error"
    )


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;"])
async def test_json_may_be_spelled_in_any_way(client, account, content_type):
    ann = await account()
    body = f'{{"username": "{ann.user.username}", "password": "{PASSWORD}"}}'.encode()

    answer = await client.post("/api/auth/login", content=body, headers={"Content-Type": content_type})

    assert answer.status_code == 200


async def test_a_logout_with_a_form_is_415_and_ends_nothing(client, account):
    ann = await account()

    answer = await client.post("/api/auth/logout", headers=ann.bearer, data={"refresh_token": "x"})

    assert_error(answer, 415, "unsupported_media_type")
    assert (await me(client, ann.access_token)).status_code == 200
