"""Service clients that name themselves with Authgate-Client: a quota of their own instead of that of their address."""

from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import OperationalError
from django.urls import clear_url_caches, path
from ninja import Body

from app import urls
from app.api import LeanAPI, api
from auth.clients.registry import ServiceClients
from auth.clients.secrets import hash_secret
from auth.core.policies import Quota
from auth.http.context import caller_of
from tests.conftest import PASSWORD, limited, registration, serving, unique_name, visitor
from tests.integration.calls import refresh
from tests.integration.oauth.calls import basic

SECRET = "ags_of_the_load_test"
CLIENT = unique_name("load-test")
TRUSTED = {"Authgate-Client": basic(CLIENT, SECRET)["Authorization"]}


@asynccontextmanager
async def visiting(settings, **quotas):
    """A client of an application that knows the service client, from an address of its own."""
    policies = limited(settings.AUTH, **quotas)
    known = {CLIENT: hash_secret(SECRET), "other": hash_secret(SECRET)}
    async with (
        serving(settings, policies=policies, service_clients=known) as served,
        visitor(served) as client,
    ):
        yield client


async def register(client, headers=TRUSTED):
    return await client.post("/api/auth/register", json=registration(), headers=headers)


async def login(client, name, password="not the password", headers=TRUSTED):
    return await client.post("/api/auth/login", json={"username": name, "password": password}, headers=headers)


async def test_registrations_count_for_the_client_and_not_for_the_address(settings):
    quotas = {"register": Quota(1, 3600), "trusted_caller": Quota(3, 3600)}
    async with visiting(settings, **quotas) as client:
        trusted = [(await register(client)).status_code for _ in range(4)]
        others = [(await register(client, headers={})).status_code for _ in range(2)]

    assert trusted == [201, 201, 201, 429]
    assert others == [201, 429]


async def test_failed_logins_count_for_the_client_and_not_for_the_address(settings):
    quotas = {"login_address": Quota(1, 3600), "trusted_caller": Quota(2, 3600)}
    async with visiting(settings, **quotas) as client:
        statuses = [(await login(client, unique_name())).status_code for _ in range(3)]

    assert statuses == [401, 401, 429]


@pytest.mark.parametrize("policy", ["login", "login_account"])
async def test_the_limits_of_an_account_are_not_lifted(settings, policy):
    async with visiting(settings, **{policy: Quota(2, 3600), "trusted_caller": Quota(100, 3600)}) as client:
        name = unique_name()
        statuses = [(await login(client, name)).status_code for _ in range(3)]

    assert statuses == [401, 401, 429]


async def test_refreshes_count_for_the_client_and_not_for_the_address(settings):
    async with visiting(settings, refresh_address=Quota(1, 3600), trusted_caller=Quota(2, 3600)) as client:
        pair = (await register(client)).json()
        statuses = []
        for _ in range(3):
            answer = await client.post(
                "/api/auth/refresh", json={"refresh_token": pair["refresh_token"]}, headers=TRUSTED
            )
            statuses.append(answer.status_code)
            pair = answer.json()
        assert statuses == [200, 200, 429]


@pytest.mark.parametrize("sent", ["wrong secret", "unknown client", "no basic"])
@pytest.mark.parametrize("route", ["register", "login", "refresh"])
async def test_wrong_credentials_are_401_and_nothing_is_done(settings, route, sent):
    values = {
        "wrong secret": basic(CLIENT, "x")["Authorization"],
        "unknown client": basic("nobody", SECRET)["Authorization"],
        "no basic": f"Bearer {SECRET}",
    }
    wanted = registration()
    async with visiting(settings) as client:
        pair = (await register(client)).json()
        bodies = {
            "register": wanted,
            "login": {"username": pair["user"]["username"], "password": PASSWORD},
            "refresh": {"refresh_token": pair["refresh_token"]},
        }
        answer = await client.post(f"/api/auth/{route}", json=bodies[route], headers={"Authgate-Client": values[sent]})

        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
        assert (await client.post("/api/auth/register", json=wanted)).status_code == 201
        assert (await refresh(client, pair["refresh_token"])).headers["authgate-refresh"] == "rotated"


async def test_introspections_are_limited_per_client(settings):
    async with visiting(settings, introspect=Quota(2, 3600)) as client:
        statuses = []
        for name in (CLIENT, CLIENT, CLIENT, "other"):
            answer = await client.post("/api/oauth/introspect", data={"token": "x"}, headers=basic(name, SECRET))
            statuses.append(answer.status_code)

    assert statuses == [200, 200, 429, 200]


