"""What browsers at other origins may read."""

import pytest

from tests.conftest import PASSWORD, bearer

ORIGIN = "http://localhost:3000"  # settings/test.py

HOSTILE = [
    "null",
    "",
    "*",
    "https://localhost:3000",
    "http://localhost",
    "http://localhost:30000",
    "http://localhost:3001",
    "http://localhost:3000.evil.example",
    "http://evil.example",
    "http://evil.example#http://localhost:3000",
    "http://localhost:3000@evil.example",
    "http://sub.localhost:3000",
    "http://notlocalhost:3000",
    "file://",
    "http://localhost:3000 http://evil.example",
    "//localhost:3000",
    "http://[::1]:3000",
    "http://localhost:3000\x00",
    "http://[",
]

ERRORS = {
    "400": ("POST", "/api/auth/login", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    "400 host": ("GET", "/api/auth/me", {"headers": {"Host": "evil.example"}}),
    "401": ("GET", "/api/auth/me", {}),
    "401 token": ("GET", "/api/auth/me", {"headers": bearer("x")}),
    "404": ("GET", "/api/nothing", {}),
    "405": ("DELETE", "/api/auth/me", {}),
    "413": ("POST", "/api/auth/login", {"content": b"x" * 70000, "headers": {"Content-Type": "application/json"}}),
    "415": ("POST", "/api/auth/login", {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
    "422": ("POST", "/api/auth/login", {"json": {}}),
}


async def call(client, name, origin):
    method, path, options = ERRORS[name]
    headers = {**options.get("headers", {}), "Origin": origin}
    answer = await client.request(method, path, **{**options, "headers": headers})
    assert str(answer.status_code) == name.split()[0]
    return answer


async def preflight(client, origin, *, method="POST", fields="authorization, content-type"):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": fields,
    }
    return await client.options("/api/auth/login", headers=headers)


@pytest.mark.parametrize("name", ERRORS)
async def test_a_trusted_origin_may_read_errors(client, name):
    answer = await call(client, name, ORIGIN)

    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_a_trusted_origin_may_read_a_success(client, account):
    ann = await account()

    answer = await client.get("/api/auth/me", headers={**ann.bearer, "Origin": ORIGIN})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("origin", HOSTILE)
@pytest.mark.parametrize("name", ERRORS)
async def test_a_hostile_origin_may_read_no_error(client, name, origin):
    answer = await call(client, name, origin)

    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", HOSTILE)
async def test_a_hostile_origin_may_read_no_success(client, account, origin):
    ann = await account()

    answer = await client.get("/api/auth/me", headers={**ann.bearer, "Origin": origin})

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", HOSTILE)
async def test_a_hostile_origin_gets_no_preflight(client, origin):
    answer = await preflight(client, origin)

    assert not [name for name in answer.headers if name.startswith("access-control-allow-")]


async def test_a_trusted_origin_gets_its_preflight(client):
    answer = await preflight(client, ORIGIN)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"]
    assert {"authorization", "content-type"} <= {field.strip() for field in allowed.split(",")}


async def test_a_preflight_carries_the_security_fields_too(client):
    answer = await preflight(client, ORIGIN)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("origin", [None, ORIGIN, "http://evil.example"])
@pytest.mark.parametrize("path", ["/api/auth/me", "/api/nothing"])
async def test_caches_are_told_that_the_answer_depends_on_the_origin(client, path, origin):
    answer = await client.get(path, headers={"Origin": origin} if origin else {})

    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("origin", [ORIGIN, "http://evil.example"])
async def test_cookies_are_never_asked_for(client, origin):
    answers = [await preflight(client, origin), await client.get("/api/auth/me", headers={"Origin": origin})]

    assert all("access-control-allow-credentials" not in answer.headers for answer in answers)


async def test_the_fields_that_clients_need_are_readable(client, account):
    ann = await account()
    answer = await client.get("/api/auth/me", headers={**ann.bearer, "Origin": ORIGIN})

    exposed = {field.strip().lower() for field in answer.headers["access-control-expose-headers"].split(",")}

    needed = {"ratelimit", "ratelimit-policy", "retry-after", "www-authenticate", "x-request-id", "authgate-refresh"}
    assert needed <= exposed


async def test_a_hostile_page_cannot_log_in_by_a_simple_request(client, account):
    """A form or a text/plain fetch needs no preflight; it must not start a session."""
    ann = await account()
    body = f'{{"username": "{ann.user.username}", "password": "{PASSWORD}"}}'
    headers = {"Content-Type": "text/plain", "Origin": "http://evil.example"}

    answer = await client.post("/api/auth/login", content=body, headers=headers)

    assert answer.status_code == 415
