"""Guessing passwords with many addresses, over many accounts, or at many workers at once."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from auth.core.policies import Quota
from tests.conftest import application_with, serving, unique_address, unique_name, visitor
from tests.integration.calls import new_name, try_login

pytestmark = pytest.mark.long

WRONG = "not the password"
HOME = "192.0.2.77"


async def from_each(application, name, addresses, password=WRONG):
    """The status of one attempt from each address, all at once."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(visitor(application, address)) for address in addresses]
        answers = await asyncio.gather(*(try_login(client, name, password) for client in clients))
    return [answer.status_code for answer in answers]


@pytest.fixture
async def besieged(settings):
    """An application, and an account that 40 addresses have guessed at; its owner logged in from HOME before."""
    async with application_with(settings, login=Quota(3, 60), login_account=Quota(10, 86400)) as application:
        async with visitor(application, HOME) as owner:
            name = await new_name(owner)
            assert (await try_login(owner, name)).status_code == 200
        seen = Counter(await from_each(application, name, [unique_address() for _ in range(40)]))
        yield application, name, seen


async def test_a_botnet_tries_no_more_than_the_quota_of_the_account(besieged):
    _, _, seen = besieged

    assert seen == {401: 10, 429: 30}


async def test_the_owner_gets_in_from_an_address_that_logged_in_before(besieged):
    application, name, _ = besieged

    async with visitor(application, HOME) as owner:
        assert [(await try_login(owner, name)).status_code for _ in range(3)] == [200] * 3


async def test_from_a_new_address_the_right_password_is_refused_meanwhile(besieged):
    application, name, _ = besieged

    async with visitor(application) as owner:
        assert (await try_login(owner, name)).status_code == 429


async def test_a_known_address_has_the_same_quota_for_itself(settings):
    async with (
        application_with(settings, login_account=Quota(4, 86400)) as application,
        visitor(application, HOME) as owner,
    ):
        name = await new_name(owner)
        await try_login(owner, name)

        guesses = [(await try_login(owner, name, WRONG)).status_code for _ in range(6)]

        assert guesses == [401] * 4 + [429] * 2


async def test_a_known_address_is_known_for_its_own_account_alone(settings):
    async with (
        application_with(settings, login_account=Quota(3, 86400)) as application,
        visitor(application, HOME) as client,
    ):
        await try_login(client, await new_name(client))
        victim = await new_name(client)
        await from_each(application, victim, [unique_address() for _ in range(3)])

        assert (await try_login(client, victim)).status_code == 429


async def test_a_failed_login_makes_no_address_known(settings):
    async with (
        application_with(settings, login_account=Quota(3, 86400)) as application,
        visitor(application, HOME) as client,
    ):
        name = await new_name(client)

        assert [(await try_login(client, name, WRONG)).status_code for _ in range(5)] == [401] * 3 + [429] * 2
        assert (await try_login(client, name)).status_code == 429


async def test_spraying_one_password_over_many_accounts_is_limited_by_address(settings):
    async with application_with(settings, login_address=Quota(7, 60)) as application, visitor(application) as client:
        names = [await new_name(client) for _ in range(3)] + [unique_name() for _ in range(27)]

        answers = await asyncio.gather(*(try_login(client, name, WRONG) for name in names))

    assert Counter(answer.status_code for answer in answers) == {401: 7, 429: 23}


async def test_of_200_wrong_passwords_at_once_at_two_workers_exactly_the_quota_is_tried(settings):
    address = unique_address()
    async with (
        application_with(settings, login=Quota(10, 60)) as first,
        serving(settings) as second,
        visitor(first, address) as here,
        visitor(second, address) as there,
    ):
        name = await new_name(here)
        answers = await asyncio.gather(*(try_login((here, there)[n % 2], name, WRONG) for n in range(200)))

    assert Counter(answer.status_code for answer in answers) == {401: 10, 429: 190}
    waits = {int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429}
    assert waits <= set(range(1, 61))


async def test_fifty_right_passwords_at_once_at_two_workers_all_pass(settings):
    quotas = {"login": Quota(60, 60), "login_address": Quota(60, 60), "login_account": Quota(100, 86400)}
    address = unique_address()
    async with (
        application_with(settings, **quotas) as first,
        serving(settings) as second,
        visitor(first, address) as here,
        visitor(second, address) as there,
    ):
        name = await new_name(here)
        answers = await asyncio.gather(*(try_login((here, there)[n % 2], name) for n in range(50)))

    assert {answer.status_code for answer in answers} == {200}
