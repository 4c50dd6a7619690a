"""The limits on failed logins: per address and account, per address, per account."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from app.ids import random_id
from auth.core.policies import Quota
from auth.models import SecurityEvent
from auth.ratelimit.limiter import Limits
from tests.conftest import (
    PASSWORD,
    application_with,
    eventually,
    unique_address,
    unique_name,
    visitor,
)
from tests.integration.calls import new_name, try_login
from tests.unit.clock import FakeClock

WRONG = "not the password"


async def attempts(client, name, count, password=WRONG):
    return [(await try_login(client, name, password)).status_code for _ in range(count)]


def assert_limited(answer):
    assert answer.status_code == 429, answer.text
    assert answer.json()["error"] == "rate_limited"
    assert 1 <= int(answer.headers["retry-after"]) <= 60


async def test_of_200_wrong_passwords_at_once_exactly_the_quota_is_tried(settings):
    async with application_with(settings, login=Quota(10, 60)) as application, visitor(application) as client:
        name = await new_name(client)

        answers = await asyncio.gather(*(try_login(client, name, WRONG) for _ in range(200)))

    assert Counter(answer.status_code for answer in answers) == {401: 10, 429: 190}
    for answer in answers:
        if answer.status_code == 429:
            assert_limited(answer)


async def test_over_the_limit_the_right_password_is_refused_too(settings):
    async with application_with(settings, login=Quota(3, 60)) as application, visitor(application) as client:
        name = await new_name(client)
        assert await attempts(client, name, 3) == [401, 401, 401]

        assert_limited(await try_login(client, name, PASSWORD))


async def test_a_right_password_does_not_count(settings):
    async with application_with(settings, login=Quota(3, 60)) as application, visitor(application) as client:
        name = await new_name(client)

        assert await attempts(client, name, 10, PASSWORD) == [200] * 10


async def test_a_right_password_gives_back_its_own_place_alone(settings):
    async with application_with(settings, login=Quota(3, 60)) as application, visitor(application) as client:
        name = await new_name(client)
        await attempts(client, name, 2)
        await attempts(client, name, 5, PASSWORD)

        assert await attempts(client, name, 2) == [401, 429]


async def test_fifty_users_of_one_address_log_in_at_once(settings):
    quotas = {"login": Quota(10, 60), "login_address": Quota(60, 60), "login_account": Quota(100, 86400)}
    async with application_with(settings, **quotas) as application, visitor(application) as client:
        names = [await new_name(client) for _ in range(50)]

        answers = await asyncio.gather(*(try_login(client, name) for name in names))

    assert {answer.status_code for answer in answers} == {200}


async def test_one_address_cannot_lock_the_owner_out(settings):
    async with application_with(settings, login=Quota(3, 60)) as application:
        async with visitor(application) as owner:
            name = await new_name(owner)
        async with visitor(application) as attacker:
            assert 429 in await attempts(attacker, name, 4)

        async with visitor(application) as owner:
            assert (await try_login(owner, name)).status_code == 200


async def test_another_account_of_the_same_address_is_not_concerned(settings):
    async with application_with(settings, login=Quota(3, 60)) as application, visitor(application) as client:
        await attempts(client, await new_name(client), 4)

        assert (await try_login(client, await new_name(client))).status_code == 200


async def test_an_address_is_limited_over_all_accounts(settings):
    async with application_with(settings, login_address=Quota(5, 60)) as application, visitor(application) as client:
        for _ in range(5):
            assert (await try_login(client, unique_name(), WRONG)).status_code == 401

        assert_limited(await try_login(client, unique_name(), WRONG))


async def test_an_account_is_limited_over_all_addresses(settings):
    async with application_with(settings, login_account=Quota(5, 60)) as application:
        async with visitor(application) as client:
            name = await new_name(client)
        for _ in range(5):
            async with visitor(application) as client:
                assert (await try_login(client, name, WRONG)).status_code == 401

        async with visitor(application) as client:
            assert_limited(await try_login(client, name, WRONG))


@pytest.mark.parametrize(
    "spell",
    [
        pytest.param(str.upper, id="case"),
        pytest.param(lambda name: name.replace("u", "ｕ"), id="full width"),
        pytest.param(lambda name: name.replace("s", "ſ"), id="long s"),
    ],
)
async def test_another_spelling_of_the_name_does_not_evade(settings, spell):
    async with application_with(settings, login=Quota(3, 60)) as application, visitor(application) as client:
        name = await new_name(client)
        await attempts(client, name, 3)

        assert_limited(await try_login(client, spell(name), WRONG))


SPOOFED = [
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "X-Originating-IP",
    "X-Remote-IP",
    "X-Remote-Addr",
    "X-Cluster-Client-IP",
    "X-Forwarded",
    "Forwarded-For",
    "Forwarded",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
    "Via",
]


@pytest.mark.parametrize("header", SPOOFED)
async def test_a_spoofed_address_does_not_evade(settings, header):
    async with application_with(settings, login_address=Quota(3, 60)) as application, visitor(application) as client:
        await attempts(client, unique_name(), 3)
        body = {"username": unique_name(), "password": WRONG}

        assert_limited(await client.post("/api/auth/login", json=body, headers={header: "203.0.113.9"}))


async def test_behind_a_trusted_proxy_clients_are_told_apart(settings):
    settings.TRUSTED_PROXIES = 1
    first, second = unique_address(), unique_address()
    async with application_with(settings, login_address=Quota(1, 60)) as application, visitor(application) as client:

        async def attempt(forwarded):
            body = {"username": unique_name(), "password": WRONG}
            return await client.post("/api/auth/login", json=body, headers={"X-Forwarded-For": forwarded})

        assert (await attempt(first)).status_code == 401
        assert (await attempt(second)).status_code == 401
        assert_limited(await attempt(f"198.51.100.7, {first}"))


async def test_an_ipv6_network_of_64_bits_counts_as_one_address(settings):
    async with application_with(settings, login_address=Quota(1, 60)) as application:
        async with visitor(application, "2001:db8:7:7::1") as client:
            assert (await try_login(client, unique_name(), WRONG)).status_code == 401
        async with visitor(application, "2001:db8:7:7:ffff::2") as client:
            assert_limited(await try_login(client, unique_name(), WRONG))
        async with visitor(application, "2001:db8:7:8::1") as client:
            assert (await try_login(client, unique_name(), WRONG)).status_code == 401


async def test_after_the_wait_a_login_passes_however_much_was_hammered(settings):
    async with application_with(settings, login=Quota(2, 60)) as application, visitor(application) as client:
        runtime, clock = application.runtime, FakeClock()
        application.runtime = replace(runtime, limits=Limits(runtime.store, ids=random_id, clock=clock))
        name = await new_name(client)
        assert await attempts(client, name, 3) == [401, 401, 429]
        clock.advance(60)

        assert (await try_login(client, name, PASSWORD)).status_code == 200


async def test_a_refusal_comes_before_the_password_is_hashed(settings):
    async with application_with(settings, login=Quota(1, 60)) as application, visitor(application) as client:
        name = await new_name(client)
        await attempts(client, name, 1)
        application.runtime.passwords.close()  # whoever would hash now, fails

        assert_limited(await try_login(client, name, PASSWORD))


async def test_being_limited_is_recorded(settings):
    address = unique_address()
    async with application_with(settings, login=Quota(1, 60)) as application, visitor(application, address) as client:
        await attempts(client, await new_name(client), 2)

        events = SecurityEvent.objects.filter(event_type="rate_limited", ip_address=address)
        assert (await eventually(events.afirst)).details["route"] == "login"


async def test_the_fields_tell_who_fails_of_its_address_alone(settings):
    quotas = {"login": Quota(3, 60), "login_address": Quota(9, 60), "login_account": Quota(100, 86400)}
    async with application_with(settings, **quotas) as application, visitor(application) as client:
        name = await new_name(client)

        failed = await try_login(client, name, WRONG)
        passed = await try_login(client, name, PASSWORD)

    assert failed.headers["ratelimit"] == '"login-address";r=8;t=60'
    assert failed.headers["ratelimit-policy"] == '"login-address";q=9;w=60'
    policies = '"login";q=3;w=60, "login-address";q=9;w=60, "login-account";q=100;w=86400'
    assert passed.headers["ratelimit-policy"] == policies
    assert '"login";r=2;' in passed.headers["ratelimit"]
