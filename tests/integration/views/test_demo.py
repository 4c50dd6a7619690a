"""The demo page at `/`."""

import re

import pytest

from app.application import Application
from app.views import demo_page
from tests.conftest import client_of

FILES = {
    "/": "text/html",
    "/demo/app.js": "text/javascript",
    "/demo/app.css": "text/css",
    "/demo/icon.svg": "image/svg+xml",
}
files = pytest.mark.parametrize("path", FILES)
ELSEWHERE = [
    "/demo",
    "/demo/",
    "/demo/index.html",
    "/demo/nothing.js",
    "/demo/../settings/base.py",
    "/demo/%2e%2e/api.py",
]


async def test_the_page_loads_what_is_served(client):
    page = (await client.get("/")).text

    assert set(re.findall(r'(?:src|href)="([^"]+)"', page)) == FILES.keys() - {"/"}


@files
async def test_each_file_has_its_type(client, path):
    answer = await client.get(path)

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, FILES[path])


@files
async def test_nothing_inline_or_foreign_may_run(client, path):
    answer = await client.get(path)
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))

    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == ("'none'", "'none'", "'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("chat", "told", "sources"),
    [("", None, "'self'"), ("ws://127.0.0.1:8100/ws", "ws://127.0.0.1:8100/ws", "'self' ws://127.0.0.1:8100")],
    ids=["no chat", "a chat"],
)
async def test_the_page_may_open_sockets_of_the_chat_alone(settings, chat, told, sources):
    settings.DEMO_CHAT_URL = chat
    application = Application()
    async with application.running(), client_of(application) as client:
        page = await client.get("/")
        config = await client.get("/demo/config.json")

    assert f"connect-src {sources};" in page.headers["content-security-policy"]
    assert (config.json(), config.headers["cache-control"]) == ({"chat": told}, "no-store")


async def test_the_page_has_no_inline_script_or_style(client):
    page = (await client.get("/")).text

    assert re.findall(r"<style| style=| on\w+=|javascript:|<script(?![^>]* src=)", page) == []


@files
async def test_a_browser_asks_each_time_and_loads_what_is_new(client, path):
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "max-age=0, public"
    assert (again.status_code, again.content) == (304, b"")
    # A browser takes these over into what it has kept.
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_nothing_else_is_there(client, path):
    answer = await client.get(path)

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/api/auth/me", "/admin/", "/health/live", "/.well-known/jwks.json"])
def test_no_other_route_is_shadowed(path):
    assert not demo_page.is_for(path)


@files
async def test_off_it_is_not_there(settings, path):
    settings.DEMO_ENABLED = False
    application = Application()
    async with application.running(), client_of(application) as client:
        answer = await client.get(path)

        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
