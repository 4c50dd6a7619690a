"""Every published JWS and JWE as bearer token of a real server: 401, one body for all, and the server lives on."""

import json

import httpx
import pytest

from tests.conftest import bearer
from tests.unit import vectors

pytestmark = pytest.mark.long

WYCHEPROOF = ["signature", "encryption", "key", "crypto"]


def wycheproof(name):
    """The tokens of one Wycheproof file."""
    found = vectors.read_json(f"wycheproof/json_web_{name}_test.json")
    cases = [case for group in found["testGroups"] for case in group["tests"]]
    return [text for case in cases for text in (case.get("jws"), case.get("jwe")) if text is not None]


def cookbook():
    """Every serialization of every example of RFC 7520."""
    examples = [vectors.read_json(name) for name in vectors.names("jose-cookbook/*.json")]
    return [text for example in examples for text in example.get("output", {}).values()]


@pytest.fixture
def client(live):
    with httpx.Client(base_url=live.url) as client:
        yield client


def sendable(token):
    """The token as a field value: JSON as one line, whatever a header cannot hold left out (RFC 9110 §5.5)."""
    text = token if isinstance(token, str) else json.dumps(token)
    return "".join(c for c in text if " " <= c <= "~").strip()


def answers(client, tokens):
    texts = [text for text in map(sendable, tokens) if text]
    assert len(texts) > 20
    return [client.get("/api/auth/me", headers=bearer(text)) for text in texts]


def assert_refused_alike(client, found):
    assert {answer.status_code for answer in found} == {401}
    assert {answer.content for answer in found} == {client.get("/api/auth/me", headers=bearer("x")).content}


@pytest.mark.parametrize("name", WYCHEPROOF)
def test_wycheproof_opens_nothing(live, client, name):
    assert_refused_alike(client, answers(client, wycheproof(name)))


def test_the_cookbook_opens_nothing(live, client):
    assert_refused_alike(client, answers(client, cookbook()))


@pytest.mark.parametrize("name", WYCHEPROOF)
def test_the_server_lives_on(live, client, name):
    answers(client, wycheproof(name))

    assert live.me(live.token()) == 200