async def test_refused_bodies_count_for_the_client_and_not_for_the_address(settings):
    async with visiting(settings, mail_confirm=Quota(1, 3600), trusted_caller=Quota(2, 3600)) as client:
        path = "/api/auth/verify-email/confirm"
        other = {"Authgate-Client": basic("other", SECRET)["Authorization"]}  # which no other test counts for
        answers = [await client.post(path, json={}, headers=other) for _ in range(3)]
        wrong = await client.post(path, json={}, headers={"Authgate-Client": "Basic x"})

    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


async def test_documentation_is_limited_per_address(settings):
    policies = limited(settings.AUTH, docs=Quota(2, 3600))
    async with serving(settings, policies=policies) as application, visitor(application) as client:
        answers = [await client.get(page) for page in ("/api/docs", "/api/openapi.json", "/api/docs")]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["error"] == "rate_limited"
        async with visitor(application) as other:
            assert (await other.get("/api/docs")).status_code == 200


async def test_messages_count_for_the_client_and_not_for_the_address(settings):
    body = {"email": "nobody@example.com"}
    async with visiting(settings, mail_address=Quota(1, 3600), trusted_caller=Quota(2, 3600)) as client:
        answers = [await client.post("/api/auth/password-reset", json=body, headers=TRUSTED) for _ in range(3)]
        others = [await client.post("/api/auth/password-reset", json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert [answer.status_code for answer in others] == [202, 429]


async def test_tokens_from_messages_count_for_the_client_over_both_flows(settings):
    body = {"token": "x", "new_password": PASSWORD, "new_password_confirm": PASSWORD}
    async with visiting(settings, mail_confirm=Quota(1, 3600), trusted_caller=Quota(2, 3600)) as client:
        paths = [f"/api/auth/{flow}/confirm" for flow in ("verify-email", "password-reset", "verify-email")]
        answers = [await client.post(path, json=body, headers=TRUSTED) for path in paths]
        others = [await client.post(path, json=body) for path in paths[:2]]

    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert [answer.status_code for answer in others] == [400, 429]


@pytest.fixture
def extended(settings):
    """Routes of a deployment's own, which do nothing about service clients."""
    extension = LeanAPI(urls_namespace="extension")
    module: Any = ModuleType("extended_urls")

    @extension.post("/new")
    async def new(request: ASGIRequest, number: Body[int]) -> dict[str, str]:
        return {"client": caller_of(request).client_id}

    module.urlpatterns = [*urls.urlpatterns, path("extension/", extension.urls)]
    settings.ROOT_URLCONF = module
    yield settings
    clear_url_caches()


@pytest.mark.parametrize("body", [1, "nonsense"])
async def test_a_new_route_has_its_callers_recognised_without_doing_anything(extended, body):
    async with visiting(extended) as client:
        answers = [
            await client.post("/extension/new", json=body, headers=headers)
            for headers in ({}, TRUSTED, {"Authgate-Client": basic(CLIENT, "x")["Authorization"]})
        ]

    assert answers[2].json()["error"] == "invalid_client"
    if body == 1:
        assert [answer.json() for answer in answers[:2]] == [{"client": ""}, {"client": CLIENT}]
    assert [answer.status_code for answer in answers] == [200 if body == 1 else 422] * 2 + [401]


async def test_every_route_without_authentication_says_that_it_recognises_callers(application):
    for item in api.get_openapi_schema()["paths"].values():
        for operation in item.values():
            fields = [parameter["name"] for parameter in operation.get("parameters", ())]
            assert fields.count("Authgate-Client") == (0 if operation["security"] else 1), operation["operationId"]


async def test_a_client_that_cannot_be_looked_up_is_an_outage_also_with_a_bad_body(settings, monkeypatch):
    async def fail(clients):
        raise OperationalError

    async with visiting(settings) as client:
        monkeypatch.setattr(ServiceClients, "read", fail)
        monkeypatch.setattr("auth.clients.registry.BELIEVED_SECONDS", -1.0)
        answer = await client.post("/api/auth/login", json={}, headers=TRUSTED)

    assert (answer.status_code, answer.json()["error"]) == (503, "service_unavailable")
    assert int(answer.headers["retry-after"]) > 0
