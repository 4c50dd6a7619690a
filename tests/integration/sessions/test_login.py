"""POST /api/auth/login."""

import pytest
from django.contrib.auth.hashers import PBKDF2SHA1PasswordHasher, identify_hasher

from auth.models import User
from tests.conftest import PASSWORD, registration, unique_name
from tests.integration.calls import claims, login, me, problems, try_login

REQUIRED_CLAIMS = {"iss", "aud", "sub", "exp", "iat", "jti", "sid", "client_id"}  # RFC 9068 §2.2, and the session
OLD_HASH = PBKDF2SHA1PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
DOCUMENT_CLAIMS = {"type", "user_id", "username", "is_staff", "is_superuser"}


async def test_a_login_answers_with_tokens_and_the_user(client, account):
    ann = await account()

    answer = await try_login(client, ann.user.username)

    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() >= {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert body["token_type"] == "Bearer"
    assert body["user"]["id"] == ann.user.pk


async def test_the_address_works_as_username(client, account):
    ann = await account()

    assert (await try_login(client, ann.user.email)).status_code == 200


@pytest.mark.parametrize("spell", [str.upper, str.title, lambda name: name.replace("u", "ｕ")])
async def test_the_name_is_found_in_any_spelling(client, account, spell):
    ann = await account()

    assert (await try_login(client, spell(ann.user.username))).status_code == 200


@pytest.mark.parametrize("spell", [str.upper, lambda address: address.replace("@", "＠")])
async def test_the_address_is_found_in_any_spelling(client, account, spell):
    ann = await account()

    assert (await try_login(client, spell(ann.user.email))).status_code == 200


async def test_each_login_is_a_session_of_its_own(client, account):
    ann = await account()

    first, second = [claims((await login(client, ann))["access_token"]) for _ in range(2)]

    assert first["sid"] != second["sid"]
    assert first["jti"] != second["jti"]


async def test_the_claims_are_those_of_an_access_token_and_of_the_document(client, account):
    ann = await account(is_staff=True)

    body = await login(client, ann)
    found = claims(body["access_token"])

    assert found.keys() >= REQUIRED_CLAIMS | DOCUMENT_CLAIMS
    assert found["type"] == "access"
    assert found["sub"] == str(ann.user.pk)
    assert (found["user_id"], found["username"], found["is_staff"]) == (ann.user.pk, ann.user.username, True)


async def test_the_claims_hold_nothing_personal(client, account):
    ann = await account()

    found = claims((await login(client, ann))["access_token"])

    assert found.keys().isdisjoint({"email", "ip_address", "user_agent", "first_name", "last_name", "password"})


async def test_expires_in_is_the_life_that_the_token_has(client, account):
    ann = await account()

    body = await login(client, ann)
    found = claims(body["access_token"])

    assert found["exp"] - found["iat"] == body["expires_in"] <= 15 * 60


async def test_an_outdated_hash_is_replaced_at_login(client, account):
    ann = await account()
    await User.objects.filter(pk=ann.user.pk).aupdate(password=OLD_HASH)

    await login(client, ann)

    user = await User.objects.aget(pk=ann.user.pk)
    assert identify_hasher(user.password).algorithm == "md5"  # the first of settings/test.py


async def test_replacing_a_hash_ends_no_session(client, account):
    ann = await account()
    await User.objects.filter(pk=ann.user.pk).aupdate(password=OLD_HASH)
    rehashing = await login(client, ann)

    await login(client, ann)

    assert (await me(client, rehashing["access_token"])).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "' OR 1=1 --",
        '" OR ""="',
        "admin'--",
        "{{7*7}}",
        "${7*7}",
        '{"$ne": null}',
        "%",
        "*",
        "username__gt",
        "../../etc",
    ],
)
async def test_injections_are_wrong_names(client, name):
    answer = await try_login(client, name)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_credentials"


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "x" * 5000},
        {"User-Agent": b"\xff\xfe\x1b[31m\x01"},
        {"User-Agent": ""},
        {"X-Forwarded-For": "not an address"},
        {"X-Forwarded-For": "1.2.3.4, " * 500},
        {"X-Forwarded-For": "::ffff:1.2.3.4%eth0, [::1]:99999"},
        {"Forwarded": "for=_secret"},
        {"X-Request-ID": "{}\n"},
        {"Accept": "text/html"},
        {"Accept-Language": "xx-" * 100},
        {"Cookie": "sessionid=\x01; csrftoken"},
    ],
)
async def test_junk_in_header_fields_does_not_hinder_a_login(client, account, headers):
    ann = await account()
    body = {"username": ann.user.username, "password": PASSWORD}

    answer = await client.post("/api/auth/login", json=body, headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize("username", [None, 1, True, ["a"], {"a": 1}, "", "a" * 255, "a\x00b"])
async def test_a_username_of_another_kind_is_refused(client, username):
    assert "username" in problems(await try_login(client, username))


@pytest.mark.parametrize("password", [None, 1, True, ["a"], {"a": 1}, "", "a" * 1025, "a\x00b"])
async def test_a_password_of_another_kind_is_refused(client, password):
    assert "password" in problems(await try_login(client, "ann", password))


async def test_a_name_is_no_address_of_another_account(client):
    """Usernames hold no @, so that no name can shadow somebody's address."""
    name = unique_name()
    answer = await client.post("/api/auth/register", json=registration(username=f"{name}@example.com"))

    assert "username" in problems(answer)
