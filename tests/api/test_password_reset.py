"""POST /api/auth/password-reset and /api/auth/password-reset/confirm."""

import asyncio
from datetime import timedelta

import pytest
from django.db import OperationalError

from auth.config import TokenMail
from auth.models import SecurityEvent, User
from auth.services import password_reset
from tests.api.calls import change_password, login, me, problems, refresh, try_login
from tests.api.mail import NEW, ask_for_reset, ask_for_verification, reset, sent, token_sent
from tests.conftest import PASSWORD, client_of, eventually, registration, serving, unique_name


@pytest.fixture
def token_of(client, runtime):
    """The token that an account is sent on asking for a new password."""

    async def ask(account):
        assert (await ask_for_reset(client, account.user.email)).status_code == 202
        return await token_sent(runtime, account.user.email)

    return ask


def assert_refused(answer):
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "invalid_email_token"
    assert answer.json()["details"] is None


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
    assert ann.user.username not in message.subject + message.body
    assert "evil" not in message.subject + message.body


async def test_a_message_to_a_page_has_the_token_in_the_fragment(settings, account):
    ann, page = await account(), "https://app.example/reset?lang=en"
    async with (
        serving(settings, reset_mail=TokenMail(timedelta(minutes=10), page)) as served,
        client_of(served) as client,
    ):
        await ask_for_reset(client, ann.user.email)
        [message] = await sent(served._runtime, ann.user.email)

    assert f"\n{page}#token={ann.user.pk}." in message.body


async def test_the_token_buys_a_new_password(client, account, token_of):
    ann = await account()

    answer = await reset(client, await token_of(ann))

    assert (answer.status_code, list(answer.json())) == (200, ["message"])
    assert (await try_login(client, ann.user.username, NEW)).status_code == 200
    assert (await try_login(client, ann.user.username, PASSWORD)).status_code == 401


async def test_every_session_is_over_at_once(client, account, token_of):
    ann = await account()
    other, token = await login(client, ann), await token_of(ann)
    assert (await me(client, ann.access_token)).status_code == 200

    await reset(client, token)

    for access_token, refresh_token in [
        (ann.access_token, ann.refresh_token),
        (other["access_token"], other["refresh_token"]),
    ]:
        assert (await me(client, access_token)).status_code == 401
        assert (await refresh(client, refresh_token)).status_code == 401


async def test_the_sessions_of_other_accounts_go_on(client, account, token_of):
    ann, bob = await account(), await account()

    await reset(client, await token_of(ann))

    assert (await me(client, bob.access_token)).status_code == 200


async def test_whoever_resets_reads_the_mail(client, account, token_of):
    ann = await account()

    await reset(client, await token_of(ann))

    assert (await User.objects.aget(pk=ann.user.pk)).email_verified_at is not None


async def test_a_token_is_good_once(client, account, token_of):
    ann = await account()
    token = await token_of(ann)
    await reset(client, token)

    assert_refused(await reset(client, token, new=f"another {NEW}"))
    assert (await try_login(client, ann.user.username, NEW)).status_code == 200


async def test_of_many_confirmations_at_once_one_wins(client, account, token_of):
    ann = await account()
    token, passwords = await token_of(ann), [f"{NEW} {number}" for number in range(16)]

    answers = await asyncio.gather(*(reset(client, token, new=new) for new in passwords))

    won = [new for new, answer in zip(passwords, answers, strict=True) if answer.status_code == 200]
    assert len(won) == 1
    for answer in answers:
        if answer.status_code != 200:
            assert_refused(answer)
    assert (await try_login(client, ann.user.username, won[0])).status_code == 200
    assert (await User.objects.aget(pk=ann.user.pk)).epoch == 1


async def test_one_reset_voids_every_other_token(client, account, token_of):
    ann = await account()
    first, second = await token_of(ann), await token_of(ann)
    await reset(client, second)

    assert_refused(await reset(client, first))


async def test_a_changed_password_voids_the_token(client, account, token_of):
    ann = await account()
    token = await token_of(ann)
    await change_password(client, ann.access_token)

    assert_refused(await reset(client, token, new=f"another {NEW}"))


async def test_a_login_does_not_void_the_token(client, account, token_of, runtime):
    ann = await account()
    token = await token_of(ann)
    await login(client, ann)

    async def is_noted():
        return (await User.objects.aget(pk=ann.user.pk)).last_login

    await eventually(is_noted)

    assert (await reset(client, token)).status_code == 200


@pytest.mark.parametrize("columns", [{"email": "other"}, {"is_active": False}, {"password": "!"}])
async def test_a_changed_account_voids_the_token(client, account, token_of, columns):
    ann = await account()
    token = await token_of(ann)
    if "email" in columns:
        columns = {"email": f"{unique_name()}@example.com"}
    await User.objects.filter(pk=ann.user.pk).aupdate(**columns)

    assert_refused(await reset(client, token))


async def test_a_deleted_account_voids_the_token(client, account, token_of):
    ann = await account()
    token = await token_of(ann)
    await ann.user.adelete()

    assert_refused(await reset(client, token))


async def test_a_token_is_no_token_of_another_account(client, account, token_of):
    ann, bob = await account(), await account()
    _, _, secret = (await token_of(ann)).partition(".")

    assert_refused(await reset(client, f"{bob.user.pk}.{secret}"))
    assert (await try_login(client, bob.user.username)).status_code == 200


async def test_a_token_that_verifies_an_address_resets_no_password(client, account, runtime):
    ann = await account()
    await ask_for_verification(client, ann.access_token)

    assert_refused(await reset(client, await token_sent(runtime, ann.user.email)))


@pytest.mark.parametrize(
    "token",
    [
        *("x", ".", "1.", "1.x", "0.d1abcd-" + "0" * 32, "1.-" + "0" * 32, "1.d1abcd-" + "0" * 32, "-1.a-" + "0" * 32),
        *("٣.d1abcd-" + "0" * 32, "1.d1abcd-" + "0" * 32 + "\n", "9" * 18 + ".zzzzzzzzzzzz-" + "0" * 32),
        *("9" * 30 + ".d1abcd-" + "0" * 32, "1\0.d1abcd-" + "0" * 32, "a" * 4096, "MQ.d1abcd-" + "0" * 32),
    ],
)
async def test_whatever_is_no_token_is_refused_alike(client, token):
    assert_refused(await reset(client, token))


@pytest.mark.parametrize(("new", "code"), [("short pw", "password_too_short"), ("1234567890", "password_too_common")])
async def test_a_weak_password_is_refused_and_the_token_stays_good(client, account, token_of, new, code):
    ann = await account()
    token = await token_of(ann)

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


async def test_both_steps_are_recorded_without_the_token(client, account, token_of):
    ann = await account()
    token = await token_of(ann)
    await reset(client, token)

    events = SecurityEvent.objects.filter(user=ann.user)
    await eventually(events.filter(event_type="password_reset").afirst)
    asked = await events.aget(event_type="password_reset_requested")

    assert asked.details.keys() == {"identifier_hash"}
    async for event in events:
        assert token not in str(event.details)


async def test_an_outage_of_the_database_is_503_and_the_token_stays_good(client, account, token_of, monkeypatch):
    ann = await account()
    token = await token_of(ann)

    def away(*_, **__):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(password_reset, "replace_password", away)
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
