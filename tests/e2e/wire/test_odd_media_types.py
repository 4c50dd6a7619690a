"""Content-Types that no client should send: 400 on every route, in the contract's shape, and cheap."""

import asyncio
import json
from io import BytesIO

import pytest
from django.core.handlers.asgi import ASGIRequest
from hypothesis import example, given
from hypothesis import strategies as st

from app.http.guard import RequestGuard
from tests.e2e.wire.test_bad_requests import answers_to, body_of, statuses
from tests.integration.http.layers import with_state

PATHS = [
    "/.well-known/jwks.json",
    "/nowhere",
    "/static/nowhere",
    "/admin/login/",
    "/health/live",
    "/metrics",
    "/api/auth/me",
    "/api/auth/verify?require=staff",
]
ODD = ["x; a*=zz''b", "x; a*=idna''b", "x; a*=undefined''b", "x; charset*=hex''b", "text/plain;" + "a" * 10_500]
LETTERS = st.sampled_from([*"ax/;=*'\" ,%\t\\0-\xe9\xa0", "charset", "utf-8''", "idna", "undefined", "hex", "punycode"])


async def answer_to(stack, method, path, media_type, *fields):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {media_type}", "Connection: close"]
    return await answers_to(stack, "\r\n".join([*lines, *fields, "", ""]).encode("latin-1"))


def assert_refused(received):
    assert statuses(received) == [400]
    assert body_of(received)["error"] == "invalid_request"
    assert b"x-request-id: " in received.lower()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("media_type", ODD, ids=["unknown", "idna", "undefined", "hex", "long"])
async def test_an_odd_media_type_is_refused_on_every_route(any_stack, path, media_type):
    assert_refused(await answer_to(any_stack, "GET", path, media_type))


@pytest.mark.parametrize("media_type", ODD, ids=["unknown", "idna", "undefined", "hex", "long"])
async def test_a_preflight_with_an_odd_media_type_is_answered(any_stack, media_type):
    fields = ["Origin: http://localhost:3000", "Access-Control-Request-Method: POST"]
    received = await answer_to(any_stack, "OPTIONS", "/api/auth/login", media_type, *fields)

    assert statuses(received)[0] < 500
    assert b"x-request-id: " in received.lower()


@pytest.mark.parametrize("path", ["/api/auth/me", "/admin/login/", "/nowhere"])
async def test_a_query_that_is_no_text_is_refused(any_stack, path):
    received = await answers_to(any_stack, f"GET {path}?q=".encode() + b"\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

    assert statuses(received)[:1] == [400]
    assert json.loads(received.partition(b"\r\n\r\n")[2])["error"] == "invalid_request"


async def test_refusals_are_one_short_line_of_the_log(any_stack):
    start = any_stack.mark()
    await asyncio.gather(*(answer_to(any_stack, "GET", "/nowhere", media_type) for media_type in ODD))
    async with any_stack.client() as client:
        await client.get("/health/live")

    lines = [line for line in await any_stack.log_since(start) if "head_refused" not in line]  # of other tests
    assert {json.loads(line)["event"] for line in lines} == {"request"}
    assert max(map(len, lines)) < 1000


@given(st.lists(LETTERS, max_size=40).map("".join))
@example("x; charset=\0")
def test_what_the_guard_lets_through_django_can_read(media_type):
    fields = [(b"host", b"testserver"), (b"content-type", media_type.encode("latin-1"))]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": fields}
    asyncio.run(passing(scope))


async def passing(scope):
    """What Django makes of a request that the guard lets through; the others are answered."""

    async def app(scope, receive, send):
        ASGIRequest(scope, BytesIO())

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        assert message.get("status", 400) == 400

    await RequestGuard(app, allowed_hosts=["testserver"])(with_state(scope), receive, send)
