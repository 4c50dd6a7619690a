"""The Host field, and HEAD."""

import pytest

FOREIGN = [
    "evil.example",
    "testserver.evil.example",
    "testserver@evil.example",
    "evil.example:80",
    "testserver:port",
    "testserver/path",
    "testserver evil.example",
    "testserver,evil.example",
    "xn--tstserver-x2a",
    "127.0.0.2",
    "[::1]",
    "",
    " ",
]


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/api/auth/me", "/nothing", "/static/x.css", "/admin/"])
async def test_a_foreign_host_is_400_and_not_repeated(client, path, host):
    answer = await client.get(path, headers={"Host": host})

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert "evil" not in f"{answer.text} {answer.headers}"


@pytest.mark.parametrize(
    "host", ["testserver", "TESTSERVER", "testserver:8000", "testserver.", "127.0.0.1", "localhost:1"]
)
async def test_an_own_host_is_served(client, host):
    assert (await client.get("/.well-known/jwks.json", headers={"Host": host})).status_code == 200


async def test_a_probe_may_call_by_any_name(client):
    assert (await client.get("/health/live", headers={"Host": "10.0.0.7"})).status_code == 200


async def test_two_hosts_are_400(client):
    answer = await client.get("/api/auth/me", headers=[("Host", "testserver"), ("Host", "testserver")])

    assert answer.status_code == 400


async def test_no_host_is_400(application):
    sent = []
    scope = {"type": "http", "method": "GET", "path": "/nothing", "raw_path": b"/nothing"}
    scope |= {"headers": [], "query_string": b"", "client": ("127.0.0.1", 1), "http_version": "1.0", "root_path": ""}

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await application(scope, receive, send)

    assert sent[0]["status"] == 400


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"])
async def test_no_other_field_names_the_host(client, name):
    answer = await client.get("/api/docs", headers={name: "host=evil.example"})

    assert answer.status_code == 200
    assert "evil" not in answer.text


async def test_head_is_get_without_the_body(client, account):
    ann = await account()

    got = await client.get("/api/auth/me", headers=ann.bearer)
    head = await client.head("/api/auth/me", headers=ann.bearer)

    assert head.status_code == 200
    changing = {"x-request-id", "ratelimit"}
    assert {n: v for n, v in head.headers.items() if n not in changing} == {
        n: v for n, v in got.headers.items() if n not in changing
    }


async def test_head_needs_a_token_like_get(client):
    answer = await client.head("/api/auth/me")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate"'


async def test_head_logs_nobody_in(client):
    assert (await client.head("/api/auth/login")).status_code == 405
