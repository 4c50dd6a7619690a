"""What is the same for everybody is made once, and waits for no database."""

import asyncio
import threading
from inspect import iscoroutinefunction

import pytest
from django.urls import URLPattern, get_resolver
from ninja import NinjaAPI

from app.django_handler.threads import DatabaseThreads
from tests.conftest import client_of, serving

CONSTANT = {
    "/api/openapi.json": 200,
    "/api/docs": 200,
    "/.well-known/jwks.json": 200,
    "/.well-known/oauth-authorization-server": 200,
    "/health/live": 200,
    "/metrics": 200,
    "/static/ninja/swagger-ui.css": 200,
    "/admin": 302,
    "/api/": 404,
    "/api/nothing": 404,
    "/api/auth/login": 405,
    "/api/auth/me": 401,
}


@pytest.fixture
async def held_up(settings, monkeypatch):
    """A client of an application whose database threads are all held up, and as many calls wait as may."""
    settings.DB_QUEUE = 2 * settings.DB_THREADS
    gate, made = threading.Event(), []

    def make(*args, **named):
        made.append(DatabaseThreads(*args, **named))
        return made[-1]

    monkeypatch.setattr("app.application.DatabaseThreads", make)
    async with serving(settings) as application, client_of(application) as client:
        for _ in range(settings.DB_QUEUE):
            made[0].least_busy().submit(gate.wait)
        yield client
        gate.set()


@pytest.mark.parametrize("path", CONSTANT)
async def test_what_asks_no_database_does_not_wait_for_it(held_up, path):
    async with asyncio.timeout(30):
        assert (await held_up.get(path)).status_code == CONSTANT[path]


async def test_a_view_outside_the_api_says_that_too_many_calls_wait(held_up):
    answer = await held_up.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["details"]["database"] == "unavailable"
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs"])
async def test_the_schema_is_not_made_again_for_a_request(client, monkeypatch, path):
    first = await client.get(path)
    monkeypatch.delattr(NinjaAPI, "get_openapi_schema")
    monkeypatch.delattr("django.template.base.Template.render")
    again = await client.get(path)

    assert again.status_code == 200
    assert again.content == first.content


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
async def test_another_method_on_the_documentation_has_the_contracts_answer(client, path, method):
    answer = await client.request(method, path)

    assert answer.status_code == 405
    assert answer.json()["error"] == "method_not_allowed"
    assert answer.headers["allow"] == "GET, HEAD"


def views(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield str(pattern.pattern), pattern.callback
        elif pattern.namespace != "admin":
            yield from views(pattern.url_patterns)


def test_every_view_is_async():
    """All but the admin's, on threads of its own, and Ninja's for the bare prefix, in front of which another stands."""
    found = [one for one in views(get_resolver().url_patterns) if not one[0].startswith("admin/")]

    assert len(found) > 20
    assert [route for route, view in found if not iscoroutinefunction(view)] == [""]
