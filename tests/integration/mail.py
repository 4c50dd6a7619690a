"""The calls of the e-mail flows, and the messages that they send."""

import re
from typing import Any

import httpx
from django.core import mail
from django.core.mail import EmailMessage

from auth.runtime import Runtime
from tests.conftest import PASSWORD, bearer, eventually

NEW = f"new {PASSWORD}"


async def ask_for_reset(client: httpx.AsyncClient, email: Any) -> httpx.Response:
    return await client.post("/api/auth/password-reset", json={"email": email})


async def reset(client: httpx.AsyncClient, token: Any, *, new: str = NEW) -> httpx.Response:
    body = {"token": token, "new_password": new, "new_password_confirm": new}
    return await client.post("/api/auth/password-reset/confirm", json=body)


async def ask_for_verification(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/auth/verify-email", headers=bearer(token))


async def verify(client: httpx.AsyncClient, token: Any) -> httpx.Response:
    return await client.post("/api/auth/verify-email/confirm", json={"token": token})


async def sent(runtime: Runtime, email: str) -> list[EmailMessage]:
    """The messages to an address, once nothing waits to be sent."""

    async def all_sent() -> bool:
        return not runtime.mail_queue.waiting

    await eventually(all_sent)
    return [message for message in mail.outbox if message.to == [email]]


async def token_sent(runtime: Runtime, email: str) -> str:
    """The token in the newest message to an address."""
    messages = await sent(runtime, email)
    return token_in(str(messages[-1].body))


def token_in(text: str) -> str:
    [token] = re.findall(r"\b\d+\.[0-9a-z]+-[0-9a-f]{32}\b", text)
    return str(token)


def assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "invalid_email_token"
    assert answer.json()["details"] is None
