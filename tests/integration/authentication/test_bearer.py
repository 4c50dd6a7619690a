"""How an access token may be presented, and what a refused one is told."""

import time
from dataclasses import replace

import pytest

from tests.conftest import bearer
from tests.integration.calls import claims, logout

ME = "/api/auth/me"


def reissued(runtime, account, *, clock=time.time, **changes):
    """A token for the account's session, signed with our key, with some of its parts changed."""
    found = claims(account.access_token)
    parts = {"subject": account.user.pk, "session": found["sid"], "generation": found["gen"]}
    parts |= {name: found[name] for name in ("epoch", "version")}
    token, _ = replace(runtime.access_tokens, clock=clock).issue(**{**parts, "ends_at": 1 << 40, **changes}, extra={})
    return token


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
async def test_the_scheme_may_be_in_any_case(client, account, scheme):
    ann = await account()

    answer = await client.get(ME, headers={"Authorization": f"{scheme} {ann.access_token}"})

    assert answer.status_code == 200


async def test_a_token_of_any_scheme_spelling_can_be_logged_out(client, account):
    ann = await account()
    headers = {"Authorization": f"bearer {ann.access_token}"}
    assert (await client.post("/api/auth/logout", headers=headers)).status_code == 200

    assert (await client.get(ME, headers=headers)).status_code == 401


@pytest.mark.parametrize("scheme", ["", "Token", "JWT", "Basic", "Bearer:", "Bearer,", "Bearerx", "Bearer\t"])
async def test_another_scheme_is_like_no_token(client, account, scheme):
    ann = await account()

    answer = await client.get(ME, headers={"Authorization": f"{scheme} {ann.access_token}".strip()})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate"'


@pytest.mark.parametrize("name", ["access_token", "token", "bearer", "Authorization", "jwt"])
async def test_a_token_in_the_query_opens_nothing(client, account, name):
    ann = await account()

    assert (await client.get(ME, params={name: ann.access_token})).status_code == 401


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "sessionid", "jwt"])
async def test_a_token_in_a_cookie_opens_nothing(client, account, name):
    ann = await account()

    assert (await client.get(ME, headers={"Cookie": f"{name}={ann.access_token}"})).status_code == 401


async def test_a_token_in_a_body_opens_nothing(client, account):
    ann = await account()

    answer = await client.post("/api/auth/logout", json={"access_token": ann.access_token})

    assert answer.status_code == 401
    assert (await client.get(ME, headers=ann.bearer)).status_code == 200


@pytest.mark.parametrize(
    "name", ["X-Authorization", "X-Access-Token", "Proxy-Authorization", "X-Auth-Token", "X-User-Id"]
)
async def test_a_token_in_another_field_opens_nothing(client, account, name):
    ann = await account()

    assert (await client.get(ME, headers={name: f"Bearer {ann.access_token}"})).status_code == 401


async def test_two_fields_are_refused_though_both_are_good(client, account):
    ann = await account()
    field = ("Authorization", f"Bearer {ann.access_token}")

    assert (await client.get(ME, headers=[field, field])).status_code == 401


async def test_two_fields_are_refused_whichever_is_good(client, account):
    ann = await account()
    good, bad = ("Authorization", f"Bearer {ann.access_token}"), ("Authorization", "Bearer x")

    answers = [await client.get(ME, headers=fields) for fields in ([good, bad], [bad, good])]

    assert [answer.status_code for answer in answers] == [401, 401]


async def test_two_tokens_in_one_field_are_refused(client, account):
    token = (await account()).access_token

    answer = await client.get(ME, headers={"Authorization": f"Bearer {token}, Bearer {token}"})

    assert answer.status_code == 401


def broken(runtime, account):
    """Tokens that open nothing, each for another reason."""
    token = account.access_token
    head, payload, signature = token.split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    return {
        "empty": "",
        "one part": "x",
        "three parts": "a.b.c",
        "padded": f"{token}=",
        "padded twice": f"{token}==",
        "padded inside": f"{head}=.{payload}.{signature}",
        "trailing dot": f"{token}.",
        "inner space": f"{head}. {payload}.{signature}",
        "second token": f"{token} {token}",
        "quoted": f'"{token}"',
        "percent-encoded": token.replace(".", "%2E"),
        "standard base64": f"{head}.{payload}.{signature[:-2]}+/",
        "unsigned": f"{head}.{payload}.",
        "two parts": f"{head}.{payload}",
        "another signature": f"{head}.{payload}.{flipped}",
        "refresh token": account.refresh_token,
        "expired": reissued(runtime, account, clock=lambda: time.time() - 7200),
        "issued in the future": reissued(runtime, account, clock=lambda: time.time() + 7200),
        "unknown session": reissued(runtime, account, session="5f0c1dd5-7c53-4a5c-8c3e-ffffffffffff"),
        "session that is no UUID": reissued(runtime, account, session="x"),
        "unknown subject": reissued(runtime, account, subject=999_999_999_999),
        "4 kB": "x" * 4097,
        "64 kB": f"{'x' * 30_000}.{'y' * 30_000}.z",
    }


async def test_every_refused_token_gets_the_same_answer(client, account, runtime):
    ann = await account()

    answers = {name: await client.get(ME, headers=bearer(token)) for name, token in broken(runtime, ann).items()}

    assert {name for name, answer in answers.items() if answer.status_code != 401} == set()
    assert len({answer.content for answer in answers.values()}) == 1
    assert {answer.headers["www-authenticate"] for answer in answers.values()} == {
        'Bearer realm="authgate", error="invalid_token"'
    }
    assert (await client.get(ME, headers=ann.bearer)).status_code == 200


async def test_a_logged_out_token_gets_that_answer_too(client, account):
    ann = await account()
    await logout(client, ann.access_token)

    dead, bad = await client.get(ME, headers=ann.bearer), await client.get(ME, headers=bearer("x"))

    assert (dead.status_code, dead.content) == (bad.status_code, bad.content)


async def test_the_session_of_another_account_is_not_taken(client, account, runtime):
    ann, bob = await account(), await account()
    token = reissued(runtime, ann, subject=bob.user.pk)

    assert (await client.get(ME, headers=bearer(token))).status_code == 401


async def test_a_token_of_our_key_and_a_live_session_is_good(client, account, runtime):
    """What makes the refusals above mean something."""
    ann = await account()

    assert (await client.get(ME, headers=bearer(reissued(runtime, ann)))).status_code == 200


@pytest.mark.parametrize("token", ["\xff\xfe", "Bearer", "é.é.é", "\x0b.\x0c.\x1f"])
async def test_strange_bytes_are_refused(client, token):
    answer = await client.get(ME, headers={"Authorization": b"Bearer " + token.encode("latin-1")})

    assert answer.status_code == 401
