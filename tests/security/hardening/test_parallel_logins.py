"""Many logins of one account at once: the right ones all pass, of the wrong ones the quota is tried."""

import asyncio
from collections import Counter

import pytest

from auth.core.policies import Quota
from tests.conftest import client_of, limited, registration, serving, unique_address
from tests.integration.calls import try_login


@pytest.fixture
async def served(settings):
    """A client of an application with the contract's login quotas, and an account's name and address."""
    quotas = {"login": Quota(10, 60), "login_address": Quota(60, 60), "login_account": Quota(100, 86400)}
    policies = limited(settings.AUTH, **quotas)
    served = serving(settings, policies=policies)
    async with served as application, client_of(application, address=unique_address()) as client:
        user = (await client.post("/api/auth/register", json=registration())).json()["user"]
        yield client, user


async def statuses(*attempts):
    return Counter(answer.status_code for answer in await asyncio.gather(*attempts))


async def test_fifty_right_ones_all_pass(served):
    client, user = served

    assert await statuses(*(try_login(client, user["username"]) for _ in range(50))) == {200: 50}


async def test_of_two_hundred_wrong_ones_the_quota_is_tried(served):
    client, user = served

    found = await statuses(*(try_login(client, user["username"], "not the password") for _ in range(200)))

    assert found == {401: 10, 429: 190}


async def test_name_and_address_are_one_account(served):
    client, user = served
    names = [user["username"], user["email"], user["username"].upper()] * 10

    found = await statuses(*(try_login(client, name, "not the password") for name in names))

    assert found == {401: 10, 429: 20}
