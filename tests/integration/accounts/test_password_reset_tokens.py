"""The tokens of POST /api/auth/password-reset: good once, for one account, as it stood."""

import asyncio

import pytest

from auth.models import User
from tests.conftest import eventually, unique_name
from tests.integration.calls import change_password, login, try_login
from tests.integration.mail import NEW, ask_for_verification, assert_refused, reset, token_sent


async def test_a_token_is_good_once(client, account, reset_token_of):
    ann = await account()
    token = await reset_token_of(ann)
    await reset(client, token)

    assert_refused(await reset(client, token, new=f"another {NEW}"))
    assert (await try_login(client, ann.user.username, NEW)).status_code == 200


async def test_of_many_confirmations_at_once_one_wins(client, account, reset_token_of):
    ann = await account()
    token, passwords = await reset_token_of(ann), [f"{NEW} {number}" for number in range(16)]

    answers = await asyncio.gather(*(reset(client, token, new=new) for new in passwords))

    won = [new for new, answer in zip(passwords, answers, strict=True) if answer.status_code == 200]
    assert len(won) == 1
    for answer in answers:
        if answer.status_code != 200:
            assert_refused(answer)
    assert (await try_login(client, ann.user.username, won[0])).status_code == 200
    assert (await User.objects.aget(pk=ann.user.pk)).epoch == 1


async def test_one_reset_voids_every_other_token(client, account, reset_token_of):
    ann = await account()
    first, second = await reset_token_of(ann), await reset_token_of(ann)
    await reset(client, second)

    assert_refused(await reset(client, first))


async def test_a_changed_password_voids_the_token(client, account, reset_token_of):
    ann = await account()
    token = await reset_token_of(ann)
    await change_password(client, ann.access_token)

    assert_refused(await reset(client, token, new=f"another {NEW}"))


async def test_a_login_does_not_void_the_token(client, account, reset_token_of, runtime):
    ann = await account()
    token = await reset_token_of(ann)
    await login(client, ann)

    async def is_noted():
        return (await User.objects.aget(pk=ann.user.pk)).last_login

    await eventually(is_noted)

    assert (await reset(client, token)).status_code == 200


@pytest.mark.parametrize("columns", [{"email": "other"}, {"is_active": False}, {"password": "!"}])
async def test_a_changed_account_voids_the_token(client, account, reset_token_of, columns):
    ann = await account()
    token = await reset_token_of(ann)
    if "email" in columns:
        columns = {"email": f"{unique_name()}@example.com"}
    await User.objects.filter(pk=ann.user.pk).aupdate(**columns)

    assert_refused(await reset(client, token))


async def test_a_deleted_account_voids_the_token(client, account, reset_token_of):
    ann = await account()
    token = await reset_token_of(ann)
    await ann.user.adelete()

    assert_refused(await reset(client, token))


async def test_a_token_is_no_token_of_another_account(client, account, reset_token_of):
    ann, bob = await account(), await account()
    _, _, secret = (await reset_token_of(ann)).partition(".")

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
