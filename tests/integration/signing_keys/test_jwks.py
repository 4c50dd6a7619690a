"""GET /.well-known/jwks.json (RFC 7517): what verifiers fetch and keep."""

import base64
from dataclasses import replace

import jwt
import pytest

from auth.tokens.keys import KeySet, thumbprint
from tests.unit.auth.tokens.support import key

PATH = "/.well-known/jwks.json"


@pytest.fixture
async def answer(client):
    return await client.get(PATH)


@pytest.fixture
async def mixed(application, client, monkeypatch):
    """The document of a ring that holds a key of every kind."""
    ring = KeySet.of(key("ES256"), [key("EdDSA"), key("RS256"), key("HS256")])

    class Given:
        def current(self):
            return ring

    monkeypatch.setattr(application, "runtime", replace(application.runtime, keyring=Given()))
    return (await client.get(PATH)).json()


async def test_it_is_a_key_set_that_anyone_may_keep_five_minutes(answer):
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.headers["cache-control"] == "public, max-age=300"


async def test_the_kid_of_a_token_is_in_it(answer, account):
    ann = await account()

    assert jwt.get_unverified_header(ann.access_token)["kid"] in [jwk["kid"] for jwk in answer.json()["keys"]]


async def test_only_public_members_are_in_it(mixed):
    members = {jwk["alg"]: jwk.keys() - {"kid", "use", "alg"} for jwk in mixed["keys"]}

    assert members == {"ES256": {"kty", "crv", "x", "y"}, "EdDSA": {"kty", "crv", "x"}, "RS256": {"kty", "n", "e"}}


async def test_every_key_is_for_signatures(mixed):
    assert {jwk["use"] for jwk in mixed["keys"]} == {"sig"}


async def test_a_kid_is_the_thumbprint_of_its_key(mixed):
    assert [jwk["kid"] for jwk in mixed["keys"]] == [thumbprint(jwk) for jwk in mixed["keys"]]


async def test_numbers_are_base64url_without_padding(mixed):
    numbers = [jwk[name] for jwk in mixed["keys"] for name in ("x", "y", "n", "e") if name in jwk]

    assert len(numbers) == 5
    assert [text for text in numbers if base64.urlsafe_b64encode(decoded(text)).decode().rstrip("=") != text] == []


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sent(tag):
    return {"etag": tag, "weak": f"W/{tag}", "several": f'"x", {tag}', "any": "*"}


@pytest.mark.parametrize("form", sent(""))
async def test_a_verifier_that_has_it_is_told_so(client, answer, form):
    again = await client.get(PATH, headers={"If-None-Match": sent(answer.headers["etag"])[form]})

    assert (again.status_code, again.content) == (304, b"")


async def test_what_has_not_changed_has_the_same_tag_and_may_be_kept_again(client, answer):
    again = await client.get(PATH, headers={"If-None-Match": answer.headers["etag"]})

    kept = ("etag", "cache-control")
    assert [again.headers[name] for name in kept] == [answer.headers[name] for name in kept]


@pytest.mark.parametrize("tag", ['"x"', "", "W/", '"'])
async def test_a_verifier_that_has_another_gets_it(client, answer, tag):
    again = await client.get(PATH, headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (200, answer.content)


async def test_other_keys_have_another_tag(client, answer, mixed):
    assert (await client.get(PATH)).headers["etag"] != answer.headers["etag"]


async def test_head_is_answered_without_the_body_being_made_up(client, answer):
    head = await client.head(PATH)

    assert head.status_code == 200
    assert head.headers["etag"] == answer.headers["etag"]


async def test_post_is_refused(client):
    assert (await client.post(PATH)).status_code == 405


async def test_a_browser_may_read_it(client):
    answer = await client.get(PATH, headers={"Origin": "http://localhost:3000"})

    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
