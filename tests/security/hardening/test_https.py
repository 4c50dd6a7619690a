"""Where https is required, http gets no further than the guard."""

from contextlib import asynccontextmanager

import httpx
import pytest

from auth.models import UserLoginHistory
from tests.conftest import PASSWORD, registration, serving, unique_address, unique_name
from tests.e2e.wire.production import start
from tests.integration.calls import try_login


@asynccontextmanager
async def requiring_https(settings, *, scheme, proxies=0, address=None):
    """A client that comes by `scheme` to a server that requires https behind so many trusted proxies."""
    settings.REQUIRE_HTTPS, settings.TRUSTED_PROXIES = True, proxies
    async with serving(settings) as application:
        transport = httpx.ASGITransport(application, client=(address or unique_address(), 50000))
        async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://testserver") as client:
            yield client


def assert_refused(answer):
    assert (answer.status_code, answer.json()["error"]) == (403, "https_required")
    assert "location" not in answer.headers
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/auth/register"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/auth/refresh"),
        ("POST", "/api/auth/change-password"),
        ("GET", "/api/auth/me"),
        ("POST", "/api/oauth/introspect"),
        ("GET", "/admin/login/"),
        ("POST", "/admin/login/"),
    ],
)
async def test_http_is_refused_and_never_redirected(settings, method, path):
    async with requiring_https(settings, scheme="http") as client:
        assert_refused(await client.request(method, path))


async def test_a_login_over_http_is_not_even_tried(settings):
    address = unique_address()
    async with requiring_https(settings, scheme="http", address=address) as client:
        answer = await try_login(client, unique_name())

    assert_refused(answer)
    assert PASSWORD not in answer.text
    assert not await UserLoginHistory.objects.filter(
        ip_address=address
    ).aexists()  # the server's end wrote all there was


async def test_https_is_served(settings):
    async with requiring_https(settings, scheme="https") as client:
        assert (await client.post("/api/auth/register", json=registration())).status_code == 201


async def test_probes_and_public_keys_are_served_over_http(settings):
    async with requiring_https(settings, scheme="http") as client:
        for path in ("/health/live", "/health/ready", "/.well-known/jwks.json"):
            assert (await client.get(path)).status_code == 200, path


@pytest.mark.parametrize("field", ["X-Forwarded-Proto", "X-Forwarded-Ssl", "Forwarded", "X-Url-Scheme"])
async def test_without_a_proxy_a_header_proves_nothing(settings, field):
    async with requiring_https(settings, scheme="http") as client:
        assert_refused(await client.get("/api/auth/me", headers={field: "https"}))


@pytest.mark.parametrize("said", ["https", "HTTPS", "http, https", " https "])
async def test_behind_a_proxy_its_word_counts(settings, said):
    async with requiring_https(settings, scheme="http", proxies=1) as client:
        assert (await client.get("/api/auth/me", headers={"X-Forwarded-Proto": said})).status_code == 401


@pytest.mark.parametrize("said", ["http", "", "https, http", "https,", "httpsx", "wss"])
async def test_behind_a_proxy_what_the_client_wrote_before_it_does_not(settings, said):
    async with requiring_https(settings, scheme="http", proxies=1) as client:
        assert_refused(await client.get("/api/auth/me", headers={"X-Forwarded-Proto": said}))


async def test_a_proxy_that_says_nothing_is_not_believed_to_be_safe(settings):
    async with requiring_https(settings, scheme="https", proxies=1) as client:
        assert_refused(await client.get("/api/auth/me"))


async def test_of_two_fields_the_last_counts(settings):
    async with requiring_https(settings, scheme="http", proxies=1) as client:
        fields = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "http")]
        assert_refused(await client.get("/api/auth/me", headers=fields))


@pytest.mark.parametrize(("changes", "required"), [({}, "True"), ({"REQUIRE_HTTPS": "false"}, "False")])
def test_production_requires_it_unless_told_otherwise(changes, required):
    run = start("-c", "from django.conf import settings; print(settings.REQUIRE_HTTPS)", **changes)

    assert (run.stdout.strip(), run.stderr) == (required, "")


async def test_development_does_not(client, settings):
    assert settings.REQUIRE_HTTPS is False
    assert (await client.get("/api/auth/me")).status_code == 401
