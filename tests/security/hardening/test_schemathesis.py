"""What schemathesis makes up from our own OpenAPI document: nothing breaks, and nothing answers undocumented."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.oauth.calls import basic

pytestmark = pytest.mark.long

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDLESS = {"/api/oauth/revocations"}  # tests/integration/feed reads it
ASKING = {"Authgate-Token-Mode": "cookie", "Origin": "http://localhost:3000"}
bounded = settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def document(stack):
    return schemathesis.openapi.from_url(f"{stack.server.url}/api/openapi.json")


@dataclass(slots=True)
class User:
    """Somebody who is always logged in, whatever the calls end."""

    client: httpx.Client
    new: Callable[[], dict[str, str]]
    token: str = field(default="none")

    def bearer(self):
        if self.client.get("/api/auth/me", headers=self._header()).status_code != 200:
            answer = self.client.post("/api/auth/register", json=self.new())
            assert answer.status_code == 201, answer.text
            self.token = answer.json()["access_token"]
        return self._header()

    def _header(self):
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="module")
def user(stack):
    with httpx.Client(base_url=stack.server.url, timeout=30) as client:
        yield User(client, stack.registration)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(stack):
    """The Authorization field of a service client."""
    said = await stack.manage("clients", "add", "fuzzer")
    return basic("fuzzer", said.split("client_secret: ")[1].strip())


def throw_at_every(document, under, headers):
    """Cases for each operation under this path, as they should be and as they should not.

    schemathesis judges each answer, and shows the smallest bad case.
    """
    operations = [found.ok() for found in document.get_all_operations()]
    chosen = [found for found in operations if found.path.startswith(under) and found.path not in ENDLESS]
    assert chosen
    for operation in chosen:
        throw(operation.as_strategy(), headers)
        if operation.body or operation.query:
            throw(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), headers)


def throw(cases, headers):
    @bounded
    @given(case=cases)
    def at_server(case):
        case.call_and_validate(checks=CHECKS, headers=headers())

    at_server()


def test_a_stranger_breaks_nothing(document):
    throw_at_every(document, "/api/", dict)


def test_a_user_breaks_nothing(document, user):
    throw_at_every(document, "/api/auth/", user.bearer)


def test_a_page_in_cookie_mode_breaks_nothing(document, user):
    throw_at_every(document, "/api/auth/", lambda: user.bearer() | ASKING)


def test_a_service_breaks_nothing(document, service):
    throw_at_every(document, "/api/oauth/", lambda: service)
