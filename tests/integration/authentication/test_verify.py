"""GET /api/auth/verify: the question of a proxy."""

from urllib.parse import unquote

import pytest
from asgiref.sync import sync_to_async

from auth.core.policies import Quota
from auth.models import User
from tests.conftest import bearer, client_of, limited, registration, serving, unique_name
from tests.integration.calls import claims, logout
from tests.integration.token_checks import assert_dies

PATH = "/api/auth/verify"


def told(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("x-auth-")}


async def test_it_says_in_header_fields_whose_the_token_is(client, account):
    ann = await account()

    answer = await client.get(PATH, headers=ann.bearer)

    assert (answer.status_code, answer.content) == (200, b"")
    assert told(answer) == {
        "x-auth-user-id": str(ann.user.pk),
        "x-auth-username": ann.user.username,
        "x-auth-sid": claims(ann.access_token)["sid"],
        "x-auth-staff": "false",
    }
    assert "content-type" not in answer.headers
    assert answer.headers["content-length"] == "0"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("start", "sent"),
    [("a.b+c-d_", "a.b+c-d_"), ("Å", "%C3%85"), ("名", "%E5%90%8D"), ("ж", "%D0%B6")],
    ids=["signs", "latin", "han", "cyrillic"],
)
async def test_a_username_of_any_script_is_sent_in_ascii(client, start, sent):
    name = unique_name(start)
    body = (await client.post("/api/auth/register", json=registration(username=name))).json()

    answer = await client.get(PATH, headers=bearer(body["access_token"]))

    assert answer.headers["x-auth-username"] == name.replace(start, sent)
    assert unquote(answer.headers["x-auth-username"]) == body["user"]["username"]


async def test_head_is_answered_alike(client, account):
    ann = await account()

    assert told(await client.head(PATH, headers=ann.bearer)) == told(await client.get(PATH, headers=ann.bearer))
    assert (await client.head(PATH, headers=ann.bearer)).status_code == 200
    assert (await client.head(PATH)).status_code == 401


async def test_staff_passes_where_staff_is_required(client, account):
    root = await account(is_staff=True)

    answer = await client.get(PATH, params={"require": "staff"}, headers=root.bearer)

    assert (answer.status_code, answer.headers["x-auth-staff"]) == (200, "true")


async def test_others_do_not(client, account):
    answer = await client.get(PATH, params={"require": "staff"}, headers=(await account()).bearer)

    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert answer.headers["www-authenticate"] == 'Bearer realm="authgate", error="insufficient_scope"'
    assert told(answer) == {}


async def test_lost_rights_are_lost_whatever_the_token_says(client, account):
    root = await account(is_staff=True)
    assert (await client.get(PATH, headers=root.bearer)).headers["x-auth-staff"] == "true"
    await sync_to_async(User.objects.filter(pk=root.user.pk).update)(is_staff=False)

    await assert_dies(client, root.access_token, path=f"{PATH}?require=staff", status=403)


@pytest.mark.parametrize("require", ["", "Staff", "superuser", "staff,admin"])
async def test_a_requirement_that_is_not_known_is_never_met(client, account, require):
    root = await account(is_staff=True)

    answer = await client.get(PATH, params={"require": require}, headers=root.bearer)

    assert (answer.status_code, answer.json()["error"]) == (422, "validation_error")


@pytest.mark.parametrize("query", ["", "?require=staff", "?require=nonsense"])
async def test_without_a_token_there_is_a_challenge(client, query):
    answer = await client.get(f"{PATH}{query}")

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="authgate"')


async def test_a_token_elsewhere_than_in_authorization_does_not_count(client, account):
    ann = await account()

    answer = await client.get(
        PATH,
        params={"access_token": ann.access_token},
        headers={
            "Cookie": f"access_token={ann.access_token}",
            "X-Forwarded-Authorization": f"Bearer {ann.access_token}",
        },
    )

    assert answer.status_code == 401


async def test_what_was_taken_back_does_not_pass(client, account):
    ann = await account()
    await logout(client, ann.access_token)

    answer = await client.get(PATH, headers=ann.bearer)

    assert (answer.status_code, answer.headers["www-authenticate"]) == (
        401,
        'Bearer realm="authgate", error="invalid_token"',
    )
    assert told(answer) == {}


async def test_a_proxy_may_keep_the_answer_for_a_second_if_it_is_set(settings):
    async with serving(settings, verify_cache_seconds=1) as application, client_of(application) as client:
        body = (await client.post("/api/auth/register", json=registration())).json()

        passed = await client.get(PATH, headers=bearer(body["access_token"]))
        refused = await client.get(PATH, params={"require": "staff"}, headers=bearer(body["access_token"]))

    assert passed.headers["cache-control"] == "private, max-age=1"
    assert passed.headers["vary"] == "Authorization, Origin"
    assert refused.headers["cache-control"] == "no-store"


async def test_it_counts_as_a_call_of_the_user(settings):
    async with (
        serving(settings, policies=limited(settings.AUTH, api=Quota(1, 60))) as application,
        client_of(application) as client,
    ):
        body = (await client.post("/api/auth/register", json=registration())).json()

        answers = [await client.get(PATH, headers=bearer(body["access_token"])) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
