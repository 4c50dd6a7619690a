"""Every error, whatever raised it, has one shape and tells nothing of the inside."""

import asyncio
import gzip
from dataclasses import replace

import pytest

from app.application import Application
from app.http.guard import RequestGuard
from auth.core.policies import Quota
from tests.conftest import PASSWORD, client_of, limited, serving, unique_name
from tests.integration.calls import me, try_login

JSON = {"Content-Type": "application/json"}


def assert_error(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["error", "message", "details"]
    assert body["error"] == code
    assert body["message"]
    assert body["details"] is None or isinstance(body["details"], dict)


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/auth", "/api/auth/nothing", "/api/auth/login/", "/favicon.ico", "/static/x.js"]
)
async def test_an_unknown_address_is_404(client, path):
    assert_error(await client.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/api/auth/%00", "/%ff", "/..%2f..%2fetc", "/api/auth/me;x=1", "/" + "x" * 5000])
async def test_a_strange_address_is_404(client, path):
    assert_error(await client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/auth/register", "POST"),
        ("/api/auth/login", "POST"),
        ("/api/auth/refresh", "POST"),
        ("/api/auth/logout", "POST"),
        ("/api/auth/change-password", "POST"),
        ("/api/auth/me", "GET"),
        ("/api/auth/protected", "GET"),
        ("/api/auth/admin-only", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND", "GET or POST"])
async def test_another_method_is_405_and_told_which_is_allowed(client, path, allowed, method):
    other = {"GET": "POST", "POST": "GET"}[allowed]
    answer = await client.request(other if method == "GET or POST" else method, path)

    assert_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


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


async def test_a_body_that_does_not_come_in_time_is_408():
    application = Application()
    application._edge._app = RequestGuard(application._route, allowed_hosts=["testserver"], body_seconds=0.05)

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


FILES = ["/static/ninja/swagger-ui.css", "/", "/demo/app.js"]


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
async def test_another_method_on_a_file_is_405(client, path, method):
    answer = await client.request(method, path)

    assert_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", FILES)
async def test_a_part_that_a_file_does_not_have_is_416(client, path):
    answer = await client.get(path, headers={"Range": "bytes=99999999-"})

    assert_error(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-9"}])
async def test_head_opens_no_file_and_has_the_fields_of_get(client, monkeypatch, path, fields):
    got = await client.get(path, headers=fields)
    opened = []
    monkeypatch.setattr("servestatic.responders.AsyncFile", lambda *names: opened.append(names))

    told = await client.head(path, headers=fields)

    assert opened == []
    assert told.status_code == got.status_code
    different = {"x-request-id"}
    assert {k: v for k, v in told.headers.items() if k not in different} == {
        k: v for k, v in got.headers.items() if k not in different
    }


async def test_no_error_below_static_is_stored_and_every_file_is(client):
    path = FILES[0]
    refused = [
        await client.get("/static/x.js"),
        await client.get("/static/"),
        await client.post(path),
        await client.post(path, content=b"x" * 70_000),
        await client.get(path, headers={"Range": "bytes=99999999-"}),
    ]
    found = await client.get(path)
    asked_again = await client.get(path, headers={"If-None-Match": found.headers["etag"]})
    served = [found, asked_again, await client.head(path), await client.get(path, headers={"Range": "bytes=0-1"})]

    assert [answer.status_code for answer in refused] == [404, 404, 405, 413, 416]
    assert {answer.headers["cache-control"] for answer in refused} == {"no-store"}
    assert [answer.status_code for answer in served] == [200, 304, 200, 206]
    assert {answer.headers["cache-control"] for answer in served} == {"max-age=3600, public"}


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


async def test_bad_fields_are_422_and_named_without_their_values(client):
    answer = await try_login(client, 12345678, ["hunter2"])

    assert_error(answer, 422, "validation_error")
    assert {problem["field"] for problem in answer.json()["details"]["fields"]} == {"username", "password"}
    assert "hunter2" not in answer.text
    assert "12345678" not in answer.text


async def test_over_a_limit_is_429(settings):
    policies = limited(settings.AUTH, login=Quota(1, 60))
    async with serving(settings, policies=policies) as application, client_of(application) as client:
        name = unique_name()
        await try_login(client, name)
        answer = await try_login(client, name)

    assert_error(answer, 429, "rate_limited")


async def test_a_defect_of_ours_is_500_and_tells_nothing(application, client, account, monkeypatch):
    ann = await account()

    def broken():
        raise ZeroDivisionError("the secret of the inside")

    monkeypatch.setattr(application, "runtime", replace(application.runtime, clock=broken))
    answer = await client.get("/api/auth/protected", headers=ann.bearer)

    assert_error(answer, 500, "internal_error")
    for word in ("secret", "ZeroDivision", "Traceback", ".py", "django"):
        assert word not in answer.text
        assert word not in str(answer.headers)
