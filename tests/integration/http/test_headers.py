"""The header fields that every answer carries."""

import re

import pytest

from auth.core.policies import Quota
from tests.conftest import bearer, client_of, limited, registration, serving, unique_address
from tests.integration.calls import refresh, try_login

SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

CALLS = {
    "200": ("GET", "/health/live", {}),
    "400": ("POST", "/api/auth/login", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    "400 host": ("GET", "/api/auth/me", {"headers": {"Host": "evil.example"}}),
    "401": ("GET", "/api/auth/me", {}),
    "401 token": ("GET", "/api/auth/me", {"headers": bearer("x")}),
    "401 login": ("POST", "/api/auth/login", {"json": {"username": "nobody", "password": "x"}}),
    "404": ("GET", "/api/nothing", {}),
    "404 outside": ("GET", "/nothing", {}),
    "405": ("DELETE", "/api/auth/me", {}),
    "413": ("POST", "/api/auth/login", {"content": b"x" * 70000, "headers": {"Content-Type": "application/json"}}),
    "415": ("POST", "/api/auth/login", {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
    "422": ("POST", "/api/auth/login", {"json": {}}),
}
calls = pytest.mark.parametrize("call", CALLS.items(), ids=CALLS)


async def make(client, call):
    name, (method, path, options) = call
    answer = await client.request(method, path, **options)
    assert str(answer.status_code) == name.split()[0], answer.text
    return answer


@calls
async def test_every_answer_has_the_security_fields(client, call):
    answer = await make(client, call)

    assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY


@calls
async def test_no_answer_may_be_stored(client, call):
    assert (await make(client, call)).headers["cache-control"] == "no-store"


@calls
async def test_no_answer_names_the_software(client, call):
    answer = await make(client, call)

    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers
    for word in ("uvicorn", "django", "ninja", "python", "authgate/"):
        assert word not in f"{answer.headers} {answer.text}".lower()


@calls
async def test_every_answer_has_an_id_of_its_own(client, call):
    first, second = await make(client, call), await make(client, call)

    assert re.fullmatch(r"[A-Za-z0-9_-]{8,64}", first.headers["x-request-id"])
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@calls
async def test_every_answer_says_how_long_it_is(client, call):
    answer = await make(client, call)

    assert answer.headers["content-length"] == str(len(answer.content))


@calls
async def test_no_answer_sets_a_cookie(client, call):
    assert "set-cookie" not in (await make(client, call)).headers


async def test_tokens_may_not_be_stored(client, account):
    ann = await account()
    answers = [
        await client.post("/api/auth/register", json=registration()),
        await try_login(client, ann.user.username),
        await refresh(client, ann.refresh_token),
        await client.get("/api/auth/me", headers=ann.bearer),
        await client.post("/api/auth/logout", headers=ann.bearer),
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_a_request_id_of_the_caller_is_not_taken_over(client):
    answer = await client.get("/health/live", headers={"X-Request-ID": "chosen-by-caller"})

    assert answer.headers["x-request-id"] != "chosen-by-caller"


async def test_over_plain_http_no_transport_security_is_promised(client):
    assert "strict-transport-security" not in (await client.get("/health/live")).headers


async def test_where_it_is_set_transport_security_is_promised_for_a_year(settings):
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    async with serving(settings) as application, client_of(application) as client:
        answer = await client.get("/api/nothing")

    assert answer.headers["strict-transport-security"].startswith("max-age=31536000; includeSubDomains")


ITEM = r'"[a-z-]+"'
STATE = rf"{ITEM};r=\d+;t=\d+"
POLICY = rf"{ITEM};q=\d+;w=\d+"


async def test_the_rate_limit_fields_are_well_formed(settings):
    policies = limited(settings.AUTH, login=Quota(5, 60), login_address=Quota(9, 60))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        answer = await client.post("/api/auth/login", json={"username": "nobody", "password": "x"})

    assert re.fullmatch(rf"{STATE}(, {STATE})*", answer.headers["ratelimit"])
    assert re.fullmatch(rf"{POLICY}(, {POLICY})*", answer.headers["ratelimit-policy"])


async def test_an_authenticated_answer_tells_the_quota_of_the_user(client, account):
    ann = await account()

    answer = await client.get("/api/auth/me", headers=ann.bearer)

    assert answer.headers["ratelimit-policy"] == '"api";q=1200;w=60'
    assert re.fullmatch(r'"api";r=1199;t=\d+', answer.headers["ratelimit"])


async def test_a_refused_right_tells_the_quota_too(client, account):
    ann = await account()

    answer = await client.get("/api/auth/admin-only", headers=ann.bearer)

    assert answer.status_code == 403
    assert answer.headers["ratelimit-policy"] == '"api";q=1200;w=60'


async def test_the_challenge_names_an_error_only_when_a_token_was_sent(client, account):
    ann = await account()
    await client.post("/api/auth/logout", headers=ann.bearer)

    without = await client.get("/api/auth/me")
    basic = await client.get("/api/auth/me", headers={"Authorization": "Basic YTpi"})
    bad = await client.get("/api/auth/me", headers=bearer("x"))
    dead = await client.get("/api/auth/me", headers=ann.bearer)

    assert without.headers["www-authenticate"] == basic.headers["www-authenticate"] == 'Bearer realm="authgate"'
    assert (
        bad.headers["www-authenticate"]
        == dead.headers["www-authenticate"]
        == 'Bearer realm="authgate", error="invalid_token"'
    )
