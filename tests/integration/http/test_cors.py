"""What browsers at other origins may read."""

import tracemalloc
from contextlib import contextmanager
from typing import Any

import pytest
from corsheaders.signals import check_request_enabled

from app.django_handler.handlers import APIHandler
from app.http.cors import CorsMiddleware
from tests.conftest import PASSWORD, bearer
from tests.integration.http.layers import with_state
from tests.integration.http.origins import HOSTILE, ORIGIN, listed, preflight

ERRORS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "400": ("POST", "/api/auth/login", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    "400 host": ("GET", "/api/auth/me", {"headers": {"Host": "evil.example"}}),
    "401": ("GET", "/api/auth/me", {}),
    "401 token": ("GET", "/api/auth/me", {"headers": bearer("x")}),
    "404": ("GET", "/api/nothing", {}),
    "405": ("DELETE", "/api/auth/me", {}),
    "413": ("POST", "/api/auth/login", {"content": b"x" * 70000, "headers": {"Content-Type": "application/json"}}),
    "415 gzip": (
        "POST",
        "/api/auth/login",
        {"content": b"x", "headers": {"Content-Type": "application/json", "Content-Encoding": "gzip"}},
    ),
    "415": ("POST", "/api/auth/login", {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
    "422": ("POST", "/api/auth/login", {"json": {}}),
}


async def call(client, name, origin):
    method, path, options = ERRORS[name]
    headers = {**options.get("headers", {}), "Origin": origin}
    answer = await client.request(method, path, **{**options, "headers": headers})
    assert str(answer.status_code) == name.split()[0]
    return answer


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


async def test_an_error_that_escapes_the_handler_may_be_read_too(client, monkeypatch):
    """Where CORS stands inside whatever answers these, as in Starlette, pages see no more than that CORS failed."""

    async def fail(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(APIHandler, "explain", fail)
    answer = await client.get("/api/auth/me", headers={"Origin": ORIGIN})

    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_options_that_are_no_preflight_are_answered_by_the_route(client):
    answer = await client.options("/api/auth/me", headers={"Origin": ORIGIN})

    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert listed(answer, "methods") == {"GET"}


@pytest.mark.parametrize(
    "refused",
    [{"Host": "evil.example"}, {"Content-Type": "x/y; a*=z'", "Content-Length": "0"}, {"Content-Length": "x"}],
)
async def test_a_preflight_that_the_guard_refuses_names_no_method_and_is_the_last(client, refused):
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET", **refused}
    answer = await client.options("/api/auth/me", headers=headers)

    assert (answer.status_code, answer.content, listed(answer, "methods")) == (200, b"", set())
    assert answer.headers["connection"] == "close"


@contextmanager
def receiving(receiver):
    check_request_enabled.connect(receiver)
    try:
        yield
    finally:
        check_request_enabled.disconnect(receiver)


async def test_receivers_of_the_signal_may_allow_further_origins_by_anything_but_the_body(client, account):
    ann = await account()

    def is_partner(sender, request, **more):
        return request.headers.get("X-Partner") == "yes" and request.GET.get("from") == "partner"

    with receiving(is_partner):
        headers = {**ann.bearer, "Origin": "http://partner.example"}
        with_it = await client.get("/api/auth/me?from=partner", headers={**headers, "X-Partner": "yes"})
        without = await client.get("/api/auth/me?from=partner", headers=headers)

    assert with_it.status_code == without.status_code == 200
    assert with_it.headers["access-control-allow-origin"] == "http://partner.example"
    assert "access-control-allow-origin" not in without.headers


async def test_a_query_that_cannot_be_read_is_no_error_of_cors(application):
    """Neither for receivers nor for a preflight; httpx would send it escaped."""
    sent: list[Any] = []

    async def send(message):
        sent.append(message)

    fields = [(b"host", b"testserver"), (b"origin", ORIGIN.encode()), (b"access-control-request-method", b"GET")]
    scope = {"type": "http", "http_version": "1.1", "method": "OPTIONS", "path": "/api/auth/me", "headers": fields}
    with receiving(lambda sender, request, **more: bool(request.GET)):
        await application({**scope, "query_string": b"\xff", "client": ("127.0.0.1", 1), "state": {}}, None, send)

    assert sent[0]["status"] == 200


@pytest.mark.parametrize("field", ["path", "origin"])
async def test_of_long_origins_and_paths_nothing_is_remembered(field):
    """400 of 15 KiB would be 6 MB."""

    sent: list[bytes] = []

    async def respond(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def keep(message):
        sent[:] = [name for name, _ in message["headers"]]

    async def nothing_more():
        raise AssertionError("nobody reads a body")

    layer = CorsMiddleware(respond)

    async def visit(number):
        text = f"{number:05}{'x' * 15_000}"
        path, origin = ("/api/none", f"http://{text}") if field == "origin" else (f"/api/{text}", ORIGIN)
        headers = [(b"origin", origin.encode())]
        scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
        await layer(with_state(scope), nothing_more, keep)
        assert (b"access-control-allow-origin" in sent) is (field == "path")  # an origin so long is nobody's

    await visit(0)
    tracemalloc.start()
    try:
        for number in range(1, 400):
            await visit(number)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000
