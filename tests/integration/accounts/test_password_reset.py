"""POST /api/auth/password-reset and /api/auth/password-reset/confirm."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from auth.config import TokenMail
from auth.models import SecurityEvent, User
from auth.revocation import revoke
from tests.conftest import PASSWORD, client_of, eventually, registration, serving, unique_name
from tests.integration.calls import login, me, problems, refresh, try_login
from tests.integration.mail import NEW, ask_for_reset, reset, sent


async def test_the_message_goes_to_the_address_of_the_account(client, account, runtime):
    ann = await account()

    answer = await ask_for_reset(client, ann.user.email.upper())

    assert (answer.status_code, list(answer.json())) == (202, ["message"])
    [message] = await sent(runtime, ann.user.email)
    assert message.subject == "Choose a new password"
    assert "within 10 minutes" in message.body
    assert "/api/auth/password-reset/confirm" in message.body


async def test_the_message_holds_nothing_that_somebody_chose(client, account, runtime):
    ann = await account(first_name="http://evil.example", last_name="http://evil.example")

    await ask_for_reset(client, ann.user.email)

    [message] = await sent(runtime, ann.user.email)
    assert ann.user.username not in f"{message.subject}{message.body}"
    assert "evil" not in f"{message.subject}{message.body}"


async def test_a_message_to_a_page_has_the_token_in_the_fragment(settings, account):
    ann, page = await account(), "https://app.example/reset?lang=en"
    async with (
        serving(settings, reset_mail=TokenMail(timedelta(minutes=10), page)) as served,
        client_of(served) as client,
    ):
        await ask_for_reset(client, ann.user.email)
        [message] = await sent(served.runtime, ann.user.email)

    assert f"\n{page}#token={ann.user.pk}." in message.body


async def test_the_token_buys_a_new_password(client, account, reset_token_of):
    ann = await account()

    answer = await reset(client, await reset_token_of(ann))

    assert (answer.status_code, list(answer.json())) == (200, ["message"])
    assert (await try_login(client, ann.user.username, NEW)).status_code == 200
    assert (await try_login(client, ann.user.username, PASSWORD)).status_code == 401


async def test_every_session_is_over_at_once(client, account, reset_token_of):
    ann = await account()
    other, token = await login(client, ann), await reset_token_of(ann)
    assert (await me(client, ann.access_token)).status_code == 200

    await reset(client, token)

    for access_token, refresh_token in [
        (ann.access_token, ann.refresh_token),
        (other["access_token"], other["refresh_token"]),
    ]:
        assert (await me(client, access_token)).status_code == 401
        assert (await refresh(client, refresh_token)).status_code == 401


async def test_the_sessions_of_other_accounts_go_on(client, account, reset_token_of):
    ann, bob = await account(), await account()

    await reset(client, await reset_token_of(ann))

    assert (await me(client, bob.access_token)).status_code == 200


async def test_whoever_resets_reads_the_mail(client, account, reset_token_of):
    ann = await account()

    await reset(client, await reset_token_of(ann))

    assert (await User.objects.aget(pk=ann.user.pk)).email_verified_at is not None


@pytest.mark.parametrize(("new", "code"), [("short pw", "password_too_short"), ("1234567890", "password_too_common")])
async def test_a_weak_password_is_refused_and_the_token_stays_good(client, account, reset_token_of, new, code):
    ann = await account()
    token = await reset_token_of(ann)

    assert problems(await reset(client, token, new=new)) == {"new_password": code}
    assert (await me(client, ann.access_token)).status_code == 200
    assert (await reset(client, token)).status_code == 200


async def test_two_different_new_passwords_are_refused(client):
    body = {"token": "x", "new_password": NEW, "new_password_confirm": f"{NEW} "}

    answer = await client.post("/api/auth/password-reset/confirm", json=body)

    assert problems(answer) == {"new_password_confirm": "value_error"}


@pytest.mark.parametrize("body", [{}, {"email": None}, {"email": 1}, {"email": ["a@b.example"]}, {"email": "no mail"}])
async def test_what_is_no_address_is_422(client, body):
    answer = await client.post("/api/auth/password-reset", json=body)

    assert problems(answer).keys() == {"email"}


async def test_both_steps_are_recorded_without_the_token(client, account, reset_token_of):
    ann = await account()
    token = await reset_token_of(ann)
    await reset(client, token)

    events = SecurityEvent.objects.filter(user=ann.user)
    await eventually(events.filter(event_type="password_reset").afirst)
    asked = await events.aget(event_type="password_reset_requested")

    assert asked.details.keys() == {"identifier_hash"}
    async for event in events:
        assert token not in str(event.details)


async def test_an_outage_of_the_database_is_503_and_the_token_stays_good(client, account, reset_token_of, monkeypatch):
    ann = await account()
    token = await reset_token_of(ann)

    def away(*_, **__):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(revoke, "reset_password_and_revoke", away)
        answer = await reset(client, token)

    assert (answer.status_code, answer.json()["error"]) == (503, "service_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await me(client, ann.access_token)).status_code == 200
    assert (await reset(client, token)).status_code == 200


async def test_a_registration_cannot_take_over_the_flow(client, runtime):
    """Mail goes to the address that is stored: not to one that Unicode folds into it."""
    name = unique_name("ınfo")
    wanted = registration(email=f"{name}@example.com")
    assert (await client.post("/api/auth/register", json=wanted)).status_code == 201

    await ask_for_reset(client, f"{name}@EXAMPLE.com")

    assert len(await sent(runtime, f"{name}@example.com")) == 1
    assert await sent(runtime, f"{name}@EXAMPLE.com") == []
