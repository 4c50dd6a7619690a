"""Nobody can tell from an answer whether an account exists. (Times are measured by the benchmarks.)"""

import pytest

from auth.core.policies import Quota
from auth.models import User
from tests.conftest import PASSWORD, client_of, limited, registration, serving, unique_address, unique_name
from tests.integration.calls import shape, try_login


async def account_of(client, **columns):
    wanted = registration()
    assert (await client.post("/api/auth/register", json=wanted)).status_code == 201
    if columns:
        await User.objects.filter(username=wanted["username"]).aupdate(**columns)
    return wanted


async def unknown(client):
    return await try_login(client, unique_name())


async def unknown_address(client):
    return await try_login(client, f"{unique_name()}@example.com")


async def wrong(client):
    return await try_login(client, (await account_of(client))["username"], "not the password")


async def disabled(client):
    return await try_login(client, (await account_of(client, is_active=False))["username"], PASSWORD)


async def disabled_and_wrong(client):
    return await try_login(client, (await account_of(client, is_active=False))["username"], "not the password")


async def without_password(client):
    return await try_login(client, (await account_of(client, password="!"))["username"], "!")


@pytest.mark.parametrize("other", [unknown_address, wrong, disabled, disabled_and_wrong, without_password])
async def test_a_refused_login_looks_like_that_of_an_unknown_name(settings, other):
    policies = limited(settings.AUTH, login=Quota(10, 60), login_account=Quota(100, 86400))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        assert shape(await other(client)) == shape(await unknown(client))


async def test_a_refused_login_is_401_with_a_challenge(client):
    answer = await unknown(client)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_credentials"
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate"'


async def test_over_the_limit_an_unknown_name_and_a_known_one_look_alike(settings):
    policies = limited(settings.AUTH, login=Quota(1, 60))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        name = (await account_of(client))["username"]
        nobody = unique_name()
        await try_login(client, name, "not the password")
        await try_login(client, nobody, "not the password")
        known, unknown = await try_login(client, name), await try_login(client, nobody)

    assert known.status_code == unknown.status_code == 429
    assert known.json() == unknown.json()


@pytest.mark.parametrize("field", ["username", "email"])
async def test_a_registration_does_not_tell_whose_name_is_taken(client, field):
    taken = await account_of(client)
    disabled = await account_of(client, is_active=False)

    first = await client.post("/api/auth/register", json=registration(**{field: taken[field]}))
    second = await client.post("/api/auth/register", json=registration(**{field: disabled[field]}))

    assert shape(first) == shape(second)
