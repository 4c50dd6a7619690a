"""When Authgate cannot tell: 503 with Retry-After, never 401 and never 200."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import bearer
from tests.e2e.proxies import backend as backends
from tests.e2e.proxies.raw_requests import send
from tests.e2e.proxies.running import ASKING
from tests.ports import free_port

TOKENS = ["x", None]


def get(proxy, token="x", path="/private"):
    return send(proxy.port, path, bearer(token).items() if token else ())


def assert_unavailable(answer):
    assert answer.status == 503, (answer.status, answer.headers, answer.body)
    assert int(answer.headers["retry-after"]) >= 1
    assert "x-backend" not in answer.headers


@pytest.mark.parametrize("name", ASKING)
def test_authgate_is_down(name, start, ann):
    proxy = start(name, free_port())

    for token in (None, "x", ann["access_token"]):
        assert_unavailable(get(proxy, token))
    assert_unavailable(get(proxy, path="/staff/x"))
    assert send(proxy.port, "/public/x").status == 200


@pytest.mark.parametrize("name", ASKING)
def test_authgate_cannot_tell(name, start):
    with backends.standing_in(503) as server:
        proxy = start(name, server.server_port)
        assert_unavailable(get(proxy))
        for server.status in (500, 502, 504):
            answer = get(proxy)
            assert answer.status in (503, server.status)
            assert "x-backend" not in answer.headers


@pytest.mark.parametrize("name", ASKING)
def test_authgate_says_that_the_limit_is_reached(name, start):
    with backends.standing_in(429) as server:
        answer = get(start(name, server.server_port))

    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize("name", ASKING)
def test_authgate_is_asked_nothing_but_about_the_token(name, start, ann):
    fields = {**bearer("x"), "Cookie": "secret=1", "Content-Type": "text/plain", "X-Forwarded-Proto": "https"}
    with backends.standing_in(401) as server:
        send(start(name, server.server_port).port, "/private?secret=1", fields.items(), method="POST", body=b"secret")
        [(method, path, sent)] = server.asked

    assert (method, path) == ("GET", "/api/auth/verify")
    assert sent["host"].partition(":")[0] == "127.0.0.1"
    assert sent["authorization"] == "Bearer x"
    assert sent["x-forwarded-proto"] == "http"  # as it is, not as the client says
    assert "secret" not in str(sent)
    assert int(sent.get("content-length", 0)) == 0


def test_authgate_hangs(start):
    """All at once: each waits 5 seconds for an answer."""
    with backends.standing_in(200, delay=8) as server, ThreadPoolExecutor() as pool:
        proxies = [start(name, server.server_port) for name in ASKING]
        for answer in pool.map(get, proxies):
            assert_unavailable(answer)


async def test_without_keys_envoy_decides_nothing(start, ann):
    proxy = start("envoy", free_port())

    assert_unavailable(get(proxy, ann["access_token"]))
    assert send(proxy.port, "/public/x").status == 200


@pytest.mark.parametrize("place", ["for _, name in ipairs(TOLD)", "local refusal = {}"], ids=["passing", "refusing"])
def test_a_script_of_envoy_that_fails_lets_nothing_pass(start, stack, ann, place):
    """Envoy itself goes on with a request whose script has failed."""
    proxy = start("envoy-asking", stack.server.port, broken=(place, f'error("broken") {place}'))

    assert_unavailable(get(proxy, ann["access_token"] if place.startswith("for") else "x"))
