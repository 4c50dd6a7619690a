"""An account that strangers have locked, and the owner who reads its mail."""

import pytest

from auth.core.policies import Quota
from tests.conftest import limited, registration, serving, unique_address, visitor
from tests.integration.calls import try_login
from tests.integration.mail import NEW, ask_for_reset, reset, token_sent

WRONG = "not the password"


@pytest.fixture
async def locked(settings):
    """An application, and an account that a botnet has locked, and guessed at from the owner's own address too."""
    quotas = {"login": Quota(3, 60), "login_address": Quota(5, 60), "login_account": Quota(6, 86400)}
    home = unique_address()
    async with serving(settings, policies=limited(settings.AUTH, **quotas)) as application:
        async with visitor(application, home) as neighbour:
            user = (await neighbour.post("/api/auth/register", json=registration())).json()["user"]
            for _ in range(3):
                await try_login(neighbour, user["username"], WRONG)
        for _ in range(3):
            async with visitor(application) as stranger:
                await try_login(stranger, user["username"], WRONG)
        yield application, user, home


async def test_a_new_password_by_mail_frees_an_account_that_strangers_locked(locked):
    application, user, home = locked
    async with visitor(application, home) as owner:
        assert (await try_login(owner, user["username"], NEW)).status_code == 429
        await ask_for_reset(owner, user["email"])
        assert (await reset(owner, await token_sent(application.runtime, user["email"]))).status_code == 200

        assert (await try_login(owner, user["username"], NEW)).status_code == 200

    async with visitor(application) as elsewhere:
        assert (await try_login(elsewhere, user["username"], NEW)).status_code == 200


async def test_a_bad_token_frees_nobody(locked):
    application, user, home = locked
    async with visitor(application, home) as stranger:
        assert (await reset(stranger, f"{user['id']}.abcdef-{'0' * 32}")).status_code == 400

        assert (await try_login(stranger, user["username"], NEW)).status_code == 429


async def test_where_the_address_is_over_its_limit_a_freed_account_is_let_in(locked):
    application, user, home = locked
    async with visitor(application, home) as owner:
        for number in range(4):
            await try_login(owner, f"nobody{number}", WRONG)
        await ask_for_reset(owner, user["email"])
        await reset(owner, await token_sent(application.runtime, user["email"]))

        assert (await try_login(owner, "nobody", WRONG)).status_code == 429
        assert (await try_login(owner, user["username"], NEW)).status_code == 200


async def test_bad_tokens_of_a_neighbour_keep_nobody_from_a_good_one(settings):
    policies = limited(settings.AUTH, mail_confirm=Quota(2, 3600))
    async with serving(settings, policies=policies) as application, visitor(application) as client:
        user = (await client.post("/api/auth/register", json=registration())).json()["user"]
        await ask_for_reset(client, user["email"])
        token = await token_sent(application.runtime, user["email"])
        assert [(await reset(client, "x")).status_code for _ in range(3)] == [400, 400, 429]

        assert (await reset(client, token)).status_code == 200


async def test_a_good_token_is_tried_no_more_often_than_the_limit_says(settings):
    policies = limited(settings.AUTH, mail_confirm=Quota(2, 3600))
    async with serving(settings, policies=policies) as application, visitor(application) as client:
        user = (await client.post("/api/auth/register", json=registration())).json()["user"]
        await ask_for_reset(client, user["email"])
        token = await token_sent(application.runtime, user["email"])

        assert [(await reset(client, token, new="too short")).status_code for _ in range(3)] == [422, 422, 429]
