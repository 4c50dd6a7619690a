"""What the backend is told of the user, and by whom."""

import base64

import jwt
import pytest

from tests.conftest import bearer
from tests.e2e.proxies.raw_requests import send

TOLD = ("User-Id", "Username", "Sid", "Staff")
FORGED = [f"{head}{name}" for name in TOLD for head in ("X-Auth-", "x-auth-", "X_Auth_", "X-Auth_")]
FORGED += ["X_Auth_User_Id", "X-Auth-User_Id", "X-Auth_User_Id", "HTTP_X_AUTH_USER_ID"]
CLAIMS = [(name, "1") for name in FORGED]


@pytest.fixture
def whose(ann):
    claims = jwt.decode(ann["access_token"], options={"verify_signature": False})
    return {"x-auth-user-id": str(ann["user"]["id"]), "x-auth-sid": claims["sid"]}


def test_who_asks_tells_all(asking, ann, whose):
    told = send(asking.port, "/private", bearer(ann["access_token"]).items()).told

    assert told == {**whose, "x-auth-username": ann["user"]["username"], "x-auth-staff": "false"}


def test_who_verifies_offline_tells_what_cannot_change(offline, ann, whose):
    assert send(offline.port, "/private", bearer(ann["access_token"]).items()).told == whose


def test_what_a_client_says_of_itself_does_not_arrive(proxy, ann, whose):
    fields = [*CLAIMS, *bearer(ann["access_token"]).items()]
    told = send(proxy.port, "/private", fields).told

    assert "1" not in told.values()
    assert told.items() >= whose.items()


@pytest.mark.parametrize("token", [None, "garbage"])
def test_where_nobody_is_asked_nothing_is_told(proxy, token):
    answer = send(proxy.port, "/public/x", [*CLAIMS, *(bearer(token).items() if token else ())])

    assert answer.status == 200
    assert answer.told == {}


def test_a_field_cannot_be_taken_away_by_naming_it_hop_by_hop(proxy, ann, whose):
    """RFC 9110 §7.6.1: a proxy removes what Connection names; it must do so before it adds its own."""
    fields = {"Connection": "close, X-Auth-User-Id, X-Auth-Sid, X-Auth-Staff", **bearer(ann["access_token"])}
    answer = send(proxy.port, "/private", fields.items())

    assert answer.status >= 400 or answer.told.items() >= whose.items()


def test_the_token_goes_no_further(proxy, ann):
    answer = send(proxy.port, "/private", bearer(ann["access_token"]).items())

    assert ann["access_token"] not in answer.body.decode()
    assert "authorization" not in {name.lower() for name, _ in answer.seen["headers"]}


async def test_two_tokens_are_not_taken_for_one(proxy, stack, ann, whose):
    """Whichever counts, the backend must be told of its owner, and must not see the other."""
    async with stack.client() as client:
        bob = await stack.register(client)
    both = [("Authorization", f"Bearer {body['access_token']}") for body in (ann, bob)]

    assert send(proxy.port, "/private", both).status in (400, 401)
    joined = ", ".join(value for _, value in both)
    assert send(proxy.port, "/private", [("Authorization", joined)]).status == 401


def test_a_body_arrives_unharmed(proxy, ann):
    body = bytes(range(256)) * 1000
    fields = {**bearer(ann["access_token"]), "Content-Type": "application/octet-stream"}
    seen = send(proxy.port, "/private?a=1&b=%20", fields.items(), method="POST", body=body).seen

    assert (seen["method"], seen["path"]) == ("POST", "/private?a=1&b=%20")
    assert base64.b64decode(seen["body"]) == body


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_what_the_backend_answers_is_passed_on(proxy, ann, status):
    answer = send(proxy.port, "/private", {**bearer(ann["access_token"]), "Answer-With": str(status)}.items())

    assert answer.status == status
    assert answer.seen["path"] == "/private"
    assert "retry-after" not in answer.headers
