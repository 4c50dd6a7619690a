"""What browsers are told before they send a page's request."""

import pytest
from pydantic import ValidationError

from settings import base
from settings.env import Environment
from tests.conftest import client_of, serving
from tests.integration.http.origins import HOSTILE, ORIGIN, listed, preflight


def configured(**variables):
    return base.configure(Environment(**variables), secret_key="x" * 50)


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


ROUTES = {
    "/api/auth/login": {"POST"},
    "/api/auth/me": {"GET"},
    "/api/auth/sessions": {"GET", "DELETE"},
    "/api/auth/sessions/3f0c8e0a-1111-4111-8111-111111111111": {"DELETE"},
    "/.well-known/jwks.json": {"GET", "HEAD"},
    "/api/openapi.json": {"GET", "HEAD"},
    "/api/nothing": set(),
}


@pytest.mark.parametrize("path", ROUTES)
async def test_a_preflight_names_the_methods_that_the_route_has(client, path):
    answer = await preflight(client, ORIGIN, method="GET", path=path)

    assert answer.status_code == 200
    assert listed(answer, "methods") == ROUTES[path]


async def test_a_preflight_calls_nothing(client, account):
    ann = await account()
    headers = {**ann.bearer, "Origin": ORIGIN, "Access-Control-Request-Method": "DELETE"}

    await client.options("/api/auth/sessions?all=true", headers=headers)

    assert (await client.get("/api/auth/me", headers=ann.bearer)).status_code == 200


@pytest.mark.parametrize("field", ["traceparent", "tracestate", "baggage", "sentry-trace", "x-of-our-own"])
async def test_a_page_may_send_the_fields_of_tracing_and_those_of_the_deployment(settings, field):
    settings.CORS_ALLOW_HEADERS = configured(CORS_ALLOW_HEADERS="X-Of-Our-Own")["CORS_ALLOW_HEADERS"]
    async with serving(settings) as application, client_of(application) as client:
        answer = await preflight(client, ORIGIN, fields=field)

    assert field in {name.lower() for name in listed(answer, "headers")}


@pytest.mark.parametrize("value", ["*", "x y", "x:", "x-ok,ü"])
def test_what_is_no_field_name_is_refused_at_start(value):
    with pytest.raises(ValidationError):
        Environment(CORS_ALLOW_HEADERS=value)


async def test_a_preflight_carries_the_security_fields_too(client):
    answer = await preflight(client, ORIGIN)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]
