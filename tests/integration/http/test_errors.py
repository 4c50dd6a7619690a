"""Every error, whatever raised it, has one shape and tells nothing of the inside."""

from dataclasses import replace

import pytest

from auth.core.policies import Quota
from tests.conftest import client_of, limited, serving, unique_name
from tests.integration.calls import try_login
from tests.integration.http.problem import assert_error


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/auth", "/api/auth/nothing", "/api/auth/login/", "/favicon.ico", "/static/x.js"]
)
async def test_an_unknown_address_is_404(client, path):
    assert_error(await client.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/api/auth/%00", "/%ff", "/..%2f..%2fetc", "/api/auth/me;x=1", "/" + "x" * 5000])
async def test_a_strange_address_is_404(client, path):
    assert_error(await client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/auth/register", "POST"),
        ("/api/auth/login", "POST"),
        ("/api/auth/refresh", "POST"),
        ("/api/auth/logout", "POST"),
        ("/api/auth/change-password", "POST"),
        ("/api/auth/me", "GET"),
        ("/api/auth/protected", "GET"),
        ("/api/auth/admin-only", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND", "GET or POST"])
async def test_another_method_is_405_and_told_which_is_allowed(client, path, allowed, method):
    other = {"GET": "POST", "POST": "GET"}[allowed]
    answer = await client.request(other if method == "GET or POST" else method, path)

    assert_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


async def test_bad_fields_are_422_and_named_without_their_values(client):
    answer = await try_login(client, 12345678, ["hunter2"])

    assert_error(answer, 422, "validation_error")
    assert {problem["field"] for problem in answer.json()["details"]["fields"]} == {"username", "password"}
    assert "hunter2" not in answer.text
    assert "12345678" not in answer.text


async def test_over_a_limit_is_429(settings):
    policies = limited(settings.AUTH, login=Quota(1, 60))
    async with serving(settings, policies=policies) as application, client_of(application) as client:
        name = unique_name()
        await try_login(client, name)
        answer = await try_login(client, name)

    assert_error(answer, 429, "rate_limited")


async def test_a_defect_of_ours_is_500_and_tells_nothing(application, client, account, monkeypatch):
    ann = await account()

    def broken():
        raise ZeroDivisionError("the secret of the inside")

    monkeypatch.setattr(application, "runtime", replace(application.runtime, clock=broken))
    answer = await client.get("/api/auth/protected", headers=ann.bearer)

    assert_error(answer, 500, "internal_error")
    for word in ("secret", "ZeroDivision", "Traceback", ".py", "django"):
        assert word not in answer.text
        assert word not in str(answer.headers)
