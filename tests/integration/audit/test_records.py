"""Login history and security events: what each call leaves behind, and what it does not."""

import json

import pytest

from auth.models import SecurityEvent, UserLoginHistory
from auth.models.user import User
from tests.conftest import PASSWORD, client_of, eventually, unique_address, unique_name
from tests.integration.calls import refresh, try_login


@pytest.fixture
async def visit(application):
    """A client from an address of its own, which its records are found by."""
    address = unique_address()
    async with client_of(application, address=address) as client:
        yield client, address


async def history(address):
    return await eventually(UserLoginHistory.objects.filter(ip_address=address).afirst)


async def event(address, kind):
    return await eventually(SecurityEvent.objects.filter(ip_address=address, event_type=kind).afirst)


async def test_a_login_is_recorded(visit, account):
    client, address = visit
    ann = await account()

    await try_login(client, ann.user.username)

    row = await history(address)
    assert (row.user_id, row.is_successful, row.reason, row.identifier_hash) == (ann.user.pk, True, "", "")
    assert (await event(address, "login_success")).user_id == ann.user.pk


async def test_a_wrong_password_is_recorded_with_the_account(visit, account):
    client, address = visit
    ann = await account()

    await try_login(client, ann.user.username, "not the password")

    row = await history(address)
    assert (row.user_id, row.is_successful, row.reason) == (ann.user.pk, False, "wrong_password")
    assert (await event(address, "login_failed")).details == {"reason": "wrong_password"}


async def test_a_disabled_account_is_recorded_as_such(visit, account):
    client, address = visit
    ann = await account(is_active=False)

    await try_login(client, ann.user.username)

    row = await history(address)
    assert (row.user_id, row.is_successful, row.reason) == (ann.user.pk, False, "disabled")


async def test_an_unknown_name_is_recorded_as_a_hash_alone(visit):
    client, address = visit
    name = unique_name("my-password-typed-as-a-name")

    await try_login(client, name)

    row = await history(address)
    assert (row.user_id, row.is_successful, row.reason) == (None, False, "unknown")
    assert len(row.identifier_hash) == 64
    found = await event(address, "login_failed")
    assert name not in json.dumps([row.identifier_hash, row.reason, row.user_agent, found.details])


async def test_two_spellings_of_an_unknown_name_have_one_hash(visit):
    client, address = visit
    name = unique_name()
    await try_login(client, name)
    await try_login(client, name.upper())

    async def both():
        return [row async for row in UserLoginHistory.objects.filter(ip_address=address)][1:]

    await eventually(both)
    assert await UserLoginHistory.objects.filter(ip_address=address).values("identifier_hash").distinct().acount() == 1


async def test_the_time_is_now_in_utc(visit, account):
    client, address = visit
    ann = await account()

    await try_login(client, ann.user.username)

    row = await history(address)
    assert row.login_time.tzinfo is not None
    assert abs((row.login_time - ann.user.date_joined).total_seconds()) < 60


async def test_the_last_login_of_the_account_follows(visit, account):
    client, address = visit
    ann = await account()

    await try_login(client, ann.user.username)

    row = await history(address)
    assert (await User.objects.aget(pk=ann.user.pk)).last_login == row.login_time


async def test_the_last_login_ends_no_session(visit, account):
    client, address = visit
    ann = await account()

    await try_login(client, ann.user.username)
    await history(address)

    user = await User.objects.aget(pk=ann.user.pk)
    assert (user.version, user.epoch) == (ann.user.version, ann.user.epoch)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        pytest.param("x" * 5000, "x" * 256, id="long"),
        pytest.param("a\x1b[31m\x07b", "a\ufffd[31m\ufffdb", id="terminal escapes"),
        pytest.param("a\tb\x7fc\x85d", "a\ufffdb\ufffdc\ufffdd", id="control characters"),
        pytest.param("a\u2028b\u202ec", "a\ufffdb\ufffdc", id="line and direction"),
        pytest.param("Mozilla/5.0 (é)", "Mozilla/5.0 (é)", id="any script"),
        pytest.param("", "", id="none"),
    ],
)
async def test_the_user_agent_is_capped_and_cleaned(visit, account, sent, stored):
    client, address = visit
    body = {"username": (await account()).user.username, "password": PASSWORD}

    await client.post("/api/auth/login", json=body, headers={"User-Agent": sent.encode()})

    assert (await history(address)).user_agent == stored


async def test_a_user_agent_that_is_no_utf_8_is_kept_as_far_as_it_is(visit, account):
    client, address = visit
    body = {"username": (await account()).user.username, "password": PASSWORD}

    await client.post("/api/auth/login", json=body, headers={"User-Agent": b"a\xff\xfeb"})

    assert (await history(address)).user_agent == "a\ufffd\ufffdb"


async def test_a_registration_is_recorded(application, visit):
    client, address = visit
    name = unique_name()
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "password_confirm": PASSWORD}

    answer = await client.post("/api/auth/register", json=body)

    assert (await event(address, "registration")).user_id == answer.json()["user"]["id"]


async def test_a_refresh_is_recorded(visit, account):
    client, address = visit
    ann = await account()

    await refresh(client, ann.refresh_token)

    assert (await event(address, "token_refresh")).user_id == ann.user.pk


async def test_no_record_holds_a_token_or_a_password(visit, account):
    client, address = visit
    ann = await account()
    await try_login(client, ann.user.username)
    await try_login(client, ann.user.username, "wrong-password-text")
    await refresh(client, ann.refresh_token)
    await client.post("/api/auth/logout", headers=ann.bearer, json={"refresh_token": ann.refresh_token})
    await event(address, "logout")

    events = [json.dumps(row.details) async for row in SecurityEvent.objects.filter(ip_address=address)]

    assert len(events) == 4
    for secret in (PASSWORD, "wrong-password-text", ann.access_token, ann.refresh_token, ann.refresh_token[-20:]):
        assert not [text for text in events if secret in text]


async def test_records_of_a_deleted_account_go_with_it(visit, account):
    client, address = visit
    ann = await account()
    await try_login(client, ann.user.username)
    await history(address)

    await ann.user.adelete()

    assert not await UserLoginHistory.objects.filter(ip_address=address).aexists()
