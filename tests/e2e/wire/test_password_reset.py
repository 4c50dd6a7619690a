"""A forgotten password, over two workers: the message is read from where the server leaves it."""

import email
import sys
from email.policy import default

import pytest

from tests.conftest import bearer, eventually
from tests.e2e.wire.workers import one_client_each
from tests.integration.mail import NEW, ask_for_reset, reset, token_in
from tests.pace import within

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="tells workers apart by /proc"),
]

BOUND = 1.0  # seconds, by the contract


async def message_to(stack, address):
    """The body of the message to an address, once it has been written whole."""

    async def found():
        texts = [path.read_bytes() for path in (stack.data_dir / "mail").glob("*.log")]
        messages = [email.message_from_bytes(text, policy=default) for text in texts if text.endswith(b"-\n")]
        return [message.get_content() for message in messages if message["To"] == address]

    [body] = await eventually(found)
    return body


async def test_a_new_password_by_mail_ends_every_session_at_both_workers(stack):
    async with one_client_each(stack) as (one, other):
        body = await stack.register(one)
        user, token = body["user"], body["access_token"]
        for client in (one, other):
            assert (await client.get("/api/auth/me", headers=bearer(token))).status_code == 200

        assert (await ask_for_reset(one, user["email"])).status_code == 202
        secret = token_in(await message_to(stack, user["email"]))
        assert (await reset(other, secret)).status_code == 200

        async def is_refused():
            answers = [await client.get("/api/auth/me", headers=bearer(token)) for client in (one, other)]
            return {answer.status_code for answer in answers} == {401}

        await within(BOUND, is_refused)
        for client in (one, other):
            spent = await client.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})
            assert spent.status_code == 401
            assert (await reset(client, secret)).json()["error"] == "invalid_email_token"
        login = await one.post("/api/auth/login", json={"username": user["username"], "password": NEW})
        assert login.status_code == 200


async def test_neither_token_nor_address_is_in_the_log(any_stack):
    async with any_stack.client() as client:
        mark = any_stack.mark()
        user = (await any_stack.register(client))["user"]
        await ask_for_reset(client, user["email"])
        secret = token_in(await message_to(any_stack, user["email"]))
        await reset(client, secret)

        lines = "\n".join(await any_stack.log_since(mark))

    assert "password-reset/confirm" in lines
    assert secret not in lines
    assert user["email"] not in lines
