"""POST /api/auth/verify-email and /api/auth/verify-email/confirm."""

import asyncio
from datetime import timedelta

import pytest
from django.core import mail

from auth.config import TokenMail
from auth.core.policies import Quota
from auth.models import SecurityEvent, User
from tests.conftest import client_of, eventually, limited, registration, serving, unique_address, unique_name
from tests.integration.calls import me, problems
from tests.integration.mail import (
    ask_for_reset,
    ask_for_verification,
    assert_refused,
    sent,
    token_in,
    token_sent,
    verify,
)


@pytest.fixture
def token_of(client, runtime):
    """The token that an account is sent on asking to verify its address."""

    async def ask(account):
        assert (await ask_for_verification(client, account.access_token)).status_code == 202
        return await token_sent(runtime, account.user.email)

    return ask


async def verified_at(account):
    return (await User.objects.aget(pk=account.user.pk)).email_verified_at


async def test_the_message_goes_to_the_address_of_the_account(client, account, runtime):
    ann = await account()

    answer = await ask_for_verification(client, ann.access_token)

    assert (answer.status_code, list(answer.json())) == (202, ["message"])
    [message] = await sent(runtime, ann.user.email)
    assert message.subject == "Confirm your e-mail address"
    assert "within 24 hours" in message.body
    assert ann.user.username not in message.body


async def test_the_token_verifies_the_address(client, account, token_of):
    ann = await account()
    assert await verified_at(ann) is None

    answer = await verify(client, await token_of(ann))

    assert (answer.status_code, list(answer.json())) == (200, ["message"])
    assert await verified_at(ann) is not None
    assert (await me(client, ann.access_token)).status_code == 200


async def test_a_second_time_changes_nothing(client, account, token_of):
    ann = await account()
    token = await token_of(ann)
    await verify(client, token)
    first = await verified_at(ann)

    assert (await verify(client, token)).status_code == 200
    assert await verified_at(ann) == first


async def test_of_many_at_once_all_succeed_and_one_is_recorded(client, account, token_of):
    ann = await account()
    token = await token_of(ann)

    answers = await asyncio.gather(*(verify(client, token) for _ in range(16)))

    assert {answer.status_code for answer in answers} == {200}
    events = SecurityEvent.objects.filter(user=ann.user, event_type="email_verified")
    assert await eventually(events.acount) == 1


async def test_a_verified_address_is_sent_nothing_more(client, account, token_of, runtime):
    ann = await account()
    await verify(client, await token_of(ann))
    mail.outbox.clear()

    assert (await ask_for_verification(client, ann.access_token)).status_code == 202
    assert await sent(runtime, ann.user.email) == []


async def test_an_account_without_an_address_is_sent_nothing(client, account, runtime):
    ann = await account(email="")

    assert (await ask_for_verification(client, ann.access_token)).status_code == 202
    assert await sent(runtime, "") == []


async def test_a_token_is_of_one_address(client, account, token_of):
    ann = await account()
    token = await token_of(ann)
    await User.objects.filter(pk=ann.user.pk).aupdate(email=f"{unique_name()}@example.com")

    assert_refused(await verify(client, token))
    assert await verified_at(ann) is None


async def test_a_disabled_account_verifies_nothing(client, account, token_of):
    ann = await account()
    token = await token_of(ann)
    await User.objects.filter(pk=ann.user.pk).aupdate(is_active=False)

    assert_refused(await verify(client, token))


async def test_a_token_for_a_new_password_verifies_nothing(client, account, runtime):
    ann = await account()
    await ask_for_reset(client, ann.user.email)

    assert_refused(await verify(client, await token_sent(runtime, ann.user.email)))
    assert await verified_at(ann) is None


async def test_without_a_token_nothing_is_sent(client):
    assert (await client.post("/api/auth/verify-email")).status_code == 401


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": 1}, {"token": ""}])
async def test_what_is_no_text_is_422(client, body):
    assert problems(await client.post("/api/auth/verify-email/confirm", json=body)).keys() == {"token"}


async def test_a_registration_sends_the_message_where_that_is_on(settings):
    page = "https://app.example/confirm"
    changes = {"verifies_email": True, "verification_mail": TokenMail(timedelta(hours=24), page)}
    async with serving(settings, **changes) as served, client_of(served) as client:
        wanted = registration()
        assert (await client.post("/api/auth/register", json=wanted)).status_code == 201
        [message] = await sent(served.runtime, wanted["email"])

        assert f"{page}#token=" in message.body
        assert (await verify(client, token_in(str(message.body)))).status_code == 200


async def test_a_registration_sends_nothing_by_default(client, account, runtime):
    assert await sent(runtime, (await account()).user.email) == []


async def test_messages_of_an_account_are_limited_over_both_flows(settings, account):
    ann = await account()
    policies = limited(settings.AUTH, mail_account=Quota(2, 3600))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        await ask_for_verification(client, ann.access_token)
        await ask_for_reset(client, ann.user.email.upper())
        answers = [await ask_for_verification(client, ann.access_token), await ask_for_reset(client, ann.user.email)]

    for answer in answers:
        assert answer.status_code == 429
        assert '"mail-account";r=0;t=' in answer.headers["ratelimit"]


async def test_tokens_that_an_address_tries_are_limited(settings):
    policies = limited(settings.AUTH, mail_confirm=Quota(2, 3600))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        answers = [(await verify(client, "x")).status_code for _ in range(3)]

    assert answers == [400, 400, 429]
