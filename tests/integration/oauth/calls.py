"""The calls that service clients make."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx

from tests.conftest import bearer

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Service:
    """A service client that the application knows."""

    client_id: str
    secret: str

    @property
    def basic(self) -> dict[str, str]:
        """client_secret_basic: both halves are form-encoded first (RFC 6749 §2.3.1)."""
        return basic(quote_plus(self.client_id), quote_plus(self.secret))

    @property
    def posted(self) -> dict[str, str]:
        """client_secret_post."""
        return {"client_id": self.client_id, "client_secret": self.secret}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


async def introspect(client: httpx.AsyncClient, service: Service, token: str, **more: str) -> httpx.Response:
    return await client.post("/api/oauth/introspect", data={"token": token, **more}, headers=service.basic)


async def revoke(client: httpx.AsyncClient, service: Service, token: str, **more: str) -> httpx.Response:
    return await client.post("/api/oauth/revoke", data={"token": token, **more}, headers=service.basic)


async def is_active(client: httpx.AsyncClient, service: Service, token: str) -> bool:
    return bool((await said_of(client, service, token))["active"])


async def said_of(client: httpx.AsyncClient, service: Service, token: str) -> dict[str, Any]:
    """The introspection response, which must come."""
    answer = await introspect(client, service, token)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ask_for_ticket(client: httpx.AsyncClient, token: str, **body: object) -> httpx.Response:
    return await client.post("/api/auth/ws-ticket", headers=bearer(token), json=body or None)


async def ticket_of(client: httpx.AsyncClient, token: str, **body: object) -> str:
    answer = await ask_for_ticket(client, token, **body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ticket"])


async def redeem(client: httpx.AsyncClient, service: Service, ticket: str) -> httpx.Response:
    return await client.post("/api/oauth/ws-ticket/redeem", data={"ticket": ticket}, headers=service.basic)


def assert_ticket_refused(answer: httpx.Response) -> None:
    """The one answer for whatever is wrong with a ticket."""
    assert answer.status_code == 400
    message = "The ticket is invalid or has expired. Request another one."
    assert answer.json() == {"error": "invalid_grant", "message": message, "details": None}
